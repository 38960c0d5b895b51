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
    public override void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(_sum);
        writer.Write(_weight);
    }

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        (_sum, _weight) = (reader.ReadDouble(), reader.ReadDouble());
    }

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
    protected internal static int ArgMax(ReadOnlySpan<float> values)
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

/// <summary>The mean of a loss's value a row.</summary>
/// <param name="loss">The loss.</param>
/// <param name="name">The name in the history; the loss's own when null.</param>
public sealed class LossMetric(Loss loss, string? name = null) : MeanMetric
{
    private double[] _losses = [];

    /// <inheritdoc/>
    public override string Name { get; } = name ?? loss.Name;

    /// <inheritdoc/>
    public override bool? HigherIsBetter => false;

    /// <inheritdoc/>
    public override void Update(in MetricRows rows)
    {
        if (_losses.Length < rows.Count)
            _losses = new double[rows.Count];
        loss.Compute(new LossRows
        {
            Count = rows.Count,
            Width = rows.Width,
            Targets = rows.Targets,
            Predictions = rows.Predictions,
            FromLogits = false,
            Losses = _losses.AsSpan(0, rows.Count),
            Gradients = [],
        });
        base.Update(rows);
    }

    /// <inheritdoc/>
    protected override double Value(in MetricRows rows, int row) => _losses[row];
}
