namespace ConvNets.ModelDefs;

/// <summary>Makes an image larger by whole factors. Input (height, width, channels); output (height · size, width · size, channels).</summary>
public sealed class UpSampling2D : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="size">The factors; 2 when null.</param>
    /// <param name="interpolation">How values between pixels are found.</param>
    /// <param name="name">The layer's name.</param>
    public UpSampling2D(Size2D? size = null, Interpolation interpolation = Interpolation.Nearest, string? name = null) : base(name)
    {
        Size = (size ?? 2).CheckPositive(nameof(size));
        Interpolation = interpolation;
    }

    /// <summary>The factors.</summary>
    public Size2D Size { get; }

    /// <summary>How values between pixels are found.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape image = CheckImage(inputShapes);
        return [image[0] * Size.Height, image[1] * Size.Width, image[2]];
    }
}
