using System.Runtime.CompilerServices;

namespace ConvNets.Engines;

/// <summary>
/// Winograd's minimal filtering F(4, 4) in one dimension, nested in two (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016): four outputs of a filter of four
/// taps from seven products instead of sixteen, <c>y = Aᵀ[(G g) ⊙ (Bᵀ d)]</c>, here for the points 0, 1, −1, 2, −2, ½, ∞. With M(x) = x(x² − 1)(x² − 4)(x − ½),
/// Bᵀ holds the coefficients of M(x)/(x − p), and of M for ∞; G the powers of p divided by M′(p); Aᵀ the powers of p. These points are as accurate as the best of some hundred sets
/// that were compared; see the tests for the error that is promised.
/// A vector holds the same place of adjacent tiles, so that the transforms are plain sums of vectors, whatever the number of channels. The products at the seven points down of two such
/// vectors with two filters stay in registers until they are transformed back: twenty-eight sums, the two vectors and a filter's value in each lane, thirty-one of AVX-512's 32; where there
/// are but sixteen registers, the fourteen sums of one vector.
/// </summary>
internal abstract unsafe class PlanarKernels
{
    /// <summary>Outputs of a tile along an axis, and taps of the part of a filter that it takes.</summary>
    public const int Tile = 4;

    /// <summary>Products along an axis.</summary>
    public const int Points = 7;

    /// <summary>Output channels that are computed together.</summary>
    public const int ChannelBlock = 8;

    /// <summary>The point whose product counts in every output alike: what is added there, e.g. a bias, is added to all.</summary>
    public const int UnitPoint = 1;

    /// <summary>G: what a filter's taps are multiplied with at each point.</summary>
    public static readonly double[,] Filter = MakeFilter();

    /// <summary>Tiles in a vector.</summary>
    public abstract int Width { get; }

    /// <summary>Transforms one row of an image along its columns.</summary>
    /// <param name="planes">The row's values by place in the tile and channel (4·channels planes), behind each other for all tiles.</param>
    /// <param name="planeStride">From one plane to the next.</param>
    /// <param name="channels">The image's channels.</param>
    /// <param name="tiles">How many tiles; rounded up to whole vectors.</param>
    /// <param name="to">Where the transformed row goes at the first point and channel.</param>
    /// <param name="point">From one point to the next there.</param>
    /// <param name="channel">From one channel to the next.</param>
    public abstract void TransformRow(float* planes, nint planeStride, int channels, int tiles, float* to, nint point, nint channel);

    /// <summary>Transforms seven rows that went through <see cref="TransformRow"/> along the columns.</summary>
    /// <param name="rows">The rows' ring of eight.</param>
    /// <param name="rowStride">From one row to the next.</param>
    /// <param name="first">Which row of the ring is the first.</param>
    /// <param name="pitch">From one plane of a row to the next.</param>
    /// <param name="channels">The image's channels.</param>
    /// <param name="tiles">How many tiles; rounded up to whole vectors.</param>
    /// <param name="to">Where the tiles go, [points across][points down][channels][<paramref name="planeStride"/>].</param>
    /// <param name="planeStride">From one plane of tiles to the next.</param>
    public abstract void TransformColumns(float* rows, nint rowStride, int first, nint pitch, int channels, int tiles, float* to, nint planeStride);

    /// <summary>The outputs of two vectors of tiles for a block of channels, transformed back down but not yet across.</summary>
    /// <param name="tiles">The first vector's tiles at the first point and channel.</param>
    /// <param name="second">From there to the second vector's.</param>
    /// <param name="down">From one point down to the next.</param>
    /// <param name="across">From one point across to the next.</param>
    /// <param name="offsets">Where the tiles are that meet each part of the filter, channel by channel.</param>
    /// <param name="depth">How many parts.</param>
    /// <param name="filters">The transformed filters [points across][pairs of the block][depth][points down][2].</param>
    /// <param name="bias">The block's bias; null for none.</param>
    /// <param name="to">Where the result goes: [points across][rows of a tile][block][2] vectors.</param>
    public abstract void Multiply(float* tiles, nint second, nint down, nint across, nint* offsets, int depth, float* filters, float* bias, float* to);

