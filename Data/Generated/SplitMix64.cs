namespace ConvNets.Data.Generated;

/// <summary>
/// The generator SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). <see cref="Random"/> does
/// not promise the same numbers in the next version of .NET; these stay what they are.
/// </summary>
internal struct SplitMix64
{
    private ulong _state;

    /// <summary>A generator of its own for each triple, so that an image does not depend on the ones drawn before it.</summary>
    public SplitMix64(ulong seed, ulong stream, ulong index) => _state = Mix(Mix(Mix(seed) + stream) + index);

    /// <summary>64 random bits.</summary>
    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>), in steps of 2⁻²⁴ of the range.</summary>
    public float Range(float low, float high) => low + ((high - low) * ((Next() >> 40) * (1f / (1 << 24))));

    /// <summary>Uniform in 0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)(((Next() >> 32) * (ulong)count) >> 32);

    /// <summary>True with the given probability.</summary>
    public bool Chance(float probability) => Range(0, 1) < probability;

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
