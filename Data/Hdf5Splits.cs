using ConvNets.Data.Hdf5;

namespace ConvNets.Data;

/// <summary>
/// The course's names of datasets: a split <c>train</c> is <c>train_set_x</c> (images) and <c>train_set_y</c> (labels), beside
/// <c>list_classes</c>.
/// </summary>
public static class Hdf5Splits
{
    /// <summary>Name of the dataset of class names.</summary>
    public const string Classes = "list_classes";

    private const string ImageSuffix = "_set_x";
    private const string LabelSuffix = "_set_y";

    /// <summary>Name of the dataset of a split's images.</summary>
    /// <param name="split">E.g. <c>train</c>.</param>
    public static string Image(string split) => split + ImageSuffix;

    /// <summary>Name of the dataset of a split's labels.</summary>
    /// <param name="split">E.g. <c>train</c>.</param>
    public static string Label(string split) => split + LabelSuffix;

    /// <summary>The splits that a file holds, images and labels both: usually <c>train</c> or <c>test</c>.</summary>
    /// <param name="path">The HDF5 file.</param>
    /// <exception cref="Hdf5Exception">The file cannot be read.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        using Hdf5File file = Hdf5File.Open(path);
        return [.. file.Walk().OfType<Hdf5Dataset>()
            .Select(dataset => dataset.Path.TrimStart('/'))
            .Where(name => name.EndsWith(ImageSuffix, StringComparison.Ordinal))
            .Select(name => name[..^ImageSuffix.Length])
            .Where(split => file.TryGetDataset(Label(split), out _))];
    }

    /// <summary>The split to read from a file: the preferred one if the file holds it, else the only one that it holds.</summary>
    /// <param name="path">The HDF5 file.</param>
    /// <param name="preferred">E.g. <c>test</c>.</param>
    /// <exception cref="Hdf5Exception">The file cannot be read.</exception>
    /// <exception cref="DatasetException">It holds no split, or several others.</exception>
    public static string Choose(string path, string preferred)
    {
        IReadOnlyList<string> found = Find(path);
        if (found.Contains(preferred, StringComparer.Ordinal))
            return preferred;
        if (found.Count == 1)
            return found[0];
        throw new DatasetException(
            $"{path}: expected datasets {Image(preferred)} and {Label(preferred)}, or those of one other split, "
            + $"found {(found.Count == 0 ? "no split" : "several splits: " + string.Join(", ", found))}.");
    }
}
