using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Winograd's algorithm for few channels on every instruction set against plain loops in double precision: outputs, sums, pools, and the shapes at each vector's width.</summary>
[TestClass]
public sealed unsafe class PlanarWinogradTests
{
    /// <summary>Instruction set, height, width, channels, filters, kernel height, kernel width, zeros above and before (negative: left out).</summary>
    public static IEnumerable<object[]> Cases =>
        from kernels in KernelSets.Names
        from shape in new[]
        {
            new[] { 64, 64, 3, 32, 7, 7, 3, 3 },
            [64, 64, 3, 8, 4, 4, 1, 1],
            [9, 13, 1, 1, 3, 3, 1, 1],
            [11, 15, 2, 9, 3, 5, 1, 2],
            [8, 16, 3, 16, 2, 3, 0, 0],
            [17, 17, 1, 7, 8, 8, 3, 4],
            [12, 31, 3, 8, 5, 6, 2, 2],
            [10, 33, 2, 12, 3, 3, -1, -2],
            [20, 63, 1, 8, 4, 3, 1, 1],
            [9, 65, 1, 3, 3, 4, 1, 1],
            [7, 129, 2, 8, 3, 3, 1, 1],
        }
        select new object[] { kernels, string.Join(' ', shape) };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void OutputIsThatOfPlainLoops(string kernels, string dimensions)
    {
        using var run = new Run(kernels, dimensions);
        WindowShape s = run.Shape;
        float[] all = run.Rows(0, s.OutputHeight, accumulate: false), added = run.Rows(0, s.OutputHeight, accumulate: true);
        Assert.IsLessThan(1e-6, RelativeError(run.Expected, all, 0, all.Length), "outputs");
        Assert.IsLessThan(1e-6, RelativeError([.. run.Expected.Select((v, i) => v - run.Bias[i % s.OutputChannels] + Run.Before)], added, 0, added.Length), "added to what was there, not to the bias");

        // Rows that no step begins with are the same, bit for bit, and nothing is written beside them.
        int first = 1, end = Math.Min(s.OutputHeight, 6), row = s.OutputWidth * s.OutputChannels;
        float[] some = run.Rows(first, end, accumulate: false);
        for (int i = 0; i < some.Length; i++)
            Assert.AreEqual(i >= first * row && i < end * row ? all[i] : Run.Before, some[i], $"element {i}");
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void PooledOutputIsTheGreatestOfEachWindow(string kernels, string dimensions)
    {
        using var run = new Run(kernels, dimensions);
        WindowShape s = run.Shape;
        foreach (int size in new[] { 2, 3, 4, 8 })
        {
            if (s.OutputHeight < size || s.OutputWidth < size)
                continue;
            var pool = new PoolShape(s.OutputHeight, s.OutputWidth, s.OutputChannels, s.OutputHeight / size, s.OutputWidth / size, size, size, size, size, 0, 0);
            (float[] values, _) = run.Pooled(pool, locate: false);
            (float[] located, float[] taps) = run.Pooled(pool, locate: true);
            CollectionAssert.AreEqual(values, located, "the greatest values are the same whether they are located or not");
            (float[] rectified, _) = run.Pooled(pool, locate: true, relu: true);
            double scale = run.Expected.Max(Math.Abs);
            for (int i = 0; i < values.Length; i++)
            {
                int f = i % s.OutputChannels, column = i / s.OutputChannels % pool.OutputWidth, row = i / s.OutputChannels / pool.OutputWidth;
                double greatest = double.NegativeInfinity;
                for (int tap = 0; tap < size * size; tap++)
                    greatest = Math.Max(greatest, At(tap));
                double At(int tap) => run.Expected[((row * size + tap / size) * s.OutputWidth + column * size + tap % size) * s.OutputChannels + f];
                Assert.AreEqual(greatest, values[i], 2e-6 * scale, $"{size}: element {i}");
                Assert.AreEqual(greatest, At((int)taps[i]), 4e-6 * scale, $"{size}: tap of element {i}");
                Assert.AreEqual(Math.Max(values[i], 0), rectified[i], $"{size}: rectified element {i}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(KernelSets.Names), typeof(KernelSets))]
    public void OfEqualValuesTheFirstIsLocated(string kernels)
    {
        // Filters of zeros: all outputs are the bias.
        using var run = new Run(kernels, "20 65 3 9 4 4 1 1", weight: 0);
        foreach (int size in new[] { 2, 4, 8 })
        {
            WindowShape s = run.Shape;
            var pool = new PoolShape(s.OutputHeight, s.OutputWidth, s.OutputChannels, s.OutputHeight / size, s.OutputWidth / size, size, size, size, size, 0, 0);
            (_, float[] taps) = run.Pooled(pool, locate: true);
            Assert.IsTrue(Array.TrueForAll(taps, tap => tap == 0), $"{size}");
        }
    }

    /// <summary>Rows of tiles that are no pairs, whole vectors and parts of them, filters that are no whole blocks.</summary>
    [TestMethod]
    [DynamicData(nameof(KernelSets.Names), typeof(KernelSets))]
    public void OutputsAndTheirSquaresAreSummed(string kernels)
    {
        foreach (string dimensions in new[] { "64 64 3 32 7 7 3 3", "20 20 3 9 7 7 3 3", "12 72 1 8 5 3 2 1", "4 4 2 3 3 3 1 1" })
        {
            using var run = new Run(kernels, dimensions);
            WindowShape s = run.Shape;
            var pool = new PoolShape(s.OutputHeight, s.OutputWidth, s.OutputChannels, s.OutputHeight / 2, s.OutputWidth / 2, 2, 2, 2, 2, 0, 0);
            Assert.IsTrue(PlanarWinograd.SumsOutputs(s, pool), dimensions);
            double[] sums = run.Sums(pool);
            for (int f = 0; f < s.OutputChannels; f++)
            {
                double[] outputs = [.. run.Expected.Where((_, i) => i % s.OutputChannels == f)];
                double squares = outputs.Sum(v => v * v);
                Assert.AreEqual(outputs.Sum(), sums[f], 1e-6 * Math.Sqrt(squares * outputs.Length), $"{dimensions}: sum {f}");
                Assert.AreEqual(squares, sums[s.OutputChannels + f], 2e-6 * squares, $"{dimensions}: squares {f}");
            }
        }
        var odd = new PoolShape(22, 20, 8, 11, 10, 2, 2, 2, 2, 0, 0);
        Assert.IsFalse(PlanarWinograd.SumsOutputs(new WindowShape(22, 20, 3, 22, 20, 8, 7, 7, 1, 1, 1, 1, 3, 3, 1), odd), "a tile is not all image");
    }

    [TestMethod]
    public void ThePlannerTakesItForTheFirstConvolutionsOfBothModels()
    {
        Assert.IsInstanceOfType<PlanarWinograd>(Pass(new WindowShape(64, 64, 3, 64, 64, 32, 7, 7, 1, 1, 1, 1, 3, 3, 1), KernelSet.Best));
        Assert.IsInstanceOfType<PlanarWinograd>(Pass(new WindowShape(64, 64, 3, 64, 64, 8, 4, 4, 1, 1, 1, 1, 1, 1, 1), KernelSet.Best));
        Assert.IsInstanceOfType<DirectConvolution>(Pass(new WindowShape(28, 28, 1, 26, 26, 32, 3, 3, 1, 1, 1, 1, 0, 0, 1), KernelSet.Best), "too small to gain");
        Assert.IsInstanceOfType<DirectConvolution>(Pass(new WindowShape(64, 64, 3, 32, 32, 32, 7, 7, 2, 2, 1, 1, 3, 3, 1), KernelSet.Best), "strides");
        Assert.IsInstanceOfType<DirectConvolution>(Pass(new WindowShape(64, 64, 3, 64, 64, 8, 4, 4, 1, 1, 1, 1, 1, 1, 1), KernelSet.Best, winograd: false), "switched off");

        // In training too, unless its sums shall be TensorFlow's.
        Assert.IsInstanceOfType<PlanarWinograd>(Pass(new WindowShape(64, 64, 3, 64, 64, 32, 7, 7, 1, 1, 1, 1, 3, 3, 1), KernelSet.Best, training: Rounding.Fastest));
        Assert.IsInstanceOfType<DirectConvolution>(Pass(new WindowShape(64, 64, 3, 64, 64, 32, 7, 7, 1, 1, 1, 1, 3, 3, 1), KernelSet.Best, training: Rounding.TensorFlow));
    }

    [TestMethod]
    public void PredictionsAreThoseOfTheDefinition()
    {
        var model = new Sequential([new Conv2D(8, 4, padding: Padding.Same) { InputShape = [64, 64, 3] }, new BatchNormalization(), new ReLU(), new MaxPooling2D(8), new Flatten(), new Dense(6)]);
        ModelWeights weights = ModelWeights.Initialize(model, 3);
        float[] x = Numbers(5 * 64 * 64 * 3, 1), fast = new float[30], direct = new float[30];
        foreach ((bool winograd, float[] outputs) in new[] { (true, fast), (false, direct) })
        {
            using var executor = new ManagedExecutor(new ExecutorRequest(model, new Adam(), [new MeanSquaredError()], [1f], 2, 1), KernelSet.Best) { Winograd = winograd };
            executor.SetWeights(weights);
            using Batch batch = executor.CreateBatch(5, training: false);
            batch.Count = 5;
            x.CopyTo(batch.Input(0));
            executor.Predict(batch);
            batch.Output(0).CopyTo(outputs);
        }
        Assert.IsLessThan(4e-6, RelativeError([.. direct.Select(v => (double)v)], fast, 0, 30));
        CollectionAssert.AreNotEqual(direct, fast, "the switch changes nothing");
    }

    private static ConvolutionPass Pass(WindowShape shape, KernelSet kernels, bool winograd = true, Rounding? training = null)
    {
        var model = new Sequential([new Dense(1) { InputShape = [1] }]);
        WorkerTeam team = WorkerTeam.Of(2);
        using var parameters = new Parameters(model, new Adam(), team);
        using var context = new PlanContext(kernels, team, parameters, 64, training is not null, 1) { Winograd = winograd, Options = new ManagedOptions { Rounding = training ?? Rounding.Fastest } };
        return ConvolutionPass.For(context, shape);
    }

    private static double RelativeError(double[] expected, float[] found, int first, int end)
    {
        double error = 0, norm = 0;
        for (int i = first; i < end; i++)
        {
            error += (expected[i] - found[i]) * (expected[i] - found[i]);
            norm += expected[i] * expected[i];
        }
        return Math.Sqrt(error / norm);
    }

    private static float[] Numbers(int length, int seed)
    {
        var random = new Philox(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle())];
    }

    /// <summary>A convolution of random numbers, and what plain loops make of it.</summary>
    private sealed class Run : IDisposable
    {
        public const float Before = 0.5f;

        private readonly PlanarWinograd _pass;
        private readonly AlignedBuffer _x;
        private readonly AlignedBuffer _filters;
        private readonly AlignedBuffer _bias;

        public Run(string kernels, string dimensions, float? weight = null)
        {
            int[] d = [.. dimensions.Split(' ').Select(int.Parse)];
            (int height, int width, int channels, int filters, int kernelHeight, int kernelWidth, int top, int left) = (d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);

            // As many zeros behind as before, so that the output's size follows.
            Shape = new WindowShape(height, width, channels, height + 2 * top - kernelHeight + 1, width + 2 * left - kernelWidth + 1, filters, kernelHeight, kernelWidth, 1, 1, 1, 1, top, left, 1);
            _pass = new PlanarWinograd(KernelSets.Get(kernels), Shape, parts: 2);
            float[] x = Numbers(height * width * channels, 1), w = [.. Numbers(Shape.Depth * filters, 2).Select(v => weight ?? (2 * v - 1))], bias = Bias = Numbers(filters, 3);
            _x = new AlignedBuffer(x.Length);
            x.CopyTo(_x.Span(x.Length));
            _filters = new AlignedBuffer(_pass.PackedSize);
            _bias = new AlignedBuffer(_pass.BiasSize);
            fixed (float* pw = w, pb = bias)
                _pass.Pack(pw, pb, _filters.Pointer, _bias.Pointer);

            Expected = new double[Shape.OutputHeight * Shape.OutputWidth * filters];
            for (int o = 0; o < Expected.Length; o++)
            {
                int f = o % filters, column = o / filters % Shape.OutputWidth - left, row = o / filters / Shape.OutputWidth - top;
                double sum = bias[f];
                for (int u = Math.Max(0, -row); u < kernelHeight && row + u < height; u++)
                {
                    for (int v = Math.Max(0, -column); v < kernelWidth && column + v < width; v++)
                    {
                        for (int c = 0; c < channels; c++)
                            sum += (double)x[((row + u) * width + column + v) * channels + c] * w[((u * kernelWidth + v) * channels + c) * filters + f];
                    }
                }
                Expected[o] = sum;
            }
        }

        public WindowShape Shape { get; }

        public double[] Expected { get; }

        public float[] Bias { get; }

        /// <summary>Some rows, over memory that is filled with <see cref="Before"/>.</summary>
        public float[] Rows(int first, int end, bool accumulate)
        {
            float[] y = [.. Enumerable.Repeat(Before, Expected.Length)];
            using AlignedBuffer scratch = Scratch(_pass.ScratchSize(end - first));
            fixed (float* to = y)
                _pass.Run(first, end, _x.Pointer, _filters.Pointer, _bias.Pointer, to, (nint)Shape.OutputWidth * Shape.OutputChannels, Shape.OutputChannels, scratch.Pointer, accumulate);
            return y;
        }

        /// <summary>The greatest values and where they are, piece by piece.</summary>
        public (float[] Values, float[] Taps) Pooled(PoolShape pool, bool locate, bool relu = false)
        {
            float[] y = new float[pool.OutputHeight * pool.OutputWidth * pool.Channels], taps = new float[y.Length];
            using AlignedBuffer scratch = Scratch(_pass.PooledScratchSize(pool));
            int rows = _pass.PooledRows(pool);
            fixed (float* to = y, places = taps)
            {
                for (int row = 0; row < pool.OutputHeight; row += rows)
                    _pass.RunPooled(pool, row, Math.Min(row + rows, pool.OutputHeight), new Pixels(_x.Pointer), 0, _filters.Pointer, _bias.Pointer, to, locate ? places : null, relu, scratch.Pointer);
            }
            return (y, taps);
        }

        /// <summary>The outputs' sums, and those of their squares, piece by piece.</summary>
        public double[] Sums(PoolShape pool)
        {
            float[] y = new float[pool.OutputHeight * pool.OutputWidth * pool.Channels], taps = new float[y.Length];
            double[] total = new double[2 * pool.Channels], piece = new double[2 * pool.Channels];
            using AlignedBuffer scratch = Scratch(_pass.PooledScratchSize(pool));
            int rows = _pass.PooledRows(pool);
            fixed (float* to = y, places = taps)
            fixed (double* sums = piece)
            {
                for (int row = 0; row < pool.OutputHeight; row += rows)
                {
                    _pass.RunPooled(pool, row, Math.Min(row + rows, pool.OutputHeight), new Pixels(_x.Pointer), 0, _filters.Pointer, _bias.Pointer, to, places, sums, scratch.Pointer);
                    for (int i = 0; i < total.Length; i++)
                        total[i] += piece[i];
                }
            }
            return total;
        }

        public void Dispose()
        {
            _x.Dispose();
            _filters.Dispose();
            _bias.Dispose();
        }

        /// <summary>A worker's memory as another operation may leave it.</summary>
        private static AlignedBuffer Scratch(long size)
        {
            var scratch = new AlignedBuffer(size);
            scratch.Span((int)size).Fill(float.NaN);
            return scratch;
        }
    }
}
