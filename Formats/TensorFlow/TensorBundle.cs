using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;
using ProtoBuf;

namespace ConvNets.Formats.TensorFlow;

/// <summary>
/// TensorFlow's checkpoint format, version 2 (tensor_bundle): the values of all tensors behind each other in one file, and an index, a sorted table of LevelDB's format
/// (github.com/google/leveldb, doc/table_format.md), which says for each name where its values lie.
/// </summary>
internal static class TensorBundle
{
    private const ulong TableMagic = 0xdb4775248b80fb57;
    private const int FooterSize = 48;

    /// <summary>Writes <c>prefix.index</c> and <c>prefix.data-00000-of-00001</c>.</summary>
    /// <param name="prefix">What the files' names begin with.</param>
    /// <param name="tensors">Each tensor by its name.</param>
    public static void Write(string prefix, IReadOnlyList<(string Name, TensorShape Shape, float[] Values)> tensors)
    {
        var entries = new SortedDictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [""] = Bytes(new BundleHeaderProto { NumShards = 1, Version = new VersionDef { Producer = 1 } }),
        };
        using (FileStream data = File.Create($"{prefix}.data-00000-of-00001"))
        {
            foreach ((string name, TensorShape shape, float[] floats) in tensors)
            {
                ReadOnlySpan<byte> content = MemoryMarshal.AsBytes(floats.AsSpan());
                entries[name] = Bytes(new BundleEntryProto
                {
                    Dtype = (int)DataType.Float,
                    Shape = TensorShapeProto.Of(shape.Select(d => (long)d)),
                    Offset = data.Position,
                    Size = content.Length,
                    Crc32c = Masked(Crc(content)),
                });
                data.Write(content);
            }
        }
        using FileStream index = File.Create($"{prefix}.index");
        (long, int) values = WriteBlock(index, [.. entries.Select(e => (Encoding.UTF8.GetBytes(e.Key), e.Value))]);
        (long, int) meta = WriteBlock(index, []);
        (long, int) blocks = WriteBlock(index, [(Encoding.UTF8.GetBytes(entries.Keys.Last()), Handle(values))]);
        byte[] footer = new byte[FooterSize];
        byte[] handles = [.. Handle(meta), .. Handle(blocks)];
        handles.CopyTo(footer, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(footer.AsSpan(FooterSize - sizeof(ulong)), TableMagic);
        index.Write(footer);
    }

    /// <summary>A block: entries whose keys are written whole, where each begins, their number, the compression (none) and a checksum.</summary>
    private static (long Offset, int Size) WriteBlock(Stream stream, (byte[] Key, byte[] Value)[] entries)
    {
        using var block = new MemoryStream();
        var starts = new List<int>();
        foreach ((byte[] key, byte[] value) in entries)
        {
            starts.Add((int)block.Length);
            block.Write([.. Varint(0), .. Varint((ulong)key.Length), .. Varint((ulong)value.Length), .. key, .. value]);
        }
        if (starts.Count == 0)
            starts.Add(0);
        foreach (int number in (IEnumerable<int>)[.. starts, starts.Count])
            block.Write(BitConverter.GetBytes(number));
        int size = (int)block.Length;
        block.WriteByte(0);
        long offset = stream.Position;
        stream.Write(block.ToArray());
        stream.Write(BitConverter.GetBytes(Masked(Crc(block.ToArray()))));
        return (offset, size);
    }

    private static byte[] Handle((long Offset, int Size) block) => [.. Varint((ulong)block.Offset), .. Varint((ulong)block.Size)];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    /// <summary>LevelDB's mask: checksums of bytes that hold checksums would be weak.</summary>
    private static uint Masked(uint crc) => BitOperations.RotateRight(crc, 15) + 0xa282ead8;

    private static byte[] Bytes<T>(T message)
    {
        using var stream = new MemoryStream();
        Serializer.Serialize(stream, message);
        return stream.ToArray();
    }
}
