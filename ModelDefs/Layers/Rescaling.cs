namespace ConvNets.ModelDefs;

/// <summary>x · scale + offset. Input of any shape; output the same. Bytes to [−1, 1]: scale 1/127.5, offset −1.</summary>
public sealed class Rescaling : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="scale">The factor.</param>
    /// <param name="offset">What is added.</param>
    /// <param name="name">The layer's name.</param>
    public Rescaling(double scale, double offset = 0, string? name = null) : base(name) => (Scale, Offset) = (scale, offset);

    /// <summary>The factor.</summary>
    public double Scale { get; }

    /// <summary>What is added.</summary>
    public double Offset { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
}