    /// <summary>Transforms what <see cref="Multiply"/> gave across, and takes the greatest of each square of outputs.</summary>
    /// <param name="from">What Multiply gave.</param>
    /// <param name="size">The square's side: 1 (all outputs are kept), 2 or 4.</param>
    /// <param name="join">Whether the squares of the two vectors are parts of the same windows, and only the greater of both is kept, in the first one's place; with a side of 4.</param>
    /// <param name="to">Where the values go: [squares of a tile][block][2] vectors.</param>
    public abstract void Reduce(float* from, int size, bool join, float* to);

    private static double[,] MakeFilter()
    {
        double[] points = [0, 1, -1, 2, -2, 0.5];
        double[,] filter = new double[Points, Tile];
        for (int i = 0; i < points.Length; i++)
        {
            double slope = points.Where((_, k) => k != i).Aggregate(1.0, (product, other) => product * (points[i] - other));
            for (int power = 0; power < Tile; power++)
                filter[i, power] = Math.Pow(points[i], power) / slope;
        }
        filter[Points - 1, Tile - 1] = 1;
        return filter;
    }
}

/// <inheritdoc/>
internal sealed unsafe class PlanarKernels<V, S> : PlanarKernels where V : struct where S : struct, ISimd<V>
{
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

    public override void TransformColumns(float* rows, nint rowStride, int first, nint pitch, int channels, int tiles, float* to, nint planeStride)
    {
        float* r0 = rows + (first & 7) * rowStride, r1 = rows + ((first + 1) & 7) * rowStride, r2 = rows + ((first + 2) & 7) * rowStride, r3 = rows + ((first + 3) & 7) * rowStride;
        float* r4 = rows + ((first + 4) & 7) * rowStride, r5 = rows + ((first + 5) & 7) * rowStride, r6 = rows + ((first + 6) & 7) * rowStride;
        nint down = channels * planeStride, across = Points * down;
        for (int c = 0; c < channels; c++)
        {
            for (int point = 0; point < Points; point++)
            {
                float* target = to + point * across + c * planeStride;
                nint from = (c * Points + point) * pitch;
                for (int i = 0; i < tiles; i += S.Width)
                {
                    nint k = from + i;
                    Transform(S.Load(r0 + k), S.Load(r1 + k), S.Load(r2 + k), S.Load(r3 + k), S.Load(r4 + k), S.Load(r5 + k), S.Load(r6 + k), target + i, down);
                }
            }
        }
    }

    public override void Multiply(float* tiles, nint second, nint down, nint across, nint* offsets, int depth, float* filters, float* bias, float* to)
    {
        float* zeros = stackalloc float[ChannelBlock];
        new Span<float>(zeros, ChannelBlock).Clear();
        for (int i = 0; i < Points; i++, tiles += across, to += Tile * 2 * ChannelBlock * S.Width)
        {
            float* start = i == UnitPoint && bias != null ? bias : zeros;
            for (int f = 0; f < ChannelBlock; f += 2, filters += 2 * Points * depth)
            {
                float* target = to + 2 * f * S.Width;
                if (S.Width >= 16)
                {
                    Two(tiles, second, down, offsets, depth, filters, start + f, target);
                    continue;
                }
                One(tiles, down, offsets, depth, filters, start + f, target);
                One(tiles + second, down, offsets, depth, filters, start + f, target + S.Width);
            }
        }
    }

