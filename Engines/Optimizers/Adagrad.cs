using System.Numerics;

namespace ConvNets.Engines;

/// <summary>Adagrad (Duchi, Hazan and Singer 2011): <c>a += g²</c>, <c>w −= η·g/√(a + ε)</c>.</summary>
/// <param name="learningRate">The step size η.</param>
/// <param name="initialAccumulatorValue">What a is before the first step.</param>
/// <param name="epsilon">What is added below the root.</param>
public sealed class Adagrad(double learningRate = 0.001, double initialAccumulatorValue = 0.1, double epsilon = 1e-7) : Optimizer(learningRate)
{
    /// <inheritdoc/>
    public override string Name => "adagrad";

    /// <summary>What the sum of squared gradients is before the first step.</summary>
    public double InitialAccumulatorValue { get; } = Checked.NotNegative(initialAccumulatorValue);

    /// <summary>What is added below the root.</summary>
    public double Epsilon { get; } = Checked.NotNegative(epsilon);

    /// <summary>The sum of squared gradients.</summary>
    public override int SlotCount => 1;

    /// <inheritdoc/>
    public override float InitialSlotValue(int index) => (float)InitialAccumulatorValue;

    /// <inheritdoc/>
    public override void Update(in WeightUpdate update)
    {
        float rate = (float)update.LearningRate;
        var eps = new Vector<float>((float)Epsilon);
        Span<Vector<float>> w = update.WeightVectors, sum = update.SlotVectors(0);
        ReadOnlySpan<Vector<float>> g = update.GradientVectors;
        for (int i = 0; i < w.Length; i++)
        {
            sum[i] += g[i] * g[i];
            w[i] -= rate * g[i] / Vector.SquareRoot(sum[i] + eps);
        }
    }
}
