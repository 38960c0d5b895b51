using System.Globalization;

namespace ConvNets.Pipelines.Tests.Evaluations;

/// <summary>What a run of tests is told of the model to judge: in a .runsettings file, or by <c>--test-parameter name=value</c>.</summary>
internal sealed class EvaluationParameters(TestContext context)
{
    /// <summary><c>model</c>: the saved .zip; null when none is named.</summary>
    public string? Model => FilePath("model");

    /// <summary><c>data</c>: the HDF5 file of labelled images; null when none is named.</summary>
    public string? Data => FilePath("data");

    /// <summary><c>minimumAccuracy</c>.</summary>
    public double MinimumAccuracy => Number("minimumAccuracy") ?? 0.5;

    /// <summary><c>maximumLoss</c>, in nats.</summary>
    public double MaximumLoss => Number("maximumLoss") ?? 1.5;

    /// <summary><c>minimumRecall</c>, of every class that has no <c>minimumRecall.NAME</c> of its own.</summary>
    public double MinimumRecall(string className) => Number($"minimumRecall.{className}") ?? Number("minimumRecall") ?? 0.2;

    // Tests run in the folder of their binaries; a user names files from the repository.
    private string? FilePath(string name) => Text(name) is { } path ? Path.Combine(SharedFiles.Repository ?? "", path) : null;

    private string? Text(string name) => context.Properties.TryGetValue(name, out object? value) ? value?.ToString() : null;

    private double? Number(string name)
    {
        if (Text(name) is not { } text)
            return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new FormatException($"The test parameter {name} must be a number, such as 0.8; received \"{text}\".");
    }
}
