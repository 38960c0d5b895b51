namespace ConvNets.ModelDefs;

/// <summary>Makes each sample a vector, in row-major order: (2, 3, 4) becomes (24). The batch stays.</summary>
public sealed class Flatten : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="name">The layer's name.</param>
    public Flatten(string? name = null) : base(name)
    {
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => [inputShapes[0].Size];
}
