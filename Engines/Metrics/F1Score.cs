namespace ConvNets.Engines;

/// <summary>How the scores of several classes become one.</summary>
public enum ScoreAverage
{
    /// <summary>The mean of the classes' scores.</summary>
    Macro,

    /// <summary>One score of all classes' counts together.</summary>
    Micro,

    /// <summary>The mean of the classes' scores, each times the class's share of the targets.</summary>
    Weighted,
}

/// <summary>
/// The harmonic mean of precision and recall, <c>2·P·R/(P + R)</c>, for one-hot targets or several yes-or-no ones. Without a threshold a row's greatest prediction is its positive one.
/// </summary>
/// <param name="average">How the classes' scores become one. (Keras gives out one score a class unless it is told.)</param>
/// <param name="threshold">A prediction above it is positive; null for the row's greatest.</param>
/// <param name="name">The name in the history.</param>
public sealed class F1Score(ScoreAverage average = ScoreAverage.Macro, float? threshold = null, string name = "f1_score") : Metric
{
    // Keras's guard against dividing by 0.
    private const double Guard = 1e-7;

    private double[] _truePositives = [], _falsePositives = [], _falseNegatives = [];

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool? HigherIsBetter => true;

    /// <inheritdoc/>
    public override void Reset()
    {
        foreach (double[] counts in (ReadOnlySpan<double[]>)[_truePositives, _falsePositives, _falseNegatives])
            Array.Clear(counts);
    }

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer) => Sums.Write(writer, _truePositives, _falsePositives, _falseNegatives);

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader) => (_truePositives, _falsePositives, _falseNegatives) = (Sums.Read(reader), Sums.Read(reader), Sums.Read(reader));

    /// <inheritdoc/>
    public override void Update(in MetricRows rows)
    {
        if (_truePositives.Length != rows.Width)
            (_truePositives, _falsePositives, _falseNegatives) = (new double[rows.Width], new double[rows.Width], new double[rows.Width]);
        for (int row = 0; row < rows.Count; row++)
        {
            ReadOnlySpan<float> predictions = rows.Prediction(row), targets = rows.Target(row);
            float greatest = predictions[MeanMetric.ArgMax(predictions)], weight = rows.Weight(row);
            for (int i = 0; i < predictions.Length; i++)
            {
                bool positive = threshold is float t ? predictions[i] > t : predictions[i] >= greatest && Math.Abs(predictions[i]) > 1e-9;
                if (positive)
                {
                    _truePositives[i] += weight * targets[i];
                    _falsePositives[i] += weight * (1 - targets[i]);
                }
                else
                {
                    _falseNegatives[i] += weight * targets[i];
                }
            }
        }
    }

    /// <inheritdoc/>
    public override double Result
    {
        get
        {
            if (average == ScoreAverage.Micro)
                return Score(_truePositives.Sum(), _falsePositives.Sum(), _falseNegatives.Sum());
            double sum = 0, all = _truePositives.Sum() + _falseNegatives.Sum() + Guard;
            for (int i = 0; i < _truePositives.Length; i++)
            {
                double share = average == ScoreAverage.Weighted ? (_truePositives[i] + _falseNegatives[i]) / all : 1.0 / _truePositives.Length;
                sum += share * Score(_truePositives[i], _falsePositives[i], _falseNegatives[i]);
            }
            return sum;
        }
    }

    private static double Score(double truePositives, double falsePositives, double falseNegatives)
    {
        double precision = truePositives / (truePositives + falsePositives + Guard), recall = truePositives / (truePositives + falseNegatives + Guard);
        return 2 * precision * recall / (precision + recall + Guard);
    }
}
