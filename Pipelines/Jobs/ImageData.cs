using ConvNets.Data;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Reports;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Jobs;

/// <summary>Labelled images for a command: the view that ML.NET reads, and what is told of it.</summary>
internal sealed class ImageData
{
    private readonly VectorDataViewType _image;

    private ImageData(IDataView view)
    {
        View = view;
        _image = (VectorDataViewType)view.Schema["Image"].Type;
        ClassNames = ClassNamesAnnotation.Get(view.Schema["Label"]);
        Count = view.GetRowCount() ?? throw new InvalidOperationException("Images in a file or in memory are counted.");
        Classes = ClassNames.Count > 0 ? ClassNames.Count : (int)view.GetColumn<long>("Label").Max() + 1;
    }

    /// <summary>Columns <c>Image</c> (bytes) and <c>Label</c>.</summary>
    public IDataView View { get; }

    /// <summary>The number of images.</summary>
    public long Count { get; }

    /// <summary>The classes in the labels' order.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>How many classes there are: as many as names, or without names as labels up to the greatest.</summary>
    public int Classes { get; }

    /// <summary>The images of a split of an HDF5 file, or of the file's only other split, in the size that a model takes.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="path">The file.</param>
    /// <param name="split">The split that is read where there are several: <c>train</c> or <c>test</c>.</param>
    /// <param name="input">The model's input, (height, width, channels). Images of another size are resized.</param>
    /// <param name="screen">Where it is said that they are.</param>
    /// <param name="classes">How many classes the model tells apart; null where any number will do.</param>
    /// <exception cref="DatasetException">The file has images or classes that the model does not take.</exception>
    public static ImageData FromHdf5(MLContext ml, string path, string split, TensorShape input, Screen screen, int? classes = null)
    {
        string found = Hdf5Splits.Choose(path, split);
        (string image, string label) = (Hdf5Splits.Image(found), Hdf5Splits.Label(found));
        var data = new ImageData(ml.Data.LoadFromHdf5(path, image, label));
        if (data._image.Dimensions[2] != input[2])
            throw new DatasetException($"{path}: dataset {image}: expected images of {input[2]} channels, as the model takes, found {data._image.Dimensions[2]}.");
        if (classes is not null && data.ClassNames.Count > 0 && data.Classes != classes)
            throw new DatasetException($"{path}: dataset {label}: expected labels of {classes} classes, as the model takes, found {data.Classes} ({string.Join(", ", data.ClassNames)}).");
        if (data._image.Dimensions[0] == input[0] && data._image.Dimensions[1] == input[1])
            return data;
        screen.Line($"{path}: images of {data._image.Dimensions[0]} x {data._image.Dimensions[1]} pixels, resized to {input[0]} x {input[1]}");
        return new ImageData(ml.Data.LoadFromHdf5(path, image, label, height: input[0], width: input[1]));
    }

    /// <summary>Images in memory.</summary>
    public static ImageData FromImages(MLContext ml, ImageDataset images) => new(ml.Data.LoadFromImages(images));

    /// <summary>Shows the shapes of a training and a test set as the course prints them.</summary>
    /// <param name="screen">Where.</param>
    /// <param name="train">The training set.</param>
    /// <param name="test">The test set.</param>
    /// <param name="isOneHot">Whether a target is one-hot, and not a single number.</param>
    public static void ShowShapes(Screen screen, ImageData train, ImageData test, bool isOneHot)
    {
        screen.Line($"number of training examples = {train.Count}");
        screen.Line($"number of test examples = {test.Count}");
        foreach ((string name, ImageData data) in new[] { ("train", train), ("test", test) })
        {
            screen.Line($"X_{name} shape: {Text.Shape([data.Count, .. data._image.Dimensions.Select(d => (long)d)])}");
            screen.Line($"Y_{name} shape: {Text.Shape(data.Count, isOneHot ? train.Classes : 1)}");
        }
    }
}
