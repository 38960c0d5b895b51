namespace ConvNets.ModelDefs;

/// <summary>eˣⁱ / Σⱼ eˣʲ along an axis. Input of any shape; output the same.</summary>
public sealed class Softmax : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="axis">The axis, counted with the batch as axis 0, or −1 for the last.</param>
    /// <param name="name">The layer's name.</param>
    public Softmax(int axis = -1, string? name = null) : base(name)
    {
        if (axis == 0)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, "Axis 0 is the batch; a softmax is along another axis, or -1, the last.");
        Axis = axis;
    }

    /// <summary>The axis, counted with the batch as axis 0, or −1 for the last.</summary>
    public int Axis { get; }

    /// <summary>The axis in a sample's shape, the batch not counted.</summary>
    /// <exception cref="ModelException">The input has no such axis.</exception>
    public int SampleAxis(TensorShape inputShape) => SampleAxis(Axis, inputShape);

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        _ = SampleAxis(inputShapes[0]);
        return inputShapes[0];
    }
}
