namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>Layers that move values, cut some off or put zeros around them.</summary>
internal static class ShapeTensorFlow
{
    /// <summary>Flatten and Reshape.</summary>
    public static GraphOutput Reshape(LayerCall call) => call.X.Reshape([-1, .. call.OutputShape]);

    public static GraphOutput Permute(LayerCall call) => call.Graph.Transpose($"{call.Path}/Transpose", call.Input, [0, .. ((Permute)call.Node.Layer).Dims]);

    public static GraphOutput ZeroPadding2D(LayerCall call)
    {
        Margins margins = ((ZeroPadding2D)call.Node.Layer).Padding;
        return call.Graph.Pad($"{call.Path}/Pad", call.Input, 0, 0, margins.Top, margins.Bottom, margins.Left, margins.Right, 0, 0);
    }

    public static GraphOutput Cropping2D(LayerCall call)
    {
        Margins margins = ((Cropping2D)call.Node.Layer).Cropping;
        return Crop(call, margins.Top, margins.Left, call.OutputShape[0], call.OutputShape[1]);
    }

    public static GraphOutput UpSampling2D(LayerCall call) => Resize(call, call.Input, ((UpSampling2D)call.Node.Layer).Interpolation);

    /// <summary>The middle, or where the image is smaller its largest part of the target's proportions, scaled, as Keras's smart_resize cuts it.</summary>
    public static GraphOutput CenterCrop(LayerCall call)
    {
        var layer = (CenterCrop)call.Node.Layer;
        TensorShape image = call.InputShape;
        if (image[0] >= layer.Height && image[1] >= layer.Width)
            return Crop(call, (image[0] - layer.Height) / 2, (image[1] - layer.Width) / 2, layer.Height, layer.Width);
        int height = Math.Max(1, Math.Min(image[0], (int)((float)(image[1] * layer.Height) / layer.Width)));
        int width = Math.Max(1, Math.Min(image[1], (int)((float)(image[0] * layer.Width) / layer.Height)));
        return Resize(call, Crop(call, (image[0] - height) / 2, (image[1] - width) / 2, height, width), Interpolation.Bilinear);
    }

    private static GraphOutput Crop(LayerCall call, int top, int left, int height, int width) => call.X.Slice([0, top, left, 0], [-1, height, width, -1]);

    private static GraphOutput Resize(LayerCall call, GraphOutput image, Interpolation interpolation) => call.Add(
        interpolation == Interpolation.Nearest ? "ResizeNearestNeighbor" : "ResizeBilinear",
        [image, call.Graph.Integers($"{call.Path}/size", call.OutputShape[0], call.OutputShape[1])], ("align_corners", false), ("half_pixel_centers", true));
}
