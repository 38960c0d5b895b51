using System.Text;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>Reads the attributes of an object.</summary>
internal sealed class AttributeReader(FileBytes file, Budget budget, string where)
{
    private const byte NameIndex = 8;

    private readonly List<Hdf5Attribute> _attributes = [];

    /// <summary>The attributes by name; what cannot be read is an entry with an error.</summary>
    public IReadOnlyList<Hdf5Attribute> Read(ObjectHeader header, Func<Datatype, ReadOnlyMemory<byte>, string[]> readStrings)
    {
        foreach (var message in header.Messages.Where(m => m.Type == MessageType.Attribute))
            Try(() => Add(ObjectHeader.Resolve(file, message, budget), readStrings));
        Try(() =>
        {
            if (header.Single(MessageType.AttributeInfo) is { } info)
                ReadDense(info, readStrings);
        });
        _attributes.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return _attributes;
    }

    private void Try(Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            _attributes.Add(Unreadable("?", e));
        }
    }

    private Hdf5Attribute Unreadable(string name, Exception e) => new(where, name, null, [], e.Message, null, null);

    private void ReadDense(HeaderMessage message, Func<Datatype, ReadOnlyMemory<byte>, string[]> readStrings)
    {
        var cursor = new ByteCursor(ObjectHeader.Resolve(file, message, budget).Span, file);
        int version = cursor.U8(), flags = cursor.U8();
        if (version != 0)
            throw new InvalidDataException($"attribute information of version {version} is not known");
        if ((flags & 1) != 0)
            cursor.Skip(2);
        long heapAddress = cursor.Address(), index = cursor.Address();
        if (heapAddress < 0 || index < 0)
            return;
        var heap = new FractalHeap(file, heapAddress, budget);
        BTree2.Walk(file, index, NameIndex, record =>
        {
            const int IdLength = 8, SharedFlag = 2;
            byte[] id = record[..Math.Min(IdLength, record.Length)].ToArray();
            bool shared = record.Length > IdLength && (record[IdLength] & SharedFlag) != 0;
            Try(() => Add(shared ? throw new NotSupportedException("a shared attribute is not read") : heap.Read(id), readStrings));
        }, budget);
    }

    private void Add(ReadOnlyMemory<byte> message, Func<Datatype, ReadOnlyMemory<byte>, string[]> readStrings)
    {
        const int SharedType = 1, SharedSpace = 2;
        var cursor = new ByteCursor(message.Span, file);
        int version = cursor.U8(), flags = cursor.U8();
        if (version is < 1 or > 3)
            throw new InvalidDataException($"attributes of version {version} are not known");
        int nameSize = cursor.U16(), typeSize = cursor.U16(), spaceSize = cursor.U16();
        if (version == 3)
            cursor.Skip(1);
        // Version 1 pads each part to a multiple of eight bytes and has no flags.
        string name = Encoding.UTF8.GetString(Part(ref cursor, nameSize, version).TrimEnd((byte)0));
        var typePart = Part(ref cursor, typeSize, version);
        var spacePart = Part(ref cursor, spaceSize, version);
        if (version == 1)
            flags = 0;
        try
        {
            if ((flags & SharedType) != 0)
                typePart = ObjectHeader.ReadShared(file, typePart, MessageType.Datatype, budget).Span;
            if ((flags & SharedSpace) != 0)
                spacePart = ObjectHeader.ReadShared(file, spacePart, MessageType.Dataspace, budget).Span;
            var type = Datatype.Read(file, typePart);
            var space = Dataspace.Read(file, spacePart);
            _attributes.Add(Make(name, type, space, message[cursor.Position..], readStrings));
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            _attributes.Add(Unreadable(name, e));
        }
    }

    private static ReadOnlySpan<byte> Part(ref ByteCursor cursor, int size, int version)
    {
        var part = cursor.Take(size);
        if (version == 1)
            cursor.Skip((8 - (size % 8)) % 8);
        return part;
    }

    private Hdf5Attribute Make(
        string name, Datatype type, Dataspace space, ReadOnlyMemory<byte> data, Func<Datatype, ReadOnlyMemory<byte>, string[]> readStrings)
    {
        long count = space.Count();
        // The message holds the values: nothing larger than it is ever made.
        if (count > data.Length / type.Type.Size)
            throw new InvalidDataException($"an attribute of {count} elements of {type.Type.Size} bytes in {data.Length} bytes");
        var values = data[..(int)(count * type.Type.Size)];
        string? error = type.Type.Number is null && !type.Type.IsString ? $"values of type {type.Type} are not read" : null;
        return new Hdf5Attribute(where, name, type.Type, space.Shape, error, Numbers, () => readStrings(type, values));

        byte[] Numbers()
        {
            byte[] bytes = values.ToArray();
            if (type.Type.IsBigEndian)
                NumberConversion.SwapBytes(bytes, type.Type.Size);
            return bytes;
        }
    }
}
