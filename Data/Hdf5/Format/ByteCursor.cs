using System.Buffers.Binary;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>Reads little-endian fields one after the other and never past the end.</summary>
internal ref struct ByteCursor(ReadOnlySpan<byte> data, FileBytes file)
{
    private readonly ReadOnlySpan<byte> _data = data;

    public int Position { get; private set; }

    public readonly int Remaining => _data.Length - Position;

    public byte U8() => Take(1)[0];

    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>An unsigned number of up to eight bytes.</summary>
    public ulong Unsigned(int size)
    {
        if (size is < 0 or > 8)
            throw new InvalidDataException($"a number of {size} bytes");
        ulong value = 0;
        var bytes = Take(size);
        for (int i = size - 1; i >= 0; i--)
            value = (value << 8) | bytes[i];
        return value;
    }

    /// <summary>An address, or −1 where it is undefined (all bits set).</summary>
    public long Address()
    {
        ulong value = Unsigned(file.OffsetSize);
        if (value == ulong.MaxValue >> (64 - (8 * file.OffsetSize)))
            return -1;
        return value <= long.MaxValue ? (long)value : throw new InvalidDataException($"the address {value} lies outside of the file");
    }

    /// <summary>A length or count.</summary>
    public long Length() => NonNegative(Unsigned(file.LengthSize));

    /// <summary>A length or count of a given number of bytes.</summary>
    public long Length(int size) => NonNegative(Unsigned(size));

    public ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > Remaining)
            throw new InvalidDataException("a structure ends too early");
        var taken = _data.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    public void Skip(long count) => Take(count);

    private static long NonNegative(ulong value) =>
        value <= long.MaxValue ? (long)value : throw new InvalidDataException($"the length {value} is out of range");
}
