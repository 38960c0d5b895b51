namespace ConvNets.ModelDefs;

/// <summary>
/// The middle of an image. An image that is smaller than that is scaled instead: its largest part of the target's proportions, bilinearly.
/// Input (height, width, channels); output (target height, target width, channels).
/// </summary>
public sealed class CenterCrop : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="height">The output's rows.</param>
    /// <param name="width">The output's columns.</param>
    /// <param name="name">The layer's name.</param>
    public CenterCrop(int height, int width, string? name = null) : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Height, Width) = (height, width);
    }

    /// <summary>The output's rows.</summary>
    public int Height { get; }

    /// <summary>The output's columns.</summary>
    public int Width { get; }

    /// <summary>The part of an image that is cut out: of the target's size, or the largest of its proportions, as Keras's <c>smart_resize</c> cuts it.</summary>
    public (int Height, int Width) Cut(TensorShape image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image[0] >= Height && image[1] >= Width)
            return (Height, Width);
        return (Math.Max(1, Math.Min(image[0], (int)((float)(image[1] * Height) / Width))), Math.Max(1, Math.Min(image[1], (int)((float)(image[0] * Width) / Height))));
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => [Height, Width, CheckImage(inputShapes)[2]];
}
