using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

/// <summary>Initializers against Keras's formulas: the mean, deviation and bounds of what they draw.</summary>
[TestClass]
public sealed class InitializerTests
{
    // A kernel of 3×3 pixels, 40 channels and 60 filters: fan-in 360, fan-out 540.
    private static readonly TensorShape Kernel = [3, 3, 40, 60];

    // The deviation of a standard normal distribution that is cut off at ±2.
    private const double Truncated = 0.8796256610342398;

    public static IEnumerable<(string Name, Initializer Initializer, double Mean, double Deviation, double Bound)> Distributions()
    {
        const double In = 360, Out = 540, Mean = 450;
        yield return ("random normal", new RandomNormal(0.5, 0.2), 0.5, 0.2, double.PositiveInfinity);
        yield return ("random uniform", new RandomUniform(-1, 3), 1, 4 / Math.Sqrt(12), 2);
        yield return ("truncated normal", new TruncatedNormal(0.5, 0.2), 0.5, 0.2 * Truncated, 0.4);
        yield return Uniform("Glorot, uniform", new GlorotUniform(), Math.Sqrt(6 / (In + Out)));
        yield return Uniform("He, uniform", new HeUniform(), Math.Sqrt(6 / In));
        yield return Uniform("Lecun, uniform", new LecunUniform(), Math.Sqrt(3 / In));
        yield return Normal("Glorot, normal", new GlorotNormal(), Math.Sqrt(2 / (In + Out)));
        yield return Normal("He, normal", new HeNormal(), Math.Sqrt(2 / In));
        yield return Normal("Lecun, normal", new LecunNormal(), Math.Sqrt(1 / In));
        yield return Normal("variance scaling, default", new VarianceScaling(), Math.Sqrt(1 / In));
        yield return Uniform("variance scaling, fan-out, uniform", new VarianceScaling(3, FanMode.FanOut, RandomDistribution.Uniform), Math.Sqrt(3 * 3 / Out));
        yield return ("variance scaling, mean fan, untruncated", new VarianceScaling(2, FanMode.FanAvg, RandomDistribution.UntruncatedNormal), 0, Math.Sqrt(2 / Mean), double.PositiveInfinity);

        static (string, Initializer, double, double, double) Uniform(string name, Initializer initializer, double limit) => (name, initializer, 0, limit / Math.Sqrt(3), limit);
        static (string, Initializer, double, double, double) Normal(string name, Initializer initializer, double deviation) => (name, initializer, 0, deviation, 2 * deviation / Truncated);
    }

    [TestMethod]
    [DynamicData(nameof(Distributions))]
    public void ValuesHaveKerasMeanDeviationAndBound(string name, Initializer initializer, double mean, double deviation, double bound)
    {
        float[] values = Fill(initializer, Kernel);

        Assert.AreEqual(mean, values.Average(), 5 * deviation / Math.Sqrt(values.Length), name);
        Assert.AreEqual(deviation, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), 5 * deviation / Math.Sqrt(values.Length), name);
        double farthest = values.Max(v => Math.Abs(v - mean));
        Assert.IsLessThanOrEqualTo(bound * (1 + 1e-6), farthest, name);
        if (double.IsFinite(bound))
            Assert.IsGreaterThan(0.98 * bound, farthest, name);
    }

    [TestMethod]
    public void FansOfVectorsAndMatrices()
    {
        Assert.AreEqual(Math.Sqrt(6.0 / 5000), Fill(new GlorotUniform(), [4000, 1000]).Max(), 1e-4);
        Assert.AreEqual(Math.Sqrt(3.0 / 4000), Fill(new LecunUniform(), [4000]).Max(), 1e-4);
    }

    [TestMethod]
    public void ConstantsAndTheIdentity()
    {
        CollectionAssert.AreEqual(new float[] { 0, 0, 0 }, Fill(new Zeros(), [3]));
        CollectionAssert.AreEqual(new float[] { 1, 1, 1 }, Fill(new Ones(), [3]));
        CollectionAssert.AreEqual(new[] { 0.2f, 0.2f, 0.2f }, Fill(new Constant(0.2), [3]));
        CollectionAssert.AreEqual(new float[] { 2, 0, 0, 0, 2, 0 }, Fill(new Identity(gain: 2), [2, 3]));
        Assert.ThrowsExactly<ModelException>(() => Fill(new Identity(), [2, 3, 4]));
    }

    [TestMethod]
    [DataRow(new[] { 3, 2, 4, 7 })]
    [DataRow(new[] { 5, 9 })]
    [DataRow(new[] { 6, 6 })]
    public void RowsOrColumnsAreOrthogonal(int[] shape)
    {
        float[] values = Fill(new Orthogonal(gain: 3), new TensorShape(shape));
        int columns = shape[^1], rows = values.Length / columns;
        bool wide = columns > rows;
        for (int a = 0; a < Math.Min(rows, columns); a++)
        {
            for (int b = 0; b < Math.Min(rows, columns); b++)
            {
                double dot = Enumerable.Range(0, Math.Max(rows, columns)).Sum(i => wide ? (double)values[a * columns + i] * values[b * columns + i] : (double)values[i * columns + a] * values[i * columns + b]);
                Assert.AreEqual(a == b ? 9 : 0, dot, 1e-5);
            }
        }
    }

    [TestMethod]
    public void WeightsDependOnTheSeedAndOnTheirOwnSeed()
    {
        Sequential Model(long? seed) => new([new Dense(4, kernelInitializer: new GlorotUniform(seed)) { InputShape = [4] }, new Dense(4, kernelInitializer: new GlorotUniform(seed))]);
        float[] Kernel(long? own, long seed, int layer = 0) => ModelWeights.Initialize(Model(own), seed)[2 * layer].Values;

        CollectionAssert.AreEqual(Kernel(null, 1), Kernel(null, 1));
        CollectionAssert.AreNotEqual(Kernel(null, 1), Kernel(null, 2));
        CollectionAssert.AreNotEqual(Kernel(null, 1), Kernel(null, 1, layer: 1));
        CollectionAssert.AreEqual(Kernel(7, 1), Kernel(7, 2));
    }

    private static float[] Fill(Initializer initializer, TensorShape shape)
    {
        float[] values = new float[shape.Size];
        initializer.Fill(values, shape, new Philox(1, 2));
        return values;
    }
}
