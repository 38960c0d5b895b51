namespace ConvNets.ModelDefs;

/// <summary>x · scale + offset, with one scale and offset or one for each place along the last axis. Input of any shape; output the same. Bytes to [−1, 1]: scale 1/127.5, offset −1.</summary>
public sealed class Rescaling : Layer
{
    private readonly double[] _scale;
    private readonly double[] _offset;

    /// <summary>Makes the layer.</summary>
    /// <param name="scale">The factor.</param>
    /// <param name="offset">What is added.</param>
    /// <param name="name">The layer's name.</param>
    public Rescaling(double scale, double offset = 0, string? name = null) : this([scale], [offset], name)
    {
    }

    /// <summary>Makes the layer with factors for each channel.</summary>
    /// <param name="scale">The factors: one, or one for each place along the last axis.</param>
    /// <param name="offset">What is added: one, or one for each place; 0 when null.</param>
    /// <param name="name">The layer's name.</param>
    public Rescaling(IReadOnlyList<double> scale, IReadOnlyList<double>? offset = null, string? name = null) : base(name)
    {
        ArgumentNullException.ThrowIfNull(scale);
        if (scale.Count == 0 || offset is { Count: 0 })
            throw new ArgumentException("There must be a scale and an offset; received an empty list.", nameof(scale));
        (_scale, _offset) = ([.. scale], [.. offset ?? [0]]);
    }

    /// <summary>The factors: one, or one for each place along the last axis.</summary>
    public IReadOnlyList<double> Scale => _scale;

    /// <summary>What is added: one, or one for each place along the last axis.</summary>
    public IReadOnlyList<double> Offset => _offset;

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape input = inputShapes[0];
        int places = Math.Max(_scale.Length, _offset.Length);
        bool fits = places == 1 || input.Rank > 0 && (_scale.Length == 1 || _scale.Length == input[^1]) && (_offset.Length == 1 || _offset.Length == input[^1]);
        return fits ? input : throw BadInput(input, $"{places} places along the last axis, as many as it has factors");
    }
}
