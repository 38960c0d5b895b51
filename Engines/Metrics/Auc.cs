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
            double positives = _positive.Sum(), negatives = _negative.Sum(), area = 0, truePositives = 0, falsePositives = 0;
            for (int i = _positive.Length - 1; i >= 0; i--)
            {
                double addedTrue = _positive[i], addedFalse = _negative[i];
                area += curve == AucCurve.Roc
                    ? Ratio(addedFalse, negatives) * (Ratio(truePositives + addedTrue, positives) + Ratio(truePositives, positives)) / 2
                    : PrecisionRecallArea(truePositives, falsePositives, addedTrue, addedFalse, positives);
                truePositives += addedTrue;
                falsePositives += addedFalse;
            }
            return area;
        }
    }

    private static double PrecisionRecallArea(double truePositives, double falsePositives, double addedTrue, double addedFalse, double positives)
    {
        double predicted = truePositives + falsePositives, next = predicted + addedTrue + addedFalse;
        double slope = Ratio(addedTrue, addedTrue + addedFalse), intercept = truePositives - slope * predicted;
        double ratio = predicted > 0 && next > 0 ? next / predicted : 1;
        return Ratio(slope * (addedTrue + intercept * Math.Log(ratio)), positives);
    }

    private static double Ratio(double part, double whole) => whole == 0 ? 0 : part / whole;
}
