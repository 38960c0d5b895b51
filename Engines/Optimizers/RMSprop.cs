namespace ConvNets.Engines;

/// <summary>
/// RMSprop (Hinton 2012), as Keras computes it: <c>v = ρ·v + (1 − ρ)·g²</c>, <c>w −= η·g/√(v + ε)</c>; centered, the squared mean of g is taken off v;
/// with momentum μ the steps are gathered first, <c>s = μ·s + η·g/√(…)</c>, <c>w −= s</c>.
/// </summary>
public sealed class RMSprop : Optimizer
{
    /// <summary>Makes the optimizer; the arguments and defaults are Keras's.</summary>
    /// <param name="learningRate">The step size η.</param>
    /// <param name="rho">How much of the squared gradient's mean remains at each step.</param>
    /// <param name="momentum">How much of the last step remains, 0 to 1.</param>
    /// <param name="epsilon">What is added below the root.</param>
    /// <param name="centered">Whether the gradient's variance is used and not its mean square.</param>
    public RMSprop(double learningRate = 0.001, double rho = 0.9, double momentum = 0, double epsilon = 1e-7, bool centered = false) : base(learningRate)
    {
        if (rho is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(rho), rho, "Rho must be at least 0 and below 1.");
        if (momentum is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(momentum), momentum, "The momentum must be between 0 and 1.");
        ArgumentOutOfRangeException.ThrowIfNegative(epsilon);
        (Rho, Momentum, Epsilon, Centered) = (rho, momentum, epsilon, centered);
    }

    /// <inheritdoc/>
    public override string Name => "rmsprop";

    /// <summary>How much of the squared gradient's mean remains at each step.</summary>
    public double Rho { get; }

    /// <summary>How much of the last step remains.</summary>
    public double Momentum { get; }

    /// <summary>What is added below the root.</summary>
    public double Epsilon { get; }

    /// <summary>Whether the gradient's variance is used and not its mean square.</summary>
    public bool Centered { get; }

    /// <inheritdoc/>
    public override int SlotCount => 3;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        Span<float> w = update.Weights, square = update.Slot(0), mean = update.Slot(1), step = update.Slot(2);
        ReadOnlySpan<float> g = update.Gradients;
        float rho = (float)Rho, rest = (float)(1 - Rho), momentum = (float)Momentum, epsilon = (float)Epsilon, rate = (float)update.LearningRate;
        for (int i = 0; i < w.Length; i++)
        {
            square[i] = rho * square[i] + rest * g[i] * g[i];
            float variance = square[i];
            if (Centered)
            {
                mean[i] = rho * mean[i] + rest * g[i];
                variance -= mean[i] * mean[i];
            }
            step[i] = momentum * step[i] + rate * g[i] / MathF.Sqrt(variance + epsilon);
            w[i] -= step[i];
        }
    }
}
