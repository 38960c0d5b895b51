using System.Numerics;
using System.Runtime.CompilerServices;

namespace ConvNets.Engines;

/// <summary>
/// How a patch, the pixels under a kernel, lies in vectors: of each of its rows the whole vectors, and of what is left of the rows as many as fit behind each other in one. Seven rows
/// of twenty-one floats are ten vectors of sixteen so, seven whole ones and three with the last five floats of three rows each, instead of fourteen.
/// </summary>
internal readonly struct PatchLayout
{
    /// <summary>The layout of patches.</summary>
    /// <param name="rows">Their rows.</param>
    /// <param name="run">Floats of a row.</param>
    /// <param name="width">Floats of a vector.</param>
    /// <param name="joins">Whether rows' ends may share a vector: only what is laid out for this can be read so.</param>
    public PatchLayout(int rows, int run, int width, bool joins)
    {
        int end = run % width;
        (Rows, Run, Width, EndRows) = (rows, run, width, joins && end > 0 ? Math.Min(3, width / end) : 1);
        Columns = EndRows > 1 ? run - end : (run + width - 1) / width * width;
    }

    /// <summary>Rows of a patch.</summary>
    public int Rows { get; }

    /// <summary>Floats of a row.</summary>
    public int Run { get; }

    /// <summary>Floats of a vector.</summary>
    public int Width { get; }

    /// <summary>Floats of a row that have vectors of their own, filled up to whole ones where they are all.</summary>
    public int Columns { get; }

    /// <summary>Of how many rows the ends share a vector; 1 where there are no such vectors.</summary>
    public int EndRows { get; }

    /// <summary>Vectors with rows' ends.</summary>
    public int Ends => EndRows > 1 ? (Rows + EndRows - 1) / EndRows : 0;

    /// <summary>Floats that are laid out for each row: its vectors, and the one whose first row it is.</summary>
    public int RowSize => Columns + (EndRows > 1 ? Width : 0);

    /// <summary>Floats of a patch's sums: the rows' vectors row by row, then those of the ends.</summary>
    public int Size => Rows * Columns + Ends * Width;

    /// <summary>Where the sum of a row's column is.</summary>
    public int Place(int row, int column) => column < Columns ? row * Columns + column : Rows * Columns + row / EndRows * Width + row % EndRows * (Run - Columns) + column - Columns;
}

/// <summary>Where the patches of a tile of windows lie, and the sums that they are added to. All strides are in floats.</summary>
internal readonly unsafe struct PatchShape
{
    /// <summary>How a patch lies in vectors.</summary>
    public required PatchLayout Layout { get; init; }

    /// <summary>From one row of a patch to the next.</summary>
    public required nint RowStep { get; init; }

    /// <summary>How many filters, which lie behind each other in a window's derivatives and places.</summary>
    public required int Filters { get; init; }
}

