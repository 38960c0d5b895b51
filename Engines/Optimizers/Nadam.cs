using System.Numerics;

namespace ConvNets.Engines;

/// <summary>
/// Nadam, Adam with Nesterov's momentum (Dozat 2015): with <c>μₜ = β₁·(1 − ½·0.96ᵗ)</c> and <c>πₜ = μ₁·…·μₜ</c>, <c>m += (g − m)·(1 − β₁)</c>, <c>v += (g² − v)·(1 − β₂)</c>,
/// <c>w −= η·(μₜ₊₁·m/(1 − πₜ₊₁) + (1 − μₜ)·g/(1 − πₜ)) / (√(v/(1 − β₂ᵗ)) + ε)</c>.
/// </summary>
/// <param name="learningRate">The step size η.</param>
/// <param name="beta1">How much of the gradient's mean remains at each step.</param>
/// <param name="beta2">How much of the squared gradient's mean remains at each step.</param>
/// <param name="epsilon">What is added to the root of the latter.</param>
public sealed class Nadam(double learningRate = 0.001, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-7) : Optimizer(learningRate)
{
    private const double Warming = 0.96;

    /// <inheritdoc/>
    public override string Name => "nadam";

    /// <summary>How much of the gradient's mean remains at each step.</summary>
    public double Beta1 { get; } = Checked.Decay(beta1);

    /// <summary>How much of the squared gradient's mean remains at each step.</summary>
    public double Beta2 { get; } = Checked.Decay(beta2);

    /// <summary>What is added to the root of the latter.</summary>
    public double Epsilon { get; } = Checked.NotNegative(epsilon);

    /// <summary>The gradient's mean, and the squared gradient's mean.</summary>
    public override int SlotCount => 2;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        float c1 = 1 - (float)Beta1, c2 = 1 - (float)Beta2, rate = (float)update.LearningRate;
        (float ofMean, float ofGradient, float correction) = Factors(update.Step);
        var eps = new Vector<float>((float)Epsilon);
        Span<Vector<float>> w = update.WeightVectors, m = update.SlotVectors(0), v = update.SlotVectors(1);
        ReadOnlySpan<Vector<float>> g = update.GradientVectors;
        for (int i = 0; i < w.Length; i++)
        {
            m[i] += (g[i] - m[i]) * c1;
            v[i] += (g[i] * g[i] - v[i]) * c2;
            w[i] -= (ofMean * m[i] + ofGradient * g[i]) * rate / (Vector.SquareRoot(v[i] / correction) + eps);
        }
    }

    /// <summary>What the means and the gradient are multiplied by, and what the squared gradient's mean is divided by.</summary>
    internal (float OfMean, float OfGradient, float Correction) Factors(long step)
    {
        double product = Product(step), momentum = Momentum(step), next = Momentum(step + 1);
        return ((float)(next / (1 - product * next)), (float)((1 - momentum) / (1 - product)), (float)(1 - Math.Pow((float)Beta2, step)));
    }

    private double Momentum(long step) => (float)Beta1 * (1 - 0.5 * Math.Pow(Warming, step));

    /// <summary>The product of all momenta up to a step; once it is too small to change 1 − π it is 0.</summary>
    private double Product(long steps)
    {
        double product = 1, warming = 1;
        for (long step = 1; step <= steps; step++)
        {
            warming *= Warming;
            product *= (float)Beta1 * (1 - 0.5 * warming);
            if (product < 1e-17)
                return 0;
        }
        return product;
    }
}
