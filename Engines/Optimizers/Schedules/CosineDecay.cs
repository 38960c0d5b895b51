namespace ConvNets.Engines;

/// <summary>
/// Half a cosine wave down to α of the first value (Loshchilov and Hutter 2017): <c>η₀·((1 − α)·½·(1 + cos(π·t/T)) + α)</c> for t up to T. With a warm-up, the step size
/// first rises in a straight line from η₀ to a target, from which it then falls.
/// </summary>
/// <param name="initialLearningRate">η₀, the step size at first.</param>
/// <param name="decaySteps">T, in how many steps it falls.</param>
/// <param name="alpha">α, which part of it remains.</param>
/// <param name="warmupTarget">To what it rises first; null for no warm-up.</param>
/// <param name="warmupSteps">In how many steps.</param>
public sealed class CosineDecay(double initialLearningRate, int decaySteps, double alpha = 0, double? warmupTarget = null, int warmupSteps = 0) : LearningRateSchedule
{
    /// <summary>The step size at first.</summary>
    public double InitialLearningRate { get; } = Checked.NotNegative(initialLearningRate);

    /// <summary>In how many steps it falls.</summary>
    public int DecaySteps { get; } = Checked.AtLeast(decaySteps, 1);

    /// <summary>Which part of it remains.</summary>
    public double Alpha { get; } = Checked.NotNegative(alpha);

    /// <summary>To what it rises first.</summary>
    public double? WarmupTarget { get; } = Checked.NotNegative(warmupTarget);

    /// <summary>In how many steps it rises.</summary>
    public int WarmupSteps { get; } = Checked.AtLeast(warmupSteps, 0);

    /// <inheritdoc/>
    public override double At(long step)
    {
        if (WarmupTarget is not double target)
            return InitialLearningRate * Falling(step);
        return step < WarmupSteps ? InitialLearningRate + (target - InitialLearningRate) * step / WarmupSteps : target * Falling(step - WarmupSteps);
    }

    private double Falling(long step) => (1 - Alpha) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(step, DecaySteps) / DecaySteps)) + Alpha;
}

/// <summary>
/// <see cref="CosineDecay"/> again and again (Loshchilov and Hutter 2017): each fall takes <c>tMul</c> times as long as the last and starts from <c>mMul</c> times its height.
/// </summary>
/// <param name="initialLearningRate">The step size at first.</param>
/// <param name="firstDecaySteps">In how many steps it falls the first time.</param>
/// <param name="tMul">How much longer each fall takes than the last, at least 1.</param>
/// <param name="mMul">How much higher each starts than the last.</param>
/// <param name="alpha">Which part of the first step size remains.</param>
public sealed class CosineDecayRestarts(double initialLearningRate, int firstDecaySteps, double tMul = 2, double mMul = 1, double alpha = 0) : LearningRateSchedule
{
    /// <summary>The step size at first.</summary>
    public double InitialLearningRate { get; } = Checked.NotNegative(initialLearningRate);

    /// <summary>In how many steps it falls the first time.</summary>
    public int FirstDecaySteps { get; } = Checked.AtLeast(firstDecaySteps, 1);

    /// <summary>How much longer each fall takes than the last.</summary>
    public double TMul { get; } = tMul is >= 1 and < double.PositiveInfinity ? tMul : throw new ArgumentOutOfRangeException(nameof(tMul), tMul, "Expected a value that is finite and at least 1.");

    /// <summary>How much higher each starts than the last.</summary>
    public double MMul { get; } = Checked.NotNegative(mMul);

    /// <summary>Which part of the first step size remains.</summary>
    public double Alpha { get; } = Checked.NotNegative(alpha);

    /// <inheritdoc/>
    public override double At(long step)
    {
        double part = (double)step / FirstDecaySteps, restarts = TMul == 1 ? Math.Floor(part) : 0;
        part -= restarts;
        for (; part >= 1; restarts++)
            part = (part - 1) / TMul;
        return InitialLearningRate * ((1 - Alpha) * 0.5 * Math.Pow(MMul, restarts) * (1 + Math.Cos(Math.PI * part)) + Alpha);
    }
}
