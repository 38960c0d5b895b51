using System.Numerics;

namespace ConvNets.Engines;

/// <summary>
/// Gradient descent: <c>w −= η·g</c>; with momentum μ <c>s = μ·s − η·g</c> and <c>w += s</c>, or with Nesterov's <c>w += μ·s − η·g</c>.
/// </summary>
/// <param name="learningRate">The step size η.</param>
/// <param name="momentum">How much of the last step remains, 0 to 1.</param>
/// <param name="nesterov">Whether the gradient is followed from where the momentum leads.</param>
public sealed class Sgd(double learningRate = 0.01, double momentum = 0, bool nesterov = false) : Optimizer(learningRate)
{
    /// <inheritdoc/>
    public override string Name => "sgd";

    /// <summary>How much of the last step remains.</summary>
    public double Momentum { get; } = Checked.Fraction(momentum);

    /// <summary>Whether the gradient is followed from where the momentum leads.</summary>
    public bool Nesterov { get; } = nesterov;

    /// <inheritdoc/>
    public override int SlotCount => Momentum > 0 ? 1 : 0;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        Span<Vector<float>> w = update.WeightVectors;
        ReadOnlySpan<Vector<float>> g = update.GradientVectors;
        float rate = (float)update.LearningRate, mu = (float)Momentum;
        if (Momentum == 0)
        {
            for (int i = 0; i < w.Length; i++)
                w[i] -= rate * g[i];
            return;
        }
        Span<Vector<float>> s = update.SlotVectors(0);
        for (int i = 0; i < w.Length; i++)
        {
            s[i] = mu * s[i] - rate * g[i];
            w[i] += Nesterov ? mu * s[i] - rate * g[i] : s[i];
        }
    }
}
