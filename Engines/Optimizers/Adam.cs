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
    public Adam(float learningRate = 0.001f, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-7f) : base(learningRate)
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
    public float Beta1 { get; }

    /// <summary>How much of the squared gradient's mean remains at each step.</summary>
    public float Beta2 { get; }

    /// <summary>What is added to the root of the latter.</summary>
    public float Epsilon { get; }

    /// <inheritdoc/>
    public override int SlotCount => 2;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        float rate = (float)(update.LearningRate * Math.Sqrt(1 - Math.Pow(Beta2, update.Step)) / (1 - Math.Pow(Beta1, update.Step)));
        float c1 = 1 - Beta1, c2 = 1 - Beta2;
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
            (new Vector<float>(w[i..]) - mi * rate / (Vector.SquareRoot(vi) + new Vector<float>(Epsilon))).CopyTo(w[i..]);
        }
        for (; i < w.Length; i++)
        {
            m[i] += (g[i] - m[i]) * c1;
            v[i] += (g[i] * g[i] - v[i]) * c2;
            w[i] -= m[i] * rate / (MathF.Sqrt(v[i]) + Epsilon);
        }
    }
}
