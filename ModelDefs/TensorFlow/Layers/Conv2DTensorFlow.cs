namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>Conv2D, BiasAdd, the activation. Groups are convolutions of their own on slices of the channels, since TensorFlow's CPU kernels have no gradient for groups.</summary>
internal static class Conv2DTensorFlow
{
    public static GraphOutput Lower(LayerCall call)
    {
        var layer = (Conv2D)call.Node.Layer;
        GraphOutput kernel = call.Weight("kernel")!.Value;
        if (layer.Groups == 1)
            return call.Finish(Convolve(call, layer, call.Input, kernel), layer.Activation);

        GraphOutput[] images = Split(call, "inputs", call.Input, layer.Groups), kernels = Split(call, "kernels", kernel, layer.Groups);
        GraphOutput[] results = [.. images.Zip(kernels, (image, part) => Convolve(call, layer, image, part))];
        return call.Finish(call.Graph.Concatenate($"{call.Path}/ConcatV2", 3, results), layer.Activation);
    }

    /// <summary>A convolution without dilation.</summary>
    public static GraphOutput Add(LayerCall call, GraphOutput image, GraphOutput kernel, Size2D strides, Padding padding) => call.Add("Conv2D", [image, kernel],
        ("strides", WindowAttributes.Of(strides)), ("padding", WindowAttributes.Of(padding)), ("dilations", WindowAttributes.Of(1)),
        ("explicit_paddings", Array.Empty<long>()), ("data_format", "NHWC"), ("use_cudnn_on_gpu", true));

    private static GraphOutput Convolve(LayerCall call, Conv2D layer, GraphOutput image, GraphOutput kernel) => layer.DilationRate == 1
        ? Add(call, image, kernel, layer.Strides, layer.Padding)
        : Dilation.Apply(call, image, layer.KernelSize, layer.DilationRate, layer.Padding, parts => Add(call, parts, kernel, 1, Padding.Valid));

    /// <summary>Equal parts along the last of four axes.</summary>
    private static GraphOutput[] Split(LayerCall call, string name, GraphOutput value, int parts)
    {
        GraphOutput first = call.Graph.Floats("Split", $"{call.Path}/{name}", [call.Graph.Integer($"{call.Path}/{name}/axis", 3), value], ("num_split", (long)parts));
        return [.. Enumerable.Range(0, parts).Select(i => first with { Index = i })];
    }
}
