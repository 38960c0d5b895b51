using ConvNets.Data.Hdf5.Format;

namespace ConvNets.Data.Hdf5;

/// <summary>
/// An HDF5 file opened for reading. Its tree is read as it is asked for. Whatever the file holds, a call gives the right values or throws
/// <see cref="Hdf5Exception"/>; it does not run forever, nor take memory out of proportion to the file.
/// </summary>
/// <remarks>Calls on one file may come from several threads.</remarks>
/// <example>
/// <code>
/// using var file = Hdf5File.Open("train_signs.h5");
/// var images = file.Dataset("train_set_x");          // uint8 (1080, 64, 64, 3)
/// var labels = file.Dataset("train_set_y").Read&lt;long&gt;();
/// var batch = new byte[64 * 64 * 64 * 3];
/// images.ReadRows(0, 64, batch);
/// </code>
/// </example>
public sealed class Hdf5File : IDisposable
{
    private const int MaxLinks = 16;

    private readonly Hdf5Tree _tree;

    private Hdf5File(string path, Hdf5Tree tree)
    {
        Path = path;
        _tree = tree;
        Root = tree.ReadRoot();
    }

    /// <summary>The file's path as given to <see cref="Open"/>.</summary>
    public string Path { get; }

    /// <summary>The root of the tree.</summary>
    public Hdf5Group Root { get; }

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits and cancellation; the defaults when null.</param>
    /// <exception cref="Hdf5Exception">The file is missing, cannot be opened, or is not HDF5.</exception>
    public static Hdf5File Open(string path, Hdf5ReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new Hdf5ReadOptions();
        var tree = Hdf5Tree.Open(path, options);
        try
        {
            return new Hdf5File(path, tree);
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    /// <summary>The dataset at a path. Soft links are followed.</summary>
    /// <param name="path">The path from the root, with or without a leading slash, e.g. <c>train_set_x</c>.</param>
    /// <exception cref="Hdf5Exception">There is no such dataset; the message names those that exist.</exception>
    public Hdf5Dataset Dataset(string path)
    {
        var found = Find(path);
        return found as Hdf5Dataset ?? throw Missing(path, "dataset", found, Walk().OfType<Hdf5Dataset>());
    }

    /// <summary>Looks for a dataset.</summary>
    /// <param name="path">The path from the root, with or without a leading slash.</param>
    /// <param name="dataset">The dataset, or null.</param>
    /// <returns>Whether there is such a dataset.</returns>
    public bool TryGetDataset(string path, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Hdf5Dataset? dataset)
    {
        dataset = Find(path) as Hdf5Dataset;
        return dataset is not null;
    }

    /// <summary>The group at a path. Soft links are followed.</summary>
    /// <param name="path">The path from the root, with or without a leading slash; empty or <c>/</c> for the root.</param>
    /// <exception cref="Hdf5Exception">There is no such group; the message names those that exist.</exception>
    public Hdf5Group Group(string path)
    {
        var found = Find(path);
        return found as Hdf5Group ?? throw Missing(path, "group", found, Walk().OfType<Hdf5Group>());
    }

    /// <summary>Looks for a group.</summary>
    /// <param name="path">The path from the root, with or without a leading slash.</param>
    /// <param name="group">The group, or null.</param>
    /// <returns>Whether there is such a group.</returns>
    public bool TryGetGroup(string path, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Hdf5Group? group)
    {
        group = Find(path) as Hdf5Group;
        return group is not null;
    }

    /// <summary>
    /// All entries below the root, each group before what it holds. A group that can be reached by several paths is entered once (the root
    /// once more where a group names it); links are listed, not followed.
    /// </summary>
    public IEnumerable<Hdf5Object> Walk()
    {
        var entered = new HashSet<long>();
        var pending = new Stack<Hdf5Object>(Root.Children.Reverse());
        while (pending.TryPop(out var entry))
        {
            yield return entry;
            if (entry is Hdf5Group group && entered.Add(group.Address))
            {
                foreach (var child in group.Children.Reverse())
                    pending.Push(child);
            }
        }
    }

    /// <summary>Closes the file. Datasets of it can no longer be read.</summary>
    public void Dispose() => _tree.Dispose();

    private Hdf5Object? Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        int links = 0;
        Hdf5Object current = Root;
        var parts = new Stack<string>(Split(path).Reverse());
        while (parts.TryPop(out string? part))
        {
            if (current is not Hdf5Group group || group.Child(part) is not { } child)
                return null;
            if (child is not Hdf5Link { IsExternal: false } link)
            {
                current = child;
                continue;
            }

            if (++links > MaxLinks)
                throw new Hdf5Exception($"{Path}: {path} goes through more than {MaxLinks} links.");
            if (link.Target.StartsWith('/'))
                current = Root;
            foreach (string segment in Split(link.Target).Reverse())
                parts.Push(segment);
        }

        return current;
    }

    private static IEnumerable<string> Split(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".");

    private Hdf5Exception Missing(string path, string kind, Hdf5Object? found, IEnumerable<Hdf5Object> existing)
    {
        const int MaxListed = 20;
        if (found is not null and not Hdf5Group and not Hdf5Dataset && found.Error is { } error)
            return new Hdf5Exception($"{Path}: {found.Path} is no readable {kind}: {error}.");
        var names = existing.Select(o => o.Path.TrimStart('/')).Take(MaxListed + 1).ToArray();
        string list = names.Length == 0 ? "none" : string.Join(", ", names.Take(MaxListed)) + (names.Length > MaxListed ? ", …" : "");
        string what = found is null ? $"there is no {kind} '{path}'" : $"'{path}' is no {kind}";
        return new Hdf5Exception($"{Path}: {what}; {kind}s in the file: {list}.");
    }
}
