using System.Numerics;

namespace ConvNets.Engines;

/// <summary>
/// Adam (Kingma and Ba 2015), as Keras computes it: <c>m += (g − m)·(1 − β₁)</c>, <c>v += (g² − v)·(1 − β₂)</c>,
/// <c>w −= η·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε)</c>.
/// </summary>
public sealed class Adam : Optimizer
{
    /// <summary>Makes the optimizer; the arguments and defaults are Keras's.</summary>
    /// <param name="learningRate">The step size η.</param>
    /// <param name="beta1">How much of the gradient's mean remains at each step.</param>
    /// <param name="beta2">How much of the squared gradient's mean remains at each step.</param>
    /// <param name="epsilon">What is added to the root of the latter.</param>
    public Adam(double learningRate = 0.001, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-7) : base(learningRate)
    {
        if (beta1 is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(beta1), beta1, "Beta 1 must be at least 0 and below 1.");
        if (beta2 is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(beta2), beta2, "Beta 2 must be at least 0 and below 1.");
        ArgumentOutOfRangeException.ThrowIfNegative(epsilon);
        (Beta1, Beta2, Epsilon) = (beta1, beta2, epsilon);
    }

    /// <inheritdoc/>
    public override string Name => "adam";

    /// <summary>How much of the gradient's mean remains at each step.</summary>
    public double Beta1 { get; }

    /// <summary>How much of the squared gradient's mean remains at each step.</summary>
    public double Beta2 { get; }

    /// <summary>What is added to the root of the latter.</summary>
    public double Epsilon { get; }

    /// <inheritdoc/>
    public override int SlotCount => 2;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        // Keras raises the betas to the step's power in single precision: 1 − 0.999f is 6e-6 less than 0.001, which the first steps show.
        float rate = (float)(update.LearningRate * Math.Sqrt(1 - Math.Pow((float)Beta2, update.Step)) / (1 - Math.Pow((float)Beta1, update.Step)));
        float c1 = (float)(1 - Beta1), c2 = (float)(1 - Beta2), epsilon = (float)Epsilon;
        Span<float> w = update.Weights, m = update.Slot(0), v = update.Slot(1);
        ReadOnlySpan<float> g = update.Gradients;
        int i = 0;
        for (; i <= w.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> gi = new(g[i..]), mi = new(m[i..]), vi = new(v[i..]);
            mi += (gi - mi) * c1;
            vi += (gi * gi - vi) * c2;
            mi.CopyTo(m[i..]);
            vi.CopyTo(v[i..]);
            (new Vector<float>(w[i..]) - mi * rate / (Vector.SquareRoot(vi) + new Vector<float>(epsilon))).CopyTo(w[i..]);
        }
        for (; i < w.Length; i++)
        {
            m[i] += (g[i] - m[i]) * c1;
            v[i] += (g[i] * g[i] - v[i]) * c2;
            w[i] -= m[i] * rate / (MathF.Sqrt(v[i]) + epsilon);
        }
    }
}
