using ConvNets.Engines;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>Every loss's derivatives against central differences, from probabilities and from logits.</summary>
[TestClass]
public sealed class LossGradientTests
{
    private const int Rows = 7, Width = 5;

    public static IEnumerable<(string Name, Loss Loss, string Data)> Cases =>
    [
        .. Loss.Names.Select(name => (name, Loss.Get(name), Loss.Get(name) is SparseCategoricalCrossentropy ? "sparse" : "rows")),
        ("smoothed binary", new BinaryCrossentropy(labelSmoothing: 0.2), "rows"),
        ("balanced focal", new BinaryFocalCrossentropy(applyClassBalancing: true, alpha: 0.3, gamma: 1.5, labelSmoothing: 0.1), "rows"),
        ("smoothed categorical", new CategoricalCrossentropy(labelSmoothing: 0.2), "rows"),
        ("categorical focal", new CategoricalFocalCrossentropy(alpha: 0.7, gamma: 3, labelSmoothing: 0.1), "rows"),
        ("ignoring a class", new SparseCategoricalCrossentropy(ignoreClass: 2), "sparse"),
        ("narrow Huber", new Huber(0.2), "rows"),
    ];

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void DerivativesAreDifferences(string name, Loss loss, string data)
    {
        var random = new ConvNets.ModelDefs.Philox(11);
        float[] targets = new float[data == "sparse" ? Rows : Rows * Width], predictions = new float[Rows * Width], logits = new float[Rows * Width];
        for (int i = 0; i < targets.Length; i++)
            targets[i] = data == "sparse" ? random.NextInt32(Width) : random.NextSingle();
        for (int i = 0; i < predictions.Length; i++)
            (predictions[i], logits[i]) = (0.05f + 0.9f * random.NextSingle(), random.NextNormal());
        Assert.IsLessThanOrEqualTo(2e-5, LossGradientCheck.LargestError(loss, targets, predictions, Width, step: 1e-4f), name);
        if (loss.Activation is not null)
            Assert.IsLessThanOrEqualTo(2e-5, LossGradientCheck.LargestError(loss, targets, logits, Width, fromLogits: true), $"{name} from logits");
    }

    [TestMethod]
    public void AWrongDerivativeIsFound() =>
        Assert.IsGreaterThan(0.1, LossGradientCheck.LargestError(new Wrong(), [1, 2, 3], [0.5f, 1, 4], 3));

    private sealed class Wrong : ElementwiseLoss
    {
        public override string Name => "wrong";

        protected override (double Value, double Slope) Of(double target, double prediction) => (Math.Pow(prediction - target, 2), prediction - target);
    }
}
