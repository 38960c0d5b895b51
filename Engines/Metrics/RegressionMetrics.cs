namespace ConvNets.Engines;

/// <summary>The root of the mean squared error.</summary>
/// <param name="name">The name in the history.</param>
public sealed class RootMeanSquaredError(string name = "root_mean_squared_error") : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool? HigherIsBetter => false;

    /// <inheritdoc/>
    public override double Result => Math.Sqrt(base.Result);

    /// <inheritdoc/>
    protected override double Value(in MetricRows rows, int row)
    {
        ReadOnlySpan<float> predictions = rows.Prediction(row), targets = rows.Target(row);
        double sum = 0;
        for (int i = 0; i < predictions.Length; i++)
            sum += ((double)predictions[i] - targets[i]) * ((double)predictions[i] - targets[i]);
        return sum / predictions.Length;
    }
}

/// <summary>The mean cosine of the angle between a row of targets and its predictions.</summary>
/// <param name="name">The name in the history.</param>
public sealed class CosineSimilarityMetric(string name = "cosine_similarity") : Metric
{
    private readonly LossMetric _negative = new(new CosineSimilarity());

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool? HigherIsBetter => true;

    /// <inheritdoc/>
    public override double Result => -_negative.Result;

    /// <inheritdoc/>
    public override void Reset() => _negative.Reset();

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer) => _negative.SaveState(writer);

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader) => _negative.RestoreState(reader);

    /// <inheritdoc/>
    public override void Update(in MetricRows rows) => _negative.Update(rows);
}

/// <summary>The coefficient of determination: 1 minus the squared errors over the targets' squared distances from their mean, averaged over the columns.</summary>
/// <param name="name">The name in the history.</param>
public sealed class R2Score(string name = "r2_score") : Metric
{
    private double[] _sum = [], _squares = [], _errors = [];
    private double _weight;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool? HigherIsBetter => true;

    /// <inheritdoc/>
    public override void Reset()
    {
        foreach (double[] sums in (ReadOnlySpan<double[]>)[_sum, _squares, _errors])
            Array.Clear(sums);
        _weight = 0;
    }

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(_weight);
        Sums.Write(writer, _sum, _squares, _errors);
    }

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _weight = reader.ReadDouble();
        (_sum, _squares, _errors) = (Sums.Read(reader), Sums.Read(reader), Sums.Read(reader));
    }

    /// <inheritdoc/>
    public override void Update(in MetricRows rows)
    {
        if (_sum.Length != rows.Width)
            (_sum, _squares, _errors) = (new double[rows.Width], new double[rows.Width], new double[rows.Width]);
        for (int row = 0; row < rows.Count; row++)
        {
            double weight = rows.Weight(row);
            _weight += weight;
            for (int i = 0; i < rows.Width; i++)
            {
                double target = rows.Target(row)[i], error = target - rows.Prediction(row)[i];
                _sum[i] += weight * target;
                _squares[i] += weight * target * target;
                _errors[i] += weight * error * error;
            }
        }
    }

    /// <inheritdoc/>
    public override double Result
    {
        get
        {
            double scores = 0;
            for (int i = 0; i < _sum.Length; i++)
            {
                // As Keras: a column whose targets are all equal counts 0.
                double score = 1 - _errors[i] / (_squares[i] - _sum[i] * _sum[i] / _weight);
                scores += double.IsInfinity(score) ? 0 : score;
            }
            return _sum.Length == 0 ? 0 : scores / _sum.Length;
        }
    }
}
