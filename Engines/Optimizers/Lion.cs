using System.Numerics;

namespace ConvNets.Engines;

/// <summary>Lion (Chen et al. 2023), which follows only the sign: <c>w −= η·sign(β₁·m + (1 − β₁)·g)</c>, <c>m = β₂·m + (1 − β₂)·g</c>.</summary>
/// <param name="learningRate">The step size η; a third to a tenth of what suits Adam.</param>
/// <param name="beta1">The momentum's part in the step.</param>
/// <param name="beta2">How much of the momentum remains at each step.</param>
public sealed class Lion(double learningRate = 0.001, double beta1 = 0.9, double beta2 = 0.99) : Optimizer(learningRate)
{
    /// <inheritdoc/>
    public override string Name => "lion";

    /// <summary>The momentum's part in the step.</summary>
    public double Beta1 { get; } = Checked.Decay(beta1);

    /// <summary>How much of the momentum remains at each step.</summary>
    public double Beta2 { get; } = Checked.Decay(beta2);

    /// <summary>The momentum.</summary>
    public override int SlotCount => 1;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        float b1 = (float)Beta1, b2 = (float)Beta2;
        var rate = new Vector<float>((float)update.LearningRate);
        Span<Vector<float>> w = update.WeightVectors, m = update.SlotVectors(0);
        ReadOnlySpan<Vector<float>> g = update.GradientVectors;
        for (int i = 0; i < w.Length; i++)
        {
            Vector<float> direction = b1 * m[i] + (1 - b1) * g[i];
            Vector<float> down = Vector.ConditionalSelect(Vector.GreaterThan(direction, Vector<float>.Zero), rate, Vector<float>.Zero);
            w[i] -= Vector.ConditionalSelect(Vector.LessThan(direction, Vector<float>.Zero), -rate, down);
            m[i] = b2 * m[i] + (1 - b2) * g[i];
        }
    }
}
