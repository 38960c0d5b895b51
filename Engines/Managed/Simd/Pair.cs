using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ConvNets.Engines;

/// <summary>Two vectors side by side, used as one of twice the width: what gives a matrix kernel two columns of accumulators without a second loop nest.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Pair<V> where V : struct
{
    public V Low;
    public V High;
}

/// <summary>The operations on <see cref="Pair{V}"/>.</summary>
internal readonly unsafe struct PairSimd<V, S> : ISimd<Pair<V>> where V : struct where S : struct, ISimd<V>
{
    public static int Width => 2 * S.Width;

    public static int Registers => 2 * S.Registers;

    public static Pair<V> Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new() { Low = S.Zero, High = S.Zero };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Create(float value) => new() { Low = S.Create(value), High = S.Create(value) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Load(float* source) => new() { Low = S.Load(source), High = S.Load(source + S.Width) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, Pair<V> value)
    {
        S.Store(destination, value.Low);
        S.Store(destination + S.Width, value.High);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Add(Pair<V> a, Pair<V> b) => new() { Low = S.Add(a.Low, b.Low), High = S.Add(a.High, b.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Subtract(Pair<V> a, Pair<V> b) => new() { Low = S.Subtract(a.Low, b.Low), High = S.Subtract(a.High, b.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Multiply(Pair<V> a, Pair<V> b) => new() { Low = S.Multiply(a.Low, b.Low), High = S.Multiply(a.High, b.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Divide(Pair<V> a, Pair<V> b) => new() { Low = S.Divide(a.Low, b.Low), High = S.Divide(a.High, b.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Max(Pair<V> a, Pair<V> b) => new() { Low = S.Max(a.Low, b.Low), High = S.Max(a.High, b.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Min(Pair<V> a, Pair<V> b) => new() { Low = S.Min(a.Low, b.Low), High = S.Min(a.High, b.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Sqrt(Pair<V> a) => new() { Low = S.Sqrt(a.Low), High = S.Sqrt(a.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Exp(Pair<V> a) => new() { Low = S.Exp(a.Low), High = S.Exp(a.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Log(Pair<V> a) => new() { Low = S.Log(a.Low), High = S.Log(a.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> MultiplyAdd(Pair<V> a, Pair<V> b, Pair<V> c) => new() { Low = S.MultiplyAdd(a.Low, b.Low, c.Low), High = S.MultiplyAdd(a.High, b.High, c.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> BroadcastMultiplyAdd(float* a, Pair<V> b, Pair<V> c) => new() { Low = S.BroadcastMultiplyAdd(a, b.Low, c.Low), High = S.BroadcastMultiplyAdd(a, b.High, c.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> LoadMultiplyAdd(float* a, Pair<V> b, Pair<V> c) => new() { Low = S.LoadMultiplyAdd(a, b.Low, c.Low), High = S.LoadMultiplyAdd(a + S.Width, b.High, c.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> Greater(Pair<V> a, Pair<V> b) => new() { Low = S.Greater(a.Low, b.Low), High = S.Greater(a.High, b.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> SelectGreater(Pair<V> x, Pair<V> y, Pair<V> a, Pair<V> b) =>
        new() { Low = S.SelectGreater(x.Low, y.Low, a.Low, b.Low), High = S.SelectGreater(x.High, y.High, a.High, b.High) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<V> SelectEqual(Pair<V> x, Pair<V> y, Pair<V> a, Pair<V> b) =>
        new() { Low = S.SelectEqual(x.Low, y.Low, a.Low, b.Low), High = S.SelectEqual(x.High, y.High, a.High, b.High) };
}
