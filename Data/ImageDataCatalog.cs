using ConvNets.Data;
using ConvNets.Data.Hdf5;
using ConvNets.Data.Views;

namespace Microsoft.ML;

/// <summary>
/// Loads labelled images as an <see cref="IDataView"/> with the columns <c>Image: Vector&lt;Byte, height, width, channels&gt;</c>
/// (RGB, 0 to 255) and <c>Label: Int64</c> (0-based class; names in the annotation <see cref="ClassNamesAnnotation.Kind"/>). Images
/// are read in blocks while a cursor moves; shuffling draws an order of all rows.
/// </summary>
public static class ImageDataCatalog
{
    /// <summary>Images and labels of an HDF5 file in the course's schema.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="path">The HDF5 file. It is opened for each pass over the data and closed after it.</param>
    /// <param name="image">Dataset of images: uint8, (n, height, width, channels).</param>
    /// <param name="label">Dataset of labels: whole numbers from 0, of an integer or floating-point type; (n), (n, 1) or (1, n).</param>
    /// <param name="classes">
    /// Dataset of class names, strings or numbers; null, or a name that the file lacks: classes without names.
    /// </param>
    /// <param name="height">Height of the images in the view; others are resized. The file's when null.</param>
    /// <param name="width">Width of the images in the view; the file's when null.</param>
    /// <exception cref="Hdf5Exception">The file or a dataset is missing or cannot be read.</exception>
    /// <exception cref="DatasetException">Rank, type, number or range of images or labels is wrong.</exception>
    /// <remarks><see cref="Hdf5Splits"/> finds out whether a file holds <c>train_*</c> or <c>test_*</c>.</remarks>
    public static IDataView LoadFromHdf5(
        this DataOperationsCatalog catalog,
        string path,
        string image = "train_set_x",
        string label = "train_set_y",
        string? classes = Hdf5Splits.Classes,
        int? height = null,
        int? width = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        Hdf5ImageSource source = new(path, image, label, classes);
        return new ImageDataView(ResizedImageSource.Of(source, height ?? source.Height, width ?? source.Width));
    }

    /// <summary>Images in memory, e.g. generated ones. They are not copied.</summary>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="images">The images; at least one.</param>
    /// <exception cref="ArgumentException">There is no image.</exception>
    public static IDataView LoadFromImages(this DataOperationsCatalog catalog, ImageDataset images)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
            throw new ArgumentException("Expected at least one image, found none.", nameof(images));
        return new ImageDataView(new MemoryImageSource(images));
    }

    /// <summary>
    /// Images in sub-folders of a folder: each sub-folder is a class, their names in ordinal order are the classes 0, 1, …; in each,
    /// the files *.png, *.jpg, *.jpeg and *.bmp in ordinal order. They are decoded on each pass; <c>Cache</c> keeps them.
    /// </summary>
    /// <param name="catalog">The catalog, <c>MLContext.Data</c>.</param>
    /// <param name="path">The folder.</param>
    /// <param name="height">Height of the images in the view; others are resized.</param>
    /// <param name="width">Width of the images in the view.</param>
    /// <exception cref="DatasetException">
    /// The folder is missing or holds no such image; while a cursor moves: an image cannot be decoded.
    /// </exception>
    public static IDataView LoadFromImageFolder(this DataOperationsCatalog catalog, string path, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ImageDataView(new FolderImageSource(path, height, width));
    }
}
