namespace ConvNets.Engines;

/// <summary>A loss of the margin y·p by which a prediction is on the right side, for targets of −1 and 1; targets of a batch that are all 0 or 1 are taken as those.</summary>
public abstract class MarginLoss : ElementwiseLoss
{
    private protected override (double Factor, double Shift) TargetLine(ReadOnlySpan<float> targets) => targets.ContainsAnyExcept(0f, 1f) ? (1, 0) : (2, -1);
}

/// <summary>The mean over a row of max(1 − y·p, 0), for targets y of −1 and 1, or 0 and 1.</summary>
public sealed class Hinge : MarginLoss
{
    /// <inheritdoc/>
    public override string Name => "hinge";

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction)
    {
        double lack = 1 - target * prediction;
        return lack >= 0 ? (lack, -target) : (0, 0);
    }
}

/// <summary>The mean over a row of max(1 − y·p, 0)², for targets y of −1 and 1, or 0 and 1.</summary>
public sealed class SquaredHinge : MarginLoss
{
    /// <inheritdoc/>
    public override string Name => "squared_hinge";

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction)
    {
        double lack = Math.Max(1 - target * prediction, 0);
        return (lack * lack, -2 * lack * target);
    }
}

/// <summary>max(n − s + 1, 0), where s = Σ y·p is the prediction of the true class and n = max((1 − y)·p) the greatest of the others, for one-hot targets.</summary>
public sealed class CategoricalHinge : Loss
{
    /// <inheritdoc/>
    public override string Name => "categorical_hinge";

    /// <inheritdoc/>
    public override void Compute(in LossRows rows)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            ReadOnlySpan<float> p = rows.Prediction(row), y = rows.Target(row);
            Span<float> gradient = rows.Gradient(row);
            double right = 0, wrong = double.NegativeInfinity;
            int greatest = 0;
            for (int i = 0; i < p.Length; i++)
            {
                double other = (1.0 - y[i]) * p[i];
                right += (double)y[i] * p[i];
                if (other > wrong)
                    (wrong, greatest) = (other, 1);
                else if (other == wrong)
                    greatest++;
            }
            double loss = wrong - right + 1;
            rows.Losses[row] = Math.Max(loss, 0);
            for (int i = 0; i < gradient.Length; i++)
            {
                // Several greatest share the derivative.
                double others = (1.0 - y[i]) * p[i] == wrong ? (1.0 - y[i]) / greatest : 0;
                gradient[i] = loss >= 0 ? (float)(others - y[i]) : 0;
            }
        }
    }
}
