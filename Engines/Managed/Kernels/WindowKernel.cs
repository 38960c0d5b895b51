using System.Runtime.CompilerServices;

namespace ConvNets.Engines;

/// <summary>Where the values lie that a vector of pooling windows sees. All strides are in floats.</summary>
internal readonly struct WindowPatch
{
    /// <summary>Filters that are computed together.</summary>
    public const int Filters = 8;

    /// <summary>Pixels of a window down.</summary>
    public required int Height { get; init; }

    /// <summary>Pixels of a window across.</summary>
    public required int Width { get; init; }

    /// <summary>The kernel's rows.</summary>
    public required int KernelRows { get; init; }

    /// <summary>The kernel's columns times the image's channels: the values of a row that a pixel sees.</summary>
    public required int Run { get; init; }

    /// <summary>From one row to the next.</summary>
    public required nint RowStep { get; init; }

    /// <summary>From one pixel to the next.</summary>
    public required nint PixelStep { get; init; }
}

/// <summary>
/// A convolution and the max-pooling behind it, with one pooling window in each lane: <c>greatest[f] = max over the window's pixels of Σ x·w[f] + bias[f]</c>, for eight filters f. The lanes of a
/// vector are the same place in as many windows, so nothing is ever moved between lanes, and a filter's value is the same for all. The sums of two neighbouring pixels stay in registers: sixteen
/// accumulators, two registers for the pixels and one for a filter's value, nineteen of AVX-512's 32; where there are but sixteen registers, the eight sums of one pixel.
/// Sums are taken in the filter's order, row by row, and the bias is added last, as TensorFlow does: so it finds the same pixel to be the greatest where two are nearly equal.
/// </summary>
internal static unsafe class WindowKernel<V, S> where V : struct where S : struct, ISimd<V>
{
    private const int Filters = WindowPatch.Filters;

