using System.Runtime.CompilerServices;
using static ConvNets.Engines.WinogradPoints;

namespace ConvNets.Engines;

/// <summary>The maps of <see cref="WinogradTransforms"/> along one axis, of one vector of channels. The points are those of <see cref="WinogradPoints"/>.</summary>
internal unsafe interface IWinogradMaps<V> where V : struct
{
    /// <summary>Outputs of a tile.</summary>
    static abstract int Tile { get; }

    /// <summary>Taps.</summary>
    static abstract int Taps { get; }

    /// <summary>Aᵀ: the powers from 0 on of each point, and only the highest of ∞; as many as a tile has outputs.</summary>
    static abstract void Output(float* m, nint step, out V y0, out V y1, out V y2, out V y3);

    /// <summary>A; values from <paramref name="count"/> on are 0.</summary>
    static abstract void OutputGradient(float* dy, nint step, int count, float* m, nint point);

    /// <summary>G: the powers of each point, as many as there are taps, over N.</summary>
    static abstract void Filter(float* w, nint step, float* u, nint point);

    /// <summary>Gᵀ.</summary>
    static abstract void FilterGradient(float* u, nint step, float* w, nint tap);
}

/// <summary>The points 0, ±a, ±b and ∞, a = √½ and b = √2: a² = ½, b² = 2, a²b² = 1.</summary>
internal static class WinogradPoints
{
    public const float A = 0.70710678f;
    public const float B = 1.41421356f;
    public const float A3 = 0.35355339f;
    public const float B3 = 2.82842712f;

    // 1/N of a filter's points, N = Π (p − q) over the other points q: −3/2 at ±a, 6 at ±b.
    public const float NearShare = -2f / 3;
    public const float FarShare = 1f / 6;

    /// <summary>Bᵀ, the same for all tiles: for the point p the coefficients of Π (x − q) over the other points q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Input<V, S>(float* x, nint step, float* v, nint point) where V : struct where S : struct, ISimd<V>
    {
        V x0 = S.Load(x), x1 = S.Load(x + step), x2 = S.Load(x + 2 * step), x3 = S.Load(x + 3 * step), x4 = S.Load(x + 4 * step), x5 = S.Load(x + 5 * step);
        V evenA = S.MultiplyAdd(S.Create(-2), x2, x4), oddA = S.MultiplyAdd(S.Create(A), x3, S.Multiply(S.Create(-B), x1));
        V evenB = S.MultiplyAdd(S.Create(-0.5f), x2, x4), oddB = S.MultiplyAdd(S.Create(B), x3, S.Multiply(S.Create(-A), x1));
        Store<V, S>(S.Add(x0, S.MultiplyAdd(S.Create(-2.5f), x2, x4)), evenA, oddA, evenB, oddB, S.Add(x1, S.MultiplyAdd(S.Create(-2.5f), x3, x5)), v, point);
    }

    /// <summary>Stores values at all points: those at ±a and ±b by their even and odd parts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store<V, S>(V atZero, V evenA, V oddA, V evenB, V oddB, V atInfinity, float* to, nint point) where V : struct where S : struct, ISimd<V>
    {
        S.Store(to, atZero);
        S.Store(to + point, S.Add(evenA, oddA));
        S.Store(to + 2 * point, S.Subtract(evenA, oddA));
        S.Store(to + 3 * point, S.Add(evenB, oddB));
        S.Store(to + 4 * point, S.Subtract(evenB, oddB));
        S.Store(to + 5 * point, atInfinity);
    }

    /// <summary>Sums and differences of the values at ±a and at ±b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Load<V, S>(float* from, nint point, out V evenA, out V oddA, out V evenB, out V oddB) where V : struct where S : struct, ISimd<V>
    {
        V v1 = S.Load(from + point), v2 = S.Load(from + 2 * point), v3 = S.Load(from + 3 * point), v4 = S.Load(from + 4 * point);
        (evenA, oddA, evenB, oddB) = (S.Add(v1, v2), S.Subtract(v1, v2), S.Add(v3, v4), S.Subtract(v3, v4));
    }

    /// <summary>The same of a filter's derivatives, over N.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void LoadShares<V, S>(float* from, nint point, out V evenA, out V oddA, out V evenB, out V oddB) where V : struct where S : struct, ISimd<V>
    {
        Load<V, S>(from, point, out evenA, out oddA, out evenB, out oddB);
        (evenA, oddA) = (S.Multiply(S.Create(NearShare), evenA), S.Multiply(S.Create(NearShare * A), oddA));
        (evenB, oddB) = (S.Multiply(S.Create(FarShare), evenB), S.Multiply(S.Create(FarShare * B), oddB));
    }
}

