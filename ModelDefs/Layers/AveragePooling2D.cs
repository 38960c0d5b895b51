namespace ConvNets.ModelDefs;

/// <summary>
/// The mean of each channel in each window; padded places count neither in the sum nor in the number. Input (height, width, channels);
/// output (new height, new width, channels), see <see cref="Padding"/>.
/// </summary>
public sealed class AveragePooling2D : Pooling2D
{
    /// <summary>Makes the layer; the arguments are Keras's.</summary>
    /// <param name="poolSize">The window; 2×2 when null.</param>
    /// <param name="strides">Pixels from one position of the window to the next; the window's size when null.</param>
    /// <param name="padding">What happens at the border.</param>
    /// <param name="name">The layer's name.</param>
    public AveragePooling2D(Size2D? poolSize = null, Size2D? strides = null, Padding padding = Padding.Valid, string? name = null) : base(poolSize, strides, padding, name)
    {
    }
}