    public override void Reduce(float* from, int size, bool join, float* to)
    {
        int step = join ? 2 * S.Width : S.Width;
        for (int i = 0; i < 2 * ChannelBlock * S.Width; i += step, from += step, to += step)
        {
            if (size == 1)
                Keep(from, to);
            else if (size == 2)
                GreatestOfTwo(from, to);
            else
                Put(to, 0, join ? S.Greater(GreatestOfFour(from), GreatestOfFour(from + S.Width)) : GreatestOfFour(from));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InvertDown(V m0, V m1, V m2, V m3, V m4, V m5, V m6, float* to)
    {
        nint row = 2 * ChannelBlock * S.Width;
        (V y0, V y1, V y2, V y3) = Inverse(m0, m1, m2, m3, m4, m5, m6);
        S.Store(to, y0);
        S.Store(to + row, y1);
        S.Store(to + 2 * row, y2);
        S.Store(to + 3 * row, y3);
    }

    private static void Keep(float* from, float* to)
    {
        for (int row = 0; row < Tile; row++)
        {
            (V y0, V y1, V y2, V y3) = Across(from, row);
            Put(to, 4 * row, y0);
            Put(to, 4 * row + 1, y1);
            Put(to, 4 * row + 2, y2);
            Put(to, 4 * row + 3, y3);
        }
    }

    private static void GreatestOfTwo(float* from, float* to)
    {
        for (int row = 0; row < Tile; row += 2)
        {
            (V a0, V a1, V a2, V a3) = Across(from, row);
            (V b0, V b1, V b2, V b3) = Across(from, row + 1);
            Put(to, row, S.Greater(S.Greater(a0, a1), S.Greater(b0, b1)));
            Put(to, row + 1, S.Greater(S.Greater(a2, a3), S.Greater(b2, b3)));
        }
    }

    private static V GreatestOfFour(float* from)
    {
        V best = S.Create(float.NegativeInfinity);
        for (int row = 0; row < Tile; row++)
        {
            (V y0, V y1, V y2, V y3) = Across(from, row);
            best = S.Greater(best, S.Greater(S.Greater(y0, y1), S.Greater(y2, y3)));
        }
        return best;
    }

    /// <summary>Stores one of a tile's outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* to, int output, V value) => S.Store(to + output * 2 * ChannelBlock * S.Width, value);

    /// <summary>A row of a tile's outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V Y0, V Y1, V Y2, V Y3) Across(float* from, int row)
    {
        nint point = Tile * 2 * ChannelBlock * S.Width;
        float* p = from + row * 2 * ChannelBlock * S.Width, q = p + 4 * point;
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

    /// <summary>Two filters of two vectors of tiles: twenty-eight accumulators, two registers for the tiles and one for a filter's value, of AVX-512's thirty-two.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Two(float* tiles, nint second, nint down, nint* offsets, int depth, float* filters, float* bias, float* to)
    {
        V a0 = S.Zero, a1 = S.Create(bias[0]), a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, b0 = a0, b1 = a1, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0;
        V c0 = a0, c1 = S.Create(bias[1]), c2 = a0, c3 = a0, c4 = a0, c5 = a0, c6 = a0, d0 = a0, d1 = c1, d2 = a0, d3 = a0, d4 = a0, d5 = a0, d6 = a0;
        for (nint* end = offsets + depth; offsets < end; offsets++, filters += 2 * Points)
        {
            float* p = tiles + *offsets, q = p + second;
            V v = S.Load(p), w = S.Load(q), f = S.Create(filters[0]);
            a0 = S.MultiplyAdd(f, v, a0);
            b0 = S.MultiplyAdd(f, w, b0);
            f = S.Create(filters[1]);
            c0 = S.MultiplyAdd(f, v, c0);
            d0 = S.MultiplyAdd(f, w, d0);
            p += down;
            q += down;
            v = S.Load(p);
            w = S.Load(q);
            f = S.Create(filters[2]);
            a1 = S.MultiplyAdd(f, v, a1);
            b1 = S.MultiplyAdd(f, w, b1);
            f = S.Create(filters[3]);
            c1 = S.MultiplyAdd(f, v, c1);
            d1 = S.MultiplyAdd(f, w, d1);
            p += down;
            q += down;
            v = S.Load(p);
            w = S.Load(q);
            f = S.Create(filters[4]);
            a2 = S.MultiplyAdd(f, v, a2);
            b2 = S.MultiplyAdd(f, w, b2);
            f = S.Create(filters[5]);
            c2 = S.MultiplyAdd(f, v, c2);
            d2 = S.MultiplyAdd(f, w, d2);
            p += down;
            q += down;
            v = S.Load(p);
            w = S.Load(q);
            f = S.Create(filters[6]);
            a3 = S.MultiplyAdd(f, v, a3);
            b3 = S.MultiplyAdd(f, w, b3);
            f = S.Create(filters[7]);
            c3 = S.MultiplyAdd(f, v, c3);
            d3 = S.MultiplyAdd(f, w, d3);
            p += down;
            q += down;
            v = S.Load(p);
            w = S.Load(q);
            f = S.Create(filters[8]);
            a4 = S.MultiplyAdd(f, v, a4);
            b4 = S.MultiplyAdd(f, w, b4);
            f = S.Create(filters[9]);
            c4 = S.MultiplyAdd(f, v, c4);
            d4 = S.MultiplyAdd(f, w, d4);
            p += down;
            q += down;
            v = S.Load(p);
            w = S.Load(q);
            f = S.Create(filters[10]);
            a5 = S.MultiplyAdd(f, v, a5);
            b5 = S.MultiplyAdd(f, w, b5);
            f = S.Create(filters[11]);
            c5 = S.MultiplyAdd(f, v, c5);
            d5 = S.MultiplyAdd(f, w, d5);
            p += down;
            q += down;
            v = S.Load(p);
            w = S.Load(q);
            f = S.Create(filters[12]);
            a6 = S.MultiplyAdd(f, v, a6);
            b6 = S.MultiplyAdd(f, w, b6);
            f = S.Create(filters[13]);
            c6 = S.MultiplyAdd(f, v, c6);
            d6 = S.MultiplyAdd(f, w, d6);
        }
        InvertDown(a0, a1, a2, a3, a4, a5, a6, to);
        InvertDown(c0, c1, c2, c3, c4, c5, c6, to + 2 * S.Width);
        InvertDown(b0, b1, b2, b3, b4, b5, b6, to + S.Width);
        InvertDown(d0, d1, d2, d3, d4, d5, d6, to + 3 * S.Width);
    }

    /// <summary>Two filters of one vector of tiles: fourteen accumulators and one register each for the tiles and a filter's value, the sixteen of AVX2.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void One(float* tiles, nint down, nint* offsets, int depth, float* filters, float* bias, float* to)
    {
        V a0 = S.Zero, a1 = S.Create(bias[0]), a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, c0 = a0, c1 = S.Create(bias[1]), c2 = a0, c3 = a0, c4 = a0, c5 = a0, c6 = a0;
        for (nint* end = offsets + depth; offsets < end; offsets++, filters += 2 * Points)
        {
            float* p = tiles + *offsets;
            V v = S.Load(p);
            a0 = S.BroadcastMultiplyAdd(filters, v, a0);
            c0 = S.BroadcastMultiplyAdd(filters + 1, v, c0);
            p += down;
            v = S.Load(p);
            a1 = S.BroadcastMultiplyAdd(filters + 2, v, a1);
            c1 = S.BroadcastMultiplyAdd(filters + 3, v, c1);
            p += down;
            v = S.Load(p);
            a2 = S.BroadcastMultiplyAdd(filters + 4, v, a2);
            c2 = S.BroadcastMultiplyAdd(filters + 5, v, c2);
            p += down;
            v = S.Load(p);
            a3 = S.BroadcastMultiplyAdd(filters + 6, v, a3);
            c3 = S.BroadcastMultiplyAdd(filters + 7, v, c3);
            p += down;
            v = S.Load(p);
            a4 = S.BroadcastMultiplyAdd(filters + 8, v, a4);
            c4 = S.BroadcastMultiplyAdd(filters + 9, v, c4);
            p += down;
            v = S.Load(p);
            a5 = S.BroadcastMultiplyAdd(filters + 10, v, a5);
            c5 = S.BroadcastMultiplyAdd(filters + 11, v, c5);
            p += down;
            v = S.Load(p);
            a6 = S.BroadcastMultiplyAdd(filters + 12, v, a6);
            c6 = S.BroadcastMultiplyAdd(filters + 13, v, c6);
        }
        InvertDown(a0, a1, a2, a3, a4, a5, a6, to);
        InvertDown(c0, c1, c2, c3, c4, c5, c6, to + 2 * S.Width);
    }
}
