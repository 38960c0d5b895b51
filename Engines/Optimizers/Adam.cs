using System.Numerics;

namespace ConvNets.Engines;

/// <summary>
/// Adam (Kingma and Ba 2015), as Keras computes it: <c>m += (g − m)·(1 − β₁)</c>, <c>v += (g² − v)·(1 − β₂)</c>,
/// <c>w −= η·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε)</c>; in the AMSGrad variant (Reddi, Kale and Kumar 2018) v's greatest value so far takes its place in the last.
/// </summary>
/// <param name="learningRate">The step size η.</param>
/// <param name="beta1">How much of the gradient's mean remains at each step.</param>
/// <param name="beta2">How much of the squared gradient's mean remains at each step.</param>
/// <param name="epsilon">What is added to the root of the latter.</param>
/// <param name="amsgrad">Whether the squared gradient's mean only grows.</param>
public class Adam(double learningRate = 0.001, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-7, bool amsgrad = false) : Optimizer(learningRate)
{
    /// <inheritdoc/>
    public override string Name => "adam";

    /// <summary>How much of the gradient's mean remains at each step.</summary>
    public double Beta1 { get; } = Checked.Decay(beta1);

    /// <summary>How much of the squared gradient's mean remains at each step.</summary>
    public double Beta2 { get; } = Checked.Decay(beta2);

    /// <summary>What is added to the root of the latter.</summary>
    public double Epsilon { get; } = Checked.NotNegative(epsilon);

    /// <summary>Whether the squared gradient's mean only grows.</summary>
    public bool Amsgrad { get; } = amsgrad;

    /// <summary>The gradient's mean, the squared gradient's mean, and the latter's greatest value for AMSGrad.</summary>
    public override int SlotCount => Amsgrad ? 3 : 2;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        float rate = Rate(update.LearningRate, update.Step);
        float c1 = (float)(1 - Beta1), c2 = (float)(1 - Beta2);
        var eps = new Vector<float>((float)Epsilon);
        Span<Vector<float>> w = update.WeightVectors, m = update.SlotVectors(0), v = update.SlotVectors(1), greatest = Amsgrad ? update.SlotVectors(2) : [];
        ReadOnlySpan<Vector<float>> g = update.GradientVectors;
        for (int i = 0; i < w.Length; i++)
        {
            m[i] += (g[i] - m[i]) * c1;
            v[i] += (g[i] * g[i] - v[i]) * c2;
            Vector<float> square = v[i];
            if (Amsgrad)
                greatest[i] = square = Vector.Max(greatest[i], square);
            w[i] -= m[i] * rate / (Vector.SquareRoot(square) + eps);
        }
    }

    /// <summary>The learning rate with the corrections of both means, η·√(1 − β₂ᵗ)/(1 − β₁ᵗ).</summary>
    internal float Rate(double learningRate, long step)
    {
        // Keras raises the betas to the step's power in single precision: 1 − 0.999f is 6e-6 less than 0.001, which the first steps show.
        return (float)(learningRate * Math.Sqrt(1 - Math.Pow((float)Beta2, step)) / (1 - Math.Pow((float)Beta1, step)));
    }
}

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019): <see cref="Adam"/> whose weights also decay by η·<c>weightDecay</c> at each step.</summary>
public sealed class AdamW : Adam
{
    /// <summary>Makes the optimizer; the arguments and defaults are Keras's.</summary>
    /// <param name="learningRate">The step size η.</param>
    /// <param name="weightDecay">The part of each weight, times η, that is taken off it at each step.</param>
    /// <param name="beta1">How much of the gradient's mean remains at each step.</param>
    /// <param name="beta2">How much of the squared gradient's mean remains at each step.</param>
    /// <param name="epsilon">What is added to the root of the latter.</param>
    /// <param name="amsgrad">Whether the squared gradient's mean only grows.</param>
    public AdamW(double learningRate = 0.001, double weightDecay = 0.004, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-7, bool amsgrad = false)
        : base(learningRate, beta1, beta2, epsilon, amsgrad) => WeightDecay = weightDecay;

    /// <inheritdoc/>
    public override string Name => "adamw";
}
