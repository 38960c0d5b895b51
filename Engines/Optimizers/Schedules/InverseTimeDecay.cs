namespace ConvNets.Engines;

/// <summary><c>η₀/(1 + r·t/T)</c>; as a staircase, t/T is rounded down.</summary>
/// <param name="initialLearningRate">η₀, the step size at first.</param>
/// <param name="decaySteps">T, the unit of time in steps.</param>
/// <param name="decayRate">r, how much is added to the divisor in that time.</param>
/// <param name="staircase">Whether it falls only every T steps.</param>
public sealed class InverseTimeDecay(double initialLearningRate, int decaySteps, double decayRate, bool staircase = false) : LearningRateSchedule
{
    /// <summary>The step size at first.</summary>
    public double InitialLearningRate { get; } = Checked.NotNegative(initialLearningRate);

    /// <summary>The unit of time in steps.</summary>
    public int DecaySteps { get; } = Checked.AtLeast(decaySteps, 1);

    /// <summary>How much is added to the divisor in that time.</summary>
    public double DecayRate { get; } = Checked.NotNegative(decayRate);

    /// <summary>Whether it falls only every <see cref="DecaySteps"/> steps.</summary>
    public bool Staircase { get; } = staircase;

    /// <inheritdoc/>
    public override double At(long step)
    {
        double part = (double)step / DecaySteps;
        return InitialLearningRate / (1 + DecayRate * (Staircase ? Math.Floor(part) : part));
    }
}
