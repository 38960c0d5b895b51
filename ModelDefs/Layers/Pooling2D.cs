namespace ConvNets.ModelDefs;

/// <summary>A window that slides over each channel. Input (height, width, channels); output (new height, new width, channels), see <see cref="ModelDefs.Padding"/>.</summary>
public abstract class Pooling2D : Layer
{
    private protected Pooling2D(Size2D? poolSize, Size2D? strides, Padding padding, string? name) : base(name)
    {
        PoolSize = (poolSize ?? 2).CheckPositive(nameof(poolSize));
        Strides = (strides ?? PoolSize).CheckPositive(nameof(strides));
        Padding = padding;
    }

    /// <summary>The window.</summary>
    public Size2D PoolSize { get; }

    /// <summary>Pixels from one position of the window to the next.</summary>
    public Size2D Strides { get; }

    /// <summary>What happens at the border.</summary>
    public Padding Padding { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        TensorShape image = CheckImage(inputShapes);
        int height = Windows.Slide(image[0], PoolSize.Height, Strides.Height, 1, Padding).Output;
        int width = Windows.Slide(image[1], PoolSize.Width, Strides.Width, 1, Padding).Output;
        if (height < 1 || width < 1)
            throw BadInput(image, $"images of at least {PoolSize.Height}×{PoolSize.Width} pixels, its window; use padding: Padding.Same or a smaller window");
        return [height, width, image[2]];
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<string> Descriptor() => [PoolSize.ToString(), Strides.ToString(), $"'{Padding.KerasName()}'"];
}
