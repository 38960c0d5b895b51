namespace ConvNets.Data.Hdf5;

/// <summary>The number types that are read and written.</summary>
public enum Hdf5NumberType
{
    /// <summary>Signed, 8 bits (<see cref="sbyte"/>).</summary>
    Int8,

    /// <summary>Unsigned, 8 bits (<see cref="byte"/>).</summary>
    UInt8,

    /// <summary>Signed, 16 bits (<see cref="short"/>).</summary>
    Int16,

    /// <summary>Unsigned, 16 bits (<see cref="ushort"/>).</summary>
    UInt16,

    /// <summary>Signed, 32 bits (<see cref="int"/>).</summary>
    Int32,

    /// <summary>Unsigned, 32 bits (<see cref="uint"/>).</summary>
    UInt32,

    /// <summary>Signed, 64 bits (<see cref="long"/>).</summary>
    Int64,

    /// <summary>Unsigned, 64 bits (<see cref="ulong"/>).</summary>
    UInt64,

    /// <summary>IEEE 754 half precision (<see cref="Half"/>).</summary>
    Float16,

    /// <summary>IEEE 754 single precision (<see cref="float"/>).</summary>
    Float32,

    /// <summary>IEEE 754 double precision (<see cref="double"/>).</summary>
    Float64,
}

/// <summary>The kinds of types that HDF5 knows.</summary>
public enum Hdf5TypeClass
{
    /// <summary>Integers.</summary>
    Integer,

    /// <summary>Floating-point numbers.</summary>
    Float,

    /// <summary>Named integers; the names are not read, the integers are.</summary>
    Enumeration,

    /// <summary>Text of fixed or variable length.</summary>
    String,

    /// <summary>Records of several members; not read.</summary>
    Compound,

    /// <summary>An array in each element; not read.</summary>
    Array,

    /// <summary>A sequence of another type in each element; not read.</summary>
    Sequence,

    /// <summary>Bytes without a meaning that HDF5 knows; not read.</summary>
    Opaque,

    /// <summary>Bit fields; not read.</summary>
    BitField,

    /// <summary>References to objects or regions; not read.</summary>
    Reference,

    /// <summary>Times; not read.</summary>
    Time,

    /// <summary>A class that the format did not define when this was written; not read.</summary>
    Unknown,
}

/// <summary>The type of a dataset's or an attribute's elements, as stored in the file.</summary>
/// <param name="Class">The kind of type.</param>
/// <param name="Size">Bytes of one element in the file.</param>
/// <param name="Number">The number type whose values this library hands out, or null where the elements are no such numbers.</param>
/// <param name="IsBigEndian">Whether the file stores the numbers big-endian; what is handed out is always little-endian.</param>
/// <param name="IsVariableLength">Whether the elements are strings of variable length.</param>
/// <param name="Description">The type in words, e.g. <c>uint8</c>, <c>float32 (big-endian)</c>, <c>string of 16 bytes</c>.</param>
public sealed record Hdf5Type(
    Hdf5TypeClass Class, int Size, Hdf5NumberType? Number, bool IsBigEndian, bool IsVariableLength, string Description)
{
    /// <summary>Whether elements are text.</summary>
    public bool IsString => Class == Hdf5TypeClass.String;

    /// <inheritdoc/>
    public override string ToString() => Description;
}

/// <summary>How a dataset's values lie in the file.</summary>
public enum Hdf5Layout
{
    /// <summary>Inside the dataset's header.</summary>
    Compact,

    /// <summary>In one piece.</summary>
    Contiguous,

    /// <summary>In chunks of one size, each of which may be filtered (compressed).</summary>
    Chunked,

    /// <summary>In other datasets; not read.</summary>
    Virtual,
}

/// <summary>One filter that a dataset's chunks went through.</summary>
/// <param name="Id">The number under which the filter is registered with the HDF Group.</param>
/// <param name="Name">A short name, e.g. <c>gzip</c>.</param>
public sealed record Hdf5Filter(int Id, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Name;

    internal static Hdf5Filter Of(int id) => new(id, id switch
    {
        1 => "gzip",
        2 => "shuffle",
        3 => "fletcher32",
        4 => "szip",
        5 => "nbit",
        6 => "scaleoffset",
        32000 => "lzf",
        _ => $"filter {id}",
    });
}
