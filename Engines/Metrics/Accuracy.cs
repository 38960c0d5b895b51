namespace ConvNets.Engines;

/// <summary>A weighted mean of a value a row.</summary>
public abstract class MeanMetric : Metric
{
    private double _sum;
    private double _weight;

    /// <inheritdoc/>
    public override double Result => _weight == 0 ? 0 : _sum / _weight;

    /// <inheritdoc/>
    public override void Reset() => (_sum, _weight) = (0, 0);

    /// <inheritdoc/>
    public override void Update(in MetricRows rows)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            float weight = rows.Weight(row);
            _sum += weight * Value(rows, row);
            _weight += weight;
        }
    }

    /// <summary>The value of one row.</summary>
    protected abstract double Value(in MetricRows rows, int row);

    /// <summary>The index of the greatest value, the first of equals.</summary>
    protected static int ArgMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
                best = i;
        }
        return best;
    }
}

/// <summary>How often predictions above a threshold are those whose target is 1.</summary>
/// <param name="threshold">A prediction above it counts as 1.</param>
/// <param name="name">The name in the history.</param>
public sealed class BinaryAccuracy(float threshold = 0.5f, string name = "binary_accuracy") : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    protected override double Value(in MetricRows rows, int row)
    {
        int right = 0;
        for (int i = row * rows.Width; i < (row + 1) * rows.Width; i++)
            right += rows.Predictions[i] > threshold == (rows.Targets[i] == 1) ? 1 : 0;
        return (double)right / rows.Width;
    }
}

/// <summary>How often the greatest prediction stands where the greatest target does.</summary>
/// <param name="name">The name in the history.</param>
public sealed class CategoricalAccuracy(string name = "categorical_accuracy") : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    protected override double Value(in MetricRows rows, int row) =>
        ArgMax(rows.Predictions.Slice(row * rows.Width, rows.Width)) == ArgMax(rows.Targets.Slice(row * rows.Width, rows.Width)) ? 1 : 0;
}

/// <summary>How often the greatest prediction stands at the target's class number.</summary>
/// <param name="name">The name in the history.</param>
public sealed class SparseCategoricalAccuracy(string name = "sparse_categorical_accuracy") : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    protected override double Value(in MetricRows rows, int row) => ArgMax(rows.Predictions.Slice(row * rows.Width, rows.Width)) == rows.Targets[row] ? 1 : 0;
}
