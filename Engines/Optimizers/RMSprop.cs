using System.Numerics;

namespace ConvNets.Engines;

/// <summary>
/// RMSprop (Hinton 2012), as Keras computes it: <c>v = ρ·v + (1 − ρ)·g²</c>, <c>w −= η·g/√(v + ε)</c>; centered, the squared mean of g is taken off v;
/// with momentum μ the steps are gathered first, <c>s = μ·s + η·g/√(…)</c>, <c>w −= s</c>.
/// </summary>
/// <param name="learningRate">The step size η.</param>
/// <param name="rho">How much of the squared gradient's mean remains at each step.</param>
/// <param name="momentum">How much of the last step remains, 0 to 1.</param>
/// <param name="epsilon">What is added below the root.</param>
/// <param name="centered">Whether the gradient's variance is used and not its mean square.</param>
public sealed class RMSprop(double learningRate = 0.001, double rho = 0.9, double momentum = 0, double epsilon = 1e-7, bool centered = false) : Optimizer(learningRate)
{
    /// <inheritdoc/>
    public override string Name => "rmsprop";

    /// <summary>How much of the squared gradient's mean remains at each step.</summary>
    public double Rho { get; } = Checked.Decay(rho);

    /// <summary>How much of the last step remains.</summary>
    public double Momentum { get; } = Checked.Fraction(momentum);

    /// <summary>What is added below the root.</summary>
    public double Epsilon { get; } = Checked.NotNegative(epsilon);

    /// <summary>Whether the gradient's variance is used and not its mean square.</summary>
    public bool Centered { get; } = centered;

    /// <summary>The mean square; the last step, where there is momentum; the mean, where it is centered.</summary>
    public override int SlotCount => 1 + (Momentum > 0 ? 1 : 0) + (Centered ? 1 : 0);

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        Span<Vector<float>> w = update.WeightVectors, square = update.SlotVectors(0);
        Span<Vector<float>> step = Momentum > 0 ? update.SlotVectors(1) : [], mean = Centered ? update.SlotVectors(SlotCount - 1) : [];
        ReadOnlySpan<Vector<float>> g = update.GradientVectors;
        float kept = (float)Rho, rest = (float)(1 - Rho), mu = (float)Momentum, rate = (float)update.LearningRate;
        var eps = new Vector<float>((float)Epsilon);
        for (int i = 0; i < w.Length; i++)
        {
            square[i] = kept * square[i] + rest * (g[i] * g[i]);
            Vector<float> variance = square[i];
            if (Centered)
            {
                mean[i] = kept * mean[i] + rest * g[i];
                variance -= mean[i] * mean[i];
            }
            Vector<float> move = rate * g[i] / Vector.SquareRoot(variance + eps);
            if (Momentum > 0)
                step[i] = move = mu * step[i] + move;
            w[i] -= move;
        }
    }
}
