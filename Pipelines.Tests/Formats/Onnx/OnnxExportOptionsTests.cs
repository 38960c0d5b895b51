using ConvNets.Formats;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Formats.Onnx;

/// <summary>What each option changes in the exported graph, seen through ONNX Runtime.</summary>
[TestClass]
public sealed class OnnxExportOptionsTests
{
    private static readonly Model Signs = Architectures.ConvolutionalModel([64, 64, 3]);
    private static readonly ModelWeights Weights = TestWeights.Random(Signs, 3);
    private static readonly byte[] Image = [.. TestWeights.Normal(Signs.Inputs[0].Shape.Size, 4).Select(v => (byte)Math.Clamp(128 + 50 * v, 0, 255))];
    private static readonly float[] Scaled = [.. Image.Select(b => b / 255f)];

    [TestMethod]
    public void DefaultsAreKerassShapesAndTheLayersNames()
    {
        using OnnxSession session = Export(new());

        Assert.AreEqual("input_layer (-1, 64, 64, 3)", Show(session.Inputs));
        Assert.AreEqual("dense (-1, 6)", Show(session.Outputs));
        Assert.AreEqual(1, session.Run(1, Scaled)[0].Values.Sum(), 1e-5);
    }

    [TestMethod]
    [DataRow(OnnxShape.Batch, OnnxShape.Batch, "(-1, 64, 64, 3)", "(-1, 6)")]
    [DataRow(OnnxShape.Sample, OnnxShape.Sample, "(64, 64, 3)", "(6)")]
    [DataRow(OnnxShape.Sample, OnnxShape.Vector, "(64, 64, 3)", "(6)")]
    [DataRow(OnnxShape.Vector, OnnxShape.Sample, "(12288)", "(6)")]
    [DataRow(OnnxShape.Vector, OnnxShape.Batch, "(12288)", "(1, 6)")]
    public void BytesInAnyShapeGiveTheSameProbabilities(OnnxShape input, OnnxShape output, string inputShape, string outputShape)
    {
        using OnnxSession plain = Export(new());
        using OnnxSession session = Export(new()
        {
            InputType = OnnxElementType.UInt8,
            InputDivisor = 255,
            InputShape = input,
            OutputShape = output,
            InputNames = ["Image"],
            OutputNames = ["Probability"],
        });

        Assert.AreEqual($"Image {inputShape}", Show(session.Inputs));
        Assert.AreEqual($"Probability {outputShape}", Show(session.Outputs));
        AssertClose(plain.Run(1, Scaled)[0].Values, session.Run(1, Image)[0].Values);
    }

    [TestMethod]
    public void ASampleKeepsTheRankOfItsOutput()
    {
        Model model = OnnxExportTests.Stack([4, 4, 1], new MaxPooling2D());
        using var sample = new OnnxSession(OnnxExport.ToBytes(model, new([]), new() { InputShape = OnnxShape.Sample, OutputShape = OnnxShape.Sample }));
        using var vector = new OnnxSession(OnnxExport.ToBytes(model, new([]), new() { InputShape = OnnxShape.Sample, OutputShape = OnnxShape.Vector }));

        CollectionAssert.AreEqual(new[] { 2, 2, 1 }, sample.Run(1, TestWeights.Normal(16, 1))[0].Shape);
        CollectionAssert.AreEqual(new[] { 4 }, vector.Run(1, TestWeights.Normal(16, 1))[0].Shape);
    }

    [TestMethod]
    public void LogitsLeaveOutTheLastSoftmax()
    {
        using OnnxSession plain = Export(new());
        using OnnxSession session = Export(new() { Logits = true });

        double[] exponentials = [.. session.Run(1, Scaled)[0].Values.Select(v => Math.Exp(v))];

        Assert.IsGreaterThan(0.1, Math.Abs(exponentials.Sum() - 1), "the output is not normalized");
        AssertClose(plain.Run(1, Scaled)[0].Values, [.. exponentials.Select(e => (float)(e / exponentials.Sum()))]);
    }

