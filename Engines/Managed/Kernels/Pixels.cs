using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConvNets.Engines;

/// <summary>Values of images: floats, or bytes that are each divided by a number, a quarter of what a processor has to fetch. Up to <see cref="Slack"/> bytes behind the last may be read.</summary>
internal readonly unsafe struct Pixels
{
    /// <summary>Bytes behind an image's last one that may be read.</summary>
    public const int Slack = 64;

    private readonly float _divisor;
    private readonly float _reciprocal;

    public Pixels(float* floats) => Floats = floats;

    public Pixels(byte* bytes, float divisor) : this(bytes, divisor, 1 / divisor)
    {
    }

    private Pixels(byte* bytes, float divisor, float reciprocal)
    {
        Bytes = bytes;
        _divisor = divisor;
        _reciprocal = reciprocal;
    }

    /// <summary>Where the floats are; null where they are bytes.</summary>
    public float* Floats { get; }

    /// <summary>Where the bytes are; null where they are floats.</summary>
    public byte* Bytes { get; }

    /// <summary>The values from one on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Pixels From(long index) => Bytes == null ? new Pixels(Floats + index) : new Pixels(Bytes + index, _divisor, _reciprocal);

    /// <summary>One value.</summary>
    public float At(int index) => Bytes == null ? Floats[index] : Bytes[index] / _divisor;

    /// <summary>Copies values as floats.</summary>
    public void CopyTo(Span<float> destination)
    {
        if (Bytes == null)
        {
            new Span<float>(Floats, destination.Length).CopyTo(destination);
            return;
        }
        Vector512<float> minusDivisor = Vector512.Create(-_divisor), reciprocal = Vector512.Create(_reciprocal);
        int i = 0;
        fixed (float* to = destination)
        {
            for (; i <= destination.Length - Vector512<float>.Count; i += Vector512<float>.Count)
                Divide(Widen(Vector128.Load(Bytes + i)), minusDivisor, reciprocal).Store(to + i);
        }
        for (; i < destination.Length; i++)
            destination[i] = At(i);
    }

    /// <summary>Stores four columns of values, of which four bytes each are given.</summary>
    /// <param name="fours">The bytes, four behind each other in each place.</param>
    /// <param name="count">How many places: 4 or 16.</param>
    /// <param name="columns">Where the first bytes' values go.</param>
    /// <param name="stride">From one column to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Spread(float* fours, int count, float* columns, nint stride)
    {
        Vector512<float> minusDivisor = Vector512.Create(-_divisor), reciprocal = Vector512.Create(_reciprocal);
        if (count == Vector512<float>.Count)
        {
            Vector512<int> four = Vector512.Load(fours).AsInt32(), low = Vector512.Create((int)byte.MaxValue);
            Divide(four & low, minusDivisor, reciprocal).Store(columns);
            Divide(Vector512.ShiftRightLogical(four, 8) & low, minusDivisor, reciprocal).Store(columns + stride);
            Divide(Vector512.ShiftRightLogical(four, 16) & low, minusDivisor, reciprocal).Store(columns + 2 * stride);
            Divide(Vector512.ShiftRightLogical(four, 24), minusDivisor, reciprocal).Store(columns + 3 * stride);
            return;
        }

        // The first bytes of all four places, then the second ones.
        Vector128<byte> turned = Vector128.Shuffle(Vector128.Load((byte*)fours), Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
        Vector512<float> values = Divide(Widen(turned), minusDivisor, reciprocal);
        values.GetLower().GetLower().Store(columns);
        values.GetLower().GetUpper().Store(columns + stride);
        values.GetUpper().GetLower().Store(columns + 2 * stride);
        values.GetUpper().GetUpper().Store(columns + 3 * stride);
    }

    /// <summary>Asks for values that are read soon.</summary>
    public void Prefetch(int count)
    {
        int bytes = Bytes == null ? count * sizeof(float) : count;
        CacheLines.Prefetch(Bytes == null ? Floats : (float*)Bytes, (bytes + CacheLines.Bytes - 1) / CacheLines.Bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widen(Vector128<byte> bytes)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ConvertToVector512Int32(bytes);
        Vector256<ushort> wide = Vector256.Create(Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes));
        return Vector512.Create(Vector256.WidenLower(wide), Vector256.WidenUpper(wide)).AsInt32();
    }

    /// <summary>
    /// Divides by a number: a quotient from its reciprocal, and the remainder's share. For bytes and the divisors of <see cref="ByteValues"/> that is the division's result to the last bit, at
    /// a fraction of its cost.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Divide(Vector512<int> bytes, Vector512<float> minusDivisor, Vector512<float> reciprocal)
    {
        Vector512<float> value = Vector512.ConvertToSingle(bytes);
        if (!FusedMultiplyAdd.IsSupported)
            return value / -minusDivisor;
        Vector512<float> quotient = value * reciprocal;
        return Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(quotient, minusDivisor, value), reciprocal, quotient);
    }
}
