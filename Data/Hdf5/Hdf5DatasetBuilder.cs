using PureHDF;

namespace ConvNets.Data.Hdf5;

/// <summary>A dataset to be written; made by <see cref="Hdf5GroupBuilder.Add{T}"/>.</summary>
public sealed class Hdf5DatasetBuilder
{
    private readonly Array _values;
    private readonly long[] _shape;
    private readonly Hdf5AttributeSet _attributes = new();

    internal Hdf5DatasetBuilder(Array values, long[] shape, long count, string path)
    {
        Hdf5AttributeSet.RequireShape(shape, count, path);
        _values = values;
        _shape = shape;
    }

    /// <summary>Sets an attribute of one string.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">The string.</param>
    public void SetAttribute(string name, string value) => _attributes.Set(name, value);

    /// <summary>Sets an attribute of several strings, or of none.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">The strings; at most 4,000 (an attribute holds 64 KiB).</param>
    public void SetAttribute(string name, IReadOnlyList<string> values) => _attributes.Set(name, values);

    /// <summary>Sets an attribute of numbers.</summary>
    /// <typeparam name="T">A number type, as in <see cref="Hdf5GroupBuilder.Add{T}"/>.</typeparam>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">The values, row-major; at most 64,000 bytes.</param>
    /// <param name="shape">The dimensions; none for a single value.</param>
    public void SetAttribute<T>(string name, T[] values, params ReadOnlySpan<long> shape)
        where T : unmanaged => _attributes.Set(name, values, shape);

    internal H5Dataset Build()
    {
        // PureHDF takes a scalar as the value itself, and an array with dimensions otherwise.
        var dataset = _shape.Length == 0
            ? new H5Dataset(_values.GetValue(0)!)
            : new H5Dataset(_values, fileDims: Array.ConvertAll(_shape, d => (ulong)d));
        _attributes.Fill(dataset);
        return dataset;
    }
}
