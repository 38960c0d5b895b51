using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ConvNets.Engines;

/// <summary>Values that are bytes divided by a number, kept as those: a quarter of the memory, most of which training else waits for.</summary>
internal sealed unsafe class ByteValues
{
    // What scales pixels to 0 … 1, and what leaves them as they are.
    private static readonly float[] Divisors = [255, 1];

    // Where the garbage collector leaves them.
    private readonly byte[] _bytes;

    private ByteValues(byte[] bytes, float divisor) => (_bytes, Divisor) = (bytes, divisor);

    /// <summary>The first byte; <see cref="Pixels.Slack"/> more than there are values may be read.</summary>
    public byte* Pointer => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);

    /// <summary>What they are divided by.</summary>
    public float Divisor { get; }

    /// <summary>Finds the bytes of which some values are the quotients, to the last bit; null where they are no such.</summary>
    public static ByteValues? Find(ReadOnlySpan<float> values)
    {
        foreach (float divisor in Divisors)
        {
            // Most values that are no such are not among the first either.
            const int Probe = 1024;
            if (!Divides(values[..Math.Min(Probe, values.Length)], divisor, new byte[Probe]))
                continue;
            byte[] bytes = GC.AllocateUninitializedArray<byte>(values.Length + Pixels.Slack, pinned: true);
            if (Divides(values, divisor, bytes))
                return new ByteValues(bytes, divisor);
        }
        return null;
    }

    private static bool Divides(ReadOnlySpan<float> values, float divisor, Span<byte> bytes)
    {
        int i = 0;
        Vector256<int> different = default;
        for (; i <= values.Length - 2 * Vector256<float>.Count && different == default; i += 2 * Vector256<float>.Count)
        {
            Vector256<uint> first = Byte(Vector256.Create(values[i..]), divisor, ref different), second = Byte(Vector256.Create(values[(i + Vector256<float>.Count)..]), divisor, ref different);
            Vector256<ushort> both = Vector256.Narrow(first, second);
            Vector128.Narrow(both.GetLower(), both.GetUpper()).CopyTo(bytes[i..]);
        }
        for (; i < values.Length && different == default; i++)
        {
            bytes[i] = (byte)Math.Clamp((int)MathF.Round(values[i] * divisor), 0, byte.MaxValue);
            if (BitConverter.SingleToInt32Bits(bytes[i] / divisor) != BitConverter.SingleToInt32Bits(values[i]))
                return false;
        }
        return different == default;
    }

    /// <summary>The bytes nearest to some values, and where their quotients differ from these.</summary>
    private static Vector256<uint> Byte(Vector256<float> values, float divisor, ref Vector256<int> different)
    {
        Vector256<int> bytes = Vector256.Min(Vector256.Max(Vector256.ConvertToInt32(Vector256.Round(values * divisor)), Vector256<int>.Zero), Vector256.Create((int)byte.MaxValue));
        different |= (Vector256.ConvertToSingle(bytes) / divisor).AsInt32() ^ values.AsInt32();
        return bytes.AsUInt32();
    }
}
