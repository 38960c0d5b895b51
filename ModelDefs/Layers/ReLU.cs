namespace ConvNets.ModelDefs;

/// <summary>
/// Rectifies each value: for x above the threshold <c>min(x, maxValue)</c>, else <c>negativeSlope · (x − threshold)</c>, so that x = threshold gives 0, as Keras computes it
/// (its documentation counts the threshold as above). Input of any shape; output the same.
/// </summary>
public sealed class ReLU : Layer
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="maxValue">Where the output saturates; null for nowhere.</param>
    /// <param name="negativeSlope">The slope below the threshold.</param>
    /// <param name="threshold">Values up to it count as negative.</param>
    /// <param name="name">The layer's name.</param>
    public ReLU(double? maxValue = null, double negativeSlope = 0, double threshold = 0, string? name = null) : base(name)
    {
        if (maxValue is not (null or >= 0))
            throw new ArgumentOutOfRangeException(nameof(maxValue), maxValue, "The maximum must not be negative.");
        ArgumentOutOfRangeException.ThrowIfNegative(negativeSlope);
        ArgumentOutOfRangeException.ThrowIfNegative(threshold);
        MaxValue = maxValue;
        NegativeSlope = negativeSlope;
        Threshold = threshold;
    }

    /// <summary>Where the output saturates; null for nowhere.</summary>
    public double? MaxValue { get; }

    /// <summary>The slope below the threshold.</summary>
    public double NegativeSlope { get; }

    /// <summary>Values up to it count as negative.</summary>
    public double Threshold { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
