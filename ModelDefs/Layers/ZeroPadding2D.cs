namespace ConvNets.ModelDefs;

/// <summary>Adds rows and columns of zeros around an image. Input (height, width, channels); output (top + height + bottom, left + width + right, channels).</summary>
public sealed class ZeroPadding2D : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="padding">An integer for all sides, (vertical, horizontal), or ((top, bottom), (left, right)).</param>
    /// <param name="name">The layer's name.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is negative.</exception>
    public ZeroPadding2D(Margins padding, string? name = null) : base(name) => Padding = padding.CheckNotNegative(nameof(padding));

    /// <summary>Makes the layer with one row and column on each side, Keras's default.</summary>
    public ZeroPadding2D() : this(1)
    {
    }

    /// <summary>The rows and columns added.</summary>
    public Margins Padding { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape image = CheckImage(inputShapes);
        return [Padding.Top + image[0] + Padding.Bottom, Padding.Left + image[1] + Padding.Right, image[2]];
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<string> Descriptor() => [Padding.ToString()];
}
