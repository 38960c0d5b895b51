using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ConvNets.Engines;

/// <inheritdoc/>
internal sealed unsafe partial class PlanarKernels<V, S> : PlanarKernels where V : struct where S : struct, ISimd<V>
{
    // Two channels of two vectors of tiles.
    private const int Pair = 4;

    public override int Width => S.Width;

    public override void TransformRow(float* planes, nint planeStride, int channels, int tiles, float* to, nint point, nint channel)
    {
        nint place = channels * planeStride;
        for (int c = 0; c < channels; c++, planes += planeStride, to += channel)
        {
            for (int i = 0; i < tiles; i += S.Width)
            {
                float* p = planes + i, q = p + 1;
                Transform(S.Load(p), S.Load(p + place), S.Load(p + 2 * place), S.Load(p + 3 * place), S.Load(q), S.Load(q + place), S.Load(q + 2 * place), to + i, point);
            }
        }
    }

    public override void TransformColumns(float* rows, nint rowStride, int first, nint pitch, int channels, int tiles, float* to, int parts)
    {
        float* r0 = rows + (first & 7) * rowStride, r1 = rows + ((first + 1) & 7) * rowStride, r2 = rows + ((first + 2) & 7) * rowStride, r3 = rows + ((first + 3) & 7) * rowStride;
        float* r4 = rows + ((first + 4) & 7) * rowStride, r5 = rows + ((first + 5) & 7) * rowStride, r6 = rows + ((first + 6) & 7) * rowStride;
        nint part = parts * Points * S.Width, across = channels * part;
        for (int i = 0; i < tiles; i += S.Width)
        {
            for (int point = 0; point < Points; point++, to += across)
            {
                for (int c = 0; c < channels; c++)
                {
                    nint k = (c * Points + point) * pitch + i;
                    Transform(S.Load(r0 + k), S.Load(r1 + k), S.Load(r2 + k), S.Load(r3 + k), S.Load(r4 + k), S.Load(r5 + k), S.Load(r6 + k), to + c * part, S.Width);
                }
            }
        }
    }

    public override void Multiply(float* tiles, nint second, nint across, nint* offsets, int depth, float* filters, float* bias, float* ahead, int lines, float* to)
    {
        float* zeros = stackalloc float[ChannelBlock];
        new Span<float>(zeros, ChannelBlock).Clear();
        for (int i = 0; i < Points; i++, tiles += across, to += Tile * Pair * S.Width, ahead += lines * CacheLines.Floats)
        {
            float* start = i == UnitPoint && bias != null ? bias : zeros, target = to;
            CacheLines.Prefetch(ahead, lines);
            for (int f = 0; f < ChannelBlock; f += 2, filters += 2 * Points * depth, target += Points * Tile * Pair * S.Width)
            {
                if (typeof(V) == typeof(Vector512<float>))
                {
                    PlanarProducts512.Two(tiles, second, offsets, depth, filters, start + f, target);
                    continue;
                }
                One(tiles, offsets, depth, filters, start + f, target);
                One(tiles + second, offsets, depth, filters, start + f, target + S.Width);
            }
        }
    }

    /// <summary>
    /// Transforms the products at the points down back, into the rows of a tile: <see cref="Inverse"/>, where each row is stored before the next is computed, for registers are taken by the
    /// products of other tiles.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void InvertDown(V m0, V m1, V m2, V m3, V m4, V m5, V m6, float* to)
    {
        nint row = Pair * S.Width;
        V s1 = S.Add(m1, m2), s2 = S.Add(m3, m4);
        S.Store(to, S.Add(S.Add(m0, m5), S.Add(s1, s2)));
        S.Store(to + 2 * row, S.MultiplyAdd(S.Create(0.25f), m5, S.MultiplyAdd(S.Create(4f), s2, s1)));
        V d1 = S.Subtract(m1, m2), d2 = S.Subtract(m3, m4);
        S.Store(to + row, S.MultiplyAdd(S.Create(0.5f), m5, S.MultiplyAdd(S.Create(2f), d2, d1)));
        S.Store(to + 3 * row, S.Add(S.MultiplyAdd(S.Create(0.125f), m5, S.MultiplyAdd(S.Create(8f), d2, d1)), m6));
    }

    /// <summary>A row of a tile's outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V Y0, V Y1, V Y2, V Y3) Across(float* from, int row)
    {
        nint point = Tile * Pair * S.Width;
        float* p = from + row * Pair * S.Width, q = p + 4 * point;
        return Inverse(S.Load(p), S.Load(p + point), S.Load(p + 2 * point), S.Load(p + 3 * point), S.Load(q), S.Load(q + point), S.Load(q + 2 * point));
    }

