namespace ConvNets.Engines;

/// <summary>A ratio of counts of predictions above a threshold that are right or wrong. Targets other than 0 are positive.</summary>
/// <param name="threshold">A prediction above it is positive; 0.5 when null, or any of the k greatest where <paramref name="topK"/> is given.</param>
/// <param name="topK">Only a row's k greatest predictions can be positive; null for all.</param>
/// <param name="classId">The one column that is looked at; null for all.</param>
public abstract class PositiveCountMetric(float? threshold, int? topK, int? classId) : Metric
{
    private readonly float _threshold = threshold ?? (topK is null ? 0.5f : float.NegativeInfinity);
    private readonly int? _topK = Checked.AtLeast(topK, 1);

    /// <inheritdoc/>
    public override bool? HigherIsBetter => true;

    /// <summary>The weight of positive predictions of positive targets.</summary>
    protected double TruePositives { get; private set; }

    /// <summary>The weight of positive predictions of other targets.</summary>
    protected double FalsePositives { get; private set; }

    /// <summary>The weight of positive targets that were not predicted.</summary>
    protected double FalseNegatives { get; private set; }

    /// <inheritdoc/>
    public override void Reset() => (TruePositives, FalsePositives, FalseNegatives) = (0, 0, 0);

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(TruePositives);
        writer.Write(FalsePositives);
        writer.Write(FalseNegatives);
    }

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        (TruePositives, FalsePositives, FalseNegatives) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
    }

    /// <inheritdoc/>
    public override void Update(in MetricRows rows)
    {
        (int first, int end) = classId is int column ? (column, column + 1) : (0, rows.Width);
        for (int row = 0; row < rows.Count; row++)
        {
            ReadOnlySpan<float> predictions = rows.Prediction(row), targets = rows.Target(row);
            for (int i = first; i < end; i++)
            {
                bool predicted = predictions[i] > _threshold && (_topK is not int k || Rank(predictions, i) < k);
                if (predicted && targets[i] != 0)
                    TruePositives += rows.Weight(row);
                else if (predicted)
                    FalsePositives += rows.Weight(row);
                else if (targets[i] != 0)
                    FalseNegatives += rows.Weight(row);
            }
        }
    }

    /// <summary>Of all that the denominator counts, the share that is truly positive; 0 of nothing.</summary>
    private protected double Share(double others) => TruePositives + others == 0 ? 0 : TruePositives / (TruePositives + others);

    /// <summary>How many values come before one, in falling order and the first of equals first.</summary>
    private static int Rank(ReadOnlySpan<float> values, int index)
    {
        int rank = 0;
        for (int i = 0; i < values.Length; i++)
            rank += values[i] > values[index] || (values[i] == values[index] && i < index) ? 1 : 0;
        return rank;
    }
}

/// <summary>Which part of the positive predictions is right.</summary>
/// <param name="threshold">A prediction above it is positive; 0.5 when null, or any of the k greatest where <paramref name="topK"/> is given.</param>
/// <param name="topK">Only a row's k greatest predictions can be positive; null for all.</param>
/// <param name="classId">The one column that is looked at; null for all.</param>
/// <param name="name">The name in the history.</param>
public sealed class Precision(float? threshold = null, int? topK = null, int? classId = null, string name = "precision") : PositiveCountMetric(threshold, topK, classId)
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override double Result => Share(FalsePositives);
}

/// <summary>Which part of the positive targets is found.</summary>
/// <param name="threshold">A prediction above it is positive; 0.5 when null, or any of the k greatest where <paramref name="topK"/> is given.</param>
/// <param name="topK">Only a row's k greatest predictions can be positive; null for all.</param>
/// <param name="classId">The one column that is looked at; null for all.</param>
/// <param name="name">The name in the history.</param>
public sealed class Recall(float? threshold = null, int? topK = null, int? classId = null, string name = "recall") : PositiveCountMetric(threshold, topK, classId)
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override double Result => Share(FalseNegatives);
}
