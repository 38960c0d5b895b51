using System.Globalization;
using System.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Metrics as text.</summary>
public static class ConvNetMetricsExtensions
{
    /// <summary>
    /// The confusion table with the classes' own names: a row a true class, a column a predicted one, the negative class first. (For labels that are keys,
    /// ML.NET's <see cref="ConfusionMatrix.GetFormattedConfusionTable"/> writes the first class's name on the row of the second, the positive one.)
    /// </summary>
    /// <param name="metrics">What <c>mlContext.BinaryClassification.Evaluate</c> returned.</param>
    /// <param name="classNames">The names of the negative and the positive class.</param>
    /// <exception cref="ArgumentException">There are not two names.</exception>
    public static string FormatConfusionTable(this BinaryClassificationMetrics metrics, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(classNames);
        if (classNames.Count != 2)
            throw new ArgumentException($"Expected the names of two classes, received {classNames.Count}.", nameof(classNames));

        // ML.NET has the positive class first.
        IReadOnlyList<IReadOnlyList<double>> counts = metrics.ConfusionMatrix.Counts;
        int name = Math.Max("Precision".Length, classNames.Max(n => n.Length));
        int cell = Math.Max("Recall".Length, classNames.Max(n => n.Length));
        var table = new StringBuilder();
        Line("", classNames[0], classNames[1], "Recall");
        Line(classNames[0], Count(1, 1), Count(1, 0), Share(metrics.NegativeRecall));
        Line(classNames[1], Count(0, 1), Count(0, 0), Share(metrics.PositiveRecall));
        Line("Precision", Share(metrics.NegativePrecision), Share(metrics.PositivePrecision), "");
        return table.ToString();

        void Line(string title, string first, string second, string last) =>
            table.Append($"{title.PadRight(name)} | {first.PadLeft(cell)} | {second.PadLeft(cell)} | {last.PadLeft(cell)}".TrimEnd()).Append('\n');

        string Count(int truth, int predicted) => counts[truth][predicted].ToString("0", CultureInfo.InvariantCulture);

        static string Share(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
    }
}