/// <summary>
/// The derivative of a kernel where each filter learns from one pixel of each window, or none: <c>sums[f] += Σ dy[w, f]·patch(places[w, f])</c> over up to 32 windows w.
/// For one filter a block of its sums stays in registers while all its windows are gone through: seven rows by two vectors, fourteen accumulators, one register for dy, and the
/// patch as the multiply-add's operand in memory, which fits the sixteen of AVX2; seven rows by one and three vectors of rows' ends; or fewer rows. Which windows these are comes as a
/// number whose bit w is window w's, so that windows without a derivative cost nothing and the only branch to guess is the loop's end.
/// </summary>
/// <remarks>
/// Windows and places come as floats to which <see cref="ChannelKernels.Integers"/> is added, for that is an integer's bits in the mantissa: a conversion would wait among the
/// multiply-adds for its turn, and the addresses for it, which makes the loop slower by half.
/// </remarks>
internal static unsafe class PatchKernel<V, S> where V : struct where S : struct, ISimd<V>
{
    /// <summary>Adds the patches of some windows to all filters' sums.</summary>
    /// <param name="s">Where things lie.</param>
    /// <param name="patches">What places are counted from.</param>
    /// <param name="dy">The first window's derivatives.</param>
    /// <param name="places">Where the first window's patches are.</param>
    /// <param name="found">For each filter, which of the first sixteen windows have a derivative, and for each which of the others have.</param>
    /// <param name="sums">The first filter's sums.</param>
    public static void Run(in PatchShape s, float* patches, float* dy, float* places, float* found, float* sums)
    {
        int columns = s.Layout.Columns, rows = s.Layout.Rows, ends = s.Layout.Ends, size = s.Layout.Size;
        nint endStep = s.Layout.EndRows * s.RowStep;

        // A place's other bits are the same for all.
        patches -= BitConverter.SingleToUInt32Bits(ChannelKernels.Integers);
        for (int f = 0; f < s.Filters; f++, dy++, places++, sums += size)
        {
            uint bits = Windows(found + f, s.Filters);
            if (bits == 0)
                continue;
            if (columns == S.Width && rows == 7 && ends == 3)
            {
                SevenAndThree(s, bits, patches, dy, places, sums);
                continue;
            }
            int column = 0;
            for (; column <= columns - 2 * S.Width; column += 2 * S.Width)
                Column<Pair<V>, PairSimd<V, S>>(s, bits, patches + column, s.RowStep, rows, dy, places, sums + column, columns);
            if (column < columns)
                Column<V, S>(s, bits, patches + column, s.RowStep, rows, dy, places, sums + column, columns);
            Column<V, S>(s, bits, patches + columns, endStep, ends, dy, places, sums + rows * columns, S.Width);
        }
    }

    /// <summary>The derivative of an image where each filter has read one pixel's patch of each window, or none: <c>image[places[w, f]] += Σ dy[w, f]·filters[f]</c> over up to 32 windows w.</summary>
    /// <param name="s">Where things lie; rows' ends have vectors of their own.</param>
    /// <param name="image">What places are counted from.</param>
    /// <param name="dy">The first window's derivatives.</param>
    /// <param name="places">Where the first window's patches are.</param>
    /// <param name="found">For each filter, which of the first sixteen windows have a derivative, and for each which of the others have.</param>
    /// <param name="filters">The first filter's values in a patch's layout, zeros where a vector has none.</param>
    public static void Scatter(in PatchShape s, float* image, float* dy, float* places, float* found, float* filters)
    {
        int columns = s.Layout.Columns, rows = s.Layout.Rows, size = s.Layout.Size;
        image -= BitConverter.SingleToUInt32Bits(ChannelKernels.Integers);
        for (int f = 0; f < s.Filters; f++, dy++, places++, filters += size)
        {
            uint bits = Windows(found + f, s.Filters);
            for (; bits != 0; bits &= bits - 1)
            {
                nint at = BitOperations.TrailingZeroCount(bits) * (nint)s.Filters;
                float* row = image + *(uint*)(places + at), w = filters;
                V d = S.Create(dy[at]);
                for (int r = 0; r < rows; r++, row += s.RowStep)
                {
                    for (int i = 0; i < columns; i += S.Width, w += S.Width)
                        S.Store(row + i, S.LoadMultiplyAdd(w, d, S.Load(row + i)));
                }
            }
        }
    }

