namespace ConvNets.Engines;

/// <summary>
/// The operations on vectors of 32-bit words that random numbers are made with. A counter and its products have 64 bits: they are pairs of words, the lower one first.
/// </summary>
internal unsafe interface IWords<V> where V : struct
{
    /// <summary>Words in a vector; half as many pairs.</summary>
    static abstract int Width { get; }

    static abstract V Create(uint word);

    static abstract V Load(uint* source);

    static abstract void Store(uint* destination, V value);

    static abstract V Xor(V a, V b);

    /// <summary>Consecutive numbers from the first on, a pair each, in the order that <see cref="StoreBlocks"/> takes them in.</summary>
    static abstract V Count(ulong first);

    /// <summary>The product of the lower words of each pair.</summary>
    static abstract V MultiplyLower(V a, V b);

    /// <summary>The upper word of each pair in the place of the lower.</summary>
    static abstract V Upper(V a);

    /// <summary>Stores the lower words of each pair, four for each number of <see cref="Count"/>, one number after the other.</summary>
    static abstract void StoreBlocks(uint* destination, V w0, V w1, V w2, V w3);

    /// <summary>The word where a number is no less than the threshold, 0 elsewhere.</summary>
    static abstract V SelectFrom(V threshold, V numbers, V word);
}
