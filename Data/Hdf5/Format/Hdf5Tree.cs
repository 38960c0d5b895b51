namespace ConvNets.Data.Hdf5.Format;

/// <summary>Receives bytes of a dataset.</summary>
internal delegate void ValueReader(Span<byte> destination, Budget budget);

/// <summary>
/// A file's tree. Everything that parses the file goes through one of the guards here, which set the time limit and turn every failure
/// into <see cref="Hdf5Exception"/>.
/// </summary>
internal sealed class Hdf5Tree : IDisposable
{
    /// <summary>Text that a file of any size may stand for.</summary>
    private const long SmallTextBytes = 16 << 20;

    /// <summary>Names that a file of any size may be asked for.</summary>
    private const long SmallEntries = 10_000;

    private readonly Lock _lock = new();
    private readonly Superblock _superblock;
    private long _entries;

    private Hdf5Tree(string path, Hdf5ReadOptions options, FileBytes file)
    {
        Path = path;
        Options = options;
        File = file;
        _superblock = Superblock.Read(file);
        if (_superblock.DriverInformation >= 0)
            throw new NotSupportedException("the file is cut in several files, which is not read");
    }

    public string Path { get; }

    public Hdf5ReadOptions Options { get; }

    public FileBytes File { get; }

    /// <exception cref="Hdf5Exception">The file cannot be opened or is not HDF5.</exception>
    public static Hdf5Tree Open(string path, Hdf5ReadOptions options)
    {
        FileBytes? file = null;
        try
        {
            file = new FileBytes(path);
            return new Hdf5Tree(path, options, file);
        }
        catch (Exception e) when (IsFailure(e))
        {
            file?.Dispose();
            throw new Hdf5Exception($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The root group.</summary>
    /// <exception cref="Hdf5Exception">It cannot be read.</exception>
    public Hdf5Group ReadRoot() => Guard("/", budget =>
    {
        if (_superblock.Extension >= 0 && ObjectHeader.Read(File, _superblock.Extension, budget).Has(MessageType.DriverInfo))
            throw new NotSupportedException("the file is cut in several files, which is not read");
        return ReadObject("/", _superblock.RootHeader, budget) as Hdf5Group ?? throw new InvalidDataException("the root is no group");
    });

    /// <summary>Runs what parses the file.</summary>
    public T Guard<T>(string path, Func<Budget, T> read)
    {
        lock (_lock)
        {
            try
            {
                return read(Budget.For(Options, 0));
            }
            catch (Exception e) when (IsFailure(e))
            {
                throw Failure(path, e);
            }
        }
    }

    /// <summary>Runs what parses the file and hands out values.</summary>
    public void Guard(string path, Span<byte> destination, ValueReader read)
    {
        lock (_lock)
        {
            try
            {
                read(destination, Budget.For(Options, destination.Length));
            }
            catch (Exception e) when (IsFailure(e))
            {
                throw Failure(path, e);
            }
        }
    }

    /// <summary>Reads bytes at an address. Unlike the guards, several threads may do so at once.</summary>
    public void ReadAt(string path, long address, Span<byte> destination)
    {
        try
        {
            Options.CancellationToken.ThrowIfCancellationRequested();
            File.Read(address, destination);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Failure(path, e);
        }
    }

    public string[] ReadStrings(string path, ReadOnlyMemory<byte> elements, Datatype type) =>
        Guard(path, budget => new StringReader(File, budget, Math.Min(Options.MaxDatasetBytes, Math.Max(SmallTextBytes, 4 * File.Length))).Read(elements.Span, type));

    public void Dispose() => File.Dispose();

    /// <summary>What a damaged or refused file makes parsing throw; anything else is a fault of ours or the caller's and passes.</summary>
    private static bool IsFailure(Exception e) =>
        e is (IOException or InvalidDataException or NotSupportedException or UnauthorizedAccessException or OverflowException) and not Hdf5Exception;

    private Hdf5Exception Failure(string path, Exception e) => new($"{Path}: {path}: {e.Message}", e);

    private Hdf5Object ReadObject(string path, long address, Budget budget)
    {
        // Headers are not kept: in a damaged file many objects may claim the same large one.
        var header = ObjectHeader.Read(File, address, budget);
        if (header.Has(MessageType.Layout))
            return new Hdf5Dataset(Path, path, new StoredDataset(this, path, header, budget), () => ReadAttributes(path, address));
        if (LinkReader.IsGroup(header))
            return new Hdf5Group(path, address, ReadChildren, () => ReadAttributes(path, address));
        if (header.Has(MessageType.Datatype))
            return new Hdf5NamedType(path, Datatype.Read(File, header, budget).Type, () => ReadAttributes(path, address));
        throw new NotSupportedException("an object of an unknown kind");
    }

    private IReadOnlyList<Hdf5Attribute> ReadAttributes(string path, long address) => Guard(path, budget =>
        new AttributeReader(File, budget, $"{Path}: {path}").Read(ObjectHeader.Read(File, address, budget), (type, elements) => ReadStrings(path, elements, type)));

    private List<Hdf5Object> ReadChildren(Hdf5Group group) => Guard(group.Path, budget =>
    {
        var reader = new LinkReader(File, budget);
        var children = new List<Hdf5Object>();
        foreach (var link in reader.Read(ObjectHeader.Read(File, group.Address, budget)))
        {
            // A name takes more bytes than this, so that more entries than the file can hold come from names that groups share.
            if (++_entries > SmallEntries + (File.Length / 8))
                throw new InvalidDataException("the file has more names than it can hold");
            string path = Hdf5Object.Combine(group.Path, link.Name);
            children.Add(ReadChild(path, link, budget));
        }

        if (reader.Error is { } error)
            children.Add(new Hdf5Unreadable(Hdf5Object.Combine(group.Path, "?"), $"names in this group cannot be read: {error}"));
        return children;
    });

    private Hdf5Object ReadChild(string path, GroupLink link, Budget budget)
    {
        if (link.Target is not null)
            return new Hdf5Link(path, link.Target, link.IsExternal);
        try
        {
            return ReadObject(path, link.Header, budget);
        }
        catch (Exception e) when (IsFailure(e))
        {
            return new Hdf5Unreadable(path, e.Message);
        }
    }
}
