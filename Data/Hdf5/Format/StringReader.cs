using System.Text;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>Reads strings: of fixed length where they stand, of variable length from the file's global heap.</summary>
internal sealed class StringReader(FileBytes file, Budget budget, long maxBytes)
{
    private readonly Dictionary<long, Dictionary<int, ReadOnlyMemory<byte>>> _collections = [];
    private long _bytes;

    /// <summary>The strings of stored elements.</summary>
    /// <param name="elements">The elements' bytes as stored.</param>
    /// <param name="type">Their type, a string.</param>
    public string[] Read(ReadOnlySpan<byte> elements, Datatype type)
    {
        int size = type.Type.Size;
        var strings = new string[elements.Length / size];
        for (int i = 0; i < strings.Length; i++)
        {
            var element = elements.Slice(i * size, size);
            strings[i] = type.Type.IsVariableLength ? ReadVariable(element) : Decode(Trim(element, type.Padding));
        }

        return strings;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text, StringPadding padding)
    {
        switch (padding)
        {
            case StringPadding.SpacePadded:
                return text.TrimEnd((byte)' ');
            case StringPadding.NullPadded:
                return text.TrimEnd((byte)0);
            default:
                int end = text.IndexOf((byte)0);
                return end < 0 ? text : text[..end];
        }
    }

    private static string Decode(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);

    private string ReadVariable(ReadOnlySpan<byte> element)
    {
        var cursor = new ByteCursor(element, file);
        uint length = cursor.U32();
        long address = cursor.Address();
        uint index = cursor.U32();
        // A string that was never set has no place in the heap.
        if (length == 0 || address is 0 or -1)
            return "";
        // Many elements may name the same object, so that a small file could stand for any amount of text.
        if ((_bytes += length) > maxBytes)
            throw new InvalidDataException($"the strings have more than {maxBytes} bytes");
        if (!_collections.TryGetValue(address, out var collection))
            _collections[address] = collection = ReadCollection(address);
        if (index > int.MaxValue || !collection.TryGetValue((int)index, out var value) || value.Length < length)
            throw new InvalidDataException($"string {index} of the heap at address {address} is missing or shorter than {length} bytes");
        return Decode(Trim(value.Span[..(int)length], StringPadding.NullTerminated));
    }

    private Dictionary<int, ReadOnlyMemory<byte>> ReadCollection(long address)
    {
        budget.Check();
        int headSize = 8 + file.LengthSize;
        var head = new ByteCursor(file.ReadBlock(address, headSize, "GCOL"u8), file);
        head.Skip(4);
        if (head.U8() != 1)
            throw new InvalidDataException($"the heap at address {address} is of an unknown version");
        head.Skip(3);
        long size = head.Length();
        if ((_bytes += size) > maxBytes + file.Length)
            throw new InvalidDataException("the heaps of strings overlap");
        byte[] data = file.Read(address, size);
        var cursor = new ByteCursor(data, file);
        cursor.Skip(headSize);
        var objects = new Dictionary<int, ReadOnlyMemory<byte>>();
        int objectHead = 8 + file.LengthSize;
        while (cursor.Remaining >= objectHead)
        {
            int index = cursor.U16();
            cursor.Skip(6);
            long length = cursor.Length();
            // Object 0 is the free space at the end.
            if (index == 0)
                break;
            int at = cursor.Position;
            cursor.Skip(length);
            if (!objects.TryAdd(index, data.AsMemory(at, (int)length)))
                throw new InvalidDataException($"the heap at address {address} has object {index} twice");
            cursor.Skip(Math.Min((8 - (length % 8)) % 8, cursor.Remaining));
        }

        return objects;
    }
}
