namespace ConvNets.Data.Hdf5.Format;

/// <summary>The value of elements that were never written.</summary>
internal static class FillValue
{
    /// <summary>The element's bytes as in the file; empty where they are all zero.</summary>
    public static byte[] Read(FileBytes file, ObjectHeader header, int elementSize, Budget budget)
    {
        ReadOnlySpan<byte> value = default;
        if (header.Single(MessageType.FillValue) is { } message)
            value = ReadNew(file, ObjectHeader.Resolve(file, message, budget).Span);
        else if (header.Single(MessageType.OldFillValue) is { } old)
            value = Sized(new ByteCursor(ObjectHeader.Resolve(file, old, budget).Span, file));
        return value.IsEmpty || value.Length == elementSize
            ? value.ToArray()
            : throw new InvalidDataException($"a fill value of {value.Length} bytes for elements of {elementSize}");
    }

    private static ReadOnlySpan<byte> ReadNew(FileBytes file, ReadOnlySpan<byte> message)
    {
        var cursor = new ByteCursor(message, file);
        int version = cursor.U8();
        bool defined;
        switch (version)
        {
            case 1:
                cursor.Skip(3);
                defined = true;
                break;
            case 2:
                cursor.Skip(2);
                defined = cursor.U8() != 0;
                break;
            case 3:
                defined = (cursor.U8() & 0x20) != 0;
                break;
            default:
                throw new InvalidDataException($"fill value version {version} is not known");
        }

        return defined ? Sized(cursor) : default;
    }

    private static ReadOnlySpan<byte> Sized(ByteCursor cursor)
    {
        // A length of −1 stands for "undefined" in old files.
        uint size = cursor.U32();
        return size == uint.MaxValue ? default : cursor.Take(size);
    }
}
