using System.Runtime.CompilerServices;

namespace ConvNets.Engines;

/// <summary>
/// The linear maps of Winograd's minimal convolutions of 6×6 inputs, F(4×4, 3×3) and F(2×2, 5×5) (Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016): a tile of outputs is
/// <c>y = Aᵀ[(G·w·Gᵀ) ⊙ (Bᵀ·x·B)]A</c> of a patch, 36 products instead of 144 or 100, and seen from behind <c>dw = Gᵀ[(A·dy·Aᵀ) ⊙ (Bᵀ·x·B)]G</c>.
/// A patch is a polynomial's values at the points 0, ±√½, ±√2 and ∞: with these the error is a third of that with the points ±1, ±2 of the paper, and some twice the direct sum's.
/// Each of the 36 points has a plane of its own, in which pixels' channels lie behind each other, so that what remains is 36 products of matrices. A map runs over the rows,
/// then over the columns of a tile, for one vector of channels at a time: at most six values in, six out, the tile between the two in a scratch of 2.3 KB.
/// </summary>
internal abstract unsafe class WinogradTransforms
{
    /// <summary>Inputs along one axis that a tile depends on.</summary>
    public const int Patch = 6;

    /// <summary>Points of a tile.</summary>
    public const int Points = Patch * Patch;

    /// <summary>Outputs of a tile along one axis.</summary>
    public abstract int Tile { get; }

    /// <summary>Taps along one axis.</summary>
    public abstract int Taps { get; }

    /// <summary>What the number of channels is a multiple of.</summary>
    public abstract int Width { get; }

    /// <summary><c>v = Bᵀ·x·B</c> of a patch of pixels.</summary>
    /// <param name="x">Its first pixel.</param>
    /// <param name="row">From one row of pixels to the next.</param>
    /// <param name="channels">Channels, and from one pixel to the next.</param>
    /// <param name="v">The first point.</param>
    /// <param name="point">From one point to the next.</param>
    public abstract void Input(float* x, nint row, int channels, float* v, nint point);

    /// <summary><c>y = Aᵀ·m·A</c> plus the bias, or added to y; then max(y, 0) where <paramref name="relu"/>.</summary>
    /// <param name="m">The first point.</param>
    /// <param name="point">From one point to the next.</param>
    /// <param name="bias">Each channel's bias.</param>
    /// <param name="y">The tile's first pixel.</param>
    /// <param name="row">From one row of pixels to the next.</param>
    /// <param name="pixel">From one pixel to the next.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="rows">Rows of the tile that lie in the image.</param>
    /// <param name="columns">Columns that do.</param>
    /// <param name="relu">Whether negative values become 0.</param>
    /// <param name="accumulate">Whether the tile is added to what is there instead of to the bias.</param>
    public abstract void Output(float* m, nint point, float* bias, float* y, nint row, nint pixel, int channels, int rows, int columns, bool relu, bool accumulate);

    /// <summary><c>m = A·dy·Aᵀ</c>, pixels outside the image being 0.</summary>
    public abstract void OutputGradient(float* dy, nint row, int channels, int rows, int columns, float* m, nint point);

    /// <summary><c>u = G·w·Gᵀ</c> of many filters: each tap's plane, to 36.</summary>
    public abstract void Filter(float* w, nint tap, float* u, nint point, int count);

    /// <summary><c>dw = Gᵀ·du·G</c>: 36 planes become one for each tap.</summary>
    public abstract void FilterGradient(float* du, nint point, float* dw, nint tap, int count);
}

/// <inheritdoc/>
internal sealed unsafe class WinogradTransforms<V, S, M> : WinogradTransforms where V : struct where S : struct, ISimd<V> where M : struct, IWinogradMaps<V>
{
    public override int Tile => M.Tile;

    public override int Taps => M.Taps;

    public override int Width => S.Width;

