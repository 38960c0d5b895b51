namespace ConvNets.ModelDefs;

/// <summary>
/// A counter-based random generator: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// A value depends only on seed, stream and position, so that what is drawn does not depend on who draws first, nor on threads or platform.
/// </summary>
public sealed class Philox
{
    /// <summary>How often a counter is mixed.</summary>
    internal const int Rounds = 10;

    /// <summary>What a counter's first word is multiplied by.</summary>
    internal const uint FirstFactor = 0xD2511F53;

    /// <summary>What its third word is multiplied by.</summary>
    internal const uint SecondFactor = 0xCD9E8D57;

    // From one round's keys to the next one's.
    private const uint FirstKeyStep = 0x9E3779B9;
    private const uint SecondKeyStep = 0xBB67AE85;

    private readonly ulong _seed;
    private readonly ulong _stream;
    private readonly uint[] _block = new uint[4];
    private ulong _next;
    private int _used = 4;

    /// <summary>Makes a generator.</summary>
    /// <param name="seed">The seed of a whole run.</param>
    /// <param name="stream">Which of its 2⁶⁴ independent sequences.</param>
    public Philox(long seed, long stream = 0)
    {
        _seed = (ulong)seed;
        _stream = (ulong)stream;
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_used == 4)
        {
            Block(_seed, _stream, _next++, _block);
            _used = 0;
        }
        return _block[_used++];
    }

    /// <summary>The next number in [0, 1), a multiple of 2⁻²⁴.</summary>
    public float NextSingle() => Uniform(NextUInt32());

    /// <summary>The next integer in [0, <paramref name="exclusiveMaximum"/>), without bias.</summary>
    public int NextInt32(int exclusiveMaximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMaximum);

        // Lemire, "Fast random integer generation in an interval" (2019): multiply, and reject the few products that would be counted once too often.
        uint range = (uint)exclusiveMaximum;
        uint threshold = (0u - range) % range;
        while (true)
        {
            ulong product = (ulong)NextUInt32() * range;
            if ((uint)product >= threshold)
                return (int)(product >> 32);
        }
    }

    /// <summary>The next number of a standard normal distribution (Box and Muller 1958, the cosine half).</summary>
    public float NextNormal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1.0 - NextSingle()));
        return (float)(radius * Math.Cos(2 * Math.PI * NextSingle()));
    }

    /// <summary>Puts the items into a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The four numbers at a position of a stream: key = seed, counter = (position, stream), each the lower half first.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="stream">Which sequence.</param>
    /// <param name="position">Which four of its numbers.</param>
    /// <param name="block">Where they go.</param>
    public static void Block(long seed, long stream, long position, Span<uint> block) => Block((ulong)seed, (ulong)stream, (ulong)position, block);

    /// <summary>A number in [0, 1) of random bits, a multiple of 2⁻²⁴.</summary>
    internal static float Uniform(uint bits) => (bits >> 8) * (1f / (1 << 24));

    /// <summary>The sequence of a random layer, by its number among a model's random layers, in a training step. Streams of weights and of shuffling are below.</summary>
    internal static long LayerStream(int index, long step) => (1L << 62) + ((long)index << 44) + step;

    /// <summary>The four numbers at a position of a stream: key = seed, counter = (position, stream), each the lower half first.</summary>
    internal static void Block(ulong seed, ulong stream, ulong position, Span<uint> block)
    {
        uint c0 = (uint)position, c1 = (uint)(position >> 32), c2 = (uint)stream, c3 = (uint)(stream >> 32);
        uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong p0 = (ulong)FirstFactor * c0, p1 = (ulong)SecondFactor * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += FirstKeyStep;
            k1 += SecondKeyStep;
        }
        (block[0], block[1], block[2], block[3]) = (c0, c1, c2, c3);
    }

    /// <summary>The two keys of each round, one round after the other, for those who compute many blocks.</summary>
    internal static void RoundKeys(ulong seed, Span<uint> keys)
    {
        (keys[0], keys[1]) = ((uint)seed, (uint)(seed >> 32));
        for (int i = 2; i < 2 * Rounds; i += 2)
            (keys[i], keys[i + 1]) = (keys[i - 2] + FirstKeyStep, keys[i - 1] + SecondKeyStep);
    }
}
