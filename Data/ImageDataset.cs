using System.Globalization;
using ConvNets.Data.Hdf5;
using ConvNets.Data.Views;

namespace ConvNets.Data;

/// <summary>Labelled images of one size in plain arrays: what the course's <c>load_dataset</c> returns for one split.</summary>
/// <remarks>
/// <see cref="Images"/> has the shape (<see cref="Count"/>, <see cref="Height"/>, <see cref="Width"/>, <see cref="Channels"/>),
/// row-major (NHWC), channels in the order red, green, blue, values 0 to 255. <see cref="Labels"/> has the shape
/// (<see cref="Count"/>); a label is an index into <see cref="ClassNames"/>.
/// </remarks>
public sealed class ImageDataset
{
    /// <summary>Takes the arrays as they are, without copying them.</summary>
    /// <param name="images">Pixels, (n, height, width, channels), row-major.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="channels">Values per pixel; 3 is RGB.</param>
    /// <param name="labels">
    /// A label for each image, 0 to <paramref name="classNames"/>'s count - 1; any value from 0 if there are no class names.
    /// </param>
    /// <param name="classNames">The name of each class, in the labels' order; empty if they are not known.</param>
    /// <exception cref="ArgumentException">A size is not positive, the lengths do not fit together, or a label is out of range.</exception>
    public ImageDataset(byte[] images, int height, int width, int channels, long[] labels, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classNames);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        long size = (long)height * width * channels;
        if (images.LongLength != labels.LongLength * size)
        {
            throw new ArgumentException(
                $"Expected an image for each label, {labels.LongLength} x {height} x {width} x {channels} = {labels.LongLength * size} bytes, "
                + $"found {images.LongLength}.",
                nameof(images));
        }

        if (LabelColumn.FindOutOfRange(labels, classNames.Count) is int row and >= 0)
            throw new ArgumentException(LabelColumn.OutOfRange(row, labels[row], classNames.Count) + ".", nameof(labels));

        Images = images;
        Height = height;
        Width = width;
        Channels = channels;
        Labels = labels;
        ClassNames = classNames;
    }

    /// <summary>Pixels, (<see cref="Count"/>, <see cref="Height"/>, <see cref="Width"/>, <see cref="Channels"/>), row-major, RGB.</summary>
    public byte[] Images { get; }

    /// <summary>Height of every image in pixels.</summary>
    public int Height { get; }

    /// <summary>Width of every image in pixels.</summary>
    public int Width { get; }

    /// <summary>Values per pixel.</summary>
    public int Channels { get; }

    /// <summary>The class of each image.</summary>
    public long[] Labels { get; }

    /// <summary>The name of each class, in the labels' order; empty if they are not known.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>Number of bytes of one image.</summary>
    internal int ImageSize => Height * Width * Channels;

    /// <summary>The pixels of one image, (<see cref="Height"/>, <see cref="Width"/>, <see cref="Channels"/>), row-major.</summary>
    /// <param name="index">The image's place, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> Image(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return Images.AsSpan(index * ImageSize, ImageSize);
    }

    /// <summary>Reads one split of an HDF5 file in the course's schema into memory.</summary>
    /// <param name="path">The HDF5 file.</param>
    /// <param name="image">Dataset of images: uint8, (n, height, width, channels).</param>
    /// <param name="label">Dataset of labels: whole numbers from 0, of an integer or floating-point type; (n), (n, 1) or (1, n).</param>
    /// <param name="classes">
    /// Dataset of class names, strings or numbers; null, or a name that the file lacks: classes without names.
    /// </param>
    /// <exception cref="Hdf5Exception">The file or a dataset is missing or cannot be read.</exception>
    /// <exception cref="DatasetException">Rank, type, number or range of images or labels is wrong.</exception>
    public static ImageDataset LoadHdf5(
        string path, string image = "train_set_x", string label = "train_set_y", string? classes = Hdf5Splits.Classes)
    {
        Hdf5ImageSource source = new(path, image, label, classes);
        long size = (long)source.Height * source.Width * source.Channels * source.Labels.Length;
        if (size > Array.MaxLength)
            throw new DatasetException($"{path}: dataset {image}: expected at most {Array.MaxLength} bytes for an array, found {size}.");
        byte[] images = new byte[size];
        using (IImageReader reader = source.OpenReader())
            reader.Read(0, source.Labels.Length, images);
        return new ImageDataset(images, source.Height, source.Width, source.Channels, source.Labels, source.ClassNames);
    }

    /// <summary>
    /// Writes an HDF5 file in the course's schema: <c>{split}_set_x</c> uint8 (n, height, width, channels),
    /// <c>{split}_set_y</c> int64 (n), and <c>list_classes</c> as int64 if all class names are whole numbers, else as strings. The
    /// file appears whole or not at all.
    /// </summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="split">E.g. <c>train</c>.</param>
    /// <exception cref="Hdf5Exception">The file cannot be written.</exception>
    public void SaveHdf5(string path, string split = "train")
    {
        Hdf5GroupBuilder root = new();
        root.Add(Hdf5Splits.Image(split), Images, Count, Height, Width, Channels);
        root.Add(Hdf5Splits.Label(split), Labels, Count);
        long[] numbers = new long[ClassNames.Count];
        bool areNumbers = true;
        for (int i = 0; i < numbers.Length; i++)
            areNumbers &= long.TryParse(ClassNames[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[i]);
        if (areNumbers)
            root.Add(Hdf5Splits.Classes, numbers, numbers.Length);
        else
            root.AddStrings(Hdf5Splits.Classes, ClassNames);
        Hdf5Writer.Write(path, root);
    }

    /// <summary>Writes each image as <c>{folder}/{class}/{index}.png</c>, which <c>LoadFromImageFolder</c> reads.</summary>
    /// <param name="folder">The folder; it is made if it does not exist.</param>
    /// <exception cref="InvalidOperationException">The images are not RGB, or the classes have no names.</exception>
    /// <exception cref="DatasetException">A class's name cannot be a folder's, or a file or folder cannot be written.</exception>
    public void SavePngs(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (Channels != 3)
            throw new InvalidOperationException($"Expected images of 3 channels (RGB), found {Channels}.");
        if (ClassNames.Count == 0)
            throw new InvalidOperationException("Expected class names, which become the folders' names, found none.");
        // Names may come from a file, which must not write outside of the folder.
        char[] notInNames = Path.GetInvalidFileNameChars();
        string? wrong = ClassNames.FirstOrDefault(name => name is "" or "." or ".." || name.AsSpan().ContainsAny(notInNames));
        if (wrong is not null)
            throw new DatasetException($"{folder}: expected class names that can be folders, found '{wrong}'.");
        try
        {
            // Classes without an image too, so that the others keep their labels.
            foreach (string name in ClassNames)
                Directory.CreateDirectory(Path.Combine(folder, name));
            for (int i = 0; i < Count; i++)
                ImageFile.SavePng(Path.Combine(folder, ClassNames[(int)Labels[i]], $"{i:d6}.png"), Image(i), Height, Width);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not DatasetException)
        {
            throw new DatasetException($"{folder} cannot be written: {e.Message}", e);
        }
    }
}