    [SkipLocalsInit]
    public override void Input(float* x, nint row, int channels, float* v, nint point)
    {
        float* half = stackalloc float[Points * 16];
        for (int c = 0; c < channels; c += S.Width)
        {
            for (int j = 0; j < Patch; j++)
                WinogradPoints.Input<V, S>(x + j * channels + c, row, half + j * S.Width, Patch * S.Width);
            for (int i = 0; i < Patch; i++)
                WinogradPoints.Input<V, S>(half + i * Patch * S.Width, S.Width, v + i * Patch * point + c, point);
        }
    }

    [SkipLocalsInit]
    public override void Output(float* m, nint point, float* bias, float* y, nint row, nint pixel, int channels, int rows, int columns, bool relu, bool accumulate)
    {
        float* half = stackalloc float[Points * 16];
        V floor = relu ? S.Zero : S.Create(float.NegativeInfinity);
        for (int c = 0; c < channels; c += S.Width)
        {
            for (int j = 0; j < Patch; j++)
            {
                M.Output(m + j * point + c, Patch * point, out V y0, out V y1, out V y2, out V y3);
                float* to = half + j * S.Width;
                S.Store(to, y0);
                S.Store(to + Patch * S.Width, y1);
                if (M.Tile == 2)
                    continue;
                S.Store(to + 2 * Patch * S.Width, y2);
                S.Store(to + 3 * Patch * S.Width, y3);
            }
            V b = S.Load(bias + c);
            for (int i = 0; i < rows; i++)
            {
                M.Output(half + i * Patch * S.Width, S.Width, out V y0, out V y1, out V y2, out V y3);
                float* to = y + i * row + c;
                Put(to, y0, b, floor, accumulate);
                if (columns > 1)
                    Put(to + pixel, y1, b, floor, accumulate);
                if (columns > 2)
                    Put(to + 2 * pixel, y2, b, floor, accumulate);
                if (columns > 3)
                    Put(to + 3 * pixel, y3, b, floor, accumulate);
            }
        }
    }

    [SkipLocalsInit]
    public override void OutputGradient(float* dy, nint row, int channels, int rows, int columns, float* m, nint point)
    {
        float* half = stackalloc float[Points * 16];
        for (int c = 0; c < channels; c += S.Width)
        {
            for (int j = 0; j < M.Tile; j++)
                M.OutputGradient(dy + j * channels + c, row, j < columns ? rows : 0, half + j * S.Width, M.Tile * S.Width);
            for (int i = 0; i < Patch; i++)
                M.OutputGradient(half + i * M.Tile * S.Width, S.Width, M.Tile, m + i * Patch * point + c, point);
        }
    }

    [SkipLocalsInit]
    public override void Filter(float* w, nint tap, float* u, nint point, int count)
    {
        float* half = stackalloc float[Points * 16];
        for (int c = 0; c < count; c += S.Width)
        {
            for (int j = 0; j < M.Taps; j++)
                M.Filter(w + j * tap + c, M.Taps * tap, half + j * S.Width, M.Taps * S.Width);
            for (int i = 0; i < Patch; i++)
                M.Filter(half + i * M.Taps * S.Width, S.Width, u + i * Patch * point + c, point);
        }
    }

    [SkipLocalsInit]
    public override void FilterGradient(float* du, nint point, float* dw, nint tap, int count)
    {
        float* half = stackalloc float[Points * 16];
        for (int c = 0; c < count; c += S.Width)
        {
            for (int j = 0; j < Patch; j++)
                M.FilterGradient(du + j * point + c, Patch * point, half + j * S.Width, Patch * S.Width);
            for (int i = 0; i < M.Taps; i++)
                M.FilterGradient(half + i * Patch * S.Width, S.Width, dw + i * M.Taps * tap + c, tap);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* y, V value, V bias, V floor, bool accumulate) => S.Store(y, S.Max(S.Add(value, accumulate ? S.Load(y) : bias), floor));
}