/// <summary>F(4, 3).</summary>
internal readonly unsafe struct FourOfThree<V, S> : IWinogradMaps<V> where V : struct where S : struct, ISimd<V>
{
    public static int Tile => 4;

    public static int Taps => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* m, nint step, out V y0, out V y1, out V y2, out V y3)
    {
        Load<V, S>(m, step, out V evenA, out V oddA, out V evenB, out V oddB);
        y0 = S.Add(S.Add(S.Load(m), evenA), evenB);
        y1 = S.MultiplyAdd(S.Create(A), oddA, S.Multiply(S.Create(B), oddB));
        y2 = S.MultiplyAdd(S.Create(0.5f), evenA, S.Add(evenB, evenB));
        y3 = S.MultiplyAdd(S.Create(A3), oddA, S.MultiplyAdd(S.Create(B3), oddB, S.Load(m + 5 * step)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputGradient(float* dy, nint step, int count, float* m, nint point)
    {
        V y0 = count > 0 ? S.Load(dy) : S.Zero, y1 = count > 1 ? S.Load(dy + step) : S.Zero;
        V y2 = count > 2 ? S.Load(dy + 2 * step) : S.Zero, y3 = count > 3 ? S.Load(dy + 3 * step) : S.Zero;
        V evenA = S.MultiplyAdd(S.Create(0.5f), y2, y0), oddA = S.MultiplyAdd(S.Create(A3), y3, S.Multiply(S.Create(A), y1));
        V evenB = S.Add(S.Add(y2, y2), y0), oddB = S.MultiplyAdd(S.Create(B3), y3, S.Multiply(S.Create(B), y1));
        Store<V, S>(y0, evenA, oddA, evenB, oddB, y3, m, point);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter(float* w, nint step, float* u, nint point)
    {
        V w0 = S.Load(w), w1 = S.Load(w + step), w2 = S.Load(w + 2 * step);
        V evenA = S.Multiply(S.Create(NearShare), S.MultiplyAdd(S.Create(0.5f), w2, w0)), oddA = S.Multiply(S.Create(NearShare * A), w1);
        V evenB = S.Multiply(S.Create(FarShare), S.MultiplyAdd(S.Create(2), w2, w0)), oddB = S.Multiply(S.Create(FarShare * B), w1);
        Store<V, S>(w0, evenA, oddA, evenB, oddB, w2, u, point);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterGradient(float* u, nint step, float* w, nint tap)
    {
        LoadShares<V, S>(u, step, out V evenA, out V oddA, out V evenB, out V oddB);
        S.Store(w, S.Add(S.Load(u), S.Add(evenA, evenB)));
        S.Store(w + tap, S.Add(oddA, oddB));
        S.Store(w + 2 * tap, S.MultiplyAdd(S.Create(0.5f), evenA, S.MultiplyAdd(S.Create(2), evenB, S.Load(u + 5 * step))));
    }
}

/// <summary>F(2, 5).</summary>
internal readonly unsafe struct TwoOfFive<V, S> : IWinogradMaps<V> where V : struct where S : struct, ISimd<V>
{
    public static int Tile => 2;

    public static int Taps => 5;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* m, nint step, out V y0, out V y1, out V y2, out V y3)
    {
        Load<V, S>(m, step, out V evenA, out V oddA, out V evenB, out V oddB);
        y0 = S.Add(S.Load(m), S.Add(evenA, evenB));
        y1 = S.MultiplyAdd(S.Create(A), oddA, S.MultiplyAdd(S.Create(B), oddB, S.Load(m + 5 * step)));
        y2 = y3 = S.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputGradient(float* dy, nint step, int count, float* m, nint point)
    {
        V y0 = count > 0 ? S.Load(dy) : S.Zero, y1 = count > 1 ? S.Load(dy + step) : S.Zero;
        Store<V, S>(y0, y0, S.Multiply(S.Create(A), y1), y0, S.Multiply(S.Create(B), y1), y1, m, point);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter(float* w, nint step, float* u, nint point)
    {
        V w0 = S.Load(w), w1 = S.Load(w + step), w2 = S.Load(w + 2 * step), w3 = S.Load(w + 3 * step), w4 = S.Load(w + 4 * step);
        V evenA = S.Multiply(S.Create(NearShare), S.MultiplyAdd(S.Create(0.25f), w4, S.MultiplyAdd(S.Create(0.5f), w2, w0)));
        V oddA = S.Multiply(S.Create(NearShare * A), S.MultiplyAdd(S.Create(0.5f), w3, w1));
        V evenB = S.Multiply(S.Create(FarShare), S.MultiplyAdd(S.Create(4), w4, S.MultiplyAdd(S.Create(2), w2, w0)));
        V oddB = S.Multiply(S.Create(FarShare * B), S.MultiplyAdd(S.Create(2), w3, w1));
        Store<V, S>(w0, evenA, oddA, evenB, oddB, w4, u, point);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterGradient(float* u, nint step, float* w, nint tap)
    {
        LoadShares<V, S>(u, step, out V evenA, out V oddA, out V evenB, out V oddB);
        S.Store(w, S.Add(S.Load(u), S.Add(evenA, evenB)));
        S.Store(w + tap, S.Add(oddA, oddB));
        S.Store(w + 2 * tap, S.MultiplyAdd(S.Create(0.5f), evenA, S.Add(evenB, evenB)));
        S.Store(w + 3 * tap, S.MultiplyAdd(S.Create(0.5f), oddA, S.Add(oddB, oddB)));
        S.Store(w + 4 * tap, S.MultiplyAdd(S.Create(0.25f), evenA, S.MultiplyAdd(S.Create(4), evenB, S.Load(u + 5 * step))));
    }
}
