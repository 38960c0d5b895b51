using System.Globalization;

namespace ConvNets.Pipelines.Reports;

/// <summary>How values are written on the screen.</summary>
internal static class Text
{
    /// <summary>A text in one line.</summary>
    public static string OneLine(string text) => Printable(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    /// <summary>A text from a file without its control characters, which a terminal would obey.</summary>
    public static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;

    /// <summary>Dimensions as NumPy prints them: <c>()</c>, <c>(6,)</c>, <c>(600, 64, 64, 3)</c>.</summary>
    public static string Shape(params IReadOnlyList<long> dimensions) => dimensions is [long only] ? $"({only},)" : $"({string.Join(", ", dimensions)})";

    /// <summary>A figure with four decimals.</summary>
    public static string Figure(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
