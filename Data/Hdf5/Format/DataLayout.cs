namespace ConvNets.Data.Hdf5.Format;

/// <summary>How the chunks of a dataset are found.</summary>
internal enum ChunkIndexKind
{
    BTree1 = 0,
    SingleChunk = 1,
    Implicit = 2,
    FixedArray = 3,
    ExtensibleArray = 4,
    BTree2 = 5,
}

/// <summary>Where a dataset's values are.</summary>
internal sealed record DataLayout(Hdf5Layout Kind)
{
    /// <summary>32 dimensions and the element's size.</summary>
    private const int MaxDimensions = 33;

    /// <summary>The values of a compact dataset.</summary>
    public byte[] Compact { get; init; } = [];

    /// <summary>The address of contiguous values or of the index of chunks, or −1 where nothing was written.</summary>
    public long Address { get; init; } = -1;

    /// <summary>The bytes of contiguous values, or −1 where the file does not say.</summary>
    public long Size { get; init; } = -1;

    /// <summary>The shape of a chunk.</summary>
    public long[] ChunkShape { get; init; } = [];

    public ChunkIndexKind Index { get; init; }

    /// <summary>Whether chunks that stick out of the dataset went through no filter.</summary>
    public bool EdgeChunksUnfiltered { get; init; }

    /// <summary>Bytes and skipped filters of the only chunk, where it is filtered.</summary>
    public (long Size, uint Mask)? SingleChunk { get; init; }

    /// <param name="file">The file.</param>
    /// <param name="header">A dataset's header.</param>
    /// <param name="elementSize">Bytes of an element, which the layout repeats.</param>
    /// <param name="rank">The number of dimensions, which the layout repeats.</param>
    public static DataLayout Read(FileBytes file, ObjectHeader header, int elementSize, int rank)
    {
        var message = header.Single(MessageType.Layout) ?? throw new InvalidDataException("the header has no layout");
        if (message.IsShared)
            throw new InvalidDataException("the layout is shared");
        var cursor = new ByteCursor(message.Data.Span, file);
        int version = cursor.U8();
        var layout = version switch
        {
            1 or 2 => ReadOld(ref cursor, message.Data),
            3 or 4 => ReadNew(ref cursor, message.Data, version),
            _ => throw new NotSupportedException($"layout version {version} is not read; 1 to 4 are"),
        };
        return layout.Kind == Hdf5Layout.Chunked ? layout.WithoutElement(elementSize, rank) : layout;
    }

    private static DataLayout ReadOld(ref ByteCursor cursor, ReadOnlyMemory<byte> data)
    {
        int dimensions = cursor.U8(), kind = cursor.U8();
        if (dimensions is 0 or > MaxDimensions)
            throw new InvalidDataException($"a layout of {dimensions} dimensions");
        cursor.Skip(5);
        long address = kind == 0 ? -1 : cursor.Address();
        var shape = new long[dimensions];
        for (int i = 0; i < dimensions; i++)
            shape[i] = cursor.U32();
        switch (kind)
        {
            case 0:
                int size = checked((int)cursor.Length(4));
                cursor.Skip(size);
                return new DataLayout(Hdf5Layout.Compact) { Compact = data.Slice(cursor.Position - size, size).ToArray() };
            case 1:
                return new DataLayout(Hdf5Layout.Contiguous) { Address = address };
            case 2:
                return new DataLayout(Hdf5Layout.Chunked) { Address = address, ChunkShape = shape };
            default:
                throw new InvalidDataException($"layout class {kind} is not known");
        }
    }

    private static DataLayout ReadNew(ref ByteCursor cursor, ReadOnlyMemory<byte> data, int version)
    {
        int kind = cursor.U8();
        switch (kind)
        {
            case 0:
                int size = cursor.U16();
                cursor.Skip(size);
                return new DataLayout(Hdf5Layout.Compact) { Compact = data.Slice(cursor.Position - size, size).ToArray() };
            case 1:
                return new DataLayout(Hdf5Layout.Contiguous) { Address = cursor.Address(), Size = cursor.Length() };
            case 2 when version == 3:
                int dimensions = cursor.U8();
                long address = cursor.Address();
                return new DataLayout(Hdf5Layout.Chunked) { Address = address, ChunkShape = Dimensions(ref cursor, dimensions, 4) };
            case 2:
                return ReadIndexed(ref cursor);
            case 3 when version == 4:
                return new DataLayout(Hdf5Layout.Virtual);
            default:
                throw new InvalidDataException($"layout class {kind} is not known");
        }
    }

    private static DataLayout ReadIndexed(ref ByteCursor cursor)
    {
        const int UnfilteredEdges = 1, FilteredSingle = 2;
        int flags = cursor.U8(), dimensions = cursor.U8(), bytes = cursor.U8();
        var shape = Dimensions(ref cursor, dimensions, bytes);
        var index = (ChunkIndexKind)cursor.U8();
        (long, uint)? single = null;
        switch (index)
        {
            case ChunkIndexKind.SingleChunk:
                if ((flags & FilteredSingle) != 0)
                    single = (cursor.Length(), cursor.U32());
                break;
            case ChunkIndexKind.Implicit:
                break;
            case ChunkIndexKind.FixedArray:
                cursor.Skip(1);
                break;
            case ChunkIndexKind.ExtensibleArray:
                cursor.Skip(5);
                break;
            case ChunkIndexKind.BTree2:
                cursor.Skip(6);
                break;
            default:
                throw new InvalidDataException($"chunk index {index} is not known");
        }

        return new DataLayout(Hdf5Layout.Chunked)
        {
            Address = cursor.Address(),
            ChunkShape = shape,
            Index = index,
            EdgeChunksUnfiltered = (flags & UnfilteredEdges) != 0,
            SingleChunk = single,
        };
    }

    private static long[] Dimensions(ref ByteCursor cursor, int count, int bytes)
    {
        var shape = new long[count];
        for (int i = 0; i < count; i++)
            shape[i] = cursor.Length(bytes);
        return shape;
    }

    /// <summary>Takes off the last dimension, which is the element's size, and checks the rest.</summary>
    private DataLayout WithoutElement(int elementSize, int rank)
    {
        if (rank == 0 || ChunkShape.Length != rank + 1 || ChunkShape[^1] != elementSize || ChunkShape.Any(d => d is <= 0 or > uint.MaxValue))
            throw new InvalidDataException($"chunks of ({string.Join(", ", ChunkShape)}) do not fit {rank} dimensions and elements of {elementSize} bytes");
        return this with { ChunkShape = ChunkShape[..^1] };
    }
}
