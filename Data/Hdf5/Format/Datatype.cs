namespace ConvNets.Data.Hdf5.Format;

/// <summary>How strings that are shorter than their place are padded.</summary>
internal enum StringPadding
{
    NullTerminated = 0,
    NullPadded = 1,
    SpacePadded = 2,
}

/// <summary>The type of a dataset's or attribute's elements.</summary>
internal sealed record Datatype(Hdf5Type Type, StringPadding Padding)
{
    /// <summary>How deep a type may hold another; only enumerations and sequences are looked into.</summary>
    private const int MaxDepth = 8;

    /// <summary>Reads the type of a header that holds a Datatype message.</summary>
    public static Datatype Read(FileBytes file, ObjectHeader header, Budget budget)
    {
        var message = header.Single(MessageType.Datatype) ?? throw new InvalidDataException("the header has no datatype");
        return Read(file, ObjectHeader.Resolve(file, message, budget).Span);
    }

    public static Datatype Read(FileBytes file, ReadOnlySpan<byte> message) => Read(file, message, depth: 0);

    private static Datatype Read(FileBytes file, ReadOnlySpan<byte> message, int depth)
    {
        if (depth > MaxDepth)
            throw new InvalidDataException("a type is nested too deeply");
        var cursor = new ByteCursor(message, file);
        int classAndVersion = cursor.U8();
        int version = classAndVersion >> 4;
        uint bits = (uint)cursor.Unsigned(3);
        uint size = cursor.U32();
        if (version is < 1 or > 5)
            throw new InvalidDataException($"datatype version {version} is not known");
        if (size is 0 or > int.MaxValue)
            throw new InvalidDataException($"a type of {size} bytes");
        return (classAndVersion & 15) switch
        {
            0 => FixedPoint(cursor, bits, (int)size),
            1 => FloatingPoint(cursor, bits, (int)size),
            2 => Other(Hdf5TypeClass.Time, size, "time"),
            3 => FixedString(bits, (int)size),
            4 => Other(Hdf5TypeClass.BitField, size, $"bit field of {size} bytes"),
            5 => Other(Hdf5TypeClass.Opaque, size, $"opaque, {size} bytes"),
            6 => Other(Hdf5TypeClass.Compound, size, $"compound of {bits & 0xFFFF} members, {size} bytes"),
            7 => Other(Hdf5TypeClass.Reference, size, "reference"),
            8 => Enumeration(Read(file, message[cursor.Position..], depth + 1), (int)size),
            9 => VariableLength(Read(file, message[cursor.Position..], depth + 1), bits, (int)size, file),
            10 => Other(Hdf5TypeClass.Array, size, $"array, {size} bytes"),
            var other => Other(Hdf5TypeClass.Unknown, size, $"type class {other}"),
        };
    }

    private static Datatype Other(Hdf5TypeClass typeClass, uint size, string description) =>
        new(new Hdf5Type(typeClass, (int)size, null, IsBigEndian: false, IsVariableLength: false, description), StringPadding.NullTerminated);

    private static Datatype Number(Hdf5TypeClass typeClass, int size, Hdf5NumberType? number, bool bigEndian, string otherwise)
    {
        // One byte has no order.
        bigEndian &= size > 1;
        string description = (number is { } n ? NumberConversion.Name(n) : otherwise) + (bigEndian ? " (big-endian)" : "");
        return new Datatype(new Hdf5Type(typeClass, size, number, bigEndian, IsVariableLength: false, description), StringPadding.NullTerminated);
    }

    private static Datatype FixedPoint(ByteCursor cursor, uint bits, int size)
    {
        int offset = cursor.U16(), precision = cursor.U16();
        bool signed = (bits & 8) != 0;
        Hdf5NumberType? number = offset != 0 || precision != 8 * size ? null : (size, signed) switch
        {
            (1, true) => Hdf5NumberType.Int8,
            (1, false) => Hdf5NumberType.UInt8,
            (2, true) => Hdf5NumberType.Int16,
            (2, false) => Hdf5NumberType.UInt16,
            (4, true) => Hdf5NumberType.Int32,
            (4, false) => Hdf5NumberType.UInt32,
            (8, true) => Hdf5NumberType.Int64,
            (8, false) => Hdf5NumberType.UInt64,
            _ => null,
        };
        return Number(Hdf5TypeClass.Integer, size, number, (bits & 1) != 0,
            $"{(signed ? "signed" : "unsigned")} integer of {precision} bits in {size} bytes");
    }

    private static Datatype FloatingPoint(ByteCursor cursor, uint bits, int size)
    {
        int offset = cursor.U16(), precision = cursor.U16();
        int exponentAt = cursor.U8(), exponentBits = cursor.U8(), mantissaAt = cursor.U8(), mantissaBits = cursor.U8();
        uint bias = cursor.U32();
        uint normalization = (bits >> 4) & 3, signAt = (bits >> 8) & 0xFF;
        // Bit 6 with bit 0 is the VAX's order; an implied leading 1 (2) is IEEE's normalization.
        bool plain = offset == 0 && precision == 8 * size && normalization == 2 && signAt == (8 * size) - 1 && mantissaAt == 0 && (bits & 0x40) == 0;
        Hdf5NumberType? number = !plain ? null : (size, exponentAt, exponentBits, mantissaBits, bias) switch
        {
            (2, 10, 5, 10, 15) => Hdf5NumberType.Float16,
            (4, 23, 8, 23, 127) => Hdf5NumberType.Float32,
            (8, 52, 11, 52, 1023) => Hdf5NumberType.Float64,
            _ => null,
        };
        return Number(Hdf5TypeClass.Float, size, number, (bits & 1) != 0,
            $"float of {size} bytes (exponent {exponentBits} bits, mantissa {mantissaBits} bits)");
    }

    private static Datatype FixedString(uint bits, int size)
    {
        uint padding = bits & 15, charset = (bits >> 4) & 15;
        if (padding > 2 || charset > 1)
            throw new InvalidDataException($"a string of padding {padding} and character set {charset}");
        return new Datatype(
            new Hdf5Type(Hdf5TypeClass.String, size, null, IsBigEndian: false, IsVariableLength: false, $"string of {size} bytes"),
            (StringPadding)padding);
    }

    private static Datatype Enumeration(Datatype values, int size)
    {
        if (values.Type.Class != Hdf5TypeClass.Integer || values.Type.Size != size)
            throw new InvalidDataException($"an enumeration of {size} bytes over {values.Type}");
        return new Datatype(values.Type with { Class = Hdf5TypeClass.Enumeration, Description = $"enumeration of {values.Type}" }, StringPadding.NullTerminated);
    }

    private static Datatype VariableLength(Datatype element, uint bits, int size, FileBytes file)
    {
        uint kind = bits & 15;
        if (size != 8 + file.OffsetSize)
            throw new InvalidDataException($"a variable-length type of {size} bytes");
        return kind switch
        {
            0 => Other(Hdf5TypeClass.Sequence, (uint)size, $"sequence of {element.Type}"),
            1 => new Datatype(
                new Hdf5Type(Hdf5TypeClass.String, size, null, IsBigEndian: false, IsVariableLength: true, "string of variable length"),
                StringPadding.NullTerminated),
            _ => throw new InvalidDataException($"a variable-length type of kind {kind}"),
        };
    }
}
