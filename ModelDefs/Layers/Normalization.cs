namespace ConvNets.ModelDefs;

/// <summary>
/// <c>(x − mean) / √variance</c>, with a mean and a variance of the data for each place along the given axes; inverted, <c>x·√variance + mean</c>. The statistics are arguments, or
/// weights that the engines' <c>Adapt</c> computes from data before the model is first used. Input of any shape; output the same.
/// Weights where the statistics are not given: <c>mean</c>, <c>variance</c>, <c>count</c>.
/// </summary>
public sealed class Normalization : Layer
{
    private readonly int[] _axes;
    private readonly double[]? _mean;
    private readonly double[]? _variance;
    private (float[] Mean, float[] Variance, float Count)? _adapted;

    /// <summary>Makes the layer.</summary>
    /// <param name="axes">The axes that have statistics for each place, counted with the batch as axis 0; [−1], the channels, when null, and none for one mean and variance over all.</param>
    /// <param name="mean">The means: one, or one for each place along the axes or the last of them, in row-major order; null where they come from data.</param>
    /// <param name="variance">The variances, likewise.</param>
    /// <param name="invert">Whether the layer turns normalized values back.</param>
    /// <param name="name">The layer's name.</param>
    /// <exception cref="ArgumentException">Only one of mean and variance is given, or their lengths differ.</exception>
    public Normalization(IReadOnlyList<int>? axes = null, IReadOnlyList<double>? mean = null, IReadOnlyList<double>? variance = null, bool invert = false, string? name = null) : base(name)
    {
        if (mean?.Count != variance?.Count)
            throw new ArgumentException($"Mean and variance must be given together and have as many values; received {mean?.Count ?? 0} means and {variance?.Count ?? 0} variances.", nameof(variance));
        _axes = [.. axes ?? [-1]];
        (_mean, _variance, Invert) = (mean?.ToArray(), variance?.ToArray(), invert);
    }

    /// <summary>The axes that have statistics for each place, counted with the batch as axis 0.</summary>
    public IReadOnlyList<int> Axes => _axes;

    /// <summary>The means that were given; null where they are weights.</summary>
    public IReadOnlyList<double>? Mean => _mean;

    /// <summary>The variances that were given; null where they are weights.</summary>
    public IReadOnlyList<double>? Variance => _variance;

    /// <summary>Whether the layer turns normalized values back.</summary>
    public bool Invert { get; }


    /// <summary>Gives the weights their first values: what <c>Adapt</c> computed from data. Models that have their weights already keep them.</summary>
    /// <param name="mean">The means, one for each place along the axes, in row-major order.</param>
    /// <param name="variance">The variances, likewise.</param>
    /// <param name="count">How many values each is computed from.</param>
    /// <exception cref="InvalidOperationException">The layer was made with a mean and a variance.</exception>
    public void SetStatistics(IReadOnlyList<float> mean, IReadOnlyList<float> variance, float count)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(variance);
        if (_mean is not null)
            throw new InvalidOperationException($"{this} was made with a mean and a variance; leave them out for statistics that come from data.");
        if (mean.Count != variance.Count)
            throw new ArgumentException($"There must be as many variances as means; received {mean.Count} means and {variance.Count} variances.", nameof(variance));
        _adapted = ([.. mean], [.. variance], count);
    }

    /// <summary>The dimensions of the statistics: those of the axes in the sample's order.</summary>
    /// <exception cref="ModelException">The input has no such axis.</exception>
    public TensorShape StatisticsShape(TensorShape inputShape) => [.. KeptAxes(inputShape).Select(axis => inputShape[axis])];

    /// <summary>Which statistic belongs to each value of a sample.</summary>
    /// <exception cref="ModelException">The input has no such axis.</exception>
    public int[] StatisticsIndices(TensorShape inputShape)
    {
        ArgumentNullException.ThrowIfNull(inputShape);
        int[] kept = KeptAxes(inputShape);
        return [.. Enumerable.Range(0, inputShape.Size).Select(i =>
        {
            int index = 0, stride = 1;
            foreach (int axis in kept.Reverse())
            {
                int inner = inputShape.Skip(axis + 1).Aggregate(1, (product, d) => product * d);
                index += i / inner % inputShape[axis] * stride;
                stride *= inputShape[axis];
            }
            return index;
        })];
    }

    /// <inheritdoc/>
    protected override void Build(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape statistics = StatisticsShape(inputShapes[0]);
        if (_mean is not null)
        {
            bool fits = Enumerable.Range(0, statistics.Rank + 1).Any(axes => _mean.Length == statistics.TakeLast(axes).Aggregate(1, (product, d) => product * d));
            if (!fits)
                throw BadInput(inputShapes[0], $"{_mean.Length} places along its axes ({string.Join(", ", _axes)}), as many as it has means");
            return;
        }
        AddWeight("mean", statistics, new AdaptedValues(this, a => a.Mean, 0), trainable: false);
        AddWeight("variance", statistics, new AdaptedValues(this, a => a.Variance, 1), trainable: false);
        AddWeight("count", [], new AdaptedValues(this, a => [a.Count], 0), trainable: false);
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];

    /// <summary>The axes of a sample that the statistics keep.</summary>
    internal int[] KeptAxes(TensorShape shape) => [.. _axes.Select(axis => SampleAxis(axis, shape)).Order()];

    private sealed class AdaptedValues(Normalization layer, Func<(float[] Mean, float[] Variance, float Count), float[]> select, float otherwise) : Initializer
    {
        public override string ClassName => otherwise == 0 ? nameof(Zeros) : nameof(Ones);

        public override void Fill(Span<float> values, TensorShape shape, Philox random)
        {
            if (layer._adapted is { } adapted)
                select(adapted).CopyTo(values);
            else
                values.Fill(otherwise);
        }
    }
}