    /// <summary>
    /// Bᵀ·d. All rows but that of the point 1 have the factor x − 1: they are sums of differences e of neighbours, which are small and nearly exact in an image.
    /// Four of these have the factor x² + ½x − ½ besides, w.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transform(V d0, V d1, V d2, V d3, V d4, V d5, V d6, float* to, nint stride)
    {
        V half = S.Create(0.5f), minusHalf = S.Create(-0.5f), two = S.Create(2f), minusTwo = S.Create(-2f), minusFour = S.Create(-4f);
        V e0 = S.Subtract(d1, d0), e1 = S.Subtract(d2, d1), e2 = S.Subtract(d3, d2), e3 = S.Subtract(d4, d3), e4 = S.Subtract(d5, d4), e5 = S.Subtract(d6, d5);
        V w0 = S.MultiplyAdd(e0, minusHalf, S.MultiplyAdd(e1, half, e2)), w1 = S.MultiplyAdd(e1, minusHalf, S.MultiplyAdd(e2, half, e3));
        V w2 = S.MultiplyAdd(e2, minusHalf, S.MultiplyAdd(e3, half, e4)), w3 = S.MultiplyAdd(e3, minusHalf, S.MultiplyAdd(e4, half, e5));
        float* far = to + 4 * stride;
        S.Store(to, S.MultiplyAdd(w0, minusFour, w2));
        S.Store(to + stride, S.MultiplyAdd(d3, S.Create(-3f), S.MultiplyAdd(e1, minusTwo, S.MultiplyAdd(e3, S.Create(1.5f), e4))));
        S.Store(to + 2 * stride, S.MultiplyAdd(S.MultiplyAdd(e1, minusHalf, e2), minusFour, S.MultiplyAdd(e3, minusHalf, e4)));
        S.Store(to + 3 * stride, S.MultiplyAdd(w1, two, w2));
        S.Store(far, S.MultiplyAdd(w1, minusTwo, w2));
        S.Store(far + stride, S.MultiplyAdd(S.Add(e1, e2), minusFour, S.Add(e3, e4)));
        S.Store(far + 2 * stride, S.MultiplyAdd(w1, minusFour, w3));
    }

    /// <summary>Aᵀ·m: fourteen operations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V Y0, V Y1, V Y2, V Y3) Inverse(V m0, V m1, V m2, V m3, V m4, V m5, V m6)
    {
        V s1 = S.Add(m1, m2), d1 = S.Subtract(m1, m2), s2 = S.Add(m3, m4), d2 = S.Subtract(m3, m4);
        return (S.Add(S.Add(m0, m5), S.Add(s1, s2)),
            S.MultiplyAdd(S.Create(0.5f), m5, S.MultiplyAdd(S.Create(2f), d2, d1)),
            S.MultiplyAdd(S.Create(0.25f), m5, S.MultiplyAdd(S.Create(4f), s2, s1)),
            S.Add(S.MultiplyAdd(S.Create(0.125f), m5, S.MultiplyAdd(S.Create(8f), d2, d1)), m6));
    }

    /// <summary>Two filters of one vector of tiles: fourteen accumulators and one register each for the tiles and a filter's value, the sixteen of AVX2.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void One(float* tiles, nint* offsets, int depth, float* filters, float* bias, float* to)
    {
        V a0 = S.Zero, a1 = S.Create(bias[0]), a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, c0 = a0, c1 = S.Create(bias[1]), c2 = a0, c3 = a0, c4 = a0, c5 = a0, c6 = a0;
        for (nint* end = offsets + depth; offsets < end; offsets++, filters += 2 * Points)
        {
            float* p = tiles + *offsets;
            V v = S.Load(p);
            a0 = S.BroadcastMultiplyAdd(filters, v, a0);
            c0 = S.BroadcastMultiplyAdd(filters + 1, v, c0);
            p += S.Width;
            v = S.Load(p);
            a1 = S.BroadcastMultiplyAdd(filters + 2, v, a1);
            c1 = S.BroadcastMultiplyAdd(filters + 3, v, c1);
            p += S.Width;
            v = S.Load(p);
            a2 = S.BroadcastMultiplyAdd(filters + 4, v, a2);
            c2 = S.BroadcastMultiplyAdd(filters + 5, v, c2);
            p += S.Width;
            v = S.Load(p);
            a3 = S.BroadcastMultiplyAdd(filters + 6, v, a3);
            c3 = S.BroadcastMultiplyAdd(filters + 7, v, c3);
            p += S.Width;
            v = S.Load(p);
            a4 = S.BroadcastMultiplyAdd(filters + 8, v, a4);
            c4 = S.BroadcastMultiplyAdd(filters + 9, v, c4);
            p += S.Width;
            v = S.Load(p);
            a5 = S.BroadcastMultiplyAdd(filters + 10, v, a5);
            c5 = S.BroadcastMultiplyAdd(filters + 11, v, c5);
            p += S.Width;
            v = S.Load(p);
            a6 = S.BroadcastMultiplyAdd(filters + 12, v, a6);
            c6 = S.BroadcastMultiplyAdd(filters + 13, v, c6);
        }
        InvertDown(a0, a1, a2, a3, a4, a5, a6, to);
        InvertDown(c0, c1, c2, c3, c4, c5, c6, to + 2 * S.Width);
    }
}
