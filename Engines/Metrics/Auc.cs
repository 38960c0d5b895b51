namespace ConvNets.Engines;

/// <summary>A curve that a threshold draws as it goes from 0 to 1.</summary>
public enum AucCurve
{
    /// <summary>Recall over the share of negative targets that are predicted positive (receiver operating characteristic).</summary>
    Roc,

    /// <summary>Precision over recall.</summary>
    PrecisionRecall,
}

/// <summary>
/// The area under a curve, from counts at evenly spaced thresholds as Keras computes it; precision over recall is interpolated as by Davis and Goadrich (2006). Predictions are
/// probabilities; targets other than 0 are positive.
/// </summary>
/// <param name="curve">Which curve.</param>
/// <param name="numThresholds">At how many thresholds counts are kept, at least 2.</param>
/// <param name="name">The name in the history.</param>
public sealed class Auc(AucCurve curve = AucCurve.Roc, int numThresholds = 200, string name = "auc") : Metric
{
    // The weight of targets whose prediction lies between a threshold and the next.
    private readonly double[] _positive = new double[Checked.AtLeast(numThresholds, 2)];
    private readonly double[] _negative = new double[numThresholds];

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool? HigherIsBetter => true;

    /// <inheritdoc/>
    public override void Reset()
    {
        Array.Clear(_positive);
        Array.Clear(_negative);
    }

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer) => Sums.Write(writer, _positive, _negative);

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader)
    {
        Sums.Read(reader).CopyTo(_positive, 0);
        Sums.Read(reader).CopyTo(_negative, 0);
    }

    /// <inheritdoc/>
    public override void Update(in MetricRows rows)
    {
        for (int i = 0; i < rows.Count * rows.Width; i++)
        {
            // In single precision, as Keras: a prediction on a threshold must fall on the same side of it.
            float place = MathF.Ceiling(Math.Clamp(rows.Predictions[i], 0f, 1f) * (_positive.Length - 1)) - 1;
            (rows.Targets[i] != 0 ? _positive : _negative)[Math.Max((int)place, 0)] += rows.Weight(i / rows.Width);
        }
    }

    /// <inheritdoc/>
    public override double Result
    {
        get
        {
            // From the greatest threshold down: what lies above each.
            double positives = _positive.Sum(), negatives = _negative.Sum(), area = 0, truePositives = 0;
            float singleTrue = 0, singleFalse = 0;
            for (int i = _positive.Length - 1; i >= 0; i--)
            {
                double addedTrue = _positive[i], addedFalse = _negative[i];
                area += curve == AucCurve.Roc
                    ? Ratio(addedFalse, negatives) * (Ratio(truePositives + addedTrue, positives) + Ratio(truePositives, positives)) / 2
                    : PrecisionRecallArea(singleTrue, singleFalse, singleTrue + (float)addedTrue, singleFalse + (float)addedFalse, (float)positives);
                truePositives += addedTrue;
                singleTrue += (float)addedTrue;
                singleFalse += (float)addedFalse;
            }
            return area;
        }
    }

    /// <summary>
    /// The area between two thresholds, in single precision: its differences of sums magnify how those are rounded, so that Keras's value, computed so, is met only in the same way.
    /// </summary>
    private static double PrecisionRecallArea(float truePositives, float falsePositives, float nextTrue, float nextFalse, float positives)
    {
        float predicted = truePositives + falsePositives, next = nextTrue + nextFalse, addedTrue = nextTrue - truePositives, added = next - predicted, whole = truePositives + (positives - truePositives);
        float slope = added > 0 ? addedTrue / added : 0, intercept = truePositives - slope * predicted;
        float ratio = predicted > 0 && next > 0 ? next / predicted : 1;
        return whole > 0 ? slope * (addedTrue + intercept * MathF.Log(ratio)) / whole : 0;
    }

    private static double Ratio(double part, double whole) => whole == 0 ? 0 : part / whole;
}
