using System.Diagnostics;
using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Reports;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Jobs;

/// <summary>How good a model is on labelled images: Keras's loss (in nats) and accuracy, and ML.NET's metrics under their own names.</summary>
internal sealed class ModelEvaluation
{
    private const int BatchSize = 32;

    private readonly string _kerasLine;
    private readonly string _confusionTable;

    private ModelEvaluation(EvaluationReport report, string kerasLine, string confusionTable) => (Report, _kerasLine, _confusionTable) = (report, kerasLine, confusionTable);

    /// <summary>The figures.</summary>
    public EvaluationReport Report { get; }

    /// <summary>Evaluates a saved model on the test images of an HDF5 file, and shows what it found.</summary>
    public static EvaluationReport OfFile(MLContext ml, string modelFile, string testFile, Screen screen)
    {
        ITransformer model = ml.Model.LoadConvNet(modelFile, out _);
        ConvNetTransformer network = model.FindConvNet()!;
        TensorShape input = network.Model.Definition.Inputs[0].Shape;
        ModelEvaluation evaluation = Of(ml, model, network, ImageData.FromHdf5(ml, testFile, "test", input, screen, network.Classes().Count).View);
        evaluation.Show(screen);
        return evaluation.Report;
    }

    /// <summary>Evaluates a model.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="model">A trained or loaded pipeline.</param>
    /// <param name="network">The network in it.</param>
    /// <param name="data">Columns <c>Image</c> and <c>Label</c>.</param>
    public static ModelEvaluation Of(MLContext ml, ITransformer model, ConvNetTransformer network, IDataView data)
    {
        IDataView scored = model.Transform(data);
        // A saved model has no label step: it is needed only here.
        IReadOnlyList<string> classes = network.Classes();
        if (scored.Schema["Label"].Type is not KeyDataViewType)
            scored = ml.Transforms.LabelToKey("Label", classes: classes.Count).Fit(scored).Transform(scored);

        long start = Stopwatch.GetTimestamp();
        IReadOnlyDictionary<string, double> figures = network.Evaluate(scored, batchSize: BatchSize);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        (EvaluationReport report, string confusion) = scored.Schema["PredictedLabel"].Type is KeyDataViewType
            ? Describe(ml.MulticlassClassification.Evaluate(scored), figures, classes)
            : Describe(ml.BinaryClassification.Evaluate(scored), figures, classes);
        int steps = (int)((data.GetRowCount()! + BatchSize - 1) / BatchSize);
        return new ModelEvaluation(report, ProgressPrinter.Line(steps, elapsed, figures), confusion);
    }

    /// <summary>Shows Keras's line of an evaluation, and ML.NET's metrics with the confusion table.</summary>
    public void Show(Screen screen)
    {
        screen.Line("Evaluation on the test set:");
        screen.Line(_kerasLine);
        screen.Line($"ML.NET: {string.Join(", ", Report.Metrics.Select(m => $"{m.Key} {Text.Figure(m.Value)}"))}");
        screen.Line(_confusionTable);
    }

    private static (EvaluationReport Report, string Confusion) Describe(CalibratedBinaryClassificationMetrics m, IReadOnlyDictionary<string, double> figures, IReadOnlyList<string> classes)
    {
        Dictionary<string, double> metrics = new(StringComparer.Ordinal)
        {
            [nameof(m.Accuracy)] = m.Accuracy,
            [nameof(m.AreaUnderRocCurve)] = m.AreaUnderRocCurve,
            [nameof(m.AreaUnderPrecisionRecallCurve)] = m.AreaUnderPrecisionRecallCurve,
            [nameof(m.F1Score)] = m.F1Score,
            [nameof(m.LogLoss)] = m.LogLoss,
        };

        // ML.NET's first row and column are the positive class, which is our second.
        IReadOnlyList<IReadOnlyList<double>> counts = [.. m.ConfusionMatrix.Counts.Reverse().Select(row => row.Reverse().ToArray())];
        var report = new EvaluationReport(figures["loss"], figures["accuracy"], metrics, classes, [m.NegativeRecall, m.PositiveRecall], counts);
        return (report, $"Confusion table{Environment.NewLine}{m.FormatConfusionTable(classes)}".TrimEnd());
    }

    private static (EvaluationReport Report, string Confusion) Describe(MulticlassClassificationMetrics m, IReadOnlyDictionary<string, double> figures, IReadOnlyList<string> classes)
    {
        Dictionary<string, double> metrics = new(StringComparer.Ordinal)
        {
            [nameof(m.MicroAccuracy)] = m.MicroAccuracy,
            [nameof(m.MacroAccuracy)] = m.MacroAccuracy,
            [nameof(m.LogLoss)] = m.LogLoss,
            [nameof(m.LogLossReduction)] = m.LogLossReduction,
        };
        Microsoft.ML.Data.ConfusionMatrix confusion = m.ConfusionMatrix;
        return (new EvaluationReport(figures["loss"], figures["accuracy"], metrics, classes, confusion.PerClassRecall, confusion.Counts), confusion.GetFormattedConfusionTable().Trim());
    }
}
