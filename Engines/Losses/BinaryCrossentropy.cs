using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// The cross-entropy of yes-or-no targets y and probabilities p: the mean over a row of <c>−y·ln p − (1 − y)·ln(1 − p)</c>. From logits z it is
/// <c>max(z, 0) − z·y + ln(1 + e^−|z|)</c>, with the derivative p − y. Targets and predictions have the same shape.
/// </summary>
/// <param name="fromLogits">Whether the model's outputs are logits and not probabilities.</param>
/// <param name="labelSmoothing">s, by which targets become y·(1 − s) + s/2.</param>
public sealed class BinaryCrossentropy(bool fromLogits = false, double labelSmoothing = 0) : ElementwiseLoss
{
    /// <inheritdoc/>
    public override string Name => "binary_crossentropy";

    /// <summary>Whether the model's outputs are logits and not probabilities.</summary>
    public bool FromLogits { get; } = fromLogits;

    /// <summary>How far targets are moved towards one half.</summary>
    public double LabelSmoothing { get; } = Checked.Fraction(labelSmoothing);

    /// <inheritdoc/>
    public override ActivationFunction? Activation => FromLogits ? null : ActivationFunction.Sigmoid;

    private protected override (double Factor, double Shift) TargetLine(ReadOnlySpan<float> targets) => (1 - LabelSmoothing, LabelSmoothing / 2);

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction) => FromLogits ? OfLogit(target, prediction) : OfProbability(target, prediction);

    /// <inheritdoc/>
    protected override (double Value, double Slope) OfLogit(double target, double logit)
    {
        double e = Math.Exp(-Math.Abs(logit));
        return (Math.Max(logit, 0) - logit * target + Math.Log(1 + e), (logit >= 0 ? 1 / (1 + e) : e / (1 + e)) - target);
    }

    /// <summary>As Keras: probabilities are clipped; a clipped one has no derivative.</summary>
    internal static (double Value, double Slope) OfProbability(double target, double probability)
    {
        double p = Math.Clamp(probability, Epsilon, 1 - Epsilon);
        return (-target * Math.Log(p) - (1 - target) * Math.Log(1 - p), probability is >= Epsilon and <= 1 - Epsilon ? (p - target) / (p * (1 - p)) : 0);
    }
}

/// <summary>
/// <see cref="BinaryCrossentropy"/> that counts what is nearly right less (Lin et al. 2017): each element times <c>(1 − q)^γ</c>, where q = y·p + (1 − y)·(1 − p) is the
/// probability given to the truth; balanced, also times α where y is 1 and 1 − α where it is 0.
/// </summary>
/// <param name="applyClassBalancing">Whether α is used.</param>
/// <param name="alpha">α, the weight of class 1.</param>
/// <param name="gamma">γ, how much less easy samples count.</param>
/// <param name="fromLogits">Whether the model's outputs are logits and not probabilities.</param>
/// <param name="labelSmoothing">s, by which targets become y·(1 − s) + s/2.</param>
public sealed class BinaryFocalCrossentropy(bool applyClassBalancing = false, double alpha = 0.25, double gamma = 2, bool fromLogits = false, double labelSmoothing = 0) : ElementwiseLoss
{
    /// <inheritdoc/>
    public override string Name => "binary_focal_crossentropy";

    /// <summary>Whether <see cref="Alpha"/> is used.</summary>
    public bool ApplyClassBalancing { get; } = applyClassBalancing;

    /// <summary>The weight of class 1; class 0 has the rest.</summary>
    public double Alpha { get; } = Checked.Fraction(alpha);

    /// <summary>How much less easy samples count.</summary>
    public double Gamma { get; } = Checked.NotNegative(gamma);

    /// <summary>Whether the model's outputs are logits and not probabilities.</summary>
    public bool FromLogits { get; } = fromLogits;

    /// <summary>How far targets are moved towards one half.</summary>
    public double LabelSmoothing { get; } = Checked.Fraction(labelSmoothing);

    /// <inheritdoc/>
    public override ActivationFunction? Activation => FromLogits ? null : ActivationFunction.Sigmoid;

    private protected override (double Factor, double Shift) TargetLine(ReadOnlySpan<float> targets) => (1 - LabelSmoothing, LabelSmoothing / 2);

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction)
    {
        if (FromLogits)
            return OfLogit(target, prediction);
        double truth = target * prediction + (1 - target) * (1 - prediction);
        (double value, double slope) = BinaryCrossentropy.OfProbability(target, prediction);
        double focus = Math.Pow(1 - truth, Gamma), focusSlope = -Gamma * Math.Pow(1 - truth, Gamma - 1) * (2 * target - 1);
        double weight = ApplyClassBalancing ? target * Alpha + (1 - target) * (1 - Alpha) : 1;
        return (weight * focus * value, weight * (focusSlope * value + focus * slope));
    }

    /// <inheritdoc/>
    protected override (double Value, double Slope) OfLogit(double target, double logit)
    {
        double e = Math.Exp(-Math.Abs(logit)), p = logit >= 0 ? 1 / (1 + e) : e / (1 + e);
        double truth = target * p + (1 - target) * (1 - p);
        double value = Math.Max(logit, 0) - logit * target + Math.Log(1 + e);
        double focus = Math.Pow(1 - truth, Gamma), focusSlope = -Gamma * Math.Pow(1 - truth, Gamma - 1) * (2 * target - 1) * p * (1 - p);
        double weight = ApplyClassBalancing ? target * Alpha + (1 - target) * (1 - Alpha) : 1;
        return (weight * focus * value, weight * (focusSlope * value + focus * (p - target)));
    }
}
