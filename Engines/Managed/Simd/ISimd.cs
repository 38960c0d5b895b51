namespace ConvNets.Engines;

/// <summary>
/// The operations that kernels are written in, on a vector type <typeparamref name="V"/>. A kernel is generic over the pair (vector type, operations), and the
/// just-in-time compiler makes one version for each instruction set, with every operation inlined.
/// </summary>
internal unsafe interface ISimd<V> where V : struct
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Width { get; }

    /// <summary>Registers that a vector takes.</summary>
    static abstract int Registers { get; }

    static abstract V Zero { get; }

    static abstract V Create(float value);

    static abstract V Load(float* source);

    static abstract void Store(float* destination, V value);

    static abstract V Add(V a, V b);

    static abstract V Subtract(V a, V b);

    static abstract V Multiply(V a, V b);

    static abstract V Divide(V a, V b);

    static abstract V Max(V a, V b);

    static abstract V Min(V a, V b);

    /// <summary>Each lane of b where b &gt; a, of a elsewhere: one instruction where <see cref="Max"/>, which tells of values that are no numbers, takes several. Of those it may return either.</summary>
    static abstract V Greater(V a, V b);

    static abstract V Sqrt(V a);

    /// <summary>eᵃ.</summary>
    static abstract V Exp(V a);

    /// <summary>The natural logarithm.</summary>
    static abstract V Log(V a);

    /// <summary>a · b + c, with one rounding where the processor has the instruction.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>The float at <paramref name="a"/> in every lane, times b, plus c.</summary>
    static abstract V BroadcastMultiplyAdd(float* a, V b, V c);

    /// <summary>The vector at <paramref name="a"/> times b, plus c: for a value that is used once and needs no register.</summary>
    static abstract V LoadMultiplyAdd(float* a, V b, V c);

    /// <summary>Each lane of <paramref name="a"/> where x &gt; y, of <paramref name="b"/> elsewhere.</summary>
    static abstract V SelectGreater(V x, V y, V a, V b);

    /// <summary>Each lane of <paramref name="a"/> where x = y, of <paramref name="b"/> elsewhere.</summary>
    static abstract V SelectEqual(V x, V y, V a, V b);
}
