using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// A loss of target and predicted distributions over classes: the sum over a row of a function of each target and its probability. Probabilities are made to sum to 1 first;
/// from logits they are their softmax.
/// </summary>
/// <param name="fromLogits">Whether the model's outputs are logits and not probabilities.</param>
/// <param name="labelSmoothing">How far targets are moved towards equal ones.</param>
public abstract class DistributionLoss(bool fromLogits, double labelSmoothing) : Loss
{
    /// <summary>Whether the model's outputs are logits and not probabilities.</summary>
    public bool FromLogits { get; } = fromLogits;

    /// <summary>s, by which targets over n classes become y·(1 − s) + s/n.</summary>
    public double LabelSmoothing { get; } = Checked.Fraction(labelSmoothing);

    /// <inheritdoc/>
    public override ActivationFunction? Activation => FromLogits ? null : ActivationFunction.Softmax;

    /// <inheritdoc/>
    public override void Compute(in LossRows rows)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            rows.Losses[row] = FromLogits || rows.FromLogits
                ? OfLogits(rows.Prediction(row), rows.Target(row), rows.Gradient(row))
                : OfProbabilities(rows.Prediction(row), rows.Target(row), rows.Gradient(row));
        }
    }

    /// <summary>The function, for a probability that may be 0 or 1.</summary>
    /// <returns>Its value, and its derivative with respect to the probability.</returns>
    private protected abstract (double Value, double Slope) Of(double target, double probability);

    private protected double Smooth(float target, int classes) => target * (1 - LabelSmoothing) + LabelSmoothing / classes;

    /// <summary>The logarithm of the sum of the exponentials, which cannot overflow.</summary>
    internal static double LogSumExp(ReadOnlySpan<float> logits)
    {
        double greatest = double.NegativeInfinity, sum = 0;
        foreach (float value in logits)
            greatest = Math.Max(greatest, value);
        foreach (float value in logits)
            sum += Math.Exp(value - greatest);
        return greatest + Math.Log(sum);
    }

    private protected virtual double OfLogits(ReadOnlySpan<float> z, ReadOnlySpan<float> y, Span<float> gradient)
    {
        double logarithm = LogSumExp(z), loss = 0, mean = 0;
        for (int i = 0; i < z.Length; i++)
        {
            double q = Math.Exp(z[i] - logarithm);
            (double value, double slope) = Of(Smooth(y[i], y.Length), q);
            loss += value;
            mean += slope * q;
        }
        for (int i = 0; i < gradient.Length; i++)
        {
            double q = Math.Exp(z[i] - logarithm);
            gradient[i] = (float)(q * (Of(Smooth(y[i], y.Length), q).Slope - mean));
        }
        return loss;
    }

    private double OfProbabilities(ReadOnlySpan<float> p, ReadOnlySpan<float> y, Span<float> gradient)
    {
        double sum = 0, loss = 0, mean = 0;
        foreach (float value in p)
            sum += value;
        for (int i = 0; i < p.Length; i++)
        {
            double q = p[i] / sum;
            (double value, double slope) = Of(Smooth(y[i], y.Length), q);
            loss += value;
            mean += slope * q;
        }
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = (float)((Of(Smooth(y[i], y.Length), p[i] / sum).Slope - mean) / sum);
        return loss;
    }
}

/// <summary>
/// The cross-entropy of target distributions y and predicted ones p: <c>−Σ y·ln p</c> over a row. From logits z it is <c>Σ y·(ln Σ eᶻ − z)</c>, with the
/// derivative p·Σy − y. Targets and predictions have the same shape.
/// </summary>
/// <param name="fromLogits">Whether the model's outputs are logits and not probabilities.</param>
/// <param name="labelSmoothing">s, by which targets over n classes become y·(1 − s) + s/n.</param>
public sealed class CategoricalCrossentropy(bool fromLogits = false, double labelSmoothing = 0) : DistributionLoss(fromLogits, labelSmoothing)
{
    /// <inheritdoc/>
    public override string Name => "categorical_crossentropy";

    /// <summary>As Keras: probabilities are clipped; a clipped one has no derivative.</summary>
    private protected override (double Value, double Slope) Of(double target, double probability) =>
        (-target * Math.Log(Math.Clamp(probability, Epsilon, 1 - Epsilon)), probability is >= Epsilon and <= 1 - Epsilon ? -target / probability : 0);

    private protected override double OfLogits(ReadOnlySpan<float> z, ReadOnlySpan<float> y, Span<float> gradient)
    {
        double logarithm = LogSumExp(z), loss = 0, total = 0;
        for (int i = 0; i < z.Length; i++)
        {
            double target = Smooth(y[i], y.Length);
            total += target;
            loss += target * (logarithm - z[i]);
        }
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = (float)(total * Math.Exp(z[i] - logarithm) - Smooth(y[i], y.Length));
        return loss;
    }
}