    /// <summary>Copies the patches' rows that begin at each pixel of some rows of an image to places that are aligned, in their layout, column by column.</summary>
    /// <param name="layout">The patches' layout.</param>
    /// <param name="image">The first row's first pixel.</param>
    /// <param name="rowStep">From one row to the next.</param>
    /// <param name="columnStep">From one pixel to the next.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="columns">How many pixels of each.</param>
    /// <param name="to">The first pixel's place.</param>
    public static void Widen(in PatchLayout layout, float* image, nint rowStep, nint columnStep, int rows, int columns, float* to)
    {
        int whole = layout.Columns, end = layout.Run - whole, size = layout.RowSize;
        float* lanes = stackalloc float[2 * S.Width];
        for (int i = 0; i < 2 * S.Width; i++)
            lanes[i] = i % S.Width - (1 + i / S.Width) * end + 0.5f;
        V second = S.Load(lanes), third = S.Load(lanes + S.Width);
        for (int column = 0; column < columns; column++, image += columnStep, to += rows * size)
        {
            for (int i = 0; i < whole; i += S.Width)
            {
                float* from = image + i, place = to + i;
                for (int r = 0; r < rows; r++, from += rowStep, place += size)
                    S.Store(place, S.Load(from));
            }
            if (layout.EndRows == 1)
                continue;

            // The ends of the rows below come from where they stand in their lanes; what is beside them is not used.
            float* row = image + whole, ends = to + whole;
            for (int r = 0; r < rows; r++, row += rowStep, ends += size)
            {
                float* below = row + (r + 1 < rows ? rowStep : 0) - end, below2 = below + (r + 2 < rows ? rowStep : 0) - end;
                S.Store(ends, S.SelectGreater(third, S.Zero, S.Load(below2), S.SelectGreater(second, S.Zero, S.Load(below), S.Load(row))));
            }
        }
    }

    /// <summary>The windows in which a filter has a derivative, a bit each, from what is found of the first sixteen and of the others.</summary>
    private static uint Windows(float* found, int filters) => *(ushort*)found | (uint)*(ushort*)(found + filters) << 16;

    /// <summary>One column of vectors, or of two side by side.</summary>
    private static void Column<U, T>(in PatchShape s, uint bits, float* patches, nint step, int rows, float* dy, float* places, float* sums, nint sumStep) where U : struct where T : struct, ISimd<U>
    {
        int row = 0;
        for (; row <= rows - 7; row += 7)
            Seven<U, T>(s, bits, patches + row * step, step, dy, places, sums + row * sumStep, sumStep);
        for (; row <= rows - 4; row += 4)
            Four<U, T>(s, bits, patches + row * step, step, dy, places, sums + row * sumStep, sumStep);
        for (; row < rows; row++)
            One<U, T>(s, bits, patches + row * step, dy, places, sums + row * sumStep);
    }

