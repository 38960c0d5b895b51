using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>A pooled convolution with one window a lane: on every instruction set the same values and places as the definition's kernel gives, to the last bit.</summary>
[TestClass]
public sealed unsafe class WindowConvolutionTests
{
    /// <summary>Instruction set; height, width, channels, filters, kernel height, kernel width, zeros above and before; the pool's height and width.</summary>
    public static IEnumerable<object[]> Cases =>
        from kernels in KernelSets.Names
        from shape in new[]
        {
            new[] { 64, 64, 3, 8, 4, 4, 1, 1, 8, 8 },
            [64, 64, 1, 1, 3, 3, 1, 1, 8, 8],
            [24, 48, 2, 9, 3, 5, 1, 2, 3, 4],
            [17, 33, 3, 16, 2, 2, 0, 0, 4, 8],
            [20, 12, 5, 7, 5, 1, 2, 0, 5, 3],
            [9, 70, 1, 3, 1, 6, 0, 2, 2, 5],
            [10, 18, 2, 12, 3, 3, -1, -1, 2, 1],
            [33, 132, 4, 8, 2, 3, 1, 1, 8, 32],
        }
        select new object[] { kernels, string.Join(' ', shape) };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void ValuesAndPlacesAreThoseOfTheDefinition(string kernels, string dimensions)
    {
        int[] d = [.. dimensions.Split(' ').Select(int.Parse)];
        (int height, int width, int channels, int filters, int kernelHeight, int kernelWidth, int top, int left) = (d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
        int outputHeight = height + 2 * top - kernelHeight + 1, outputWidth = width + 2 * left - kernelWidth + 1, across = outputWidth / d[9] / 4 * 4;
        var shape = new WindowShape(height, width, channels, outputHeight, outputWidth, filters, kernelHeight, kernelWidth, 1, 1, 1, 1, top, left, 1);
        var pool = new PoolShape(outputHeight, outputWidth, filters, outputHeight / d[8], across, d[8], d[9], d[8], d[9], 0, 0);
        Assert.IsGreaterThan(0, across * pool.OutputHeight, "a case without windows");
        using PlanContext context = Context(KernelSets.Get(kernels));
        using var run = new Run(shape);
        (float[] values, float[] taps) = run.Pooled(new WindowConvolution(context, shape, pool), pool, locate: true);
        (float[] expected, float[] expectedTaps) = run.Pooled(new DirectConvolution(context.Kernels, shape), pool, locate: true);
        CollectionAssert.AreEqual(expected, values);
        CollectionAssert.AreEqual(expectedTaps, taps, "places");
        CollectionAssert.AreEqual(expected, run.Pooled(new WindowConvolution(context, shape, pool), pool, locate: false).Values, "without the places");
    }

    [TestMethod]
    public void OfEqualPixelsTheFirstIsTaken()
    {
        var shape = new WindowShape(8, 32, 1, 8, 32, 8, 1, 1, 1, 1, 1, 1, 0, 0, 1);
        var pool = new PoolShape(8, 32, 8, 2, 8, 4, 4, 4, 4, 0, 0);
        using PlanContext context = Context(KernelSet.Best);
        using var run = new Run(shape, constant: 0.5f);
        CollectionAssert.AreEqual(new float[2 * 8 * 8], run.Pooled(new WindowConvolution(context, shape, pool), pool, locate: true).Taps);
    }

    [TestMethod]
    public void TheFirstConvolutionOfSignsIsTrainedSo()
    {
        var shape = new WindowShape(64, 64, 3, 64, 64, 8, 4, 4, 1, 1, 1, 1, 1, 1, 1);
        var pool = new PoolShape(64, 64, 8, 8, 8, 8, 8, 8, 8, 0, 0);
        using PlanContext training = Context(KernelSet.Best, training: true), inference = Context(KernelSet.Best);
        Assert.IsInstanceOfType<WindowConvolution>(PooledConvolution.For(training, shape, pool));
        Assert.IsInstanceOfType<PlanarWinograd>(PooledConvolution.For(inference, shape, pool));
        Assert.IsInstanceOfType<DirectConvolution>(PooledConvolution.For(training, shape with { OutputChannels = 32 }, pool with { Channels = 32 }), "filters fill the vectors");
        Assert.IsInstanceOfType<DirectConvolution>(PooledConvolution.For(training, shape, pool with { OutputWidth = 7 }), "no whole fours of windows");
    }

    private static PlanContext Context(KernelSet kernels, bool training = false)
    {
        var model = new Sequential([new Dense(1) { InputShape = [1] }]);
        WorkerTeam team = WorkerTeam.Of(2);
        return new PlanContext(kernels, team, new Parameters(model, new Adam(), team), 64, training, 1) { Options = new ManagedOptions { Rounding = Rounding.TensorFlow } };
    }

    /// <summary>Random images, filters and bias.</summary>
    private sealed class Run : IDisposable
    {
        private readonly AlignedBuffer _x;
        private readonly float[] _w;
        private readonly float[] _bias;

        public Run(WindowShape shape, float? constant = null)
        {
            var random = new Philox(1);
            float[] Numbers(int length) => [.. Enumerable.Range(0, length).Select(_ => constant ?? (2 * random.NextSingle()) - 1)];
            float[] x = Numbers(shape.Height * shape.Width * shape.Channels);
            _x = new AlignedBuffer(x.Length);
            x.CopyTo(_x.Span(x.Length));
            (_w, _bias) = (Numbers(shape.Depth * shape.OutputChannels), Numbers(shape.OutputChannels));
        }

        public (float[] Values, float[] Taps) Pooled(PooledConvolution pass, PoolShape pool, bool locate)
        {
            float[] y = new float[pool.OutputHeight * pool.OutputWidth * pool.Channels], taps = new float[y.Length];
            using var filters = new AlignedBuffer(pass.PackedSize);
            using var bias = new AlignedBuffer(pass.BiasSize);
            using var scratch = new AlignedBuffer(pass.PooledScratchSize(pool));
            scratch.Span((int)pass.PooledScratchSize(pool)).Fill(float.NaN);
            int rows = pass.PooledRows(pool);
            fixed (float* w = _w, b = _bias, to = y, places = taps)
            {
                pass.Pack(w, b, filters.Pointer, bias.Pointer);
                for (int row = 0; row < pool.OutputHeight; row += rows)
                    pass.RunPooled(pool, row, Math.Min(row + rows, pool.OutputHeight), new Pixels(_x.Pointer), 0, filters.Pointer, bias.Pointer, to, locate ? places : null, relu: false, scratch.Pointer);
            }
            return (y, taps);
        }

        public void Dispose() => _x.Dispose();
    }
}
