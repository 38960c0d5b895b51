using PureHDF;

namespace ConvNets.Data.Hdf5;

/// <summary>Attributes to be written, checked as they are set.</summary>
internal sealed class Hdf5AttributeSet
{
    /// <summary>An object header's message has at most 65,535 bytes; the rest is for names, type and shape.</summary>
    private const int MaxBytes = 64_000;

    /// <summary>Bytes of one reference to a string of variable length.</summary>
    private const int StringReferenceBytes = 16;

    private readonly SortedDictionary<string, object> _attributes = new(StringComparer.Ordinal);

    public void Set(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Store(name, new H5Attribute(Checked([value], name)[0]));
    }

    public void Set(string name, IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        RequireSize(name, values.Count * (long)StringReferenceBytes);
        // An empty list of strings is written as Keras writes it: an empty array of float64.
        Store(name, values.Count == 0 ? new H5Attribute(Array.Empty<double>(), [0]) : new H5Attribute(Checked(values, name)));
    }

    public void Set<T>(string name, T[] values, ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        RequireSize(name, values.LongLength * NumberConversion.Size(NumberConversion.TypeOf<T>()));
        RequireShape(shape, values.LongLength, name);
        Store(name, shape.IsEmpty
            ? new H5Attribute(values[0])
            : new H5Attribute(values.Clone(), Array.ConvertAll(shape.ToArray(), d => (ulong)d)));
    }

    public void Fill(H5Object target)
    {
        foreach (var (name, attribute) in _attributes)
            target.Attributes[name] = attribute;
    }

    /// <summary>Checks and copies strings.</summary>
    public static string[] Checked(IReadOnlyList<string> values, string name)
    {
        var copy = new string[values.Count];
        for (int i = 0; i < copy.Length; i++)
        {
            copy[i] = values[i] ?? throw new ArgumentException($"{name}: string {i} is null.", nameof(values));
            if (copy[i].Contains('\0'))
                throw new ArgumentException($"{name}: string {i} holds the character U+0000, at which HDF5 would cut it.", nameof(values));
        }

        return copy;
    }

    public static void RequireShape(ReadOnlySpan<long> shape, long count, string name)
    {
        long elements = 1;
        foreach (long d in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(d, nameof(shape));
            elements = checked(elements * d);
        }

        if (elements != count)
            throw new ArgumentException($"{name}: the shape ({string.Join(", ", shape.ToArray())}) has {elements} elements, but there are {count} values.", nameof(shape));
    }

    private static void RequireSize(string name, long bytes)
    {
        if (bytes > MaxBytes)
            throw new ArgumentException($"Attribute '{name}' has {bytes} bytes; at most {MaxBytes} can be stored. Store it as a dataset or in parts.", nameof(bytes));
    }

    private void Store(string name, H5Attribute attribute)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _attributes[name] = attribute;
    }
}