    /// <summary>Seven rows of a vector and three of their ends, each row's two behind each other: places are constants, and need no registers and no arithmetic.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SevenAndThree(in PatchShape s, uint bits, float* patches, float* dy, float* places, float* sums)
    {
        nint filters = s.Filters;
        V a0 = S.Load(sums), a1 = S.Load(sums + S.Width), a2 = S.Load(sums + 2 * S.Width), a3 = S.Load(sums + 3 * S.Width), a4 = S.Load(sums + 4 * S.Width);
        V a5 = S.Load(sums + 5 * S.Width), a6 = S.Load(sums + 6 * S.Width), b0 = S.Load(sums + 7 * S.Width), b1 = S.Load(sums + 8 * S.Width), b2 = S.Load(sums + 9 * S.Width);
        do
        {
            nint at = BitOperations.TrailingZeroCount(bits) * filters;
            bits &= bits - 1;
            float* p = patches + *(uint*)(places + at);
            V d = S.Create(dy[at]);
            a0 = S.LoadMultiplyAdd(p, d, a0);
            b0 = S.LoadMultiplyAdd(p + S.Width, d, b0);
            a1 = S.LoadMultiplyAdd(p + 2 * S.Width, d, a1);
            a2 = S.LoadMultiplyAdd(p + 4 * S.Width, d, a2);
            a3 = S.LoadMultiplyAdd(p + 6 * S.Width, d, a3);
            b1 = S.LoadMultiplyAdd(p + 7 * S.Width, d, b1);
            a4 = S.LoadMultiplyAdd(p + 8 * S.Width, d, a4);
            a5 = S.LoadMultiplyAdd(p + 10 * S.Width, d, a5);
            a6 = S.LoadMultiplyAdd(p + 12 * S.Width, d, a6);
            b2 = S.LoadMultiplyAdd(p + 13 * S.Width, d, b2);
        }
        while (bits != 0);
        S.Store(sums, a0);
        S.Store(sums + S.Width, a1);
        S.Store(sums + 2 * S.Width, a2);
        S.Store(sums + 3 * S.Width, a3);
        S.Store(sums + 4 * S.Width, a4);
        S.Store(sums + 5 * S.Width, a5);
        S.Store(sums + 6 * S.Width, a6);
        S.Store(sums + 7 * S.Width, b0);
        S.Store(sums + 8 * S.Width, b1);
        S.Store(sums + 9 * S.Width, b2);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Seven<U, T>(in PatchShape s, uint bits, float* patches, nint row, float* dy, float* places, float* sums, nint step) where U : struct where T : struct, ISimd<U>
    {
        nint row3 = 3 * row, filters = s.Filters;
        float* lower = sums + 3 * step;
        U a0 = T.Load(sums), a1 = T.Load(sums + step), a2 = T.Load(sums + 2 * step), a3 = T.Load(lower), a4 = T.Load(lower + step), a5 = T.Load(lower + 2 * step), a6 = T.Load(lower + 3 * step);
        do
        {
            nint at = BitOperations.TrailingZeroCount(bits) * filters;
            bits &= bits - 1;
            float* p = patches + *(uint*)(places + at);
            U d = T.Create(dy[at]);
            a0 = T.LoadMultiplyAdd(p, d, a0);
            a1 = T.LoadMultiplyAdd(p + row, d, a1);
            a2 = T.LoadMultiplyAdd(p + 2 * row, d, a2);
            p += row3;
            a3 = T.LoadMultiplyAdd(p, d, a3);
            a4 = T.LoadMultiplyAdd(p + row, d, a4);
            a5 = T.LoadMultiplyAdd(p + 2 * row, d, a5);
            a6 = T.LoadMultiplyAdd(p + row3, d, a6);
        }
        while (bits != 0);
        T.Store(sums, a0);
        T.Store(sums + step, a1);
        T.Store(sums + 2 * step, a2);
        T.Store(lower, a3);
        T.Store(lower + step, a4);
        T.Store(lower + 2 * step, a5);
        T.Store(lower + 3 * step, a6);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Four<U, T>(in PatchShape s, uint bits, float* patches, nint row, float* dy, float* places, float* sums, nint step) where U : struct where T : struct, ISimd<U>
    {
        nint filters = s.Filters;
        U a0 = T.Load(sums), a1 = T.Load(sums + step), a2 = T.Load(sums + 2 * step), a3 = T.Load(sums + 3 * step);
        do
        {
            nint at = BitOperations.TrailingZeroCount(bits) * filters;
            bits &= bits - 1;
            float* p = patches + *(uint*)(places + at), q = p + 2 * row;
            U d = T.Create(dy[at]);
            a0 = T.LoadMultiplyAdd(p, d, a0);
            a1 = T.LoadMultiplyAdd(p + row, d, a1);
            a2 = T.LoadMultiplyAdd(q, d, a2);
            a3 = T.LoadMultiplyAdd(q + row, d, a3);
        }
        while (bits != 0);
        T.Store(sums, a0);
        T.Store(sums + step, a1);
        T.Store(sums + 2 * step, a2);
        T.Store(sums + 3 * step, a3);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void One<U, T>(in PatchShape s, uint bits, float* patches, float* dy, float* places, float* sums) where U : struct where T : struct, ISimd<U>
    {
        nint filters = s.Filters;
        U sum = T.Load(sums);
        do
        {
            nint at = BitOperations.TrailingZeroCount(bits) * filters;
            bits &= bits - 1;
            sum = T.LoadMultiplyAdd(patches + *(uint*)(places + at), T.Create(dy[at]), sum);
        }
        while (bits != 0);
        T.Store(sums, sum);
    }
}
