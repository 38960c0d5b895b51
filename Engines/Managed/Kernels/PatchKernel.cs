using System.Numerics;
using System.Runtime.CompilerServices;

namespace ConvNets.Engines;

/// <summary>
/// Where the patches of a run of windows lie. A patch's rows are cut into panels of columns as wide as a vector; all panels have their patches at the same places, counted in
/// each panel's own steps.
/// </summary>
internal readonly unsafe struct PatchShape
{
    /// <summary>A patch's rows: the kernel's.</summary>
    public required int Rows { get; init; }

    /// <summary>From one row of a patch to the next.</summary>
    public required nint RowStep { get; init; }

    /// <summary>From the first window's patch at tap 0 to each window's.</summary>
    public required nint* Windows { get; init; }

    /// <summary>From a window's patch of tap 0 to that of each tap.</summary>
    public required nint* Offsets { get; init; }

    /// <summary>How many filters, which lie behind each other in a window's taps and derivatives.</summary>
    public required int Filters { get; init; }

    /// <summary>From one filter's sums to the next's, in floats.</summary>
    public required nint FilterStep { get; init; }
}

/// <summary>A panel of patches.</summary>
/// <param name="patches">The first window's patch at tap 0.</param>
/// <param name="step">Floats of a step.</param>
internal readonly unsafe struct PatchPanel(float* patches, nint step)
{
    public float* Patches => patches;

    public nint Step => step;
}

