using ConvNets.Data.Views;

namespace ConvNets.Data;

/// <summary>Images in sub-folders, one for each class. They are decoded as they are asked for.</summary>
internal sealed class FolderImageSource : IImageSource, IImageReader
{
    private readonly string[] _files;

    /// <exception cref="DatasetException">The folder is missing, or holds no sub-folder with an image.</exception>
    public FolderImageSource(string path, int height, int width)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        Height = height;
        Width = width;
        List<string> files = [];
        List<long> labels = [];
        try
        {
            string[] folders = Sorted(Directory.GetDirectories(path));
            ClassNames = Array.ConvertAll(folders, folder => Path.GetFileName(folder));
            for (int i = 0; i < folders.Length; i++)
            {
                files.AddRange(Sorted(Directory.GetFiles(folders[i])).Where(ImageFile.HasImageExtension));
                labels.AddRange(Enumerable.Repeat((long)i, files.Count - labels.Count));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path}: {e.Message}", e);
        }

        if (files.Count == 0)
        {
            throw new DatasetException(
                $"{path}: expected sub-folders, one for each class, with PNG, JPEG or BMP images, "
                + $"found {ClassNames.Count} sub-folders without an image.");
        }

        _files = [.. files];
        Labels = [.. labels];
    }

    public int Height { get; }

    public int Width { get; }

    public int Channels => 3;

    public long[] Labels { get; }

    public IReadOnlyList<string> ClassNames { get; }

    public bool IsMadeOnReading => true;

    public IImageReader OpenReader() => this;

    public void Read(int first, int count, Span<byte> destination)
    {
        int size = Height * Width * Channels;
        for (int i = 0; i < count; i++)
            ImageFile.Load(_files[first + i], Height, Width, destination.Slice(i * size, size));
    }

    public void Dispose()
    {
        // Nothing stays open between two images.
    }

    private static string[] Sorted(string[] paths)
    {
        Array.Sort(paths, StringComparer.Ordinal);
        return paths;
    }
}
