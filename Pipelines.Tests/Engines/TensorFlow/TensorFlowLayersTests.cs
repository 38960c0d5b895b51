using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.TensorFlow;

/// <summary>Layers, arguments and activations beyond the golden files: TensorFlow's engine gives what the managed one gives, random layers included, since both draw the same numbers.</summary>
[TestClass]
[TestCategory("Oracle")]
public sealed class TensorFlowLayersTests
{
    private static readonly TensorShape Image = [7, 6, 4];

    [TestInitialize]
    public void RequireLibrary() => NativeTensorFlow.Require();

    public static IEnumerable<(string Name, Func<Layer> Layer)> Cases =>
    [
        .. Enum.GetValues<ActivationFunction>().Select(function => ($"activation {function.KerasName()}", (Func<Layer>)(() => new Activation(function)))),
        ("dilated transposed", () => new Conv2DTranspose(3, (3, 2), dilationRate: 2)),
        ("transposed, output padding", () => new Conv2DTranspose(3, 2, strides: 2, padding: Padding.Same, outputPadding: 1)),
        ("transposed, even window", () => new Conv2DTranspose(3, 4, strides: 3, padding: Padding.Same, outputPadding: 0)),
        ("transposed, gaps", () => new Conv2DTranspose(3, 2, strides: 3)),
        ("dilated depthwise", () => new DepthwiseConv2D(3, padding: Padding.Same, depthMultiplier: 2, dilationRate: (2, 1))),
        ("depthwise, two strides", () => new DepthwiseConv2D(3, strides: (2, 1), padding: Padding.Same, activation: ActivationFunction.Tanh)),
        ("separable", () => new SeparableConv2D(5, 3, strides: 2, depthMultiplier: 2, activation: ActivationFunction.Selu)),
        ("dilated separable", () => new SeparableConv2D(5, 2, dilationRate: 2)),
        ("average pooling", () => new AveragePooling2D(3, strides: 2, padding: Padding.Same)),
        ("global, kept axes", () => new GlobalMaxPooling2D(keepDims: true)),
        ("batch normalization, axis 1", () => new BatchNormalization(axis: 1, momentum: 0.5)),
        ("batch normalization, frozen", () => new BatchNormalization { Trainable = false }),
        ("group normalization", () => new GroupNormalization(2)),
        ("group normalization, axis 2", () => new GroupNormalization(-1, axis: 2)),
        ("layer normalization, axes", () => new LayerNormalization([1, 3])),
        ("layer normalization, root mean square", () => new LayerNormalization(rmsScaling: true)),
        ("normalization, given", () => new Normalization([-1], [1, 2, 0.5, -1], [1, 4, 2, 0.25])),
        ("normalization, inverted", () => new Normalization(null, [1, 2, 0.5, -1], [1, 4, 2, 0.25], invert: true)),
        ("softmax, axis 1", () => new Softmax(1)),
        ("softmax, two axes", () => new Softmax([1, 3])),
        ("rescaling by channel", () => new Rescaling([1, 2, 3, 4], [0.5, 0, 0, -1])),
        ("dropout of rows", () => new Dropout(0.4, [null, 1, null, 1])),
        ("dropout of the same in all samples", () => new Dropout(0.4, [1, null, null, null])),
        ("elu", () => new ELU(0.3)),
        ("prelu, shared", () => new PReLU(new RandomNormal(), new L1(0.01), [1, 2])),
        ("relu, all arguments", () => new ReLU(0.8, 0.2, 0.1)),
        ("center crop", () => new CenterCrop(4, 3)),
        ("center crop, scaled", () => new CenterCrop(9, 12)),
        ("upsampling", () => new UpSampling2D((2, 3), Interpolation.Bilinear)),
        ("regularized", () => new Dense(3, activation: ActivationFunction.Sigmoid, kernelRegularizer: new L1L2(0.02, 0.03), biasRegularizer: new L2(0.1)) { ActivityRegularizer = new L1L2(0.01, 0.02) }),
        ("activity", () => new ActivityRegularization(0.01, 0.02)),
        ("dropout", () => new Dropout(0.3)),
        ("dropout with a seed", () => new Dropout(0.6, seed: 9)),
        ("dropout of all", () => new Dropout(1)),
        ("spatial dropout", () => new SpatialDropout2D(0.5)),
        ("noise", () => new GaussianNoise(0.2)),
        ("contrast", () => new RandomContrast(0.5, (-1, 1))),
        ("brightness", () => new RandomBrightness((-0.2, 0.4), (-2, 2))),
    ];

