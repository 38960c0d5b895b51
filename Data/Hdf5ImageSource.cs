using System.Globalization;
using ConvNets.Data.Hdf5;
using ConvNets.Data.Views;

namespace ConvNets.Data;

/// <summary>
/// Images in an HDF5 file of the course's schema. Labels and class names are read and checked at once, images as they are asked for.
/// </summary>
internal sealed class Hdf5ImageSource : IImageSource
{
    private readonly string _path;
    private readonly string _image;
    private readonly long[] _shape;

    /// <exception cref="Hdf5Exception">The file or a dataset cannot be read.</exception>
    /// <exception cref="DatasetException">A dataset has another rank, type, length or range than images and labels have.</exception>
    public Hdf5ImageSource(string path, string image, string label, string? classes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(image);
        ArgumentException.ThrowIfNullOrEmpty(label);
        _path = path;
        _image = image;
        using Hdf5File file = Hdf5File.Open(path);
        Hdf5Dataset images = file.Dataset(image);
        CheckImages(images);
        _shape = [.. images.Shape];
        Height = (int)_shape[1];
        Width = (int)_shape[2];
        Channels = (int)_shape[3];
        ClassNames = classes is not null && file.TryGetDataset(classes, out Hdf5Dataset? names) ? ReadClassNames(names) : [];
        Labels = ReadLabels(file.Dataset(label), label);
    }

    public int Height { get; }

    public int Width { get; }

    public int Channels { get; }

    public long[] Labels { get; }

    public IReadOnlyList<string> ClassNames { get; }

    public bool IsMadeOnReading => false;

    public IImageReader OpenReader()
    {
        Hdf5File file = Hdf5File.Open(_path);
        try
        {
            Hdf5Dataset images = file.Dataset(_image);
            if (!images.Shape.SequenceEqual(_shape) || images.Type.Number != Hdf5NumberType.UInt8)
            {
                string found = $"{images.Type} {Describe(images.Shape)}: the file has changed";
                throw Wrong(_image, $"uint8 {Describe(_shape)} as when it was loaded", found);
            }

            return new Reader(file, images);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void CheckImages(Hdf5Dataset images)
    {
        if (images.Shape.Count != 4)
            throw Wrong(_image, "images of shape (n, height, width, channels)", $"shape {Describe(images.Shape)}");
        if (images.Type.Number != Hdf5NumberType.UInt8)
            throw Wrong(_image, "images of type uint8, 0 to 255", $"{images.Type}; convert them when the file is written");
        if (images.Length == 0)
            throw Wrong(_image, "at least one image", $"none (shape {Describe(images.Shape)})");
        if (images.Shape[0] > Array.MaxLength || images.Length / images.Shape[0] > Array.MaxLength)
            throw Wrong(_image, $"at most {Array.MaxLength} images of as many bytes", $"shape {Describe(images.Shape)}");
    }

    private long[] ReadLabels(Hdf5Dataset labels, string name)
    {
        bool isList = labels.Shape.Count == 1 || (labels.Shape.Count == 2 && labels.Shape.Contains(1));
        if (!isList)
            throw Wrong(name, "labels of shape (n), (n, 1) or (1, n)", $"shape {Describe(labels.Shape)}");
        if (labels.Type.Number is not { } number)
            throw Wrong(name, "labels of an integer or floating-point type", labels.Type.ToString());
        if (labels.Length != _shape[0])
            throw Wrong(name, $"{_shape[0]} labels, as many as {_image} has images", labels.Length.ToString(CultureInfo.InvariantCulture));

        long[] values = number is Hdf5NumberType.Float16 or Hdf5NumberType.Float32 or Hdf5NumberType.Float64
            ? ToIntegers(labels.Read<double>(), name)
            : labels.Read<long>();
        if (LabelColumn.FindOutOfRange(values, ClassNames.Count) is int row and >= 0)
            throw new DatasetException($"{_path}: dataset {name}: {LabelColumn.OutOfRange(row, values[row], ClassNames.Count)}.");
        return values;
    }

    private long[] ToIntegers(double[] values, string name)
    {
        // 2⁵³: beyond it a double no longer tells neighbouring integers apart.
        const double MaxInteger = 1L << 53;
        int row = Array.FindIndex(values, v => !double.IsInteger(v) || Math.Abs(v) > MaxInteger);
        if (row >= 0)
            throw Wrong(name, "whole numbers as labels", $"{values[row].ToString(CultureInfo.InvariantCulture)} in row {row}");
        return Array.ConvertAll(values, v => (long)v);
    }

    private string[] ReadClassNames(Hdf5Dataset names)
    {
        if (names.Type.IsString)
            return names.ReadStrings();
        if (names.Type.Number is null)
            throw Wrong(names.Path.TrimStart('/'), "class names as strings or numbers", names.Type.ToString());
        return Array.ConvertAll(names.Read<double>(), v => v.ToString(CultureInfo.InvariantCulture));
    }

    private DatasetException Wrong(string dataset, string expected, string found) =>
        new($"{_path}: dataset {dataset}: expected {expected}, found {found}.");

    private static string Describe(IReadOnlyList<long> shape) => $"({string.Join(", ", shape)})";

    private sealed class Reader(Hdf5File file, Hdf5Dataset images) : IImageReader
    {
        public void Read(int first, int count, Span<byte> destination) => images.ReadRows(first, count, destination);

        public void Dispose() => file.Dispose();
    }
}
