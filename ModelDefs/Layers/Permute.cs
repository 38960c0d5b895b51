namespace ConvNets.ModelDefs;

/// <summary>Puts the axes of each sample into another order. Input of any shape; output with dimension i that of the input's axis dims[i].</summary>
public sealed class Permute : Layer
{
    private readonly int[] _dims;

    /// <summary>Makes the layer.</summary>
    /// <param name="dims">Which of the input's axes comes at each place, counted from 1, e.g. [2, 1].</param>
    /// <param name="name">The layer's name.</param>
    public Permute(IReadOnlyList<int> dims, string? name = null) : base(name)
    {
        ArgumentNullException.ThrowIfNull(dims);
        if (!dims.Order().SequenceEqual(Enumerable.Range(1, dims.Count)))
            throw new ArgumentException($"Each of the axes 1 to {dims.Count} must be named once; received ({string.Join(", ", dims)}).", nameof(dims));
        _dims = [.. dims];
    }

    /// <summary>Which of the input's axes comes at each place, counted from 1.</summary>
    public IReadOnlyList<int> Dims => _dims;

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape input = inputShapes[0];
        return input.Rank == _dims.Length ? [.. _dims.Select(d => input[d - 1])] : throw BadInput(input, $"{_dims.Length} axes besides the batch");
    }
}
