namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>DepthwiseConv2dNative; for a separable convolution Conv2D with a window of one pixel behind it. BiasAdd, the activation.</summary>
internal static class DepthwiseConv2DTensorFlow
{
    public static GraphOutput Lower(LayerCall call)
    {
        var layer = (DepthwiseConv2D)call.Node.Layer;
        return call.Finish(Convolve(call, "kernel", layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding), layer.Activation);
    }

    public static GraphOutput Separable(LayerCall call)
    {
        var layer = (SeparableConv2D)call.Node.Layer;
        GraphOutput between = Convolve(call, "depthwise_kernel", layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding);
        return call.Finish(Conv2DTensorFlow.Add(call, between, call.Weight("pointwise_kernel")!.Value, 1, Padding.Valid), layer.Activation);
    }

    private static GraphOutput Convolve(LayerCall call, string weight, Size2D window, Size2D strides, Size2D dilation, Padding padding)
    {
        GraphOutput kernel = call.Weight(weight)!.Value;
        if (dilation != 1)
            return Dilation.Apply(call, call.Input, window, dilation, padding, parts => Add(call, parts, kernel, 1, Padding.Valid));
        if (strides.Height == strides.Width)
            return Add(call, call.Input, kernel, strides.Height, padding);

        // TensorFlow knows one stride for both axes: every pixel is computed, and those between are left out.
        (int rows, int top, int bottom) = Windows.Slide(call.InputShape[0], window.Height, strides.Height, 1, padding);
        (int columns, int left, int right) = Windows.Slide(call.InputShape[1], window.Width, strides.Width, 1, padding);
        GraphOutput all = Add(call, call.Graph.Pad($"{call.Path}/Pad", call.Input, 0, 0, top, bottom, left, right, 0, 0), kernel, 1, Padding.Valid);
        return call.Add("StridedSlice",
            [all, call.Graph.Integers($"{call.Path}/from", 0, 0, 0, 0), call.Graph.Integers($"{call.Path}/to", 0, (rows - 1) * strides.Height + 1, (columns - 1) * strides.Width + 1, 0),
                call.Graph.Integers($"{call.Path}/by", 1, strides.Height, strides.Width, 1)],
            ("Index", DataType.Int32), ("end_mask", 0b1001L));
    }

    private static GraphOutput Add(LayerCall call, GraphOutput image, GraphOutput kernel, int stride, Padding padding) => call.Add("DepthwiseConv2dNative", [image, kernel],
        ("strides", WindowAttributes.Of(stride)), ("padding", WindowAttributes.Of(padding)), ("dilations", WindowAttributes.Of(1)), ("explicit_paddings", Array.Empty<long>()), ("data_format", "NHWC"));
}
