namespace ConvNets.ModelDefs;

/// <summary>Where samples enter a model. Its <see cref="Output"/> is what the first layers are called on.</summary>
public sealed class InputLayer : Layer
{
    /// <summary>Makes an input.</summary>
    /// <param name="shape">The shape of one sample, without the batch.</param>
    /// <param name="name">The layer's name.</param>
    public InputLayer(TensorShape shape, string? name = null) : base(name)
    {
        ArgumentNullException.ThrowIfNull(shape);
        InputShape = shape;
        Output = CallNode([]).Outputs[0];
    }

    /// <summary>The tensor of samples.</summary>
    public KerasTensor Output { get; }

    /// <inheritdoc/>
    public override int MinimumInputs => 0;

    /// <inheritdoc/>
    public override int MaximumInputs => 0;

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => InputShape!;
}
