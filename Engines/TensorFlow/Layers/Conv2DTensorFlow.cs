using ConvNets.ModelDefs;

namespace ConvNets.Engines;

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
        GraphOutput all = call.Add("ConcatV2", [GraphInput.List(results), call.Graph.Integer($"{call.Path}/axis", 3)], ("N", (long)layer.Groups), ("Tidx", DataType.Int32));
        return call.Finish(all, layer.Activation);
    }

    private static GraphOutput Convolve(LayerCall call, Conv2D layer, GraphOutput image, GraphOutput kernel) => layer.DilationRate == 1
        ? Add(call, image, kernel, layer.Strides, layer.Padding)
        : Dilated(call, layer, image, kernel);

    private static GraphOutput Add(LayerCall call, GraphOutput image, GraphOutput kernel, Size2D strides, Padding padding) => call.Add("Conv2D", [image, kernel],
        ("strides", WindowAttributes.Of(strides)), ("padding", WindowAttributes.Of(padding)), ("dilations", WindowAttributes.Of(1)),
        ("explicit_paddings", Array.Empty<long>()), ("data_format", "NHWC"), ("use_cudnn_on_gpu", true));

    /// <summary>
    /// A dilated window sees every d-th pixel: the image is cut into the d² images of such pixels, which go through the undilated window and are put together again. The gradient that
    /// the C API makes of Conv2D leaves its dilations out.
    /// </summary>
    private static GraphOutput Dilated(LayerCall call, Conv2D layer, GraphOutput image, GraphOutput kernel)
    {
        Size2D rate = layer.DilationRate;
        (int top, int bottom, int cropBottom) = Margins(call.InputShape[0], layer.KernelSize.Height, rate.Height, layer.Padding);
        (int left, int right, int cropRight) = Margins(call.InputShape[1], layer.KernelSize.Width, rate.Width, layer.Padding);
        GraphOutput block = call.Graph.Integers($"{call.Path}/block", rate.Height, rate.Width);
        GraphOutput parts = call.Add("SpaceToBatchND", [image, block, call.Graph.Table($"{call.Path}/margins", top, bottom, left, right)], ("Tblock_shape", DataType.Int32), ("Tpaddings", DataType.Int32));
        return call.Add("BatchToSpaceND", [Add(call, parts, kernel, 1, Padding.Valid), block, call.Graph.Table($"{call.Path}/crops", 0, cropBottom, 0, cropRight)],
            ("Tblock_shape", DataType.Int32), ("Tcrops", DataType.Int32));
    }

    /// <summary>The padding along an axis, made a multiple of the rate, and what that added.</summary>
    private static (int Before, int After, int Added) Margins(int input, int window, int rate, Padding padding)
    {
        (_, int before, int after) = Windows.Slide(input, window, 1, rate, padding);
        int padded = before + input + after, added = (rate - padded % rate) % rate;
        return (before, after + added, added);
    }

    /// <summary>Equal parts along the last of four axes.</summary>
    private static GraphOutput[] Split(LayerCall call, string name, GraphOutput value, int parts)
    {
        GraphOutput first = call.Graph.Floats("Split", $"{call.Path}/{name}", [call.Graph.Integer($"{call.Path}/{name}/axis", 3), value], ("num_split", (long)parts));
        return [.. Enumerable.Range(0, parts).Select(i => first with { Index = i })];
    }
}
