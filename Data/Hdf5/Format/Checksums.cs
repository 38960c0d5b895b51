using System.Buffers.Binary;
using System.Numerics;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>The checksums of HDF5: Jenkins's lookup3 over metadata, Fletcher's over chunks.</summary>
internal static class Checksums
{
    /// <summary>Checks that a block's last four bytes are the checksum of those before.</summary>
    /// <exception cref="InvalidDataException">They are not.</exception>
    public static void Require(ReadOnlySpan<byte> block, string what, long address)
    {
        if (block.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(block[^4..]) != Lookup3(block[..^4]))
            throw new InvalidDataException($"the checksum of {what} at address {address} is wrong");
    }

    /// <summary>Bob Jenkins's public-domain hash "lookup3" (hashlittle, initial value 0).</summary>
    public static uint Lookup3(ReadOnlySpan<byte> data)
    {
        uint a = 0xDEADBEEF + (uint)data.Length, b = a, c = a;
        while (data.Length > 12)
        {
            a += BinaryPrimitives.ReadUInt32LittleEndian(data);
            b += BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            c += BinaryPrimitives.ReadUInt32LittleEndian(data[8..]);
            a -= c; a ^= BitOperations.RotateLeft(c, 4); c += b;
            b -= a; b ^= BitOperations.RotateLeft(a, 6); a += c;
            c -= b; c ^= BitOperations.RotateLeft(b, 8); b += a;
            a -= c; a ^= BitOperations.RotateLeft(c, 16); c += b;
            b -= a; b ^= BitOperations.RotateLeft(a, 19); a += c;
            c -= b; c ^= BitOperations.RotateLeft(b, 4); b += a;
            data = data[12..];
        }

        if (data.IsEmpty)
            return c;

        Span<byte> last = stackalloc byte[12];
        last.Clear();
        data.CopyTo(last);
        a += BinaryPrimitives.ReadUInt32LittleEndian(last);
        b += BinaryPrimitives.ReadUInt32LittleEndian(last[4..]);
        c += BinaryPrimitives.ReadUInt32LittleEndian(last[8..]);
        c ^= b; c -= BitOperations.RotateLeft(b, 14);
        a ^= c; a -= BitOperations.RotateLeft(c, 11);
        b ^= a; b -= BitOperations.RotateLeft(a, 25);
        c ^= b; c -= BitOperations.RotateLeft(b, 16);
        a ^= c; a -= BitOperations.RotateLeft(c, 4);
        b ^= a; b -= BitOperations.RotateLeft(a, 14);
        c ^= b; c -= BitOperations.RotateLeft(b, 24);
        return c;
    }

    /// <summary>Fletcher's checksum over big-endian 16-bit words, as HDF5 computes it.</summary>
    public static uint Fletcher32(ReadOnlySpan<byte> data)
    {
        // 360 words keep the sums below 2³².
        const int BlockWords = 360;
        uint sum1 = 0, sum2 = 0;
        int words = data.Length / 2;
        for (int i = 0; i < words;)
        {
            for (int end = Math.Min(words, i + BlockWords); i < end; i++)
            {
                sum1 += BinaryPrimitives.ReadUInt16BigEndian(data[(2 * i)..]);
                sum2 += sum1;
            }

            sum1 = (sum1 & 0xFFFF) + (sum1 >> 16);
            sum2 = (sum2 & 0xFFFF) + (sum2 >> 16);
        }

        if (data.Length % 2 == 1)
        {
            sum1 += (uint)data[^1] << 8;
            sum2 += sum1;
            sum1 = (sum1 & 0xFFFF) + (sum1 >> 16);
            sum2 = (sum2 & 0xFFFF) + (sum2 >> 16);
        }

        sum1 = (sum1 & 0xFFFF) + (sum1 >> 16);
        sum2 = (sum2 & 0xFFFF) + (sum2 >> 16);
        return (sum2 << 16) | sum1;
    }
}