/// <summary><see cref="CategoricalCrossentropy"/> that counts what is nearly right less (Lin et al. 2017): <c>−Σ α·(1 − p)^γ·y·ln p</c> over a row.</summary>
/// <param name="alpha">α, a factor of the whole.</param>
/// <param name="gamma">γ, how much less easy samples count.</param>
/// <param name="fromLogits">Whether the model's outputs are logits and not probabilities.</param>
/// <param name="labelSmoothing">s, by which targets over n classes become y·(1 − s) + s/n.</param>
public sealed class CategoricalFocalCrossentropy(double alpha = 0.25, double gamma = 2, bool fromLogits = false, double labelSmoothing = 0) : DistributionLoss(fromLogits, labelSmoothing)
{
    /// <inheritdoc/>
    public override string Name => "categorical_focal_crossentropy";

    /// <summary>A factor of the whole.</summary>
    public double Alpha { get; } = Checked.NotNegative(alpha);

    /// <summary>How much less easy samples count.</summary>
    public double Gamma { get; } = Checked.NotNegative(gamma);

    private protected override (double Value, double Slope) Of(double target, double probability)
    {
        double q = Math.Clamp(probability, Epsilon, 1 - Epsilon), logarithm = Math.Log(q), focus = Alpha * Math.Pow(1 - q, Gamma);
        double slope = target * (focus * Gamma / (1 - q) * logarithm - focus / q);
        return (-target * focus * logarithm, probability is >= Epsilon and <= 1 - Epsilon ? slope : 0);
    }
}

/// <summary>
/// <see cref="CategoricalCrossentropy"/> with targets that are class numbers: <c>−ln p[y]</c>. Targets have one value a row.
/// </summary>
/// <param name="fromLogits">Whether the model's outputs are logits and not probabilities.</param>
/// <param name="ignoreClass">A class number whose rows do not count; null for none.</param>
public sealed class SparseCategoricalCrossentropy(bool fromLogits = false, int? ignoreClass = null) : Loss
{
    /// <inheritdoc/>
    public override string Name => "sparse_categorical_crossentropy";

    /// <summary>Whether the model's outputs are logits and not probabilities.</summary>
    public bool FromLogits { get; } = fromLogits;

    /// <summary>A class number whose rows do not count.</summary>
    public int? IgnoreClass { get; } = ignoreClass;

    /// <inheritdoc/>
    public override ActivationFunction? Activation => FromLogits ? null : ActivationFunction.Softmax;

    /// <inheritdoc/>
    public override TensorShape TargetShape(TensorShape outputShape)
    {
        ArgumentNullException.ThrowIfNull(outputShape);
        return [.. outputShape.SkipLast(1), 1];
    }

    /// <inheritdoc/>
    /// <exception cref="TrainingException">A target is no class number below the row's width.</exception>
    public override void Compute(in LossRows rows)
    {
        int counted = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            float label = rows.Targets[row];
            if (label == IgnoreClass)
            {
                rows.Losses[row] = 0;
                rows.Gradient(row).Clear();
                continue;
            }
            int index = ClassOf(rows.Targets, row, rows.Width);
            counted++;
            rows.Losses[row] = FromLogits || rows.FromLogits ? OfLogits(rows.Prediction(row), index, rows.Gradient(row)) : OfProbabilities(rows.Prediction(row), index, rows.Gradient(row));
        }
        if (counted < rows.Count && counted > 0 && Reduction != LossReduction.Sum)
            Spread(rows, (double)rows.Count / counted);
    }

    /// <summary>The class of a row.</summary>
    /// <exception cref="TrainingException">It is none.</exception>
    internal static int ClassOf(ReadOnlySpan<float> targets, int row, int width)
    {
        float label = targets[row];
        int index = (int)label;
        return index == label && (uint)index < (uint)width
            ? index
            : throw new TrainingException($"Target {label} of row {row} is no class number: expected an integer from 0 to {width - 1}.");
    }

    private static double OfLogits(ReadOnlySpan<float> z, int label, Span<float> gradient)
    {
        double logarithm = DistributionLoss.LogSumExp(z);
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = (float)(Math.Exp(z[i] - logarithm) - (i == label ? 1 : 0));
        return logarithm - z[label];
    }

    /// <summary>As Keras: probabilities are clipped, then made to sum to 1; a clipped one has no derivative.</summary>
    private static double OfProbabilities(ReadOnlySpan<float> p, int label, Span<float> gradient)
    {
        double sum = 0;
        foreach (float value in p)
            sum += Math.Clamp((double)value, Epsilon, 1 - Epsilon);
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = p[i] is >= Epsilon and <= 1 - Epsilon ? (float)(1 / sum - (i == label ? 1.0 / p[i] : 0)) : 0;
        return Math.Log(sum) - Math.Log(Math.Clamp((double)p[label], Epsilon, 1 - Epsilon));
    }

    /// <summary>Lets the rows that count stand for those that do not, so that the mean over all rows is theirs.</summary>
    private static void Spread(in LossRows rows, double factor)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            rows.Losses[row] *= factor;
            foreach (ref float slope in rows.Gradient(row))
                slope *= (float)factor;
        }
    }
}
