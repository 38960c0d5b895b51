using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

/// <summary>The course's comparison finds each change of a model.</summary>
[TestClass]
public sealed class ComparatorTests
{
    public static IEnumerable<(string Change, int Layer, Layer Other)> HappyChanges()
    {
        yield return ("padding", 0, new ZeroPadding2D(2) { InputShape = [64, 64, 3] });
        yield return ("padding of one side", 0, new ZeroPadding2D(((3, 3), (3, 2))) { InputShape = [64, 64, 3] });
        yield return ("input shape", 0, new ZeroPadding2D(3) { InputShape = [32, 32, 3] });
        yield return ("filters", 1, new Conv2D(16, 7));
        yield return ("window", 1, new Conv2D(32, 5));
        yield return ("stride", 1, new Conv2D(32, 7, strides: 2));
        yield return ("padding", 1, new Conv2D(32, 7, padding: Padding.Same));
        yield return ("activation", 1, new Conv2D(32, 7, activation: ActivationFunction.Relu));
        yield return ("initializer", 1, new Conv2D(32, 7, kernelInitializer: new Zeros()));
        yield return ("no bias", 1, new Conv2D(32, 7, useBias: false));
        yield return ("no gamma", 2, new BatchNormalization(axis: 3, scale: false));
        yield return ("another class", 3, new BatchNormalization());
        yield return ("pool size", 4, new MaxPooling2D(3, strides: 2));
        yield return ("stride", 4, new MaxPooling2D(2, strides: 1));
        yield return ("padding, where shapes stay", 4, new MaxPooling2D(padding: Padding.Same));
        yield return ("units", 6, new Dense(2, ActivationFunction.Sigmoid));
        yield return ("activation", 6, new Dense(1));
    }

    public static IEnumerable<(string Change, int Layer, Layer Other)> SignsChanges()
    {
        yield return ("padding", 1, new Conv2D(8, 4));
        yield return ("stride", 1, new Conv2D(8, 4, strides: 2, padding: Padding.Same));
        yield return ("activation", 1, new Conv2D(8, 4, padding: Padding.Same, activation: ActivationFunction.Relu));
        yield return ("initializer", 1, new Conv2D(8, 4, padding: Padding.Same, kernelInitializer: new Ones()));
        yield return ("padding, where shapes stay", 3, new MaxPooling2D(8, strides: 8));
        yield return ("stride", 3, new MaxPooling2D(8, strides: 4, padding: Padding.Same));
        yield return ("pool size, where shapes stay", 6, new MaxPooling2D(3, strides: 4, padding: Padding.Same));
        yield return ("activation", 8, new Dense(6, ActivationFunction.Sigmoid));
    }

    [TestMethod]
    [DynamicData(nameof(HappyChanges))]
    public void AChangeOfTheHappyModelIsFound(string change, int layer, Layer other)
    {
        Layer[] layers = [.. Architectures.HappyModel().Layers];
        layers[layer] = other;

        AssertFoundAt(change, layer, Architectures.HappyModel(), new Sequential(Anew(layers)));
    }

    [TestMethod]
    [DynamicData(nameof(SignsChanges))]
    public void AChangeOfTheConvolutionalModelIsFound(string change, int layer, Layer other)
    {
        Model model = Architectures.ConvolutionalModel([64, 64, 3]);
        Layer[] layers = [.. model.Layers];
        layers[layer] = other;
        KerasTensor input = ((InputLayer)layers[0]).Output;
        var changed = new Model(input, Anew(layers).Skip(1).Aggregate(input, (x, l) => l.Call(x)));

        AssertFoundAt(change, layer, model, changed);
    }

    [TestMethod]
    public void UnequalLengthsAreRefused()
    {
        Sequential model = Architectures.HappyModel();
        IReadOnlyList<LayerDescriptor> whole = model.LayerDescriptors();
        model.Pop();

        ModelException e = Assert.ThrowsExactly<ModelException>(() => Comparator.Compare(model.LayerDescriptors(), whole));

        Assert.AreEqual("The lists contain different numbers of layers: expected 7, found 6.", e.Message);
    }

    private static void AssertFoundAt(string change, int layer, Model expected, Model changed)
    {
        IReadOnlyList<LayerDescriptor> right = expected.LayerDescriptors(), found = changed.LayerDescriptors();

        ModelException e = Assert.ThrowsExactly<ModelException>(() => Comparator.Compare(found, right), change);

        Assert.AreEqual($"Test failed at layer {layer}.\n Expected value\n\n{right[layer]}\n\n does not match the input value:\n\n{found[layer]}", e.Message);
    }

    /// <summary>The same layers unbuilt: one behind a change may get another input.</summary>
    private static IEnumerable<Layer> Anew(IEnumerable<Layer> layers) => layers.Select(layer => layer switch
    {
        Dense { Name: not null } l => new Dense(l.Units, l.Activation),
        Conv2D { Name: not null } l => new Conv2D(l.Filters, l.KernelSize, l.Strides, l.Padding),
        BatchNormalization { Name: not null } l => new BatchNormalization(l.Axis),
        _ => layer,
    });
}
