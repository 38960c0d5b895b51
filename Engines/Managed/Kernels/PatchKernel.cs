using System.Numerics;
using System.Runtime.CompilerServices;

namespace ConvNets.Engines;

/// <summary>Where the patches of a tile of windows lie, and the sums that they are added to. All strides are in floats.</summary>
internal readonly unsafe struct PatchShape
{
    /// <summary>A patch's rows: the kernel's.</summary>
    public required int Rows { get; init; }

    /// <summary>Columns that are read of each row: a whole number of vectors.</summary>
    public required int Columns { get; init; }

    /// <summary>From one row of a patch to the next.</summary>
    public required nint RowStep { get; init; }

    /// <summary>From the first window's patch at tap 0 to each window's.</summary>
    public required nint* Windows { get; init; }

    /// <summary>From a window's patch of tap 0 to that of each tap.</summary>
    public required nint* Offsets { get; init; }

    /// <summary>How many filters, which lie behind each other in a window's taps and derivatives.</summary>
    public required int Filters { get; init; }

    /// <summary>From one filter's sums to the next's; their rows have <see cref="Columns"/> floats.</summary>
    public required nint FilterStep { get; init; }
}

/// <summary>
/// The derivative of a kernel where each filter learns from one pixel of each window, or none: <c>sums[f] += Σ dy[w, f]·patch(w, taps[w, f])</c> over up to 32 windows w.
/// For one filter a block of its sums stays in registers while all its windows are gone through: seven rows by two vectors, fourteen accumulators, one register for dy, and the
/// patch as the multiply-add's operand in memory, which fits the sixteen of AVX2; or four rows by one vector, or one. Which windows these are comes as a number whose
/// bit w is window w's, so that windows without a derivative cost nothing and the only branch to guess is the loop's end.
/// </summary>
/// <remarks>
/// Windows and taps come as floats to which <see cref="ChannelKernels.Integers"/> is added, for that is an integer's bits in the mantissa: a conversion would wait among the
/// multiply-adds for its turn, and the addresses for it, which makes the loop slower by half.
/// </remarks>
internal static unsafe class PatchKernel<V, S> where V : struct where S : struct, ISimd<V>
{
    /// <summary>Adds the patches of some windows to all filters' sums.</summary>
    /// <param name="s">Where things lie.</param>
    /// <param name="patches">The first window's patch at tap 0.</param>
    /// <param name="dy">The first window's derivatives.</param>
    /// <param name="taps">The first window's taps.</param>
    /// <param name="found">For each filter, which of the first sixteen windows have a derivative, and for each which of the others have.</param>
    /// <param name="sums">The first filter's sums, row by row.</param>
    public static void Run(in PatchShape s, float* patches, float* dy, float* taps, float* found, float* sums)
    {
        for (int f = 0; f < s.Filters; f++, dy++, taps++, sums += s.FilterStep)
        {
            uint bits = Bits(found + f, s.Filters);
            for (int column = 0; bits != 0 && column < s.Columns;)
            {
                int width = s.Columns - column >= 2 * S.Width ? 2 * S.Width : S.Width, row = 0;
                float* patch = patches + column, sum = sums + column;
                for (; width > S.Width && row <= s.Rows - 7; row += 7)
                    SevenByTwo(s, bits, patch + row * s.RowStep, dy, taps, sum + (nint)row * s.Columns);
                for (int first = row; width > 0; width -= S.Width, patch += S.Width, sum += S.Width, column += S.Width)
                {
                    for (row = first; row <= s.Rows - 4; row += 4)
                        Four(s, bits, patch + row * s.RowStep, dy, taps, sum + (nint)row * s.Columns);
                    for (; row < s.Rows; row++)
                        One(s, bits, patch + row * s.RowStep, dy, taps, sum + (nint)row * s.Columns);
                }
            }
        }
    }

    /// <summary>Copies the run of floats that begins at each of some columns of a row, filled up to whole vectors, to places that are aligned.</summary>
    /// <param name="row">The first column.</param>
    /// <param name="step">From one column to the next.</param>
    /// <param name="columns">How many.</param>
    /// <param name="run">Floats of a run.</param>
    /// <param name="to">The first run's place.</param>
    /// <param name="toStep">From one place to the next.</param>
    public static void Widen(float* row, nint step, int columns, int run, float* to, nint toStep)
    {
        for (int column = 0; column < columns; column++, row += step, to += toStep)
        {
            for (int i = 0; i < run; i += S.Width)
                S.Store(to + i, S.Load(row + i));
        }
    }

    /// <summary>The number of which a float is the sum with <see cref="ChannelKernels.Integers"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Integer(float* value) => *(uint*)value & 0x7FFFFF;

