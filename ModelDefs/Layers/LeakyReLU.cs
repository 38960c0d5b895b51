namespace ConvNets.ModelDefs;

/// <summary>x above 0, negativeSlope · x below (Maas et al. 2013). Input of any shape; output the same.</summary>
public sealed class LeakyReLU : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="negativeSlope">The slope below 0.</param>
    /// <param name="name">The layer's name.</param>
    public LeakyReLU(double negativeSlope = 0.3, string? name = null) : base(name) => NegativeSlope = negativeSlope;

    /// <summary>The slope below 0.</summary>
    public double NegativeSlope { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
