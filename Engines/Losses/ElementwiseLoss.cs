namespace ConvNets.Engines;

/// <summary>
/// A loss that is the mean over a row of a function of each target and its prediction: derive from it and write the function with its derivative. Targets and predictions
/// have the same shape.
/// </summary>
/// <example>
/// <code>
/// sealed class FourthPower : ElementwiseLoss
/// {
///     public override string Name => "fourth_power";
///
///     protected override (double Value, double Slope) Of(double target, double prediction)
///     {
///         double error = prediction - target;
///         return (Math.Pow(error, 4), 4 * Math.Pow(error, 3));
///     }
/// }
/// </code>
/// </example>
public abstract class ElementwiseLoss : Loss
{
    /// <summary>The function.</summary>
    /// <param name="target">The target.</param>
    /// <param name="prediction">The prediction.</param>
    /// <returns>Its value, and its derivative with respect to the prediction.</returns>
    protected abstract (double Value, double Slope) Of(double target, double prediction);

    /// <summary>The function of the input of <see cref="Loss.Activation"/>; asked for only where that is not null.</summary>
    /// <param name="target">The target.</param>
    /// <param name="logit">The activation's input.</param>
    /// <returns>Its value, and its derivative with respect to that input.</returns>
    protected virtual (double Value, double Slope) OfLogit(double target, double logit) =>
        throw new NotSupportedException($"The loss {Name} names an activation; it must then be computed from that activation's input too.");

    /// <summary>Whether a row's loss is the sum of its elements', not their mean.</summary>
    private protected virtual bool Sums => false;

    /// <summary>A straight line that targets go through first: their factor, and what is added.</summary>
    private protected virtual (double Factor, double Shift) TargetLine(ReadOnlySpan<float> targets) => (1, 0);

    /// <inheritdoc/>
    public sealed override void Compute(in LossRows rows)
    {
        (double factor, double shift) = TargetLine(rows.Targets);
        double part = Sums ? 1 : 1.0 / rows.Width;
        for (int row = 0; row < rows.Count; row++)
        {
            ReadOnlySpan<float> prediction = rows.Prediction(row), target = rows.Target(row);
            Span<float> gradient = rows.Gradient(row);
            double sum = 0;
            for (int i = 0; i < prediction.Length; i++)
            {
                double y = factor * target[i] + shift;
                (double value, double slope) = rows.FromLogits ? OfLogit(y, prediction[i]) : Of(y, prediction[i]);
                sum += value;
                if (!gradient.IsEmpty)
                    gradient[i] = (float)(slope * part);
            }
            rows.Losses[row] = sum * part;
        }
    }
}
