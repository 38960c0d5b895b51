namespace ConvNets.Data.Hdf5;

/// <summary>A named value of a group or dataset.</summary>
public sealed class Hdf5Attribute
{
    private readonly string _where;
    private readonly Func<byte[]>? _bytes;
    private readonly Func<string[]>? _strings;

    internal Hdf5Attribute(string where, string name, Hdf5Type? type, IReadOnlyList<long> shape, string? error, Func<byte[]>? bytes, Func<string[]>? strings)
    {
        _where = $"{where}: attribute {name}";
        _bytes = bytes;
        _strings = strings;
        Name = name;
        Type = type;
        Shape = shape;
        Error = error;
    }

    /// <summary>The attribute's name.</summary>
    public string Name { get; }

    /// <summary>The elements' type, or null where even that cannot be read.</summary>
    public Hdf5Type? Type { get; }

    /// <summary>The dimensions; empty for a single value (scalar), <c>[0]</c> for an attribute without a place for values (null dataspace).</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of elements.</summary>
    public long Length => Hdf5Values.Count(Shape);

    /// <summary>Why the value cannot be read, or null.</summary>
    public string? Error { get; }

    /// <summary>All values as <typeparamref name="T"/>, row-major; the same types as <see cref="Hdf5Dataset.Read{T}"/>.</summary>
    /// <typeparam name="T">A number type.</typeparam>
    /// <exception cref="Hdf5Exception">The values are no numbers, do not fit <typeparamref name="T"/>, or cannot be read.</exception>
    public T[] Read<T>()
        where T : unmanaged
    {
        var type = RequireReadable();
        var from = Hdf5Values.Require<T>(_where, type, Length);
        var values = new T[Length];
        Hdf5Values.Convert(_where, _bytes!(), from, values.AsSpan());
        return values;
    }

    /// <summary>All values of an attribute of strings, of fixed or variable length, without the padding.</summary>
    /// <exception cref="Hdf5Exception">The values are no strings or cannot be read.</exception>
    public string[] ReadStrings()
    {
        var type = RequireReadable();
        if (!type.IsString)
            throw new Hdf5Exception($"{_where} holds {type}; expected strings.");
        return _strings!();
    }

    /// <summary>The single string of this attribute.</summary>
    /// <exception cref="Hdf5Exception">The attribute is not exactly one string, or cannot be read.</exception>
    public string ReadString() => ReadStrings() is [var one]
        ? one
        : throw new Hdf5Exception($"{_where} has {Length} strings; expected one.");

    /// <inheritdoc/>
    public override string ToString() => Name;

    private Hdf5Type RequireReadable() => Error is null && Type is not null
        ? Type
        : throw new Hdf5Exception($"{_where} cannot be read: {Error}.");
}
