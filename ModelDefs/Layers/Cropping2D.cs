namespace ConvNets.ModelDefs;

/// <summary>Takes rows and columns away at an image's sides. Input (height, width, channels); output smaller by what is taken.</summary>
public sealed class Cropping2D : Layer
{
    /// <summary>Makes the layer.</summary>
    /// <param name="cropping">An integer for all sides, (vertical, horizontal), or ((top, bottom), (left, right)).</param>
    /// <param name="name">The layer's name.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is negative.</exception>
    public Cropping2D(Margins cropping, string? name = null) : base(name) => Cropping = cropping.CheckNotNegative(nameof(cropping));

    /// <summary>Makes the layer that takes nothing away, Keras's default.</summary>
    public Cropping2D() : this(0)
    {
    }

    /// <summary>The rows and columns taken away.</summary>
    public Margins Cropping { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape image = CheckImage(inputShapes);
        int height = image[0] - Cropping.Top - Cropping.Bottom, width = image[1] - Cropping.Left - Cropping.Right;
        if (height < 1 || width < 1)
            throw BadInput(image, $"images larger than the {Cropping.Top + Cropping.Bottom} rows and {Cropping.Left + Cropping.Right} columns that it takes away");
        return [height, width, image[2]];
    }
}
