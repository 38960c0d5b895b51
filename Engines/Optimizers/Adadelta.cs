using System.Numerics;

namespace ConvNets.Engines;

/// <summary>
/// Adadelta (Zeiler 2012): <c>a = ρ·a + (1 − ρ)·g²</c>, <c>d = −√(b + ε)/√(a + ε)·g</c>, <c>b = ρ·b + (1 − ρ)·d²</c>, <c>w += η·d</c>.
/// </summary>
/// <param name="learningRate">The step size η; 1 is the paper's.</param>
/// <param name="rho">How much of the mean squares remains at each step.</param>
/// <param name="epsilon">What is added below the roots.</param>
public sealed class Adadelta(double learningRate = 0.001, double rho = 0.95, double epsilon = 1e-7) : Optimizer(learningRate)
{
    /// <inheritdoc/>
    public override string Name => "adadelta";

    /// <summary>How much of the mean squares remains at each step.</summary>
    public double Rho { get; } = Checked.Decay(rho);

    /// <summary>What is added below the roots.</summary>
    public double Epsilon { get; } = Checked.NotNegative(epsilon);

    /// <summary>The mean squares of the gradients and of the steps.</summary>
    public override int SlotCount => 2;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        float rate = (float)update.LearningRate, kept = (float)Rho, rest = (float)(1 - Rho);
        var eps = new Vector<float>((float)Epsilon);
        Span<Vector<float>> w = update.WeightVectors, gradients = update.SlotVectors(0), steps = update.SlotVectors(1);
        ReadOnlySpan<Vector<float>> g = update.GradientVectors;
        for (int i = 0; i < w.Length; i++)
        {
            gradients[i] = kept * gradients[i] + rest * (g[i] * g[i]);
            Vector<float> step = -(Vector.SquareRoot(steps[i] + eps) * g[i] / Vector.SquareRoot(gradients[i] + eps));
            steps[i] = kept * steps[i] + rest * (step * step);
            w[i] += rate * step;
        }
    }
}
