using System.Numerics;

namespace ConvNets.Engines;

/// <summary>
/// Adamax (Kingma and Ba 2015, section 7), Adam with the greatest gradient in place of its root mean square: <c>m += (g − m)·(1 − β₁)</c>, <c>u = max(β₂·u, |g|)</c>,
/// <c>w −= η·m / ((1 − β₁ᵗ)·(u + ε))</c>.
/// </summary>
/// <param name="learningRate">The step size η.</param>
/// <param name="beta1">How much of the gradient's mean remains at each step.</param>
/// <param name="beta2">How much of the greatest gradient remains at each step.</param>
/// <param name="epsilon">What is added to the latter.</param>
public sealed class Adamax(double learningRate = 0.001, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-7) : Optimizer(learningRate)
{
    /// <inheritdoc/>
    public override string Name => "adamax";

    /// <summary>How much of the gradient's mean remains at each step.</summary>
    public double Beta1 { get; } = Checked.Decay(beta1);

    /// <summary>How much of the greatest gradient remains at each step.</summary>
    public double Beta2 { get; } = Checked.Decay(beta2);

    /// <summary>What is added to the latter.</summary>
    public double Epsilon { get; } = Checked.NotNegative(epsilon);

    /// <summary>The gradient's mean, and the greatest gradient.</summary>
    public override int SlotCount => 2;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        float rate = (float)update.LearningRate, c1 = (float)(1 - Beta1), b2 = (float)Beta2, correction = (float)(1 - Math.Pow((float)Beta1, update.Step));
        var eps = new Vector<float>((float)Epsilon);
        Span<Vector<float>> w = update.WeightVectors, m = update.SlotVectors(0), u = update.SlotVectors(1);
        ReadOnlySpan<Vector<float>> g = update.GradientVectors;
        for (int i = 0; i < w.Length; i++)
        {
            m[i] += (g[i] - m[i]) * c1;
            u[i] = Vector.Max(b2 * u[i], Vector.Abs(g[i]));
            w[i] -= rate * m[i] / (correction * (u[i] + eps));
        }
    }
}
