namespace ConvNets.Engines;

/// <summary>
/// How often each class was taken for each other. Its figure in the history is the share of the diagonal, the accuracy; the matrix itself is <see cref="Counts"/>, of the data last gone through.
/// </summary>
/// <param name="classes">The number of classes; 2 where the model has one output, a probability.</param>
/// <param name="name">The name in the history.</param>
public sealed class ConfusionMatrix(int classes, string name = "confusion_matrix") : Metric
{
    private readonly double[,] _counts = new double[Checked.AtLeast(classes, 2), classes];

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool? HigherIsBetter => true;

    /// <summary>The weight of the rows of each true class (first index) that were predicted as each class (second index); a copy.</summary>
    public double[,] Counts => (double[,])_counts.Clone();

    /// <inheritdoc/>
    public override double Result
    {
        get
        {
            double right = 0, all = 0;
            for (int i = 0; i < classes; i++)
            {
                right += _counts[i, i];
                for (int j = 0; j < classes; j++)
                    all += _counts[i, j];
            }
            return all == 0 ? 0 : right / all;
        }
    }

    /// <inheritdoc/>
    public override void Reset() => Array.Clear(_counts);

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (double count in _counts)
            writer.Write(count);
    }

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        for (int i = 0; i < _counts.Length; i++)
            _counts[i / classes, i % classes] = reader.ReadDouble();
    }

    /// <inheritdoc/>
    /// <exception cref="TrainingException">A class is not below the number of classes.</exception>
    public override void Update(in MetricRows rows)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            int truth = rows.TargetClass(row), predicted = rows.Width == 1 ? (rows.Predictions[row] > 0.5f ? 1 : 0) : MeanMetric.ArgMax(rows.Prediction(row));
            if ((uint)truth >= (uint)classes || predicted >= classes)
                throw new TrainingException($"The confusion matrix has {classes} classes; received class {(predicted >= classes ? predicted : truth)} in row {row}.");
            _counts[truth, predicted] += rows.Weight(row);
        }
    }
}
