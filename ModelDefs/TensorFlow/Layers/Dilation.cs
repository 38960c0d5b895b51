namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>
/// Dilated windows. A window with dilation d sees every d-th pixel: the image is cut into the d² images of such pixels, which go through the undilated window and are put together
/// again. The gradients that the C API makes of convolutions leave their own dilations out.
/// </summary>
internal static class Dilation
{
    /// <summary>Applies a window.</summary>
    /// <param name="call">The layer's call.</param>
    /// <param name="image">The images.</param>
    /// <param name="window">The window's size.</param>
    /// <param name="rate">The dilation.</param>
    /// <param name="padding">What happens at the border.</param>
    /// <param name="convolve">The undilated window, without padding.</param>
    public static GraphOutput Apply(LayerCall call, GraphOutput image, Size2D window, Size2D rate, Padding padding, Func<GraphOutput, GraphOutput> convolve)
    {
        (int top, int bottom, int cropBottom) = Margins(call.InputShape[0], window.Height, rate.Height, padding);
        (int left, int right, int cropRight) = Margins(call.InputShape[1], window.Width, rate.Width, padding);
        GraphOutput block = call.Graph.Integers($"{call.Path}/block", rate.Height, rate.Width);
        GraphOutput parts = call.Add("SpaceToBatchND", [image, block, call.Graph.Table($"{call.Path}/margins", top, bottom, left, right)], ("Tblock_shape", DataType.Int32), ("Tpaddings", DataType.Int32));
        return call.Add("BatchToSpaceND", [convolve(parts), block, call.Graph.Table($"{call.Path}/crops", 0, cropBottom, 0, cropRight)], ("Tblock_shape", DataType.Int32), ("Tcrops", DataType.Int32));
    }

    /// <summary>The padding along an axis, made a multiple of the rate, and what that added.</summary>
    private static (int Before, int After, int Added) Margins(int input, int window, int rate, Padding padding)
    {
        (_, int before, int after) = Windows.Slide(input, window, 1, rate, padding);
        int padded = before + input + after, added = (rate - padded % rate) % rate;
        return (before, after + added, added);
    }
}
