namespace ConvNets.ModelDefs;

/// <summary>One value for each channel of an image. Input (height, width, channels); output (channels), or (1, 1, channels) where the axes are kept.</summary>
public abstract class GlobalPooling2D : Layer
{
    private protected GlobalPooling2D(bool keepDims, string? name) : base(name) => KeepDims = keepDims;

    /// <summary>Whether height and width remain, as 1.</summary>
    public bool KeepDims { get; }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes)
    {
        int channels = CheckImage(inputShapes)[2];
        return KeepDims ? [1, 1, channels] : [channels];
    }
}

/// <summary>The mean of each channel of an image. Input (height, width, channels); output (channels), or (1, 1, channels).</summary>
public sealed class GlobalAveragePooling2D : GlobalPooling2D
{
    /// <summary>Makes the layer.</summary>
    /// <param name="keepDims">Whether height and width remain, as 1.</param>
    /// <param name="name">The layer's name.</param>
    public GlobalAveragePooling2D(bool keepDims = false, string? name = null) : base(keepDims, name)
    {
    }
}

/// <summary>The greatest value of each channel of an image. Input (height, width, channels); output (channels), or (1, 1, channels).</summary>
public sealed class GlobalMaxPooling2D : GlobalPooling2D
{
    /// <summary>Makes the layer.</summary>
    /// <param name="keepDims">Whether height and width remain, as 1.</param>
    /// <param name="name">The layer's name.</param>
    public GlobalMaxPooling2D(bool keepDims = false, string? name = null) : base(keepDims, name)
    {
    }
}
