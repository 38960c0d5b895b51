namespace ConvNets.ModelDefs;

/// <summary>eˣⁱ / Σⱼ eˣʲ along an axis, or over all places along several. Input of any shape; output the same.</summary>
public sealed class Softmax : Layer
{
    private readonly int[] _axes;

    /// <summary>Makes the layer.</summary>
    /// <param name="axis">The axis, counted with the batch as axis 0, or −1 for the last.</param>
    /// <param name="name">The layer's name.</param>
    public Softmax(int axis = -1, string? name = null) : this([axis], name)
    {
    }

    /// <summary>Makes the layer over several axes at once.</summary>
    /// <param name="axes">The axes, counted with the batch as axis 0.</param>
    /// <param name="name">The layer's name.</param>
    /// <exception cref="ArgumentException">There is none, or one is the batch.</exception>
    public Softmax(IReadOnlyList<int> axes, string? name = null) : base(name)
    {
        ArgumentNullException.ThrowIfNull(axes);
        if (axes.Count == 0 || axes.Contains(0))
            throw new ArgumentException($"A softmax is along at least one axis, and not along axis 0, the batch; received ({string.Join(", ", axes)}).", nameof(axes));
        _axes = [.. axes];
    }

    /// <summary>The axes, counted with the batch as axis 0, −1 being the last.</summary>
    public IReadOnlyList<int> Axes => _axes;

    /// <summary>The axes in a sample's shape, the batch not counted, in order.</summary>
    /// <exception cref="ModelException">The input has no such axis.</exception>
    public int[] SampleAxes(TensorShape inputShape) => [.. _axes.Select(axis => SampleAxis(axis, inputShape)).Distinct().Order()];

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        _ = SampleAxes(inputShapes[0]);
        return inputShapes[0];
    }
}
