namespace ConvNets.ModelDefs;

/// <summary>Gives each sample another shape of the same number of values, in row-major order.</summary>
public sealed class Reshape : Layer
{
    private readonly int[] _targetShape;

    /// <summary>Makes the layer.</summary>
    /// <param name="targetShape">The new shape without the batch; one dimension may be −1, which stands for what is left.</param>
    /// <param name="name">The layer's name.</param>
    public Reshape(IReadOnlyList<int> targetShape, string? name = null) : base(name)
    {
        ArgumentNullException.ThrowIfNull(targetShape);
        if (targetShape.Count(d => d == -1) > 1 || targetShape.Any(d => d is < 1 and not -1))
            throw new ArgumentException($"A shape's dimensions must be at least 1, and one may be -1; received ({string.Join(", ", targetShape)}).", nameof(targetShape));
        _targetShape = [.. targetShape];
    }

    /// <summary>The new shape without the batch, −1 standing for what is left.</summary>
    public IReadOnlyList<int> TargetShape => _targetShape;

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        long known = _targetShape.Where(d => d != -1).Aggregate(1L, (product, d) => product * d);
        int size = inputShapes[0].Size;
        bool fits = _targetShape.Contains(-1) ? size % known == 0 : size == known;
        if (!fits)
            throw BadInput(inputShapes[0], $"a sample of as many values as its target shape ({string.Join(", ", _targetShape)})");
        return [.. _targetShape.Select(d => d == -1 ? (int)(size / known) : d)];
    }
}
