using PureHDF;

namespace ConvNets.Data.Hdf5;

/// <summary>What <see cref="Hdf5Writer"/> writes as a group (or as the file's root): datasets, groups and attributes.</summary>
/// <example>
/// <code>
/// var root = new Hdf5GroupBuilder();
/// root.Add("train_set_x", pixels, 20, 64, 64, 3);
/// root.AddStrings("list_classes", ["0", "1"]);
/// root.Group("model_weights").SetAttribute("backend", "tensorflow");
/// Hdf5Writer.Write("out.h5", root);
/// </code>
/// </example>
public sealed class Hdf5GroupBuilder
{
    private readonly SortedDictionary<string, object> _entries = new(StringComparer.Ordinal);
    private readonly Hdf5AttributeSet _attributes = new();

    /// <summary>The group at a path below this one; it and those between are made where they do not exist.</summary>
    /// <param name="path">One name or several with slashes between, e.g. <c>model_weights/dense</c>.</param>
    /// <exception cref="ArgumentException">The path is empty or goes through a dataset.</exception>
    public Hdf5GroupBuilder Group(string path)
    {
        var current = this;
        foreach (string name in Split(path))
        {
            if (!current._entries.TryGetValue(name, out object? entry))
                current._entries.Add(name, entry = new Hdf5GroupBuilder());
            current = entry as Hdf5GroupBuilder ?? throw new ArgumentException($"'{name}' in '{path}' is a dataset, not a group.", nameof(path));
        }

        return current;
    }

    /// <summary>Adds a dataset of numbers. The values are not copied: they must not change before the file is written.</summary>
    /// <typeparam name="T">byte, sbyte, short, ushort, int, uint, long, ulong, Half, float or double.</typeparam>
    /// <param name="path">The name, or groups and name with slashes between.</param>
    /// <param name="values">The values, row-major.</param>
    /// <param name="shape">The dimensions; none for a single value.</param>
    /// <returns>The dataset, to set attributes on.</returns>
    /// <exception cref="ArgumentException">The shape does not have as many elements as there are values, or the name is taken.</exception>
    public Hdf5DatasetBuilder Add<T>(string path, T[] values, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        _ = NumberConversion.TypeOf<T>();
        return Insert(path, new Hdf5DatasetBuilder(values, shape.ToArray(), values.LongLength, path));
    }

    /// <summary>Adds a dataset of strings (variable length, UTF-8).</summary>
    /// <param name="path">The name, or groups and name with slashes between.</param>
    /// <param name="values">The strings; they must not hold the character U+0000.</param>
    /// <returns>The dataset, to set attributes on.</returns>
    /// <exception cref="ArgumentException">A string cannot be stored, or the name is taken.</exception>
    public Hdf5DatasetBuilder AddStrings(string path, IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Insert(path, new Hdf5DatasetBuilder(Hdf5AttributeSet.Checked(values, path), [values.Count], values.Count, path));
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
    /// <typeparam name="T">A number type, as in <see cref="Add{T}"/>.</typeparam>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">The values, row-major; at most 64,000 bytes.</param>
    /// <param name="shape">The dimensions; none for a single value.</param>
    public void SetAttribute<T>(string name, T[] values, params ReadOnlySpan<long> shape)
        where T : unmanaged => _attributes.Set(name, values, shape);

    internal void Fill(H5Group group)
    {
        _attributes.Fill(group);
        foreach (var (name, entry) in _entries)
        {
            if (entry is Hdf5GroupBuilder child)
            {
                var childGroup = new H5Group();
                child.Fill(childGroup);
                group[name] = childGroup;
            }
            else
            {
                group[name] = ((Hdf5DatasetBuilder)entry).Build();
            }
        }
    }

    private Hdf5DatasetBuilder Insert(string path, Hdf5DatasetBuilder dataset)
    {
        var names = Split(path);
        var parent = names.Length == 1 ? this : Group(string.Join('/', names[..^1]));
        if (!parent._entries.TryAdd(names[^1], dataset))
            throw new ArgumentException($"There is already an object '{path}'.", nameof(path));
        return dataset;
    }

    private static string[] Split(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0 || Array.Exists(names, n => n is "." or ".." || n.Contains('\0')))
            throw new ArgumentException($"'{path}' is no path of names.", nameof(path));
        return names;
    }
}
