using System.Runtime.Intrinsics;

namespace ConvNets.Engines;

/// <summary>
/// Winograd's minimal filtering F(4, 4) in one dimension, nested in two (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016): four outputs of a filter of four
/// taps from seven products instead of sixteen, <c>y = Aᵀ[(G g) ⊙ (Bᵀ d)]</c>, here for the points 0, 1, −1, 2, −2, ½, ∞. With M(x) = x(x² − 1)(x² − 4)(x − ½),
/// Bᵀ holds the coefficients of M(x)/(x − p), and of M for ∞; G the powers of p divided by M′(p); Aᵀ the powers of p. These points are as accurate as the best of some hundred sets
/// that were compared; see the tests for the error that is promised.
/// A vector holds the same place of adjacent tiles, so that the transforms are plain sums of vectors, whatever the number of channels. The products at the seven points down of such vectors with
/// two filters stay in registers until they are transformed back: of one vector fourteen sums, which with the vector and a filter's value are sixteen registers; with AVX-512's thirty-two, of
/// two vectors (<see cref="PlanarProducts512"/>).
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
    /// <param name="to">Where the tiles go: [vectors of the row][points across][parts of a channel][points down] vectors, of which a channel has <paramref name="parts"/>.</param>
    /// <param name="parts">Parts of a channel.</param>
    public abstract void TransformColumns(float* rows, nint rowStride, int first, nint pitch, int channels, int tiles, float* to, int parts);

    /// <summary>The outputs of two vectors of tiles for a block of channels, transformed back down but not yet across.</summary>
    /// <param name="tiles">The first vector's tiles at the first point and channel.</param>
    /// <param name="second">From there to the second vector's.</param>
    /// <param name="across">From one point across to the next.</param>
    /// <param name="offsets">Where the tiles are that meet each part of the filter, channel by channel.</param>
    /// <param name="depth">How many parts.</param>
    /// <param name="filters">The transformed filters [points across][pairs of the block][depth][points down][2].</param>
    /// <param name="bias">The block's bias; null for none.</param>
    /// <param name="ahead">Memory that will be read soon.</param>
    /// <param name="lines">How many of its cache lines are asked for at each point across: few at a time, since a processor waits for but some of them at once.</param>
    /// <param name="to">Where the result goes: [pairs of the block][points across][rows of a tile][2 channels][2] vectors.</param>
    public abstract void Multiply(float* tiles, nint second, nint across, nint* offsets, int depth, float* filters, float* bias, float* ahead, int lines, float* to);

    /// <summary>Transforms what <see cref="Multiply"/> gave across, and takes the greatest of each square of outputs.</summary>
    /// <param name="from">What Multiply gave.</param>
    /// <param name="size">The square's side: 1 (all outputs are kept), 2 or 4.</param>
    /// <param name="join">Whether the squares of the two vectors are parts of the same windows, and only the greater of both is kept, in the first one's place; with a side of 4.</param>
    /// <param name="floor">What greatest values are at least.</param>
    /// <param name="to">Where the values go: [squares of a tile][block][2] vectors.</param>
    public abstract void Reduce(float* from, int size, bool join, float floor, float* to);

    /// <summary>As <see cref="Reduce"/> with a side of 2 or 4, and tells which output each greatest one is: the first of several. With a side of 2 it may sum all outputs besides.</summary>
    /// <param name="from">What Multiply gave.</param>
    /// <param name="size">The square's side.</param>
    /// <param name="join">Whether the squares of the two vectors are parts of the same windows.</param>
    /// <param name="window">The width of the window that the squares are part of.</param>
    /// <param name="floor">What greatest values are at least.</param>
    /// <param name="to">Where the values go.</param>
    /// <param name="taps">Where the greatest's place goes likewise: its row in the square, or in the first one of two that are joined, times <paramref name="window"/>, plus its column.</param>
    /// <param name="moments">Which outputs are summed.</param>
    public abstract void Locate(float* from, int size, bool join, int window, float floor, float* to, float* taps, in TileMoments moments);

    /// <summary>G·g·Gᵀ of a part of a block's filters, in double precision, a filter a lane.</summary>
    /// <param name="taps">The part's taps [4][4][block].</param>
    /// <param name="to">Where the values at the first points go, in the order that <see cref="Multiply"/> reads.</param>
    /// <param name="depth">How many parts there are.</param>
    public static void TransformFilters(float* taps, float* to, int depth)
    {
        Vector512<double>* down = stackalloc Vector512<double>[Points * Tile];
        for (int v = 0; v < Tile; v++)
        {
            for (int i = 0; i < Points; i++)
            {
                Vector512<double> sum = Vector512<double>.Zero;
                for (int u = 0; u < Tile; u++)
                {
                    Vector256<float> tap = Vector256.Load(taps + (u * Tile + v) * ChannelBlock);
                    sum += Vector512.Create(Vector256.WidenLower(tap), Vector256.WidenUpper(tap)) * Filter[i, u];
                }
                down[i * Tile + v] = sum;
            }
        }
        for (int j = 0; j < Points; j++)
        {
            for (int i = 0; i < Points; i++)
            {
                Vector512<double> sum = Vector512<double>.Zero;
                for (int v = 0; v < Tile; v++)
                    sum += down[i * Tile + v] * Filter[j, v];
                Vector256<float> values = Vector256.Narrow(sum.GetLower(), sum.GetUpper());
                for (int pair = 0; pair < ChannelBlock / 2; pair++)
                    *(double*)(to + (((j * (ChannelBlock / 2) + pair) * depth * Points) + i) * 2) = values.AsDouble()[pair];
            }
        }
    }

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

/// <summary>Which of two vectors of tiles' outputs are summed.</summary>
internal readonly unsafe struct TileMoments
{
    /// <summary>Where a block's sums are: [block][2] vectors, of the outputs and of their squares; null where none are wanted.</summary>
    public float* Sums { get; init; }

    /// <summary>1 for each tile of a vector that counts, 0 for one that does not.</summary>
    public float* Counts { get; init; }

    /// <summary>How many of the two vectors count.</summary>
    public int Vectors { get; init; }
}
