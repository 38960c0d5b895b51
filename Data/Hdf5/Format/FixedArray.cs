namespace ConvNets.Data.Hdf5.Format;

/// <summary>Receives an element of an array of chunks.</summary>
internal delegate void ArrayElement(long number, StoredChunk chunk);

/// <summary>The elements of the two array indexes: a chunk's address and, when chunks are filtered, its size and skipped filters.</summary>
internal static class ArrayElements
{
    private const byte Filtered = 1;

    /// <summary>Checks an array's client and element size.</summary>
    public static void Require(FileBytes file, int version, byte client, int elementSize, bool filtered)
    {
        int least = file.OffsetSize + (filtered ? 5 : 0), most = file.OffsetSize + (filtered ? 12 : 0);
        if (version != 0 || client != (filtered ? Filtered : 0) || elementSize < least || elementSize > most)
            throw new InvalidDataException($"an index of chunks of version {version}, kind {client}, with elements of {elementSize} bytes");
    }

    public static void Read(ref ByteCursor cursor, FileBytes file, long first, long count, int elementSize, bool filtered, ArrayElement element)
    {
        for (long i = 0; i < count; i++)
        {
            long address = cursor.Address(), size = 0;
            uint mask = 0;
            if (filtered)
            {
                size = cursor.Length(elementSize - file.OffsetSize - 4);
                mask = cursor.U32();
            }

            element(first + i, new StoredChunk(address, size, mask));
        }
    }

    public static bool IsSet(ReadOnlySpan<byte> bits, long bit) => (bits[(int)(bit / 8)] & (0x80 >> (int)(bit % 8))) != 0;
}

/// <summary>Walks a fixed array: the index of chunks of a dataset that cannot grow beyond its limits.</summary>
internal static class FixedArray
{
    public static void Walk(FileBytes file, long address, bool filtered, ArrayElement element, Budget budget)
    {
        var head = new ByteCursor(file.ReadChecked(address, 12L + file.LengthSize + file.OffsetSize, "FAHD"u8), file);
        head.Skip(4);
        int version = head.U8();
        byte client = head.U8();
        int elementSize = head.U8(), pageBits = head.U8();
        long count = head.Length(), block = head.Address();
        ArrayElements.Require(file, version, client, elementSize, filtered);
        if (block < 0)
            return;
        if (count > file.Length / elementSize * 8 || pageBits is 0 or > 30)
            throw new InvalidDataException($"an index of {count} chunks lies outside of the file");

        long pageElements = 1L << pageBits;
        long prefix = 6 + file.OffsetSize;
        if (count <= pageElements)
        {
            var whole = new ByteCursor(file.ReadChecked(block, prefix + (count * elementSize) + 4, "FADB"u8), file);
            RequireOwn(ref whole, address);
            ArrayElements.Read(ref whole, file, 0, count, elementSize, filtered, element);
            return;
        }

        long pages = ((count - 1) / pageElements) + 1, bitmap = (pages + 7) / 8;
        var data = file.ReadChecked(block, prefix + bitmap + 4, "FADB"u8);
        var cursor = new ByteCursor(data, file);
        RequireOwn(ref cursor, address);
        var used = cursor.Take(bitmap);
        long at = block + prefix + bitmap + 4;
        for (long page = 0; page < pages; page++)
        {
            budget.Check();
            long first = page * pageElements, here = Math.Min(pageElements, count - first), size = (here * elementSize) + 4;
            if (ArrayElements.IsSet(used, page))
            {
                var bytes = file.Read(at, size);
                Checksums.Require(bytes, "a page of the index of chunks", at);
                var elements = new ByteCursor(bytes, file);
                ArrayElements.Read(ref elements, file, first, here, elementSize, filtered, element);
            }

            at += size;
        }
    }

    private static void RequireOwn(ref ByteCursor cursor, long header)
    {
        cursor.Skip(6);
        if (cursor.Address() != header)
            throw new InvalidDataException("a block of the index of chunks belongs to another");
    }
}
