using System.Runtime.CompilerServices;

namespace ConvNets.Engines;

/// <summary>
/// The linear maps of Winograd's minimal convolution F(4×4, 3×3) (Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016): a tile of 4×4 outputs is
/// <c>y = Aᵀ[(G·w·Gᵀ) ⊙ (Bᵀ·x·B)]A</c> of a patch of 6×6 inputs, 36 products instead of 144, and seen from behind <c>dw = Gᵀ[(A·dy·Aᵀ) ⊙ (Bᵀ·x·B)]G</c>.
/// A tile is a polynomial's values at the points 0, ±√½, ±√2 and ∞: with these the error is a third of that with the points ±1, ±2 of the paper, and some twice the direct sum's.
/// Each of the 36 points has a plane of its own, in which pixels' channels lie behind each other, so that what remains is 36 products of matrices. A map runs over the rows,
/// then over the columns of a tile, for one vector of channels at a time: at most six values in, six out, the tile between the two in a scratch of 2.3 KB.
/// </summary>
internal abstract unsafe class WinogradTransforms
{
    /// <summary>Outputs of a tile along one axis.</summary>
    public const int Tile = 4;

    /// <summary>Inputs that they depend on.</summary>
    public const int Patch = 6;

    /// <summary>Points of a tile.</summary>
    public const int Points = Patch * Patch;

    /// <summary>Taps along one axis.</summary>
    public const int Taps = 3;

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

    /// <summary><c>u = G·w·Gᵀ</c> of many filters: nine planes become 36.</summary>
    public abstract void Filter(float* w, nint tap, float* u, nint point, int count);

    /// <summary><c>dw = Gᵀ·du·G</c>: 36 planes become nine.</summary>
    public abstract void FilterGradient(float* du, nint point, float* dw, nint tap, int count);
}

/// <inheritdoc/>
internal sealed unsafe class WinogradTransforms<V, S> : WinogradTransforms where V : struct where S : struct, ISimd<V>
{
    // The points a = √½ and b = √2: a² = ½, b² = 2, a²b² = 1.
    private const float A = 0.70710678f;
    private const float B = 1.41421356f;
    private const float A3 = 0.35355339f;
    private const float B3 = 2.82842712f;

    // 1/N of a filter's points, N = Π (p − q) over the other points q: −3/2 at ±a, 6 at ±b.
    private const float NearShare = -2f / 3;
    private const float FarShare = 1f / 6;

    public override int Width => S.Width;

    [SkipLocalsInit]
    public override void Input(float* x, nint row, int channels, float* v, nint point)
    {
        float* half = stackalloc float[Points * 16];
        for (int c = 0; c < channels; c += S.Width)
        {
            for (int j = 0; j < Patch; j++)
                InputLine(x + j * channels + c, row, half + j * S.Width, Patch * S.Width);
            for (int i = 0; i < Patch; i++)
                InputLine(half + i * Patch * S.Width, S.Width, v + i * Patch * point + c, point);
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
                OutputLine(m + j * point + c, Patch * point, out V y0, out V y1, out V y2, out V y3);
                float* to = half + j * S.Width;
                S.Store(to, y0);
                S.Store(to + Patch * S.Width, y1);
                S.Store(to + 2 * Patch * S.Width, y2);
                S.Store(to + 3 * Patch * S.Width, y3);
            }
            V b = S.Load(bias + c);
            for (int i = 0; i < rows; i++)
            {
                OutputLine(half + i * Patch * S.Width, S.Width, out V y0, out V y1, out V y2, out V y3);
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
            for (int j = 0; j < Tile; j++)
                OutputGradientLine(dy + j * channels + c, row, j < columns ? rows : 0, half + j * S.Width, Tile * S.Width);
            for (int i = 0; i < Patch; i++)
                OutputGradientLine(half + i * Tile * S.Width, S.Width, Tile, m + i * Patch * point + c, point);
        }
    }

    [SkipLocalsInit]
    public override void Filter(float* w, nint tap, float* u, nint point, int count)
    {
        float* half = stackalloc float[Points * 16];
        for (int c = 0; c < count; c += S.Width)
        {
            for (int j = 0; j < Taps; j++)
                FilterLine(w + j * tap + c, Taps * tap, half + j * S.Width, Taps * S.Width);
            for (int i = 0; i < Patch; i++)
                FilterLine(half + i * Taps * S.Width, S.Width, u + i * Patch * point + c, point);
        }
    }

    [SkipLocalsInit]
    public override void FilterGradient(float* du, nint point, float* dw, nint tap, int count)
    {
        float* half = stackalloc float[Points * 16];
        for (int c = 0; c < count; c += S.Width)
        {
            for (int j = 0; j < Patch; j++)
                FilterGradientLine(du + j * point + c, Patch * point, half + j * S.Width, Patch * S.Width);
            for (int i = 0; i < Taps; i++)
                FilterGradientLine(half + i * Patch * S.Width, S.Width, dw + i * Taps * tap + c, tap);
        }
    }

