namespace ConvNets.Engines;

/// <summary>A share of what was right.</summary>
public abstract class AccuracyMetric : MeanMetric
{
    /// <inheritdoc/>
    public override bool? HigherIsBetter => true;
}

/// <summary>How often predictions above a threshold are those whose target is 1.</summary>
/// <param name="threshold">A prediction above it counts as 1.</param>
/// <param name="name">The name in the history.</param>
public sealed class BinaryAccuracy(float threshold = 0.5f, string name = "binary_accuracy") : AccuracyMetric
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    protected override double Value(in MetricRows rows, int row)
    {
        int right = 0;
        for (int i = row * rows.Width; i < (row + 1) * rows.Width; i++)
            right += (rows.Predictions[i] > threshold ? 1 : 0) == rows.Targets[i] ? 1 : 0;
        return (double)right / rows.Width;
    }
}

/// <summary>How often the greatest prediction stands where the greatest target does.</summary>
/// <param name="name">The name in the history.</param>
public sealed class CategoricalAccuracy(string name = "categorical_accuracy") : AccuracyMetric
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    protected override double Value(in MetricRows rows, int row) => ArgMax(rows.Prediction(row)) == ArgMax(rows.Target(row)) ? 1 : 0;
}

/// <summary>How often the greatest prediction stands at the target's class number.</summary>
/// <param name="name">The name in the history.</param>
public sealed class SparseCategoricalAccuracy(string name = "sparse_categorical_accuracy") : AccuracyMetric
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    protected override double Value(in MetricRows rows, int row) => ArgMax(rows.Prediction(row)) == rows.Targets[row] ? 1 : 0;
}

/// <summary>How often fewer than k predictions are greater than that of the class with the greatest target.</summary>
/// <param name="k">How many classes are looked at.</param>
/// <param name="name">The name in the history.</param>
public sealed class TopKCategoricalAccuracy(int k = 5, string name = "top_k_categorical_accuracy") : AccuracyMetric
{
    private readonly int _k = Checked.AtLeast(k, 1);

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    protected override double Value(in MetricRows rows, int row) => IsInTop(rows.Prediction(row), ArgMax(rows.Target(row)), _k) ? 1 : 0;

    internal static bool IsInTop(ReadOnlySpan<float> predictions, int label, int k)
    {
        if ((uint)label >= (uint)predictions.Length || !float.IsFinite(predictions[label]))
            return false;
        int greater = 0;
        foreach (float value in predictions)
            greater += value > predictions[label] ? 1 : 0;
        return greater < k;
    }
}

/// <summary>How often fewer than k predictions are greater than that of the target's class number.</summary>
/// <param name="k">How many classes are looked at.</param>
/// <param name="name">The name in the history.</param>
public sealed class SparseTopKCategoricalAccuracy(int k = 5, string name = "sparse_top_k_categorical_accuracy") : AccuracyMetric
{
    private readonly int _k = Checked.AtLeast(k, 1);

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    protected override double Value(in MetricRows rows, int row) => TopKCategoricalAccuracy.IsInTop(rows.Prediction(row), (int)rows.Targets[row], _k) ? 1 : 0;
}
