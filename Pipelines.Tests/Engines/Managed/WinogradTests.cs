using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Convolutions by Winograd's tiles: as exact as the direct ones but for a factor, over many channels and more tiles than a block, on every instruction set.</summary>
[TestClass]
public sealed unsafe class WinogradTests
{
    public static IEnumerable<object[]> Kernels => from kernels in KernelSets.Names from taps in new[] { 3, 5 } select new object[] { kernels, taps };

    public static IEnumerable<object[]> Maps =>
        from kernels in KernelSets.Names
        from channels in new[] { 1, 2, 3 }
        from taps in new[] { 3, 5 }
        from rows in taps == 3 ? new[] { 1, 3, 4 } : [1, 2]
        from columns in taps == 3 ? new[] { 2, 4 } : [1, 2]
        select new object[] { kernels, channels, taps, rows, columns };

    [TestMethod]
    [DynamicData(nameof(Kernels))]
    public void ErrorIsThatOfSinglePrecision(string kernels, int taps)
    {
        const int Count = 7, Size = 24, Channels = 64, Filters = 32;
        var shape = new WindowShape(Size, Size, Channels, Size, Size, Filters, taps, taps, 1, 1, 1, 1, taps / 2, taps / 2, 1);
        KernelSet set = KernelSets.Get(kernels);
        Assert.IsTrue(WinogradConvolution.Suits(set, shape, Count));
        float[] x = Values(Count * Size * Size * Channels, 1), w = Values(taps * taps * Channels * Filters, 2), bias = Values(Filters, 3);
        double[] expected = Direct(Count, shape, x, w, bias);
        double winograd = Error(expected, Run(new WinogradConvolution(Context(set, Count), shape), Count, shape, x, w, bias));
        double direct = Error(expected, Run(new DirectConvolution(set, shape), Count, shape, x, w, bias));
        Assert.IsLessThan(4 * direct, winograd);
        Assert.IsLessThan(2e-6, winograd);
    }

    [TestMethod]
    [DynamicData(nameof(Maps))]
    public void MapsOfATileAreAConvolutionAndItsDerivatives(string kernels, int vectors, int taps, int rows, int columns)
    {
        WinogradTransforms transforms = KernelSets.Get(kernels).WinogradOf(taps)!;
        int c = vectors * transforms.Width, size = transforms.Tile;
        float[] x = Values(36 * c, 1), w = Values(taps * taps * c, 2), dy = Values(size * size * c, 3), y = new float[size * size * c], dw = new float[taps * taps * c], v = new float[36 * c], u = new float[36 * c], m = new float[36 * c], bias = Values(c, 4);
        fixed (float* px = x, pw = w, pdy = dy, py = y, pdw = dw, pv = v, pu = u, pm = m, pb = bias)
        {
            transforms.Input(px, 6 * c, c, pv, c);
            transforms.Filter(pw, c, pu, c, c);
            Multiply(u, v, m);
            transforms.Output(pm, c, pb, py, size * c, c, c, rows, columns, relu: true, accumulate: false);
            transforms.OutputGradient(pdy, size * c, c, rows, columns, pm, c);
            Multiply(m, v, u);
            transforms.FilterGradient(pu, c, pdw, c, c);
        }
        double[] expected = new double[y.Length], expectedGradient = new double[dw.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                for (int k = 0; k < c; k++)
                {
                    double sum = bias[k];
                    for (int tap = 0; tap < taps * taps; tap++)
                    {
                        double value = x[((i + tap / taps) * 6 + j + tap % taps) * c + k];
                        sum += value * w[tap * c + k];
                        expectedGradient[tap * c + k] += value * dy[(i * size + j) * c + k];
                    }
                    expected[(i * size + j) * c + k] = Math.Max(sum, 0);
                }
            }
        }
        Near.AssertClose(expected, y, 2e-6, "output");
        Near.AssertClose(expectedGradient, dw, 2e-6, "filters");
    }

    private static void Multiply(float[] a, float[] b, float[] product)
    {
        for (int i = 0; i < product.Length; i++)
            product[i] = a[i] * b[i];
    }

    private static PlanContext Context(KernelSet kernels, int capacity) => new(kernels, WorkerTeam.Of(2), null!, capacity, training: false, seed: 1);

    private static float[] Run(ConvolutionPass pass, int count, WindowShape shape, float[] x, float[] w, float[] bias)
    {
        float[] y = new float[count * shape.OutputHeight * shape.OutputWidth * shape.OutputChannels];
        using var packed = new AlignedBuffer(pass.PackedSize);
        using var packedBias = new AlignedBuffer(pass.BiasSize);
        using var scratch = new AlignedBuffer(pass.PieceScratchSize);
        fixed (float* px = x, pw = w, pb = bias, py = y)
        {
            pass.Pack(pw, pb, packed.Pointer, packedBias.Pointer);
            for (int piece = 0; piece < pass.Pieces(count); piece++)
                pass.RunPiece(piece, count, px, packed.Pointer, packedBias.Pointer, py, scratch.Pointer, relu: false, accumulate: false);
        }
        return y;
    }

    private static double[] Direct(int count, WindowShape s, float[] x, float[] w, float[] bias)
    {
        double[] y = new double[count * s.OutputHeight * s.OutputWidth * s.OutputChannels];
        Parallel.For(0, count * s.OutputHeight, line =>
        {
            (int n, int i) = Math.DivRem(line, s.OutputHeight);
            for (int j = 0; j < s.OutputWidth; j++)
            {
                Span<double> pixel = y.AsSpan((line * s.OutputWidth + j) * s.OutputChannels, s.OutputChannels);
                for (int f = 0; f < pixel.Length; f++)
                    pixel[f] = bias[f];
                for (int tap = 0; tap < s.KernelHeight * s.KernelWidth; tap++)
                {
                    int row = i + tap / s.KernelWidth - s.Top, column = j + tap % s.KernelWidth - s.Left;
                    if (row < 0 || row >= s.Height || column < 0 || column >= s.Width)
                        continue;
                    for (int c = 0; c < s.Channels; c++)
                    {
                        double value = x[((n * s.Height + row) * s.Width + column) * s.Channels + c];
                        ReadOnlySpan<float> filters = w.AsSpan((tap * s.Channels + c) * s.OutputChannels, s.OutputChannels);
                        for (int f = 0; f < pixel.Length; f++)
                            pixel[f] += value * filters[f];
                    }
                }
            }
        });
        return y;
    }

    /// <summary>The relative error in the Euclidean norm.</summary>
    private static double Error(double[] expected, float[] found)
    {
        double error = 0, norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error += (found[i] - expected[i]) * (found[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return Math.Sqrt(error / norm);
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Philox(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
    }
}
