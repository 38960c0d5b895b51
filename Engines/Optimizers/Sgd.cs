namespace ConvNets.Engines;

/// <summary>
/// Gradient descent: <c>w −= η·g</c>; with momentum μ <c>s = μ·s − η·g</c> and <c>w += s</c>, or with Nesterov's <c>w += μ·s − η·g</c>.
/// </summary>
public sealed class Sgd : Optimizer
{
    /// <summary>Makes the optimizer; the arguments and defaults are Keras's.</summary>
    /// <param name="learningRate">The step size η.</param>
    /// <param name="momentum">How much of the last step remains, 0 to 1.</param>
    /// <param name="nesterov">Whether the gradient is followed from where the momentum leads.</param>
    public Sgd(double learningRate = 0.01, double momentum = 0, bool nesterov = false) : base(learningRate)
    {
        if (momentum is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(momentum), momentum, "The momentum must be between 0 and 1.");
        (Momentum, Nesterov) = (momentum, nesterov);
    }

    /// <inheritdoc/>
    public override string Name => "sgd";

    /// <summary>How much of the last step remains.</summary>
    public double Momentum { get; }

    /// <summary>Whether the gradient is followed from where the momentum leads.</summary>
    public bool Nesterov { get; }

    /// <inheritdoc/>
    public override int SlotCount => Momentum > 0 ? 1 : 0;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        Span<float> w = update.Weights;
        ReadOnlySpan<float> g = update.Gradients;
        float rate = (float)update.LearningRate, momentum = (float)Momentum;
        if (Momentum == 0)
        {
            for (int i = 0; i < w.Length; i++)
                w[i] -= rate * g[i];
            return;
        }
        Span<float> s = update.Slot(0);
        for (int i = 0; i < w.Length; i++)
        {
            s[i] = momentum * s[i] - rate * g[i];
            w[i] += Nesterov ? momentum * s[i] - rate * g[i] : s[i];
        }
    }
}
