using System.Text;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>A name in a group and what it stands for.</summary>
/// <param name="Name">The name.</param>
/// <param name="Header">The address of the object's header, or −1 for a soft or external link.</param>
/// <param name="Target">What a soft or external link names.</param>
/// <param name="IsExternal">Whether it names another file.</param>
internal sealed record GroupLink(string Name, long Header, string? Target = null, bool IsExternal = false);

/// <summary>Reads the names in a group.</summary>
internal sealed class LinkReader(FileBytes file, Budget budget)
{
    private const byte GroupTree = 0, NameIndex = 5;
    private const uint SoftLink = 2;

    private readonly List<GroupLink> _links = [];

    /// <summary>Why some of the names cannot be read, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>Whether a header is a group's.</summary>
    public static bool IsGroup(ObjectHeader header) => header.Has(MessageType.SymbolTable) || header.Has(MessageType.LinkInfo);

    /// <summary>The links of a group; <see cref="Error"/> says whether there are more that cannot be read.</summary>
    public IReadOnlyList<GroupLink> Read(ObjectHeader header)
    {
        Try(() =>
        {
            if (header.Single(MessageType.SymbolTable) is { } table)
                ReadSymbolTable(table);
        });
        foreach (var message in header.Messages.Where(m => m.Type == MessageType.Link))
            Try(() => Add(ReadLink(ObjectHeader.Resolve(file, message, budget).Span)));
        Try(() =>
        {
            if (header.Single(MessageType.LinkInfo) is { } info)
                ReadDense(info);
        });
        return _links;
    }

    private void Try(Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            Error ??= e.Message;
        }
    }

    private void Add(GroupLink link)
    {
        if (link.Name.Length == 0 || link.Name.Contains('/'))
            throw new InvalidDataException($"'{link.Name}' is no name");
        _links.Add(link);
    }

    private void ReadSymbolTable(HeaderMessage message)
    {
        var cursor = new ByteCursor(message.Data.Span, file);
        long tree = cursor.Address(), heap = cursor.Address();
        byte[] names = ReadLocalHeap(heap);
        new BTree1(file, budget, GroupTree, file.LengthSize).Walk(tree, (_, node) => Try(() => ReadNode(node, names)));
    }

    private byte[] ReadLocalHeap(long address)
    {
        var cursor = new ByteCursor(file.ReadBlock(address, 8 + (2L * file.LengthSize) + file.OffsetSize, "HEAP"u8), file);
        cursor.Skip(8);
        long size = cursor.Length();
        cursor.Length();
        return file.Read(cursor.Address(), size);
    }

    private void ReadNode(long address, byte[] names)
    {
        var head = new ByteCursor(file.ReadBlock(address, 8, "SNOD"u8), file);
        head.Skip(6);
        int count = head.U16();
        int entrySize = (2 * file.OffsetSize) + 24;
        var cursor = new ByteCursor(file.Read(address + 8, count * (long)entrySize), file);
        for (int i = 0; i < count; i++)
        {
            var entry = new ByteCursor(cursor.Take(entrySize), file);
            // An offset into the heap has the size of an address.
            long name = entry.Length(file.OffsetSize);
            long header = entry.Address();
            uint kind = entry.U32();
            entry.Skip(4);
            uint target = entry.U32();
            Try(() => Add(kind == SoftLink
                ? new GroupLink(Text(names, name), -1, Text(names, target))
                : new GroupLink(Text(names, name), header)));
        }
    }

    private static string Text(byte[] heap, long offset)
    {
        if (offset >= heap.Length)
            throw new InvalidDataException("a name lies outside of its heap");
        var rest = heap.AsSpan((int)offset);
        int end = rest.IndexOf((byte)0);
        return end >= 0 ? Encoding.UTF8.GetString(rest[..end]) : throw new InvalidDataException("a name in a heap has no end");
    }

    private void ReadDense(HeaderMessage message)
    {
        var cursor = new ByteCursor(ObjectHeader.Resolve(file, message, budget).Span, file);
        int version = cursor.U8(), flags = cursor.U8();
        if (version != 0)
            throw new InvalidDataException($"link information of version {version} is not known");
        if ((flags & 1) != 0)
            cursor.Skip(8);
        long heapAddress = cursor.Address(), index = cursor.Address();
        if (heapAddress < 0 || index < 0)
            return;
        var heap = new FractalHeap(file, heapAddress, budget);
        int first = _links.Count;
        BTree2.Walk(file, index, NameIndex, record =>
        {
            // The name's hash stands before the identifier in the heap.
            byte[] id = record[4..].ToArray();
            Try(() => Add(ReadLink(heap.Read(id).Span)));
        }, budget);
        // The index is in the order of hashes.
        _links.Sort(first, _links.Count - first, Comparer<GroupLink>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name)));
    }

    private GroupLink ReadLink(ReadOnlySpan<byte> message)
    {
        const int Hard = 0, Soft = 1, External = 64;
        var cursor = new ByteCursor(message, file);
        int version = cursor.U8(), flags = cursor.U8();
        if (version != 1)
            throw new InvalidDataException($"a link of version {version} is not known");
        int kind = (flags & 8) != 0 ? cursor.U8() : Hard;
        if ((flags & 4) != 0)
            cursor.Skip(8);
        if ((flags & 16) != 0)
            cursor.Skip(1);
        string name = Encoding.UTF8.GetString(cursor.Take(cursor.Length(1 << (flags & 3))));
        switch (kind)
        {
            case Hard:
                return new GroupLink(name, cursor.Address());
            case Soft:
                return new GroupLink(name, -1, Encoding.UTF8.GetString(cursor.Take(cursor.U16())));
            case External:
                var parts = cursor.Take(cursor.U16());
                string target = parts.IsEmpty ? "" : Encoding.UTF8.GetString(parts[1..].TrimEnd((byte)0)).Replace('\0', ':');
                return new GroupLink(name, -1, target, IsExternal: true);
            default:
                throw new NotSupportedException($"'{name}' is a link of kind {kind}, which is not read");
        }
    }
}
