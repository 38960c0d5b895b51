using System.Text.Json.Serialization;

namespace ConvNets.Pipelines.Reports;

/// <summary>What <c>inspect</c> found.</summary>
internal sealed record InspectReport(IReadOnlyList<DatasetReport> Datasets);

/// <summary>A dataset of an HDF5 file.</summary>
/// <param name="Path">From the root, beginning with a slash.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Type">Its elements' type in words.</param>
/// <param name="Sha256">Of its values as little-endian bytes in row-major order; null unless asked for, and for what is not numeric.</param>
/// <param name="Error">Why it cannot be read; null where it can.</param>
internal sealed record DatasetReport(string Path, IReadOnlyList<long> Shape, string Type, string? Sha256, string? Error);

/// <summary>What <c>summary</c> found.</summary>
internal sealed record SummaryReport(string Model, long Parameters, long TrainableParameters, IReadOnlyList<LayerReport> Layers);

/// <summary>A layer of a model.</summary>
internal sealed record LayerReport(string Name, string ClassName, long Parameters);

/// <summary>How the reports are written, generated at build time: no reflection when the program starts.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, WriteIndented = true)]
[JsonSerializable(typeof(InspectReport))]
[JsonSerializable(typeof(SummaryReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