    private static uint Bits(float* found, int filters) => Integer(found) | Integer(found + filters) << 16;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SevenByTwo(in PatchShape s, uint bits, float* patches, float* dy, float* taps, float* sums)
    {
        nint columns = s.Columns, row = s.RowStep, row3 = 3 * row, filters = s.Filters;
        nint* windows = s.Windows, offsets = s.Offsets;
        float* lower = sums + 3 * columns;
        V a0 = S.Load(sums), b0 = S.Load(sums + S.Width);
        V a1 = S.Load(sums + columns), b1 = S.Load(sums + columns + S.Width);
        V a2 = S.Load(sums + 2 * columns), b2 = S.Load(sums + 2 * columns + S.Width);
        V a3 = S.Load(lower), b3 = S.Load(lower + S.Width);
        V a4 = S.Load(lower + columns), b4 = S.Load(lower + columns + S.Width);
        V a5 = S.Load(lower + 2 * columns), b5 = S.Load(lower + 2 * columns + S.Width);
        V a6 = S.Load(lower + 3 * columns), b6 = S.Load(lower + 3 * columns + S.Width);
        do
        {
            nint w = BitOperations.TrailingZeroCount(bits), at = w * filters;
            bits &= bits - 1;
            float* p = patches + windows[w] + offsets[Integer(taps + at)];
            V d = S.Create(dy[at]);
            a0 = S.LoadMultiplyAdd(p, d, a0);
            b0 = S.LoadMultiplyAdd(p + S.Width, d, b0);
            a1 = S.LoadMultiplyAdd(p + row, d, a1);
            b1 = S.LoadMultiplyAdd(p + row + S.Width, d, b1);
            a2 = S.LoadMultiplyAdd(p + 2 * row, d, a2);
            b2 = S.LoadMultiplyAdd(p + 2 * row + S.Width, d, b2);
            p += row3;
            a3 = S.LoadMultiplyAdd(p, d, a3);
            b3 = S.LoadMultiplyAdd(p + S.Width, d, b3);
            a4 = S.LoadMultiplyAdd(p + row, d, a4);
            b4 = S.LoadMultiplyAdd(p + row + S.Width, d, b4);
            a5 = S.LoadMultiplyAdd(p + 2 * row, d, a5);
            b5 = S.LoadMultiplyAdd(p + 2 * row + S.Width, d, b5);
            a6 = S.LoadMultiplyAdd(p + row3, d, a6);
            b6 = S.LoadMultiplyAdd(p + row3 + S.Width, d, b6);
        }
        while (bits != 0);
        S.Store(sums, a0);
        S.Store(sums + S.Width, b0);
        S.Store(sums + columns, a1);
        S.Store(sums + columns + S.Width, b1);
        S.Store(sums + 2 * columns, a2);
        S.Store(sums + 2 * columns + S.Width, b2);
        S.Store(lower, a3);
        S.Store(lower + S.Width, b3);
        S.Store(lower + columns, a4);
        S.Store(lower + columns + S.Width, b4);
        S.Store(lower + 2 * columns, a5);
        S.Store(lower + 2 * columns + S.Width, b5);
        S.Store(lower + 3 * columns, a6);
        S.Store(lower + 3 * columns + S.Width, b6);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Four(in PatchShape s, uint bits, float* patches, float* dy, float* taps, float* sums)
    {
        nint columns = s.Columns, row = s.RowStep, filters = s.Filters;
        nint* windows = s.Windows, offsets = s.Offsets;
        V c0 = S.Load(sums), c1 = S.Load(sums + columns), c2 = S.Load(sums + 2 * columns), c3 = S.Load(sums + 3 * columns);
        do
        {
            nint w = BitOperations.TrailingZeroCount(bits), at = w * filters;
            bits &= bits - 1;
            float* p = patches + windows[w] + offsets[Integer(taps + at)], q = p + 2 * row;
            V d = S.Create(dy[at]);
            c0 = S.LoadMultiplyAdd(p, d, c0);
            c1 = S.LoadMultiplyAdd(p + row, d, c1);
            c2 = S.LoadMultiplyAdd(q, d, c2);
            c3 = S.LoadMultiplyAdd(q + row, d, c3);
        }
        while (bits != 0);
        S.Store(sums, c0);
        S.Store(sums + columns, c1);
        S.Store(sums + 2 * columns, c2);
        S.Store(sums + 3 * columns, c3);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void One(in PatchShape s, uint bits, float* patches, float* dy, float* taps, float* sums)
    {
        V sum = S.Load(sums);
        do
        {
            nint w = BitOperations.TrailingZeroCount(bits), at = w * s.Filters;
            bits &= bits - 1;
            sum = S.LoadMultiplyAdd(patches + s.Windows[w] + s.Offsets[Integer(taps + at)], S.Create(dy[at]), sum);
        }
        while (bits != 0);
        S.Store(sums, sum);
    }
}
