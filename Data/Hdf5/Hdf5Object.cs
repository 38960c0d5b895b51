namespace ConvNets.Data.Hdf5;

/// <summary>An entry of a file's tree: a group, a dataset, a link, a named type, or what could not be read.</summary>
public abstract class Hdf5Object
{
    private readonly Lazy<IReadOnlyList<Hdf5Attribute>> _attributes;

    private protected Hdf5Object(string path, Func<IReadOnlyList<Hdf5Attribute>>? attributes, string? error)
    {
        Path = path;
        Error = error;
        _attributes = new(attributes ?? (static () => []), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>The path from the root, beginning with a slash.</summary>
    public string Path { get; }

    /// <summary>The last part of <see cref="Path"/>.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Why this entry or its values cannot be read, or null.</summary>
    public string? Error { get; }

    /// <summary>The attributes. A damaged one is listed with its <see cref="Hdf5Attribute.Error"/>.</summary>
    public IReadOnlyList<Hdf5Attribute> Attributes => _attributes.Value;

    /// <summary>The attribute of this name, or null.</summary>
    /// <param name="name">The attribute's name, e.g. <c>backend</c>.</param>
    public Hdf5Attribute? Attribute(string name) => Attributes.FirstOrDefault(a => a.Name == name);

    /// <inheritdoc/>
    public override string ToString() => Path;

    internal static string Combine(string parent, string name) => parent == "/" ? "/" + name : parent + "/" + name;
}

/// <summary>A group: a folder of other objects.</summary>
public sealed class Hdf5Group : Hdf5Object
{
    private readonly Lazy<IReadOnlyList<Hdf5Object>> _children;

    internal Hdf5Group(string path, long address, Func<Hdf5Group, IReadOnlyList<Hdf5Object>> children, Func<IReadOnlyList<Hdf5Attribute>> attributes)
        : base(path, attributes, error: null)
    {
        Address = address;
        _children = new(() => children(this), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>What the group holds, in the file's order (by name). What cannot be read is listed as an <see cref="Hdf5Unreadable"/>.</summary>
    public IReadOnlyList<Hdf5Object> Children => _children.Value;

    /// <summary>The groups in this one.</summary>
    public IEnumerable<Hdf5Group> Groups => Children.OfType<Hdf5Group>();

    /// <summary>The datasets in this group.</summary>
    public IEnumerable<Hdf5Dataset> Datasets => Children.OfType<Hdf5Dataset>();

    internal long Address { get; }

    /// <summary>The child of this name, or null.</summary>
    /// <param name="name">The child's name, without slashes.</param>
    public Hdf5Object? Child(string name) => Children.FirstOrDefault(c => c.Name == name);
}

/// <summary>A soft or external link. A soft link is followed by <see cref="Hdf5File.Dataset"/>; an external one never is.</summary>
public sealed class Hdf5Link : Hdf5Object
{
    internal Hdf5Link(string path, string target, bool isExternal)
        : base(path, attributes: null, isExternal ? $"a link to another file ({target}), which is not followed" : null)
    {
        Target = target;
        IsExternal = isExternal;
    }

    /// <summary>The path that the link names; for an external link, file and path.</summary>
    public string Target { get; }

    /// <summary>Whether the link names another file.</summary>
    public bool IsExternal { get; }
}

/// <summary>A type that is stored under a name.</summary>
public sealed class Hdf5NamedType : Hdf5Object
{
    internal Hdf5NamedType(string path, Hdf5Type type, Func<IReadOnlyList<Hdf5Attribute>> attributes)
        : base(path, attributes, error: null) => Type = type;

    /// <summary>The type.</summary>
    public Hdf5Type Type { get; }
}

/// <summary>An entry that is damaged or of a kind that this library does not read; <see cref="Hdf5Object.Error"/> says why.</summary>
public sealed class Hdf5Unreadable : Hdf5Object
{
    internal Hdf5Unreadable(string path, string error)
        : base(path, attributes: null, error)
    {
    }
}
