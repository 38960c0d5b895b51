using System.Runtime.CompilerServices;

namespace ConvNets.Engines;

/// <summary>
/// Where a tile's operands lie: <c>C[i, j] = C₀[i, j] + Σₒ Σₜ Σₖ A[i·Row + o·Outer + t·Tap + k·Inner] · B[(o, t, k), j]</c>. The rows of B follow each other.
/// The sum is over a block of a kernel's rows, its taps and channels (a convolution), over an image's rows and pixels (a kernel's gradient), or one axis (a matrix product).
/// All strides are in floats.
/// </summary>
internal readonly struct TileShape
{
    /// <summary>From one row of A, and so of C, to the next.</summary>
    public required nint Row { get; init; }

    /// <summary>From one k to the next in A.</summary>
    public required nint Inner { get; init; }

    /// <summary>How many k.</summary>
    public required int InnerCount { get; init; }

    /// <summary>From one t to the next in A.</summary>
    public nint Tap { get; init; }

    /// <summary>How many t.</summary>
    public int TapCount { get; init; }

    /// <summary>From one o to the next in A.</summary>
    public nint Outer { get; init; }

    /// <summary>How many o.</summary>
    public int OuterCount { get; init; }

    /// <summary>From one row of B to the next.</summary>
    public required nint BRow { get; init; }
}

/// <summary>
/// The kernel below every convolution and matrix product: a batch-reduced product of small matrices (Georganas et al., "Harnessing deep learning via a single building
/// block", IPDPS 2020). Each step loads a row of B and broadcasts a value of each row of A. Of a <see cref="Pair{V}"/> of vectors it keeps six rows of C in registers: twelve accumulators, two
/// registers for B's row and one for A's value, which fits the sixteen of AVX2 and hides the latency of multiply-add on every processor met so far; of single vectors, and with
/// AVX-512's thirty-two registers of pairs too, eight rows.
/// C₀ comes last: so a convolution's bias does in TensorFlow, whose outputs these are to the last bit.
/// </summary>
internal static unsafe class GemmKernel<V, S> where V : struct where S : struct, ISimd<V>
{
    // Single vectors, or pairs of AVX-512's, which has registers for sixteen accumulators and more.
    private static bool TakesEight => S.Registers == 1 || S.Width == 32;

