namespace ConvNets.ModelDefs;

/// <summary>What a window does at an image's border, as TensorFlow defines it.</summary>
public enum Padding
{
    /// <summary>The window stays inside: output = ⌊(input − window) / stride⌋ + 1.</summary>
    Valid,

    /// <summary>
    /// Output = ⌈input / stride⌉. The padding that this takes is split between both sides, an odd row or column after.
    /// A convolution pads with zeros; a pool leaves padded places out.
    /// </summary>
    Same,
}

/// <summary>The arithmetic of sliding windows along one axis.</summary>
public static class Windows
{
    /// <summary>The positions that a window takes along an axis, and the padding that it needs there.</summary>
    /// <param name="input">Pixels along the axis.</param>
    /// <param name="window">The window's pixels.</param>
    /// <param name="stride">Pixels from one position to the next.</param>
    /// <param name="dilation">Pixels from one of the window's taps to the next.</param>
    /// <param name="padding">What happens at the border.</param>
    /// <returns>The number of positions (below 1: the window does not fit), and the padding before and after.</returns>
    public static (int Output, int Before, int After) Slide(int input, int window, int stride, int dilation, Padding padding)
    {
        int extent = (window - 1) * dilation + 1;
        if (padding == Padding.Valid)
            return (input < extent ? 0 : (input - extent) / stride + 1, 0, 0);
        int output = (input + stride - 1) / stride;
        int total = Math.Max((output - 1) * stride + extent - input, 0);
        return (output, total / 2, total - total / 2);
    }
}
