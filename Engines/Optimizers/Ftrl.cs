using System.Numerics;

namespace ConvNets.Engines;

/// <summary>
/// "Follow the regularized leader" (McMahan et al. 2013), as Keras computes it: with <c>n' = n + g²</c> and power p, <c>z += g + 2·λ·w − (n'⁻ᵖ − n⁻ᵖ)/η·w</c>,
/// <c>w = (clip(z, −λ₁, λ₁) − z) / (n'⁻ᵖ/η + 2·(λ₂ + β/(2η)))</c>, λ being the shrinkage. Weights start from z, not from their initializers, at the first step.
/// </summary>
/// <param name="learningRate">The step size η.</param>
/// <param name="learningRatePower">The power p, at most 0; −0.5 makes the step fall with the root of the squared gradients.</param>
/// <param name="initialAccumulatorValue">What n is before the first step.</param>
/// <param name="l1RegularizationStrength">λ₁, which makes weights exactly 0.</param>
/// <param name="l2RegularizationStrength">λ₂, which keeps weights small.</param>
/// <param name="l2ShrinkageRegularizationStrength">λ, a penalty on the weights' size that acts through the gradient.</param>
/// <param name="beta">β of the paper.</param>
public sealed class Ftrl(double learningRate = 0.001, double learningRatePower = -0.5, double initialAccumulatorValue = 0.1, double l1RegularizationStrength = 0,
    double l2RegularizationStrength = 0, double l2ShrinkageRegularizationStrength = 0, double beta = 0) : Optimizer(learningRate)
{
    /// <inheritdoc/>
    public override string Name => "ftrl";

    /// <summary>The power of the accumulated squared gradients by which the step size falls.</summary>
    public double LearningRatePower { get; } = learningRatePower is <= 0 and > double.NegativeInfinity
        ? learningRatePower
        : throw new ArgumentOutOfRangeException(nameof(learningRatePower), learningRatePower, "Expected a value that is finite and not positive.");

    /// <summary>What the sum of squared gradients is before the first step.</summary>
    public double InitialAccumulatorValue { get; } = Checked.NotNegative(initialAccumulatorValue);

    /// <summary>λ₁, which makes weights exactly 0.</summary>
    public double L1RegularizationStrength { get; } = Checked.NotNegative(l1RegularizationStrength);

    /// <summary>λ₂, which keeps weights small.</summary>
    public double L2RegularizationStrength { get; } = Checked.NotNegative(l2RegularizationStrength);

    /// <summary>A penalty on the weights' size that acts through the gradient.</summary>
    public double L2ShrinkageRegularizationStrength { get; } = Checked.NotNegative(l2ShrinkageRegularizationStrength);

    /// <summary>β of the paper.</summary>
    public double Beta { get; } = Checked.NotNegative(beta);

    /// <summary>The sum n of squared gradients, and z.</summary>
    public override int SlotCount => 2;

    /// <inheritdoc/>
    public override float InitialSlotValue(int index) => index == 0 ? (float)InitialAccumulatorValue : 0;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        float rate = (float)update.LearningRate, shrinkage = (float)(2 * L2ShrinkageRegularizationStrength);
        float l2 = (float)L2RegularizationStrength + (float)Beta / (2 * rate);
        var l1 = new Vector<float>((float)L1RegularizationStrength);
        var twiceL2 = new Vector<float>(2 * l2);
        Span<Vector<float>> w = update.WeightVectors, sum = update.SlotVectors(0), linear = update.SlotVectors(1);
        ReadOnlySpan<Vector<float>> g = update.GradientVectors;
        for (int i = 0; i < w.Length; i++)
        {
            Vector<float> grown = sum[i] + g[i] * g[i], root = Power(grown);
            linear[i] += g[i] + shrinkage * w[i] - (root - Power(sum[i])) / rate * w[i];
            w[i] = (Vector.Min(Vector.Max(linear[i], -l1), l1) - linear[i]) / (root / rate + twiceL2);
            sum[i] = grown;
        }
    }

    private Vector<float> Power(Vector<float> values)
    {
        if (LearningRatePower == -0.5)
            return Vector.SquareRoot(values);
        Span<float> powers = stackalloc float[Vector<float>.Count];
        for (int i = 0; i < powers.Length; i++)
            powers[i] = MathF.Pow(values[i], (float)-LearningRatePower);
        return new Vector<float>(powers);
    }
}