/// <summary>
/// The derivative of a kernel where each filter learns from one pixel of each window, or none: <c>sums[f] += Σ dy[w, f]·patch(w, taps[w, f])</c> over a run of windows w, for two panels
/// of columns, the second perhaps of half the width. For one filter a block of its sums stays in registers while all its windows are gone through: seven rows of two panels,
/// fourteen accumulators, and the patch as the multiply-add's operand in memory, which fits the sixteen of AVX2 but for one. Which windows these are comes as a number whose bit w is
/// window w's, so that windows without a derivative cost nothing and the only branch to guess is the loop's end.
/// </summary>
/// <remarks>
/// Windows and taps come as floats to which <see cref="ChannelKernels.Integers"/> is added, for that is an integer's bits in the mantissa: a conversion would wait among the multiply-adds for its
/// turn, and the addresses for it, which makes the loop slower by half.
/// </remarks>
internal static unsafe class PatchKernel<V, S, H, T>
    where V : struct
    where S : struct, ISimd<V>
    where H : struct
    where T : struct, ISimd<H>
{
    /// <summary>Adds the patches of some windows to all filters' sums.</summary>
    /// <param name="s">Where things lie.</param>
    /// <param name="first">The first panel, as wide as V.</param>
    /// <param name="second">The second, as wide as H.</param>
    /// <param name="dy">The first window's derivatives.</param>
    /// <param name="taps">The first window's taps.</param>
    /// <param name="windows">For each filter, which of the first sixteen windows have a derivative, and for each which of the others have.</param>
    /// <param name="sums">The first filter's sums of the first panel, row by row; behind them those of the second.</param>
    public static void Run(in PatchShape s, in PatchPanel first, in PatchPanel second, float* dy, float* taps, float* windows, float* sums)
    {
        for (int f = 0; f < s.Filters; f++, dy++, taps++, sums += s.FilterStep)
        {
            uint bits = PatchKernel<V, S>.Bits(windows + f, s.Filters);
            if (bits == 0)
                continue;
            int row = 0;
            for (; row <= s.Rows - 7; row += 7)
            {
                nint place = row * s.RowStep;
                SevenByTwo(s, bits, new PatchPanel(first.Patches + place * first.Step, first.Step), new PatchPanel(second.Patches + place * second.Step, second.Step), dy, taps,
                    sums + (nint)row * S.Width, sums + (nint)s.Rows * S.Width + (nint)row * T.Width);
            }
            PatchKernel<V, S>.Rows(s, row, bits, first, dy, taps, sums);
            PatchKernel<H, T>.Rows(s, row, bits, second, dy, taps, sums + (nint)s.Rows * S.Width);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SevenByTwo(in PatchShape s, uint bits, in PatchPanel first, in PatchPanel second, float* dy, float* taps, float* sums, float* secondSums)
    {
        nint pRow = s.RowStep * first.Step, tRow = s.RowStep * second.Step, pRow3 = 3 * pRow, tRow3 = 3 * tRow, filters = s.Filters;
        nint pStep = first.Step, tStep = second.Step;
        nint* offsets = s.Offsets, windows = s.Windows;
        float* p0 = first.Patches, t0 = second.Patches;
        V a0 = S.Load(sums + 0 * S.Width), a1 = S.Load(sums + 1 * S.Width), a2 = S.Load(sums + 2 * S.Width), a3 = S.Load(sums + 3 * S.Width);
        V a4 = S.Load(sums + 4 * S.Width), a5 = S.Load(sums + 5 * S.Width), a6 = S.Load(sums + 6 * S.Width);
        H b0 = T.Load(secondSums + 0 * T.Width), b1 = T.Load(secondSums + 1 * T.Width), b2 = T.Load(secondSums + 2 * T.Width), b3 = T.Load(secondSums + 3 * T.Width);
        H b4 = T.Load(secondSums + 4 * T.Width), b5 = T.Load(secondSums + 5 * T.Width), b6 = T.Load(secondSums + 6 * T.Width);
        do
        {
            nint w = BitOperations.TrailingZeroCount(bits), at = w * filters, place = windows[w] + offsets[PatchKernel<V, S>.Integer(taps + at)];
            bits &= bits - 1;
            float* p = p0 + place * pStep, t = t0 + place * tStep, p3 = p + pRow3, t3 = t + tRow3;
            V d = S.Create(dy[at]);
            H e = T.Create(dy[at]);
            a0 = S.LoadMultiplyAdd(p, d, a0);
            b0 = T.LoadMultiplyAdd(t, e, b0);
            a1 = S.LoadMultiplyAdd(p + pRow, d, a1);
            b1 = T.LoadMultiplyAdd(t + tRow, e, b1);
            a2 = S.LoadMultiplyAdd(p + 2 * pRow, d, a2);
            b2 = T.LoadMultiplyAdd(t + 2 * tRow, e, b2);
            a3 = S.LoadMultiplyAdd(p3, d, a3);
            b3 = T.LoadMultiplyAdd(t3, e, b3);
            a4 = S.LoadMultiplyAdd(p3 + pRow, d, a4);
            b4 = T.LoadMultiplyAdd(t3 + tRow, e, b4);
            a5 = S.LoadMultiplyAdd(p3 + 2 * pRow, d, a5);
            b5 = T.LoadMultiplyAdd(t3 + 2 * tRow, e, b5);
            a6 = S.LoadMultiplyAdd(p3 + 3 * pRow, d, a6);
            b6 = T.LoadMultiplyAdd(t3 + 3 * tRow, e, b6);
        }
        while (bits != 0);
        S.Store(sums + 0 * S.Width, a0);
        T.Store(secondSums + 0 * T.Width, b0);
        S.Store(sums + 1 * S.Width, a1);
        T.Store(secondSums + 1 * T.Width, b1);
        S.Store(sums + 2 * S.Width, a2);
        T.Store(secondSums + 2 * T.Width, b2);
        S.Store(sums + 3 * S.Width, a3);
        T.Store(secondSums + 3 * T.Width, b3);
        S.Store(sums + 4 * S.Width, a4);
        T.Store(secondSums + 4 * T.Width, b4);
        S.Store(sums + 5 * S.Width, a5);
        T.Store(secondSums + 5 * T.Width, b5);
        S.Store(sums + 6 * S.Width, a6);
        T.Store(secondSums + 6 * T.Width, b6);
    }
}

/// <summary>The same for one panel, in blocks of four rows or one.</summary>
internal static unsafe class PatchKernel<V, S> where V : struct where S : struct, ISimd<V>
{
    /// <inheritdoc cref="PatchKernel{V,S,H,T}.Run"/>
    public static void Run(in PatchShape s, in PatchPanel panel, float* dy, float* taps, float* windows, float* sums)
    {
        for (int f = 0; f < s.Filters; f++, dy++, taps++, sums += s.FilterStep)
            Rows(s, 0, Bits(windows + f, s.Filters), panel, dy, taps, sums);
    }

    /// <summary>Adds the patches' rows from one on to one filter's sums.</summary>
    public static void Rows(in PatchShape s, int row, uint bits, in PatchPanel panel, float* dy, float* taps, float* sums)
    {
        if (bits == 0)
            return;
        for (; row <= s.Rows - 4; row += 4)
            Four(s, bits, panel.Patches + row * s.RowStep * panel.Step, panel.Step, dy, taps, sums + (nint)row * S.Width);
        for (; row < s.Rows; row++)
            One(s, bits, panel.Patches + row * s.RowStep * panel.Step, panel.Step, dy, taps, sums + (nint)row * S.Width);
    }

    /// <summary>Copies the vector that begins at each of some columns of a row to places that are aligned.</summary>
    /// <param name="row">The first column.</param>
    /// <param name="step">From one column to the next.</param>
    /// <param name="columns">How many.</param>
    /// <param name="to">The first vector's place.</param>
    /// <param name="toStep">From one place to the next.</param>
    public static void Widen(float* row, nint step, int columns, float* to, nint toStep)
    {
        for (int column = 0; column < columns; column++, row += step, to += toStep)
            S.Store(to, S.Load(row));
    }

    /// <summary>The number of which a float is the sum with <see cref="ChannelKernels.Integers"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Integer(float* value) => *(uint*)value & 0x7FFFFF;

    public static uint Bits(float* windows, int filters) => Integer(windows) | Integer(windows + filters) << 16;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Four(in PatchShape s, uint bits, float* patches, nint unit, float* dy, float* taps, float* sums)
    {
        nint row = s.RowStep * unit, filters = s.Filters;
        nint* offsets = s.Offsets, windows = s.Windows;
        V c0 = S.Load(sums), c1 = S.Load(sums + S.Width), c2 = S.Load(sums + 2 * S.Width), c3 = S.Load(sums + 3 * S.Width);
        do
        {
            nint w = BitOperations.TrailingZeroCount(bits), at = w * filters;
            bits &= bits - 1;
            float* p = patches + (windows[w] + offsets[Integer(taps + at)]) * unit;
            V d = S.Create(dy[at]);
            c0 = S.LoadMultiplyAdd(p, d, c0);
            c1 = S.LoadMultiplyAdd(p + row, d, c1);
            c2 = S.LoadMultiplyAdd(p + 2 * row, d, c2);
            c3 = S.LoadMultiplyAdd(p + 3 * row, d, c3);
        }
        while (bits != 0);
        S.Store(sums, c0);
        S.Store(sums + S.Width, c1);
        S.Store(sums + 2 * S.Width, c2);
        S.Store(sums + 3 * S.Width, c3);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void One(in PatchShape s, uint bits, float* patches, nint unit, float* dy, float* taps, float* sums)
    {
        V sum = S.Load(sums);
        do
        {
            nint w = BitOperations.TrailingZeroCount(bits), at = w * s.Filters;
            bits &= bits - 1;
            sum = S.LoadMultiplyAdd(patches + (s.Windows[w] + s.Offsets[Integer(taps + at)]) * unit, S.Create(dy[at]), sum);
        }
        while (bits != 0);
        S.Store(sums, sum);
    }
}