    [TestMethod]
    public void LogitsLeaveOutTheLastSigmoid()
    {
        Sequential happy = Architectures.HappyModel();
        ModelWeights weights = TestWeights.Random(happy, 5);
        using var plain = new OnnxSession(OnnxExport.ToBytes(happy, weights));
        using var session = new OnnxSession(OnnxExport.ToBytes(happy, weights, new() { Logits = true }));

        double logit = session.Run(1, Scaled)[0].Values[0];

        Assert.AreEqual(plain.Run(1, Scaled)[0].Values[0], 1 / (1 + Math.Exp(-logit)), 1e-6);
    }

    [TestMethod]
    public void LogitsOfAConvolutionsSigmoidAreItsSums()
    {
        Model sigmoid = OnnxExportTests.Stack([4, 4, 1], new Conv2D(2, 2, activation: ActivationFunction.Sigmoid)), linear = OnnxExportTests.Stack([4, 4, 1], new Conv2D(2, 2));
        ModelWeights weights = TestWeights.Random(linear, 5);
        float[] image = TestWeights.Normal(16, 6);
        using var session = new OnnxSession(OnnxExport.ToBytes(sigmoid, weights, new() { Logits = true }));
        using var sums = new OnnxSession(OnnxExport.ToBytes(linear, weights));

        AssertClose(sums.Run(1, image)[0].Values, session.Run(1, image)[0].Values);
    }

    [TestMethod]
    public void ScaleAndShiftComeAfterTheLogits()
    {
        using OnnxSession logits = Export(new() { Logits = true });
        using OnnxSession session = Export(new() { Logits = true, OutputScale = 0.5f, OutputShift = -3, InputShape = OnnxShape.Sample, OutputShape = OnnxShape.Vector });

        AssertClose([.. logits.Run(1, Scaled)[0].Values.Select(v => v * 0.5f - 3)], session.Run(1, Scaled)[0].Values);
    }

    [TestMethod]
    public void AModelWithoutLayersOnlyScales()
    {
        KerasTensor input = new InputLayer([2, 2, 1]).Output;
        using var session = new OnnxSession(OnnxExport.ToBytes(new Model(input, input), new([]), new()
        {
            InputType = OnnxElementType.UInt8,
            InputDivisor = 255,
            InputShape = OnnxShape.Sample,
            OutputShape = OnnxShape.Sample,
        }));

        (float[] values, int[] shape) = session.Run(1, new byte[] { 0, 51, 102, 255 })[0];

        AssertClose([0, 0.2f, 0.4f, 1], values);
        CollectionAssert.AreEqual(new[] { 2, 2, 1 }, shape);
    }

    [TestMethod]
    public void AllOptionsOutOfRangeAreNamedTogether()
    {
        ArgumentException e = Assert.ThrowsExactly<ArgumentException>(() => Export(new()
        {
            OutputShape = OnnxShape.Vector,
            InputDivisor = float.NaN,
            OutputShift = float.PositiveInfinity,
            InputNames = ["x", "y"],
            OutputNames = ["x"],
        }));

        Assert.AreEqual("OutputShape Vector holds one sample, so that InputShape must be Sample or Vector; it is Batch; InputDivisor and OutputScale must be finite and not 0; received NaN and 1; " +
            "OutputShift must be finite; received Infinity; InputNames has 2 names; the model has 1; \"x\" names both an input and an output. (Parameter 'options')", e.Message);
    }

    private static OnnxSession Export(OnnxExportOptions options) => new(OnnxExport.ToBytes(Signs, Weights, options));

    private static string Show(IReadOnlyDictionary<string, int[]> values) => string.Join("; ", values.Select(v => $"{v.Key} ({string.Join(", ", v.Value)})"));

    private static void AssertClose(float[] expected, float[] found)
    {
        Assert.HasCount(expected.Length, found);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], found[i], 1e-5f * Math.Max(1, Math.Abs(expected[i])), $"value {i}");
    }
}