    /// <summary>A layer between two that learn, trained for three steps.</summary>
    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void TrainingIsThatOfTheManagedEngine(string name, Func<Layer> layer) => AssertSameTraining(name, () => [new Dense(4) { InputShape = Image }, layer()]);

    public static IEnumerable<(string Name, Func<Layer> Layer)> RandomImages =>
    [
        ("flip", () => new RandomFlip()),
        ("horizontal flip", () => new RandomFlip(FlipMode.Horizontal, seed: 3)),
        .. Enum.GetValues<FillMode>().SelectMany(fill => Enum.GetValues<Interpolation>().SelectMany(interpolation => new (string, Func<Layer>)[]
        {
            ($"translation, {fill}, {interpolation}", () => new RandomTranslation(0.4, (-0.1, 0.6), fill, interpolation, fillValue: 0.5)),
            ($"rotation, {fill}, {interpolation}", () => new RandomRotation(0.3, fill, interpolation)),
            ($"zoom, {fill}, {interpolation}", () => new RandomZoom((-0.4, 0.3), fillMode: fill, interpolation: interpolation)),
        })),
        ("zoom of both axes", () => new RandomZoom(0.3, 0.5)),
    ];

    /// <summary>A layer in front, where images are augmented.</summary>
    [TestMethod]
    [DynamicData(nameof(RandomImages))]
    public void AugmentationIsThatOfTheManagedEngine(string name, Func<Layer> layer) => AssertSameTraining(name, () => [new InputLayer(Image), layer()]);

    [TestMethod]
    public void AModelWithinAModelThatIsFrozenKeepsItsWeights()
    {
        AssertSameTraining("nested", () =>
        {
            var inner = new Sequential([new Conv2D(4, 3) { InputShape = Image }, new BatchNormalization(momentum: 0.5), new Dropout(0.2)]) { Trainable = false };
            return [inner];
        });
    }

    private static void AssertSameTraining(string name, Func<Layer[]> layers)
    {
        (double[] Losses, ModelWeights Weights, float[] Predictions)[] results = [.. new[] { "managed", "tensorflow" }.Select(engine =>
        {
            var model = new Sequential([.. layers(), new Flatten(), new Dense(3)]);
            using CompiledModel compiled = model.Compile(new Sgd(0.05) { GlobalClipNorm = 1 }, new MeanSquaredError(), options: new CompileOptions { Engine = NativeTensorFlow.Engine(engine), Threads = 2, Seed = 5 });
            compiled.SetWeights(TestWeights.Random(model, 1));
            var x = new Tensor(TestWeights.Normal(3 * Image.Size, 2), Image);
            History history = compiled.Fit(x, new Tensor(TestWeights.Normal(9, 3), [3]), new FitOptions { Epochs = 3, BatchSize = 2, Shuffle = false });
            return (history["loss"].ToArray(), compiled.GetWeights(), compiled.Predict(x).Values.ToArray());
        })];
        AssertClose([.. results[0].Losses.Select(v => (float)v)], [.. results[1].Losses.Select(v => (float)v)], $"{name}: losses");
        AssertClose(results[0].Predictions, results[1].Predictions, $"{name}: predictions");
        foreach ((WeightTensor managed, WeightTensor tensorFlow) in results[0].Weights.Zip(results[1].Weights))
            AssertClose(managed.Values, tensorFlow.Values, $"{name}: {managed.Path}");
    }

    private static void AssertClose(float[] expected, float[] found, string name)
    {
        double difference = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow(expected[i] - found[i], 2);
            size += Math.Pow(expected[i], 2);
        }
        Assert.IsLessThanOrEqualTo(2e-5 * Math.Max(Math.Sqrt(size), 1), Math.Sqrt(difference), name);
    }
}
