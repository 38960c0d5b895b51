namespace ConvNets.ModelDefs;

/// <summary>A penalty on the size of a weight, or of a layer's output, that is added to the loss.</summary>
public abstract class Regularizer
{
    /// <summary>Keras's name of the class, e.g. <c>L2</c>.</summary>
    public virtual string ClassName => GetType().Name;

    /// <summary>What is added to the loss.</summary>
    /// <param name="values">The weight's values.</param>
    public abstract double Penalty(ReadOnlySpan<float> values);

    /// <summary>Adds the penalty's derivatives to a gradient.</summary>
    /// <param name="values">The weight's values.</param>
    /// <param name="factor">What the derivatives are multiplied by.</param>
    /// <param name="gradient">What they are added to.</param>
    public abstract void AddGradient(ReadOnlySpan<float> values, float factor, Span<float> gradient);
}

/// <summary>l1·Σ|w| + l2·Σw².</summary>
public class L1L2 : Regularizer
{
    /// <summary>Makes the regularizer.</summary>
    /// <param name="l1">The factor of the sum of absolute values.</param>
    /// <param name="l2">The factor of the sum of squares.</param>
    /// <exception cref="ArgumentOutOfRangeException">A factor is negative.</exception>
    public L1L2(double l1 = 0, double l2 = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(l1);
        ArgumentOutOfRangeException.ThrowIfNegative(l2);
        L1 = l1;
        L2 = l2;
    }

    /// <summary>The factor of the sum of absolute values.</summary>
    public double L1 { get; }

    /// <summary>The factor of the sum of squares.</summary>
    public double L2 { get; }

    /// <inheritdoc/>
    public override double Penalty(ReadOnlySpan<float> values)
    {
        double absolute = 0, squares = 0;
        foreach (float value in values)
        {
            absolute += Math.Abs(value);
            squares += (double)value * value;
        }
        return L1 * absolute + L2 * squares;
    }

    /// <inheritdoc/>
    public override void AddGradient(ReadOnlySpan<float> values, float factor, Span<float> gradient)
    {
        float l1 = (float)L1 * factor, l2 = 2 * (float)L2 * factor;
        for (int i = 0; i < values.Length; i++)
            gradient[i] += l1 * MathF.Sign(values[i]) + l2 * values[i];
    }
}

/// <summary>l1·Σ|w|: makes weights zero.</summary>
public sealed class L1 : L1L2
{
    /// <summary>Makes the regularizer.</summary>
    /// <param name="l1">The factor; Keras's default is 0.01.</param>
    public L1(double l1 = 0.01) : base(l1)
    {
    }
}

/// <summary>l2·Σw²: keeps weights small.</summary>
public sealed class L2 : L1L2
{
    /// <summary>Makes the regularizer.</summary>
    /// <param name="l2">The factor; Keras's default is 0.01.</param>
    public L2(double l2 = 0.01) : base(0, l2)
    {
    }
}
