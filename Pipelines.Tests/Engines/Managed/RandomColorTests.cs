using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Random contrast and brightness against their definitions in double precision, with what was drawn, on images that are cut off at the value range.</summary>
[TestClass]
public sealed class RandomColorTests
{
    private const int Samples = 5;
    private static readonly (double Least, double Greatest) Range = (-0.7, 0.9);

    /// <summary>Few channels are handled as many where the pixels allow it: in some of these images they do.</summary>
    public static IEnumerable<object[]> Cases =>
        from kernels in KernelSets.Names
        from channels in new[] { 1, 3, 5, 16, 24 }
        from width in new[] { 5, 16 }
        select new object[] { kernels, channels, width };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void ContrastIsItsDefinition(string kernels, int channels, int width)
    {
        TensorShape shape = [9, width, channels];
        int pixels = 9 * width;
        Check(new RandomContrast((0.4, 0.6), Range, seed: 3), kernels, shape, (x, dy, numbers) =>
        {
            double factor = 0.6 + Philox.Uniform(numbers[0]);
            double[] y = new double[x.Length], dx = new double[x.Length];
            for (int c = 0; c < channels; c++)
            {
                int[] places = [.. Enumerable.Range(0, pixels).Select(p => p * channels + c)];
                double mean = places.Average(i => x[i]);
                foreach (int i in places)
                    y[i] = (x[i] - mean) * factor + mean;
                double through = (1 - factor) * places.Sum(i => Inside(y[i]) * dy[i]) / pixels;
                foreach (int i in places)
                    dx[i] = Inside(y[i]) * dy[i] * factor + through;
            }
            return (y, dx);
        });
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void BrightnessIsItsDefinition(string kernels, int channels, int width) =>
        Check(new RandomBrightness((-0.3, 0.5), Range, seed: 3), kernels, [9, width, channels], (x, dy, numbers) =>
        {
            double[] y = [.. x.Select(value => value + 1.6 * (-0.3 + 0.8 * Philox.Uniform(numbers[1])))];
            return (y, [.. y.Select((value, i) => Inside(value) * dy[i])]);
        });

    private static int Inside(double value) => value >= Range.Least && value <= Range.Greatest ? 1 : 0;

    private static void Check(Layer layer, string kernels, TensorShape shape, Func<float[], float[], uint[], (double[] Y, double[] Dx)> define)
    {
        // The input is given out a second time, so that derivatives are added to others.
        KerasTensor input = new InputLayer(shape).Output;
        var model = new Model([input], [layer.Call(input), new Permute([1, 2, 3]).Call(input)]);
        float[] x = TestWeights.Normal(Samples * shape.Size, 1), dy = TestWeights.Normal(Samples * shape.Size, 2), more = TestWeights.Normal(Samples * shape.Size, 4);
        using var executor = new ManagedExecutor(new ExecutorRequest(model, new Sgd(), [new DotLoss(), new DotLoss()], [1f, 1f], Threads: 2, Seed: 1) { InputGradients = true }, KernelSets.Get(kernels));
        using Batch batch = executor.CreateBatch(Samples, training: true);
        batch.Count = Samples;
        x.CopyTo(batch.Input(0));
        dy.CopyTo(batch.Target(0));
        more.CopyTo(batch.Target(1));

        executor.ComputeGradients(batch, out _);

        uint[] numbers = new uint[4];
        for (int n = 0; n < Samples; n++)
        {
            Philox.Block(3, Philox.LayerStream(0, 0), n, numbers);
            int first = n * shape.Size, end = first + shape.Size;
            (double[] y, double[] dx) = define(x[first..end], dy[first..end], numbers);
            Near.AssertClose([.. y.Select(value => Math.Clamp(value, Range.Least, Range.Greatest))], batch.Output(0)[first..end].ToArray(), 1e-6, $"image {n}");
            Near.AssertClose([.. dx.Select((d, i) => d + more[first + i])], executor.InputGradient(batch, 0)[first..end].ToArray(), 1e-6, $"derivatives of image {n}");
        }
    }
}
