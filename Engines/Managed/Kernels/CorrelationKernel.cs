using System.Runtime.CompilerServices;

namespace ConvNets.Engines;

/// <summary>Which products of images' rows with shifted rows of theirs are summed. All strides are in floats.</summary>
internal readonly struct CorrelationShape
{
    /// <summary>How many rows.</summary>
    public required int Rows { get; init; }

    /// <summary>From one of these rows to the next.</summary>
    public required nint RowStep { get; init; }

    /// <summary>From a row of an image to the one below it.</summary>
    public required nint LagStep { get; init; }

    /// <summary>How many vectors of each row.</summary>
    public required int Vectors { get; init; }

    /// <summary>From one vector to the next.</summary>
    public required nint VectorStep { get; init; }

    /// <summary>The first of the three shifts.</summary>
    public required nint Shift { get; init; }

    /// <summary>Whether lag 0 is wanted: there, negative shifts give the same as positive ones.</summary>
    public required bool WithLagZero { get; init; }

    /// <summary>From the lanes of one lag and shift to those of the next.</summary>
    public required nint LaneStep { get; init; }
}

/// <summary>
/// Products of an image with itself: for three neighbouring shifts m, <c>lanes[l, m, lane] += Σ x[r − l, n + lane] · x[r, n + lane + m]</c> over some rows r and places n of
/// vectors, for the lags l = 0 … 6. Twenty-one accumulators in registers, three for the shifted vectors and one for the other, of the thirty-two of AVX-512 (those of AVX2 spill):
/// ten loads, of which the three shifted ones count twice since they lie across two cache lines, serve twenty-one multiply-adds.
/// </summary>
internal static unsafe class CorrelationKernel<V, S> where V : struct where S : struct, ISimd<V>
{
    public static void Run(in CorrelationShape s, float* x, float* lanes)
    {
        V a0 = S.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0;
        V c0 = a0, c1 = a0, c2 = a0, c3 = a0, c4 = a0, c5 = a0, c6 = a0;
        nint row = s.LagStep, row3 = 3 * row, shift = s.Shift, step = s.VectorStep, jump = s.RowStep - s.Vectors * s.VectorStep;
        float* p = x, q = x - row3;
        int vectors = s.Vectors;
        bool withLagZero = s.WithLagZero;

        // One loop, not one in another, so that the compiler sees where registers are needed without having watched the code run.
        for (int left = vectors, i = s.Rows * vectors; i > 0; i--)
        {
            V m0 = S.Load(p + shift), m1 = S.Load(p + shift + 1), m2 = S.Load(p + shift + 2), v;
            if (withLagZero)
            {
                v = S.Load(p);
                a0 = S.MultiplyAdd(v, m0, a0);
                b0 = S.MultiplyAdd(v, m1, b0);
                c0 = S.MultiplyAdd(v, m2, c0);
            }
            v = S.Load(p - row);
            a1 = S.MultiplyAdd(v, m0, a1);
            b1 = S.MultiplyAdd(v, m1, b1);
            c1 = S.MultiplyAdd(v, m2, c1);
            v = S.Load(p - 2 * row);
            a2 = S.MultiplyAdd(v, m0, a2);
            b2 = S.MultiplyAdd(v, m1, b2);
            c2 = S.MultiplyAdd(v, m2, c2);
            v = S.Load(q);
            a3 = S.MultiplyAdd(v, m0, a3);
            b3 = S.MultiplyAdd(v, m1, b3);
            c3 = S.MultiplyAdd(v, m2, c3);
            v = S.Load(q - row);
            a4 = S.MultiplyAdd(v, m0, a4);
            b4 = S.MultiplyAdd(v, m1, b4);
            c4 = S.MultiplyAdd(v, m2, c4);
            v = S.Load(q - 2 * row);
            a5 = S.MultiplyAdd(v, m0, a5);
            b5 = S.MultiplyAdd(v, m1, b5);
            c5 = S.MultiplyAdd(v, m2, c5);
            v = S.Load(q - row3);
            a6 = S.MultiplyAdd(v, m0, a6);
            b6 = S.MultiplyAdd(v, m1, b6);
            c6 = S.MultiplyAdd(v, m2, c6);
            p += step;
            q += step;
            if (--left == 0)
            {
                left = vectors;
                p += jump;
                q += jump;
            }
        }
        Add(ref lanes, s.LaneStep, a0, b0, c0);
        Add(ref lanes, s.LaneStep, a1, b1, c1);
        Add(ref lanes, s.LaneStep, a2, b2, c2);
        Add(ref lanes, s.LaneStep, a3, b3, c3);
        Add(ref lanes, s.LaneStep, a4, b4, c4);
        Add(ref lanes, s.LaneStep, a5, b5, c5);
        Add(ref lanes, s.LaneStep, a6, b6, c6);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref float* lanes, nint step, V a, V b, V c)
    {
        S.Store(lanes, S.Add(S.Load(lanes), a));
        S.Store(lanes + step, S.Add(S.Load(lanes + step), b));
        S.Store(lanes + 2 * step, S.Add(S.Load(lanes + 2 * step), c));
        lanes += 3 * step;
    }
}
