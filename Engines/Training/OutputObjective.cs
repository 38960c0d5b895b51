namespace ConvNets.Engines;

/// <summary>What is asked of one of a model's outputs: its loss, what that counts, and what is measured.</summary>
/// <param name="Loss">What training makes small.</param>
/// <example>
/// <code>
/// model.Compile(new Adam(), [new(new BinaryCrossentropy()) { Weight = 0.3, Metrics = ["accuracy"] }, new(new MeanSquaredError())]);
/// </code>
/// </example>
public sealed record OutputObjective(Loss Loss)
{
    /// <summary>What the loss counts in the sum of all outputs' losses; 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>What is measured; sample and class weights do not count in it.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>What is measured with each sample counting its weight.</summary>
    public IReadOnlyList<Metric> WeightedMetrics { get; init; } = [];
}
