using System.Globalization;

namespace ConvNets.Pipelines.Tests.Evaluations;

/// <summary>What is asked of one figure of a model.</summary>
/// <param name="Figure">What it is, e.g. <c>recall of "4"</c>.</param>
/// <param name="Value">What the model reached.</param>
/// <param name="Limit">The least or the most that will do.</param>
/// <param name="IsMinimum">Whether the limit is the least.</param>
public sealed record Requirement(string Figure, double Value, double Limit, bool IsMinimum)
{
    public bool IsMet => IsMinimum ? Value >= Limit : Value <= Limit;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Figure} {Value:0.0000}, {(IsMinimum ? "at least" : "at most")} {Limit:0.####} required");
}
