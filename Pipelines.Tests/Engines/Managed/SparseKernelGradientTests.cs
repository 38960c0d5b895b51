using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>The derivatives of filters in front of a max-pooling, of the image before them, and the sums beside them, against their definitions.</summary>
[TestClass]
public sealed class SparseKernelGradientTests
{
    private const int Images = 3;

    /// <summary>Rectified how: not at all, by the output, or by what the output is computed from.</summary>
    public enum Rectifier
    {
        None,
        Output,
        Normalized,
    }

    // Kernel's height and width, channels of the image, filters, pool, stride of the convolution. Rows of 3, 5, 7, 9, 12, 15, 20 and 21 floats fill vectors of 4, 8 and 16 in all ways.
    public static IEnumerable<object[]> Cases =>
        from kernels in KernelSets.Names
        from shape in new (int Height, int Width, int Channels, int Filters, int Pool, int Stride)[]
        {
            (7, 7, 3, 32, 2, 1), (7, 7, 1, 24, 2, 1), (5, 5, 1, 8, 2, 1), (8, 3, 1, 40, 3, 1), (3, 5, 3, 16, 2, 2), (4, 4, 3, 8, 8, 1), (2, 5, 4, 9, 2, 1), (7, 7, 3, 20, 5, 1), (11, 3, 3, 33, 2, 1), (1, 1, 3, 8, 2, 1), (1, 1, 3, 8, 5, 1),
        }
        from rectifier in Enum.GetValues<Rectifier>()
        select new object[] { kernels, shape.Height, shape.Width, shape.Channels, shape.Filters, shape.Pool, shape.Stride, rectifier };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public unsafe void SumsAreTheirDefinitions(string kernels, int kernelHeight, int kernelWidth, int channels, int filters, int size, int stride, Rectifier rectifier)
    {
        const int height = 73, width = 29;
        int top = (kernelHeight - 1) / 2, left = kernelWidth / 2, rows = (height - 1) / stride + 1, columns = (width - 1) / stride + 1, run = kernelWidth * channels;
        var shape = new WindowShape(height, width, channels, rows, columns, filters, kernelHeight, kernelWidth, stride, stride, 1, 1, top, left, 1);

        // The first windows begin outside, and the last ones end there.
        int outputHeight = (rows + size) / size, outputWidth = (columns + size) / size, values = Images * outputHeight * outputWidth * filters;
        var pool = new PoolShape(rows, columns, filters, outputHeight, outputWidth, size, size, size, size, 1, 1);
        float[] x = TestWeights.Normal(Images * height * width * channels, seed: 1), dy = TestWeights.Normal(values, seed: 2), y = TestWeights.Normal(values, seed: 3);
        float[] mean = TestWeights.Normal(filters, seed: 4), scale = TestWeights.Normal(filters, seed: 5), shift = TestWeights.Normal(filters, seed: 6), taps = new float[values];
        double[] expected = new double[kernelHeight * run * filters], expectedSums = new double[filters], expectedDots = new double[filters];
        float[] w = TestWeights.Normal(expected.Length, seed: 8), before = TestWeights.Normal(x.Length, seed: 9);
        double[] expectedInput = new double[x.Length];
        var random = new Philox(7);
        for (int i = 0; i < values; i++)
        {
            int f = i % filters, image = i / (outputHeight * outputWidth * filters), tap, row, column;
            do
            {
                tap = random.NextInt32(size * size);
                (row, column) = pool.Pixel(i / filters / outputWidth % outputHeight, i / filters % outputWidth, tap);
            }
            while (row < 0 || row >= rows || column < 0 || column >= columns);
            taps[i] = tap;
            bool counts = rectifier switch
            {
                Rectifier.None => true,
                Rectifier.Output => y[i] > 0,
                _ => y[i] * scale[f] + shift[f] > 0,
            };
            if (!counts)
                continue;
            expectedSums[f] += dy[i];
            expectedDots[f] += dy[i] * ((double)y[i] - mean[f]);
            for (int k = 0; k < kernelHeight * run; k++)
            {
                int r = row * stride + k / run - top, c = column * stride + k % run / channels - left;
                if (r < 0 || r >= height || c < 0 || c >= width)
                    continue;
                int pixel = ((image * height + r) * width + c) * channels + k % channels;
                expected[k * filters + f] += (double)dy[i] * x[pixel];
                expectedInput[pixel] += (double)dy[i] * w[k * filters + f];
            }
        }

        WorkerTeam team = WorkerTeam.Of(2);
        using var parameters = new Parameters(Architectures.HappyModel(), new Adam(), team);
        using var context = new PlanContext(KernelSets.Get(kernels), team, parameters, Images, training: true, seed: 1);
        AlignedBuffer Place(float[] from)
        {
            AlignedBuffer buffer = context.Own(new AlignedBuffer(from.Length));
            from.CopyTo(buffer.Span(from.Length));
            return buffer;
        }
        bool givesInput = SparseKernelGradient.SuitsInput(shape, pool), accumulates = givesInput && rectifier == Rectifier.Output;
        var gradient = new SparseKernelGradient(context, shape, pool, givesInput ? new Parameter(Architectures.HappyModel().WeightSlots[0], Place(w).Pointer, null) : null);
        AlignedBuffer dx = Place(before);
        AlignedBuffer kernel = Place(new float[expected.Length]), scratch = Place(new float[gradient.ScratchSize]), workers = Place(new float[2 * gradient.WorkerScratchSize]), output = Place(y);
        double[] sums = new double[filters], dots = new double[filters];
        gradient.Run(new SparseGradients
        {
            Count = Images,
            X = new Pixels(Place(x).Pointer),
            Dy = Place(dy).Pointer,
            Y = rectifier == Rectifier.Output ? output.Pointer : null,
            Taps = Place(taps).Pointer,
            Pooled = output.Pointer,
            Mean = Place(mean).Pointer,
            Scale = rectifier == Rectifier.Normalized ? Place(scale).Pointer : null,
            Shift = Place(shift).Pointer,
            Kernel = kernel.Pointer,
            Dx = dx.Pointer,
            Accumulates = accumulates,
            Sums = sums,
            Dots = dots,
            Scratch = scratch.Pointer,
            WorkerScratch = worker => workers.Pointer + worker * gradient.WorkerScratchSize,
        });
        Near.AssertClose(expected, kernel.Span(expected.Length).ToArray(), 1e-6, "kernel");
        Near.AssertClose(expectedSums, [.. sums.Select(v => (float)v)], 1e-6, "sums");
        Near.AssertClose(expectedDots, [.. dots.Select(v => (float)v)], 1e-6, "dots");
        if (givesInput)
            Near.AssertClose([.. expectedInput.Select((v, i) => v + (accumulates ? before[i] : 0))], dx.Span(x.Length).ToArray(), 1e-6, "input");
        Assert.AreEqual(size >= 5, givesInput, "given where windows are few and each patch is read by few filters");
    }
}
