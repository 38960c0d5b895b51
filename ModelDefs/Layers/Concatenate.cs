namespace ConvNets.ModelDefs;

/// <summary>Puts its inputs behind each other along an axis. Inputs whose shapes differ along that axis only; output their sizes' sum there.</summary>
public sealed class Concatenate : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="axis">The axis, counted with the batch as axis 0, or −1 for the last.</param>
    /// <param name="name">The layer's name.</param>
    public Concatenate(int axis = -1, string? name = null) : base(name)
    {
        if (axis == 0)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, "Axis 0 is the batch; samples cannot be put behind each other inside a model.");
        Axis = axis;
    }

    /// <summary>The axis, counted with the batch as axis 0, or −1 for the last.</summary>
    public int Axis { get; }

    /// <inheritdoc/>
    public override int MinimumInputs => 2;

    /// <inheritdoc/>
    public override int MaximumInputs => int.MaxValue;

    /// <summary>The axis in a sample's shape, the batch not counted.</summary>
    /// <exception cref="ModelException">The input has no such axis.</exception>
    public int SampleAxis(TensorShape inputShape) => SampleAxis(Axis, inputShape);

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        int axis = SampleAxis(inputShapes[0]);
        int[] result = inputShapes[0].ToArray();
        foreach (TensorShape shape in inputShapes.Skip(1))
        {
            if (shape.Rank != result.Length || shape.Where((d, i) => i != axis && d != result[i]).Any())
                throw BadInput(string.Join(", ", inputShapes), $"inputs whose shapes are the same but for axis {Axis}");
            result[axis] += shape[axis];
        }
        return new TensorShape(result);
    }
}
