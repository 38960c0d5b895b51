namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>Conv2DBackpropInput: the gradient, with respect to its input, of a convolution that reads the output and writes the input. BiasAdd, the activation.</summary>
internal static class Conv2DTransposeTensorFlow
{
    public static GraphOutput Lower(LayerCall call)
    {
        var layer = (Conv2DTranspose)call.Node.Layer;
        GraphOutput kernel = layer.DilationRate == 1 ? call.Weight("kernel")!.Value : Spread(call, layer);
        TensorShape image = call.InputShape, output = call.OutputShape;
        int height = (layer.KernelSize.Height - 1) * layer.DilationRate.Height + 1, width = (layer.KernelSize.Width - 1) * layer.DilationRate.Width + 1;
        (int Output, int Before, int After) rows = Windows.Slide(output[0], height, layer.Strides.Height, 1, layer.Padding), columns = Windows.Slide(output[1], width, layer.Strides.Width, 1, layer.Padding);
        if (rows.Output == image[0] && columns.Output == image[1])
            return call.Finish(Transpose(call, kernel, layer.Strides, layer.Padding, output[0], output[1]), layer.Activation);

        // An output for which the convolution would not write an input of this size: the part of the whole that it shows.
        int fullHeight = (image[0] - 1) * layer.Strides.Height + height, fullWidth = (image[1] - 1) * layer.Strides.Width + width;
        GraphOutput full = Transpose(call, kernel, layer.Strides, Padding.Valid, fullHeight, fullWidth);
        full = call.Graph.Pad($"{call.Path}/Pad", full, 0, 0, 0, Math.Max(rows.Before + output[0] - fullHeight, 0), 0, Math.Max(columns.Before + output[1] - fullWidth, 0), 0, 0);
        return call.Finish(call.Value(full).Slice([0, rows.Before, columns.Before, 0], [-1, output[0], output[1], -1]), layer.Activation);
    }

    private static GraphOutput Transpose(LayerCall call, GraphOutput kernel, Size2D strides, Padding padding, int height, int width) => call.Add("Conv2DBackpropInput",
        [call.BatchShape(height, width, call.OutputShape[2]), kernel, call.Input],
        ("strides", WindowAttributes.Of(strides)), ("padding", WindowAttributes.Of(padding)), ("dilations", WindowAttributes.Of(1)),
        ("explicit_paddings", Array.Empty<long>()), ("data_format", "NHWC"), ("use_cudnn_on_gpu", true));

    /// <summary>A dilated window as an undilated one with zeros between its taps.</summary>
    private static GraphOutput Spread(LayerCall call, Conv2DTranspose layer)
    {
        (int height, int width) = (layer.KernelSize.Height, layer.KernelSize.Width);
        (int down, int right) = (layer.DilationRate.Height, layer.DilationRate.Width);
        int filters = layer.Filters, channels = call.InputShape[2];
        GraphOutput apart = call.Value(call.Weight("kernel")!.Value).Reshape(height, 1, width, 1, filters * channels);
        apart = call.Graph.Pad($"{call.Path}/spread", apart, 0, 0, 0, down - 1, 0, 0, 0, right - 1, 0, 0);
        return call.Value(apart).Reshape(height * down, width * right, filters, channels).Slice([0, 0, 0, 0], [(height - 1) * down + 1, (width - 1) * right + 1, -1, -1]);
    }
}