    /// <summary>Bᵀ: for the point p the coefficients of Π (x − q) over the other points q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine(float* x, nint step, float* v, nint point)
    {
        V x0 = S.Load(x), x1 = S.Load(x + step), x2 = S.Load(x + 2 * step), x3 = S.Load(x + 3 * step), x4 = S.Load(x + 4 * step), x5 = S.Load(x + 5 * step);
        V evenA = S.MultiplyAdd(S.Create(-2), x2, x4), oddA = S.MultiplyAdd(S.Create(A), x3, S.Multiply(S.Create(-B), x1));
        V evenB = S.MultiplyAdd(S.Create(-0.5f), x2, x4), oddB = S.MultiplyAdd(S.Create(B), x3, S.Multiply(S.Create(-A), x1));
        S.Store(v, S.Add(x0, S.MultiplyAdd(S.Create(-2.5f), x2, x4)));
        S.Store(v + point, S.Add(evenA, oddA));
        S.Store(v + 2 * point, S.Subtract(evenA, oddA));
        S.Store(v + 3 * point, S.Add(evenB, oddB));
        S.Store(v + 4 * point, S.Subtract(evenB, oddB));
        S.Store(v + 5 * point, S.Add(x1, S.MultiplyAdd(S.Create(-2.5f), x3, x5)));
    }

    /// <summary>Aᵀ: the powers 0 … 3 of each point, and only the highest of ∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputLine(float* m, nint step, out V y0, out V y1, out V y2, out V y3)
    {
        V m1 = S.Load(m + step), m2 = S.Load(m + 2 * step), m3 = S.Load(m + 3 * step), m4 = S.Load(m + 4 * step);
        V evenA = S.Add(m1, m2), oddA = S.Subtract(m1, m2), evenB = S.Add(m3, m4), oddB = S.Subtract(m3, m4);
        y0 = S.Add(S.Add(S.Load(m), evenA), evenB);
        y1 = S.MultiplyAdd(S.Create(A), oddA, S.Multiply(S.Create(B), oddB));
        y2 = S.MultiplyAdd(S.Create(0.5f), evenA, S.Add(evenB, evenB));
        y3 = S.MultiplyAdd(S.Create(A3), oddA, S.MultiplyAdd(S.Create(B3), oddB, S.Load(m + 5 * step)));
    }

    /// <summary>A; values from <paramref name="count"/> on are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputGradientLine(float* dy, nint step, int count, float* m, nint point)
    {
        V y0 = count > 0 ? S.Load(dy) : S.Zero, y1 = count > 1 ? S.Load(dy + step) : S.Zero;
        V y2 = count > 2 ? S.Load(dy + 2 * step) : S.Zero, y3 = count > 3 ? S.Load(dy + 3 * step) : S.Zero;
        V evenA = S.MultiplyAdd(S.Create(0.5f), y2, y0), oddA = S.MultiplyAdd(S.Create(A3), y3, S.Multiply(S.Create(A), y1));
        V evenB = S.Add(S.Add(y2, y2), y0), oddB = S.MultiplyAdd(S.Create(B3), y3, S.Multiply(S.Create(B), y1));
        S.Store(m, y0);
        S.Store(m + point, S.Add(evenA, oddA));
        S.Store(m + 2 * point, S.Subtract(evenA, oddA));
        S.Store(m + 3 * point, S.Add(evenB, oddB));
        S.Store(m + 4 * point, S.Subtract(evenB, oddB));
        S.Store(m + 5 * point, y3);
    }

    /// <summary>G: the powers 0 … 2 of each point, over N.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterLine(float* w, nint step, float* u, nint point)
    {
        V w0 = S.Load(w), w1 = S.Load(w + step), w2 = S.Load(w + 2 * step);
        V evenA = S.Multiply(S.Create(NearShare), S.MultiplyAdd(S.Create(0.5f), w2, w0)), oddA = S.Multiply(S.Create(NearShare * A), w1);
        V evenB = S.Multiply(S.Create(FarShare), S.MultiplyAdd(S.Create(2), w2, w0)), oddB = S.Multiply(S.Create(FarShare * B), w1);
        S.Store(u, w0);
        S.Store(u + point, S.Add(evenA, oddA));
        S.Store(u + 2 * point, S.Subtract(evenA, oddA));
        S.Store(u + 3 * point, S.Add(evenB, oddB));
        S.Store(u + 4 * point, S.Subtract(evenB, oddB));
        S.Store(u + 5 * point, w2);
    }

    /// <summary>Gᵀ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterGradientLine(float* u, nint step, float* w, nint tap)
    {
        V u1 = S.Load(u + step), u2 = S.Load(u + 2 * step), u3 = S.Load(u + 3 * step), u4 = S.Load(u + 4 * step);
        V evenA = S.Multiply(S.Create(NearShare), S.Add(u1, u2)), oddA = S.Multiply(S.Create(NearShare * A), S.Subtract(u1, u2));
        V evenB = S.Multiply(S.Create(FarShare), S.Add(u3, u4)), oddB = S.Multiply(S.Create(FarShare * B), S.Subtract(u3, u4));
        S.Store(w, S.Add(S.Load(u), S.Add(evenA, evenB)));
        S.Store(w + tap, S.Add(oddA, oddB));
        S.Store(w + 2 * tap, S.MultiplyAdd(S.Create(0.5f), evenA, S.MultiplyAdd(S.Create(2), evenB, S.Load(u + 5 * step))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* y, V value, V bias, V floor, bool accumulate) => S.Store(y, S.Max(S.Add(value, accumulate ? S.Load(y) : bias), floor));
}
