using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Fully connected layers over the last axis, with few rows and with so many that they are split, against plain loops in double precision.</summary>
[TestClass]
public sealed class DenseTests
{
    public static IEnumerable<object[]> Cases =>
        from kernels in KernelSets.Names
        from rows in new[] { 1, 37, 1100 }
        from width in new[] { 5, 16 }
        from units in new[] { 1, 7, 32 }
        select new object[] { kernels, rows, width, units };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void OutputAndGradientsAreThoseOfPlainLoops(string kernels, int rows, int width, int units)
    {
        const int Count = 3;
        var model = new Sequential([new Dense(units, biasInitializer: new GlorotUniform()) { InputShape = [rows, width] }]);
        float[] x = Values(Count * rows * width, 1), t = Values(Count * rows * units, 2);
        ModelWeights weights = ModelWeights.Initialize(model, 3);
        using var run = new EngineRun(model, new MeanSquaredError(), KernelSets.Get(kernels), weights);
        (float[] y, ModelWeights gradients) = run.Learn(Count, x, t);

        double[] expected = new double[y.Length], kernel = new double[width * units], bias = new double[units];
        for (int i = 0; i < y.Length; i++)
        {
            (int row, int unit) = Math.DivRem(i, units);
            expected[i] = weights[1].Values[unit];
            for (int k = 0; k < width; k++)
                expected[i] += (double)x[row * width + k] * weights[0].Values[k * units + unit];
            double d = 2 * (expected[i] - t[i]) / y.Length;
            bias[unit] += d;
            for (int k = 0; k < width; k++)
                kernel[k * units + unit] += d * x[row * width + k];
        }
        Near.AssertClose(expected, y, 2e-6, "output");
        Near.AssertClose(kernel, gradients[0].Values, 1e-5, "kernel");
        Near.AssertClose(bias, gradients[1].Values, 1e-5, "bias");
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Philox(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
    }
}
