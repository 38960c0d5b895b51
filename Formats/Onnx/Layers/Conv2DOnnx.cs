using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary><see cref="Conv2D"/> as Conv, its kernel reordered from (height, width, channels, filters) to (filters, channels, height, width).</summary>
internal static class Conv2DOnnx
{
    public static OnnxValue Export(OnnxCall call)
    {
        var layer = (Conv2D)call.Node.Layer;
        string convolved = Convolve(call, call.Input, call.Weight("kernel")!, call.Weight("kernel")!.Shape[2], layer.Groups, layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding);
        return OnnxActivations.Apply(call, call.Output(convolved, channelsFirst: true), layer.Activation);
    }

    /// <summary>Adds a Conv, with the layer's bias unless told otherwise.</summary>
    /// <param name="call">The layer's call.</param>
    /// <param name="input">What is convolved.</param>
    /// <param name="kernel">A kernel whose values are in the order (window, channels, filters).</param>
    /// <param name="channels">The channels that a filter reads.</param>
    /// <param name="groups">Into how many groups the input's channels are split.</param>
    /// <param name="window">The window.</param>
    /// <param name="strides">Pixels from one position of the window to the next.</param>
    /// <param name="dilation">Pixels between its taps.</param>
    /// <param name="padding">What happens at the border.</param>
    /// <param name="bias">Whether the layer's bias, where it has one, is added.</param>
    /// <returns>The name of the output, channels first.</returns>
    public static string Convolve(OnnxCall call, OnnxValue input, OnnxWeight kernel, int channels, int groups, Size2D window, Size2D strides, Size2D dilation, Padding padding, bool bias = true)
    {
        int taps = window.Height * window.Width, filters = kernel.Values.Length / taps / channels;
        string constant = call.Graph.Constant(kernel.Path, Reordered(kernel.Values, taps, channels, filters), filters, channels, window.Height, window.Width);
        return call.Add("Conv", [call.Graph.ChannelsFirst(input).Name, constant, .. bias ? call.VectorWeight("bias") : []],
        [
            .. WindowAttributes.Of(input.Shape, window, strides, dilation, padding),
            AttributeProto.Of("dilations", [dilation.Height, dilation.Width]),
            AttributeProto.Of("group", groups),
        ]);
    }

    private static float[] Reordered(float[] values, int taps, int channels, int filters)
    {
        float[] reordered = new float[values.Length];
        for (int f = 0, to = 0; f < filters; f++)
        {
            for (int c = 0; c < channels; c++)
            {
                for (int w = 0; w < taps; w++)
                    reordered[to++] = values[(w * channels + c) * filters + f];
            }
        }
        return reordered;
    }
}
