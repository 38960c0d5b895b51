using ConvNets.Formats;
using ConvNets.Formats.Onnx;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Formats.Onnx;

/// <summary>What ONNX Runtime computes from an exported graph, against the layers' definitions.</summary>
[TestClass]
public sealed class OnnxExportTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void TheCoursesModelsPredictTheSame(bool optimize)
    {
        AssertSame(Architectures.HappyModel(), optimize);
        AssertSame(Architectures.ConvolutionalModel([64, 64, 3]), optimize);
    }

    public static IEnumerable<(string Path, string Architecture)> Golden => GoldenTraining.All;

    [TestMethod]
    [TestCategory("Oracle")]
    [DynamicData(nameof(Golden))]
    public void TheCoursesModelsPredictWhatKerasPredicts(string path, string architecture)
    {
        using var golden = new GoldenTraining(path, architecture);
        foreach ((string weights, string predictions) in new[] { ("start", "predict_0"), ("after_40", "predict_40") })
        {
            double[] expected = golden.Values(predictions);
            int samples = expected.Length / golden.Model.Outputs[0].Shape.Size;
            using var session = new OnnxSession(OnnxExport.ToBytes(golden.Model, golden.Weights(weights)), optimize: true);

            float[] found = session.Run(samples, golden.Images("xv", samples))[0].Values;

            Assert.HasCount(expected.Length, found);
            Assert.IsLessThan(1e-5, expected.Zip(found, (a, b) => Math.Abs(a - b)).Max(), predictions);
        }
    }

    public static IEnumerable<(string Name, TensorShape Input, Func<Layer[]> Layers)> SingleLayers()
    {
        yield return ("padding, unequal", [5, 7, 3], () => [new ZeroPadding2D(((1, 2), (0, 3)))]);
        yield return ("conv, valid", [7, 9, 3], () => [new Conv2D(4, (3, 2))]);
        yield return ("conv, even window, same", [7, 6, 2], () => [new Conv2D(3, (4, 2), padding: Padding.Same)]);
        yield return ("conv, strides, same", [8, 7, 3], () => [new Conv2D(5, 3, strides: (2, 3), padding: Padding.Same)]);
        yield return ("conv, stride above window, same", [10, 11, 1], () => [new Conv2D(2, 2, strides: 4, padding: Padding.Same)]);
        yield return ("conv, strides, valid", [11, 8, 2], () => [new Conv2D(3, 3, strides: (3, 2))]);
        yield return ("conv, dilation, same", [9, 8, 2], () => [new Conv2D(3, (3, 2), padding: Padding.Same, dilationRate: (2, 3))]);
        yield return ("conv, dilation, valid", [9, 8, 2], () => [new Conv2D(3, 2, dilationRate: (3, 2))]);
        yield return ("conv, groups", [6, 5, 6], () => [new Conv2D(4, 3, padding: Padding.Same, groups: 2)]);
        yield return ("conv, depthwise by groups", [6, 5, 3], () => [new Conv2D(6, 2, groups: 3, useBias: false)]);
        yield return ("conv, relu", [5, 5, 2], () => [new Conv2D(3, 2, activation: ActivationFunction.Relu)]);
        yield return ("conv, sigmoid", [5, 5, 2], () => [new Conv2D(3, 2, activation: ActivationFunction.Sigmoid)]);
        yield return ("conv, softmax over channels", [5, 4, 2], () => [new Conv2D(3, 2, activation: ActivationFunction.Softmax)]);
        yield return ("pool, default", [7, 6, 3], () => [new MaxPooling2D()]);
        yield return ("pool, same, odd", [7, 5, 2], () => [new MaxPooling2D((3, 4), strides: 2, padding: Padding.Same)]);
        yield return ("pool, stride above window, same", [9, 10, 2], () => [new MaxPooling2D(2, strides: (4, 3), padding: Padding.Same)]);
        yield return ("pool, overlapping", [6, 7, 1], () => [new MaxPooling2D(3, strides: 1)]);
        yield return ("normalization, images", [4, 5, 3], () => [new BatchNormalization()]);
        yield return ("normalization, images, axis 1", [4, 5, 3], () => [new BatchNormalization(axis: 1)]);
        yield return ("normalization, images, axis 2", [4, 5, 3], () => [new BatchNormalization(axis: 2, epsilon: 0.1f)]);
        yield return ("normalization, behind a convolution, axis 2", [4, 5, 3], () => [new Conv2D(2, 2), new BatchNormalization(axis: -2)]);
        yield return ("normalization, vectors", [7], () => [new BatchNormalization()]);
        yield return ("normalization, sequences", [4, 5], () => [new BatchNormalization()]);
        yield return ("normalization, no gamma", [4, 5, 3], () => [new BatchNormalization(scale: false)]);
        yield return ("normalization, no beta", [4, 5, 3], () => [new BatchNormalization(center: false)]);
        yield return ("relu", [4, 5, 3], () => [new ReLU()]);
        yield return ("relu, maximum", [4, 5, 3], () => [new ReLU(maxValue: 0.5f)]);
        yield return ("relu, slope", [4, 5, 3], () => [new ReLU(negativeSlope: 0.3f)]);
        yield return ("relu, slope and maximum", [4, 5, 3], () => [new ReLU(maxValue: 0.5f, negativeSlope: 0.3f)]);
        yield return ("relu, threshold", [4, 5, 3], () => [new ReLU(threshold: 0.4f)]);
        yield return ("relu, threshold and maximum", [4, 5, 3], () => [new ReLU(maxValue: 0.9f, threshold: 0.4f)]);
        yield return ("relu, all three", [4, 5, 3], () => [new ReLU(maxValue: 0.9f, negativeSlope: 0.2f, threshold: 0.4f)]);
        yield return ("relu, vectors", [9], () => [new ReLU(negativeSlope: 0.1f)]);
        yield return ("flatten, images", [3, 4, 2], () => [new Flatten()]);
        yield return ("flatten, behind a convolution", [3, 4, 2], () => [new Conv2D(3, 2), new Flatten(), new Dense(4)]);
        yield return ("flatten, vectors", [6], () => [new Flatten()]);
        yield return ("dense", [6], () => [new Dense(4)]);
        yield return ("dense, no bias", [6], () => [new Dense(4, useBias: false)]);
        yield return ("dense, sigmoid", [6], () => [new Dense(1, ActivationFunction.Sigmoid)]);
        yield return ("dense, on sequences", [5, 6], () => [new Dense(4, ActivationFunction.Softmax)]);
        yield return ("dense, on images, no bias", [3, 5, 6], () => [new Dense(4, ActivationFunction.Relu, useBias: false)]);
        yield return ("dense, behind a convolution", [4, 5, 2], () => [new Conv2D(3, 2), new Dense(4), new Conv2D(2, 2)]);
    }

    [TestMethod]
    [DynamicData(nameof(SingleLayers))]
    public void EachLayerPredictsTheSame(string name, TensorShape input, Func<Layer[]> layers) => AssertSame(Stack(input, layers()), name: name);

    public static IEnumerable<string> OddShapes => LayerCases.All.Select(c => c.Name);

    [TestMethod]
    [DynamicData(nameof(OddShapes))]
    public void EachLayerPredictsTheSameAtOddShapesAndBehindAConvolution(string name)
    {
        (_, TensorShape[] inputs, Func<Layer[]> layers) = LayerCases.All.Single(c => c.Name == name);
        AssertSame(LayerCases.Build(inputs, layers()), name: name);

        // A convolution leaves images channels first.
        KerasTensor[] tensors = [.. inputs.Select(shape => new InputLayer(shape).Output)];
        Layer[] stack = layers();
        KerasTensor first = stack[0].Call([.. tensors.Select((t, i) => t.Shape.Rank == 3 && i != 1 ? new Conv2D(t.Shape[2], 1).Call(t) : t)]);
        AssertSame(new Model(tensors, [stack.Skip(1).Aggregate(first, (value, layer) => layer.Call(value))]), optimize: true, name);
    }

    [TestMethod]
    public void ASkipASharedLayerAndSeveralInputsAndOutputsPredictTheSame()
    {
        KerasTensor a = new InputLayer([6, 5, 2]).Output, b = new InputLayer([6, 5, 2]).Output;
        var shared = new Conv2D(3, 2, padding: Padding.Same, activation: ActivationFunction.Relu);
        KerasTensor x = shared.Call(a), y = shared.Call(b);
        var head = new Dense(4, ActivationFunction.Softmax);
        var model = new Model([a, b], [head.Call(new Flatten().Call(x)), y, new MaxPooling2D().Call(y)]);

        GraphProto graph = OnnxExport.ToProto(model, TestWeights.Random(model, 1), new()).Graph!;

        Assert.HasCount(1, graph.Initializer.Where(t => t.Name == "conv2d/kernel").ToArray());
        AssertSame(model);
    }

    [TestMethod]
    public void NestedModelsPredictTheSame()
    {
        Sequential block = new([new Conv2D(3, 3, padding: Padding.Same), new BatchNormalization(), new ReLU()], "block");
        KerasTensor input = new InputLayer([8, 7, 3]).Output;
        KerasTensor inner = new InputLayer([8, 7, 3]).Output;
        var twoOutputs = new Model([inner], [new MaxPooling2D().Call(inner), new Flatten().Call(inner)], "two");
        KerasTensor x = block.Call(block.Call(input));
        Node both = twoOutputs.CallNode([x]);
        var model = new Model([input], [.. both.Outputs]);

        AssertSame(model);
    }

    [TestMethod]
    public void TheFileSaysIrVersion6AndOpset11()
    {
        Model model = Architectures.ConvolutionalModel([64, 64, 3]);
        ModelProto proto = OnnxExport.ToProto(model, ModelWeights.Initialize(model, 1), new());

        Assert.AreEqual(6, proto.IrVersion);
        Assert.AreEqual("11", string.Join(' ', proto.OpsetImport.Select(o => o.Domain + o.Version)));
        Assert.DoesNotContain("auto_pad", proto.Graph!.Node.SelectMany(n => n.Attribute).Select(a => a.Name));
    }

    [TestMethod]
    public void AnUnsupportedLayerIsNamedWithWhatIsSupported()
    {
        Model model = Stack([4], new Doubling("twice"));

        ModelFormatException e = Assert.ThrowsExactly<ModelFormatException>(() => OnnxExport.ToBytes(model, TestWeights.Random(model, 1)));
        Assert.AreEqual(e.Message, Assert.ThrowsExactly<ModelFormatException>(() => OnnxExport.Check(model, TestWeights.Random(model, 1))).Message);

        StringAssert.StartsWith(e.Message, "Doubling \"twice\" cannot be written as ONNX; supported are Activation, ActivityRegularization, Add, ");
    }

    [TestMethod]
    public void WeightsOfAnotherModelAreRefused()
    {
        Model model = Architectures.HappyModel(), other = Architectures.ConvolutionalModel([64, 64, 3]);

        Assert.ThrowsExactly<ModelException>(() => OnnxExport.ToBytes(model, ModelWeights.Initialize(other, 1)));
    }

    [TestMethod]
    public void SaveWritesTheBytesAndLeavesNothingElse()
    {
        Model model = Architectures.ConvolutionalModel([64, 64, 3]);
        ModelWeights weights = ModelWeights.Initialize(model, 1);
        using var folder = new TemporaryFolder();
        string path = folder.File("signs.onnx");
        File.WriteAllText(path, "before");

        OnnxExport.Save(model, weights, path);

        CollectionAssert.AreEqual(OnnxExport.ToBytes(model, weights), File.ReadAllBytes(path));
        Assert.ThrowsExactly<ModelException>(() => OnnxExport.Save(Architectures.HappyModel(), weights, path));
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => OnnxExport.Save(model, weights, folder.File("none/signs.onnx")));
        CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    internal static Model Stack(TensorShape input, params Layer[] layers)
    {
        KerasTensor x = new InputLayer(input).Output;
        return new Model(x, layers.Aggregate(x, (value, layer) => layer.Call(value)));
    }

    private static void AssertSame(Model model, bool optimize = false, string name = "")
    {
        const int Samples = 3;
        ModelWeights weights = TestWeights.Random(model, 1);
        float[][] inputs = [.. model.Inputs.Select((t, i) => TestWeights.Normal(Samples * t.Shape.Size, 2 + i))];
        using var session = new OnnxSession(OnnxExport.ToBytes(model, weights), optimize);

        (float[] Values, int[] Shape)[] outputs = session.Run(Samples, inputs);

        for (int sample = 0; sample < Samples; sample++)
        {
            double[][] expected = NaiveForward.Predict(model, weights, [.. inputs.Select((x, i) => Row(x, model.Inputs[i].Shape.Size, sample).Select(v => (double)v).ToArray())]);
            for (int i = 0; i < expected.Length; i++)
            {
                CollectionAssert.AreEqual(new[] { Samples }.Concat(model.Outputs[i].Shape).ToArray(), outputs[i].Shape);
                float[] found = Row(outputs[i].Values, expected[i].Length, sample);
                double scale = expected[i].Max(Math.Abs), difference = found.Zip(expected[i], (a, b) => Math.Abs(a - b)).Max();
                Assert.IsLessThanOrEqualTo(1e-5 * scale, difference, $"{name}: output {i} of sample {sample}");
            }
        }
    }

    private static float[] Row(float[] values, int size, int row) => values[(row * size)..((row + 1) * size)];

    private sealed class Doubling(string name) : Layer(name)
    {
        public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
    }
}
