using ConvNets.Data;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Reports;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Jobs;

/// <summary>Applies a saved model to images, and shows what it says of them.</summary>
internal sealed class Predictor
{
    private readonly MLContext _ml;
    private readonly Screen _screen;
    private readonly ITransformer _model;
    private readonly TensorShape _input;
    private readonly IReadOnlyList<string> _classes;

    /// <summary>Loads a model.</summary>
    public Predictor(MLContext ml, string modelFile, Screen screen)
    {
        (_ml, _screen) = (ml, screen);
        _model = ml.Model.LoadConvNet(modelFile, out _);
        ConvNetTransformer network = _model.FindConvNet()!;
        _input = network.Model.Definition.Inputs[0].Shape;
        _classes = network.Classes();
    }

    /// <summary>Predicts the classes of image files.</summary>
    public PredictReport Predict(IReadOnlyList<string> files)
    {
        (int height, int width) = (_input[0], _input[1]);
        byte[] pixels = new byte[files.Count * _input.Size];
        for (int i = 0; i < files.Count; i++)
        {
            (int Height, int Width) size = ImageFile.Size(files[i]);
            if (size != (height, width))
                _screen.Line($"{files[i]}: {size.Height} x {size.Width} pixels, resized to {height} x {width}");
            ImageFile.Load(files[i], height, width).CopyTo(pixels.AsSpan(i * _input.Size));
        }
        var images = new ImageDataset(pixels, height, width, _input[2], new long[files.Count], []);
        return Show(_ml.Data.LoadFromImages(images), files);
    }

    /// <summary>Predicts the class of one image of an HDF5 file.</summary>
    public PredictReport Predict(string file, int index)
    {
        ImageData data = ImageData.FromHdf5(_ml, file, "test", _input, _screen);
        if (index >= data.Count)
            throw new DatasetException($"{file}: expected an index below {data.Count}, the number of images, found {index}.");
        // SkipRows refuses to skip none.
        IDataView rest = index == 0 ? data.View : _ml.Data.SkipRows(data.View, index);
        return Show(_ml.Data.TakeRows(rest, 1), [$"{file}[{index}]"]);
    }

    private PredictReport Show(IDataView images, IReadOnlyList<string> names)
    {
        IDataView scored = _model.Transform(images);
        IEnumerable<PredictionReport> predictions = scored.Schema["PredictedLabel"].Type is KeyDataViewType
            ? _ml.Data.CreateEnumerable<MulticlassRow>(scored, reuseRowObject: false).Select((row, i) => new PredictionReport(names[i], _classes[(int)row.PredictedLabel - 1], row.Score, null))
            : _ml.Data.CreateEnumerable<BinaryRow>(scored, reuseRowObject: false).Select((row, i) => new PredictionReport(names[i], _classes[row.PredictedLabel ? 1 : 0], [row.Score], row.Probability));
        PredictReport report = new([.. predictions]);
        foreach (PredictionReport prediction in report.Predictions)
            _screen.Line(Describe(prediction));
        return report;
    }

    private string Describe(PredictionReport prediction)
    {
        float[] probabilities = prediction.Probability is float p ? [1 - p, p] : [.. prediction.Score];
        return $"{prediction.Image}: {prediction.PredictedLabel} ({string.Join(", ", _classes.Zip(probabilities, (name, value) => $"{name}: {Text.Figure(value)}"))})";
    }

    private sealed class BinaryRow
    {
        public float Score { get; set; }

        public float Probability { get; set; }

        public bool PredictedLabel { get; set; }
    }

    private sealed class MulticlassRow
    {
        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }
    }
}