    /// <summary>
    /// Computes <paramref name="rows"/> rows of C, one vector wide.
    /// </summary>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="s">The operands' strides and counts.</param>
    /// <param name="a">The first value of A.</param>
    /// <param name="b">The first row of B.</param>
    /// <param name="start">C₀: what each row is added to.</param>
    /// <param name="startRow">From one of its rows to the next; 0 where all start from the same, e.g. a bias.</param>
    /// <param name="c">The first row of C; may be <paramref name="start"/>.</param>
    /// <param name="cRow">From one row of C to the next.</param>
    public static void Run(int rows, in TileShape s, float* a, float* b, float* start, nint startRow, float* c, nint cRow)
    {
        while (rows > 0)
        {
            // Eights, sixes and fours make up every even number but 2, so that little is left to single rows.
            int height = TakesEight && rows >= 8 && rows is not (10 or 11) ? 8 : rows >= 6 && rows is not (8 or 9) ? 6 : rows >= 4 ? 4 : 1;
            if (height == 8)
                Eight(s, a, b, start, startRow, c, cRow);
            else if (height == 6)
                Six(s, a, b, start, startRow, c, cRow);
            else if (height == 4)
                Four(s, a, b, start, startRow, c, cRow);
            else
                One(s, a, b, start, c);
            rows -= height;
            a += height * s.Row;
            start += height * startRow;
            c += height * cRow;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Eight(in TileShape s, float* a, float* b, float* start, nint startRow, float* c, nint cRow)
    {
        V c0 = S.Zero, c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
        nint row = s.Row, row2 = 2 * row, row3 = 3 * row, row4 = 4 * row, inner = s.Inner, bRow = s.BRow;
        int innerCount = s.InnerCount;
        for (int o = 0; o < s.OuterCount; o++)
        {
            for (int t = 0; t < s.TapCount; t++)
            {
                float* p = a + o * s.Outer + t * s.Tap, q = p + row4;
                for (int k = 0; k < innerCount; k++)
                {
                    V v = S.Load(b);
                    c0 = S.BroadcastMultiplyAdd(p, v, c0);
                    c1 = S.BroadcastMultiplyAdd(p + row, v, c1);
                    c2 = S.BroadcastMultiplyAdd(p + row2, v, c2);
                    c3 = S.BroadcastMultiplyAdd(p + row3, v, c3);
                    c4 = S.BroadcastMultiplyAdd(q, v, c4);
                    c5 = S.BroadcastMultiplyAdd(q + row, v, c5);
                    c6 = S.BroadcastMultiplyAdd(q + row2, v, c6);
                    c7 = S.BroadcastMultiplyAdd(q + row3, v, c7);
                    p += inner;
                    q += inner;
                    b += bRow;
                }
            }
        }
        S.Store(c, S.Add(c0, S.Load(start)));
        S.Store(c + cRow, S.Add(c1, S.Load(start + startRow)));
        S.Store(c + 2 * cRow, S.Add(c2, S.Load(start + 2 * startRow)));
        S.Store(c + 3 * cRow, S.Add(c3, S.Load(start + 3 * startRow)));
        c += 4 * cRow;
        start += 4 * startRow;
        S.Store(c, S.Add(c4, S.Load(start)));
        S.Store(c + cRow, S.Add(c5, S.Load(start + startRow)));
        S.Store(c + 2 * cRow, S.Add(c6, S.Load(start + 2 * startRow)));
        S.Store(c + 3 * cRow, S.Add(c7, S.Load(start + 3 * startRow)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Six(in TileShape s, float* a, float* b, float* start, nint startRow, float* c, nint cRow)
    {
        V c0 = S.Zero, c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
        nint row = s.Row, row2 = 2 * row, row3 = 3 * row, inner = s.Inner, bRow = s.BRow;
        int innerCount = s.InnerCount;
        for (int o = 0; o < s.OuterCount; o++)
        {
            for (int t = 0; t < s.TapCount; t++)
            {
                // Two pointers and two strides address the six rows without spilling a register.
                float* p = a + o * s.Outer + t * s.Tap, q = p + row3;
                for (int k = 0; k < innerCount; k++)
                {
                    V v = S.Load(b);
                    c0 = S.BroadcastMultiplyAdd(p, v, c0);
                    c1 = S.BroadcastMultiplyAdd(p + row, v, c1);
                    c2 = S.BroadcastMultiplyAdd(p + row2, v, c2);
                    c3 = S.BroadcastMultiplyAdd(q, v, c3);
                    c4 = S.BroadcastMultiplyAdd(q + row, v, c4);
                    c5 = S.BroadcastMultiplyAdd(q + row2, v, c5);
                    p += inner;
                    q += inner;
                    b += bRow;
                }
            }
        }
        S.Store(c, S.Add(c0, S.Load(start)));
        S.Store(c + cRow, S.Add(c1, S.Load(start + startRow)));
        S.Store(c + 2 * cRow, S.Add(c2, S.Load(start + 2 * startRow)));
        S.Store(c + 3 * cRow, S.Add(c3, S.Load(start + 3 * startRow)));
        S.Store(c + 4 * cRow, S.Add(c4, S.Load(start + 4 * startRow)));
        S.Store(c + 5 * cRow, S.Add(c5, S.Load(start + 5 * startRow)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Four(in TileShape s, float* a, float* b, float* start, nint startRow, float* c, nint cRow)
    {
        V c0 = S.Zero, c1 = c0, c2 = c0, c3 = c0;
        nint row = s.Row, row2 = 2 * row, inner = s.Inner, bRow = s.BRow;
        int innerCount = s.InnerCount;
        for (int o = 0; o < s.OuterCount; o++)
        {
            for (int t = 0; t < s.TapCount; t++)
            {
                float* p = a + o * s.Outer + t * s.Tap, q = p + row2;
                for (int k = 0; k < innerCount; k++)
                {
                    V v = S.Load(b);
                    c0 = S.BroadcastMultiplyAdd(p, v, c0);
                    c1 = S.BroadcastMultiplyAdd(p + row, v, c1);
                    c2 = S.BroadcastMultiplyAdd(q, v, c2);
                    c3 = S.BroadcastMultiplyAdd(q + row, v, c3);
                    p += inner;
                    q += inner;
                    b += bRow;
                }
            }
        }
        S.Store(c, S.Add(c0, S.Load(start)));
        S.Store(c + cRow, S.Add(c1, S.Load(start + startRow)));
        S.Store(c + 2 * cRow, S.Add(c2, S.Load(start + 2 * startRow)));
        S.Store(c + 3 * cRow, S.Add(c3, S.Load(start + 3 * startRow)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void One(in TileShape s, float* a, float* b, float* start, float* c)
    {
        V sum = S.Zero;
        for (int o = 0; o < s.OuterCount; o++)
        {
            for (int t = 0; t < s.TapCount; t++)
            {
                float* p = a + o * s.Outer + t * s.Tap;
                for (int k = 0; k < s.InnerCount; k++)
                {
                    sum = S.BroadcastMultiplyAdd(p, S.Load(b), sum);
                    p += s.Inner;
                    b += s.BRow;
                }
            }
        }
        S.Store(c, S.Add(sum, S.Load(start)));
    }
}
