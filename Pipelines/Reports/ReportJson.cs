using System.Text.Json.Serialization;

namespace ConvNets.Pipelines.Reports;

/// <summary>What the program without a command did.</summary>
internal sealed record DemoReport(TrainReport Happy, TrainReport Signs);

/// <summary>What <c>train</c> did.</summary>
/// <param name="Parameters">The model's numbers.</param>
/// <param name="TrainableParameters">Those of them that training moves.</param>
/// <param name="Seconds">The time that training took.</param>
/// <param name="History">The figures of each epoch by name.</param>
/// <param name="Evaluation">The trained model on the test images.</param>
internal sealed record TrainReport(long Parameters, long TrainableParameters, double Seconds, IReadOnlyDictionary<string, IReadOnlyList<double>> History, EvaluationReport Evaluation);

/// <summary>What <c>evaluate</c> found.</summary>
/// <param name="Loss">Keras's loss, in nats.</param>
/// <param name="Accuracy">Keras's accuracy.</param>
/// <param name="Metrics">ML.NET's metrics under their own names.</param>
/// <param name="Classes">The classes in the labels' order.</param>
/// <param name="Recall">The share of each class's images that was recognized.</param>
/// <param name="ConfusionMatrix">A row a class, a column a predicted class: numbers of images.</param>
internal sealed record EvaluationReport(double Loss, double Accuracy, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<string> Classes, IReadOnlyList<double> Recall,
    IReadOnlyList<IReadOnlyList<double>> ConfusionMatrix);

/// <summary>What <c>predict</c> found.</summary>
internal sealed record PredictReport(IReadOnlyList<PredictionReport> Predictions);

/// <summary>The prediction of one image.</summary>
/// <param name="Image">The file, or the file with the row's number.</param>
/// <param name="PredictedLabel">The name of the class.</param>
/// <param name="Score">ML.NET's column Score, a number a class, or one number for two classes.</param>
/// <param name="Probability">Of the second of two classes; null for several classes, whose scores are their probabilities.</param>
internal sealed record PredictionReport(string Image, string PredictedLabel, IReadOnlyList<float> Score, float? Probability);

/// <summary>What <c>summary</c> found.</summary>
internal sealed record SummaryReport(string Model, long Parameters, long TrainableParameters, IReadOnlyList<LayerReport> Layers);

/// <summary>A layer of a model.</summary>
internal sealed record LayerReport(string Name, string ClassName, long Parameters);

/// <summary>What <c>inspect</c> found.</summary>
internal sealed record InspectReport(IReadOnlyList<DatasetReport> Datasets);

/// <summary>A dataset of an HDF5 file.</summary>
/// <param name="Path">From the root, beginning with a slash.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Type">Its elements' type in words.</param>
/// <param name="Sha256">Of its values as little-endian bytes in row-major order; null unless asked for, and for what is not numeric.</param>
/// <param name="Error">Why it cannot be read; null where it can.</param>
internal sealed record DatasetReport(string Path, IReadOnlyList<long> Shape, string Type, string? Sha256, string? Error);

/// <summary>What <c>export</c> wrote.</summary>
/// <param name="Format">A frozen graph or a SavedModel.</param>
/// <param name="Path">The file or folder.</param>
/// <param name="Inputs">The names of its inputs.</param>
/// <param name="Outputs">The names of its outputs.</param>
internal sealed record ExportReport(string Format, string Path, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs);

/// <summary>What <c>baseline</c> found.</summary>
/// <param name="Accuracy">The share of the test images that was recognized.</param>
/// <param name="Loss">The cross-entropy, in nats.</param>
internal sealed record BaselineReport(double Accuracy, double Loss);

/// <summary>How the reports are written, generated at build time: no reflection when the program starts.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, WriteIndented = true)]
[JsonSerializable(typeof(DemoReport))]
[JsonSerializable(typeof(TrainReport))]
[JsonSerializable(typeof(EvaluationReport))]
[JsonSerializable(typeof(PredictReport))]
[JsonSerializable(typeof(SummaryReport))]
[JsonSerializable(typeof(InspectReport))]
[JsonSerializable(typeof(ExportReport))]
[JsonSerializable(typeof(BaselineReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
