namespace ConvNets.Engines;

/// <summary><c>(η₀ − η₁)·(1 − t/T)ᵖ + η₁</c> for t up to T, then η₁; cycling, T grows to its next multiple that t has not passed.</summary>
/// <param name="initialLearningRate">η₀, the step size at first.</param>
/// <param name="decaySteps">T, in how many steps it falls.</param>
/// <param name="endLearningRate">η₁, to which it falls.</param>
/// <param name="power">p; 1 for a straight line.</param>
/// <param name="cycle">Whether it starts anew after T steps, from ever less.</param>
public sealed class PolynomialDecay(double initialLearningRate, int decaySteps, double endLearningRate = 0.0001, double power = 1, bool cycle = false) : LearningRateSchedule
{
    /// <summary>The step size at first.</summary>
    public double InitialLearningRate { get; } = Checked.NotNegative(initialLearningRate);

    /// <summary>In how many steps it falls.</summary>
    public int DecaySteps { get; } = Checked.AtLeast(decaySteps, 1);

    /// <summary>To which it falls.</summary>
    public double EndLearningRate { get; } = Checked.NotNegative(endLearningRate);

    /// <summary>The power of the remaining time.</summary>
    public double Power { get; } = Checked.NotNegative(power);

    /// <summary>Whether it starts anew after <see cref="DecaySteps"/> steps.</summary>
    public bool Cycle { get; } = cycle;

    /// <inheritdoc/>
    public override double At(long step)
    {
        double steps = Cycle && step > 0 ? DecaySteps * Math.Ceiling((double)step / DecaySteps) : DecaySteps;
        double part = Math.Min(step, steps) / steps;
        return (InitialLearningRate - EndLearningRate) * Math.Pow(1 - part, Power) + EndLearningRate;
    }
}
