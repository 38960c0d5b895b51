using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

/// <summary>First values of weights, and which weights fit a model.</summary>
[TestClass]
public sealed class ModelWeightsTests
{
    /// <summary>Glorot and Bengio's limit √(6 / (fan-in + fan-out)), fans written out per kernel.</summary>
    [TestMethod]
    [DataRow("conv2d/kernel", 7 * 7 * 3 + 7 * 7 * 32)]
    [DataRow("dense/kernel", 32768 + 1)]
    public void GlorotUniformFillsItsRangeEvenly(string path, int fans)
    {
        double limit = Math.Sqrt(6.0 / fans);

        double[] values = [.. ModelWeights.Initialize(Architectures.HappyModel(), seed: 1)[path].Values.Select(v => (double)v)];

        Assert.IsTrue(values.All(v => Math.Abs(v) <= limit));
        Assert.IsGreaterThan(0.99 * limit, values.Max());
        Assert.IsLessThan(-0.99 * limit, values.Min());
        Assert.AreEqual(0, values.Average(), 4 * limit / Math.Sqrt(3.0 * values.Length), "mean, within 4 standard errors");
        Assert.AreEqual(limit * limit / 3, values.Average(v => v * v), 4 * limit * limit * Math.Sqrt(4 / 45.0 / values.Length), "variance");
    }

    [TestMethod]
    public void OtherWeightsStartAsKerasStartsThem()
    {
        ModelWeights weights = ModelWeights.Initialize(Architectures.HappyModel(), seed: 1);

        foreach ((string path, float value) in new[] { ("conv2d/bias", 0f), ("batch_normalization/gamma", 1f), ("batch_normalization/beta", 0f), ("batch_normalization/moving_mean", 0f), ("batch_normalization/moving_variance", 1f), ("dense/bias", 0f) })
            Assert.IsTrue(Array.TrueForAll(weights[path].Values, v => v == value), path);
    }

    [TestMethod]
    public void TheSameSeedGivesTheSameBits()
    {
        Model model = Architectures.ConvolutionalModel([64, 64, 3]);
        ModelWeights first = ModelWeights.Initialize(model, 7), again = ModelWeights.Initialize(Architectures.ConvolutionalModel([64, 64, 3]), 7), other = ModelWeights.Initialize(model, 8);

        for (int i = 0; i < first.Count; i++)
            CollectionAssert.AreEqual(first[i].Values, again[i].Values);
        CollectionAssert.AreNotEqual(first["conv2d/kernel"].Values, other["conv2d/kernel"].Values);
        CollectionAssert.AreNotEqual(first["conv2d/kernel"].Values[..64], first["conv2d_1/kernel"].Values[..64]);
    }

    [TestMethod]
    public void ValuesMustFillTheirShapes() =>
        Assert.Contains("Weight \"a\" has 5 values; its shape (2, 3) takes 6.", Assert.ThrowsExactly<ArgumentException>(() => new ModelWeights([new WeightTensor("a", [2, 3], new float[5], true)])).Message);

    [TestMethod]
    public void PathsAreUnique()
    {
        var weight = new WeightTensor("a", [1], new float[1], true);

        Assert.Contains("\"a\"", Assert.ThrowsExactly<ArgumentException>(() => new ModelWeights([weight, weight])).Message);
    }

    [TestMethod]
    public void AMissingPathIsNamedWithThoseThereAre()
    {
        var weights = new ModelWeights([new WeightTensor("a", [1], new float[1], true), new WeightTensor("b", [1], new float[1], true)]);

        Assert.AreEqual("There is no weight \"c\"; there are a, b.", Assert.ThrowsExactly<KeyNotFoundException>(() => weights["c"]).Message);
    }

    [TestMethod]
    public void TheFirstWeightThatDoesNotFitIsNamed()
    {
        Model signs = Architectures.ConvolutionalModel([64, 64, 3]), gray = Architectures.ConvolutionalModel([64, 64, 1]);

        ModelException e = Assert.ThrowsExactly<ModelException>(() => ModelWeights.Initialize(gray, 1).CheckFits(signs));
        Assert.AreEqual("Weight 0 (\"conv2d/kernel\") has shape (4, 4, 1, 8); model \"functional\" expects (4, 4, 3, 8) for \"conv2d/kernel\".", e.Message);
        e = Assert.ThrowsExactly<ModelException>(() => ModelWeights.Initialize(signs, 1).CheckFits(Architectures.HappyModel()));
        Assert.AreEqual("Received 6 weights; model \"sequential\" has 8.", e.Message);
    }
}
