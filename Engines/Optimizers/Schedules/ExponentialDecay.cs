namespace ConvNets.Engines;

/// <summary><c>η₀·rᵗᐟᵀ</c>; as a staircase, t/T is rounded down.</summary>
/// <param name="initialLearningRate">η₀, the step size at first.</param>
/// <param name="decaySteps">T, in how many steps it falls to r of it.</param>
/// <param name="decayRate">r.</param>
/// <param name="staircase">Whether it falls only every T steps.</param>
public sealed class ExponentialDecay(double initialLearningRate, int decaySteps, double decayRate, bool staircase = false) : LearningRateSchedule
{
    /// <summary>The step size at first.</summary>
    public double InitialLearningRate { get; } = Checked.NotNegative(initialLearningRate);

    /// <summary>In how many steps it falls to <see cref="DecayRate"/> of it.</summary>
    public int DecaySteps { get; } = Checked.AtLeast(decaySteps, 1);

    /// <summary>To which part of it it falls.</summary>
    public double DecayRate { get; } = Checked.NotNegative(decayRate);

    /// <summary>Whether it falls only every <see cref="DecaySteps"/> steps.</summary>
    public bool Staircase { get; } = staircase;

    /// <inheritdoc/>
    public override double At(long step)
    {
        double part = (double)step / DecaySteps;
        return InitialLearningRate * Math.Pow(DecayRate, Staircase ? Math.Floor(part) : part);
    }
}