    /// <summary>The greatest value of each window and which pixel of the window it is, the first of equals.</summary>
    /// <param name="s">Where things lie.</param>
    /// <param name="x">What the windows' first pixels see: [rows][columns, channels] vectors.</param>
    /// <param name="filters">The filters, [rows, columns, channels][filter].</param>
    /// <param name="bias">Their bias.</param>
    /// <param name="greatest">Where the values go, a vector a filter.</param>
    /// <param name="taps">Where the numbers of the pixels go likewise; null where they are not needed.</param>
    public static void Run(in WindowPatch s, float* x, float* filters, float* bias, float* greatest, float* taps)
    {
        for (int f = 0; f < Filters; f++)
        {
            S.Store(greatest + f * S.Width, S.Create(float.NegativeInfinity));
            if (taps != null)
                S.Store(taps + f * S.Width, S.Zero);
        }
        for (int row = 0; row < s.Height; row++, x += s.RowStep)
        {
            float* pixel = x;
            int column = 0;
            for (; S.Width >= 16 && column < s.Width - 1; column += 2, pixel += 2 * s.PixelStep)
                Two(s, pixel, filters, bias, greatest, taps, row * s.Width + column);
            for (; column < s.Width; column++, pixel += s.PixelStep)
                One(s, pixel, filters, bias, greatest, taps, row * s.Width + column);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Two(in WindowPatch s, float* x, float* filters, float* bias, float* greatest, float* taps, int tap)
    {
        V a0 = S.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0, b7 = a0;
        nint pixel = s.PixelStep;
        int run = s.Run;
        for (int row = 0; row < s.KernelRows; row++, x += s.RowStep)
        {
            float* p = x;
            for (int k = 0; k < run; k++, p += S.Width, filters += Filters)
            {
                V v = S.Load(p), w = S.Load(p + pixel), f = S.Create(filters[0]);
                a0 = S.MultiplyAdd(f, v, a0);
                b0 = S.MultiplyAdd(f, w, b0);
                f = S.Create(filters[1]);
                a1 = S.MultiplyAdd(f, v, a1);
                b1 = S.MultiplyAdd(f, w, b1);
                f = S.Create(filters[2]);
                a2 = S.MultiplyAdd(f, v, a2);
                b2 = S.MultiplyAdd(f, w, b2);
                f = S.Create(filters[3]);
                a3 = S.MultiplyAdd(f, v, a3);
                b3 = S.MultiplyAdd(f, w, b3);
                f = S.Create(filters[4]);
                a4 = S.MultiplyAdd(f, v, a4);
                b4 = S.MultiplyAdd(f, w, b4);
                f = S.Create(filters[5]);
                a5 = S.MultiplyAdd(f, v, a5);
                b5 = S.MultiplyAdd(f, w, b5);
                f = S.Create(filters[6]);
                a6 = S.MultiplyAdd(f, v, a6);
                b6 = S.MultiplyAdd(f, w, b6);
                f = S.Create(filters[7]);
                a7 = S.MultiplyAdd(f, v, a7);
                b7 = S.MultiplyAdd(f, w, b7);
            }
        }
        V first = S.Create(tap), second = S.Create(tap + 1);
        Take(a0, b0, bias, 0, greatest, taps, first, second);
        Take(a1, b1, bias, 1, greatest, taps, first, second);
        Take(a2, b2, bias, 2, greatest, taps, first, second);
        Take(a3, b3, bias, 3, greatest, taps, first, second);
        Take(a4, b4, bias, 4, greatest, taps, first, second);
        Take(a5, b5, bias, 5, greatest, taps, first, second);
        Take(a6, b6, bias, 6, greatest, taps, first, second);
        Take(a7, b7, bias, 7, greatest, taps, first, second);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void One(in WindowPatch s, float* x, float* filters, float* bias, float* greatest, float* taps, int tap)
    {
        V a0 = S.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        int run = s.Run;
        for (int row = 0; row < s.KernelRows; row++, x += s.RowStep)
        {
            float* p = x;
            for (int k = 0; k < run; k++, p += S.Width, filters += Filters)
            {
                V v = S.Load(p);
                a0 = S.BroadcastMultiplyAdd(filters, v, a0);
                a1 = S.BroadcastMultiplyAdd(filters + 1, v, a1);
                a2 = S.BroadcastMultiplyAdd(filters + 2, v, a2);
                a3 = S.BroadcastMultiplyAdd(filters + 3, v, a3);
                a4 = S.BroadcastMultiplyAdd(filters + 4, v, a4);
                a5 = S.BroadcastMultiplyAdd(filters + 5, v, a5);
                a6 = S.BroadcastMultiplyAdd(filters + 6, v, a6);
                a7 = S.BroadcastMultiplyAdd(filters + 7, v, a7);
            }
        }
        V place = S.Create(tap);
        Take(S.Add(a0, S.Create(bias[0])), 0, greatest, taps, place);
        Take(S.Add(a1, S.Create(bias[1])), 1, greatest, taps, place);
        Take(S.Add(a2, S.Create(bias[2])), 2, greatest, taps, place);
        Take(S.Add(a3, S.Create(bias[3])), 3, greatest, taps, place);
        Take(S.Add(a4, S.Create(bias[4])), 4, greatest, taps, place);
        Take(S.Add(a5, S.Create(bias[5])), 5, greatest, taps, place);
        Take(S.Add(a6, S.Create(bias[6])), 6, greatest, taps, place);
        Take(S.Add(a7, S.Create(bias[7])), 7, greatest, taps, place);
    }

    /// <summary>Takes in a filter's sums of two pixels: the greater of the two first, so that the comparisons with what was found before do not wait for each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(V a, V b, float* bias, int filter, float* greatest, float* taps, V first, V second)
    {
        V start = S.Create(bias[filter]);
        (a, b) = (S.Add(a, start), S.Add(b, start));
        Take(S.Greater(a, b), filter, greatest, taps, S.SelectGreater(b, a, second, first));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(V value, int filter, float* greatest, float* taps, V place)
    {
        float* best = greatest + filter * S.Width, where = taps + filter * S.Width;
        V before = S.Load(best);
        if (taps != null)
            S.Store(where, S.SelectGreater(value, before, place, S.Load(where)));
        S.Store(best, S.Greater(before, value));
    }
}
