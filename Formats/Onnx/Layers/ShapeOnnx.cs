using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>Layers that move values: Reshape, Transpose, Slice and Resize.</summary>
internal static class ShapeOnnx
{
    public static OnnxValue Reshape(OnnxCall call) =>
        call.Output(call.Add("Reshape", [call.Graph.ChannelsLast(call.Input).Name, call.Vector("shape", [0, .. call.Node.Outputs[0].Shape])]));

    public static OnnxValue Permute(OnnxCall call) =>
        call.Output(call.Add("Transpose", [call.Graph.ChannelsLast(call.Input).Name], AttributeProto.Of("perm", [0, .. ((Permute)call.Node.Layer).Dims])));

    public static OnnxValue Cropping(OnnxCall call)
    {
        Margins cropping = ((Cropping2D)call.Node.Layer).Cropping;
        TensorShape output = call.Node.Outputs[0].Shape;
        return call.Output(Slice(call, call.Input, cropping.Top, cropping.Left, output[0], output[1]), call.Input.ChannelsFirst);
    }

    public static OnnxValue CenterCrop(OnnxCall call)
    {
        var layer = (CenterCrop)call.Node.Layer;
        (int height, int width) = layer.Cut(call.Input.Shape);
        OnnxValue image = call.Graph.ChannelsFirst(call.Input);
        string cut = Slice(call, image, (image.Shape[0] - height) / 2, (image.Shape[1] - width) / 2, height, width);
        return call.Output(height == layer.Height && width == layer.Width ? cut : Resize(call, cut, image.Shape[2], Interpolation.Bilinear), channelsFirst: true);
    }

    public static OnnxValue UpSampling(OnnxCall call) =>
        call.Output(Resize(call, call.Graph.ChannelsFirst(call.Input).Name, call.Input.Shape[2], ((UpSampling2D)call.Node.Layer).Interpolation), channelsFirst: true);

    private static string Slice(OnnxCall call, OnnxValue image, int top, int left, int height, int width)
    {
        int rows = image.ChannelsFirst ? 2 : 1;
        return call.Add("Slice", [image.Name, call.Vector("starts", top, left), call.Vector("ends", top + height, left + width), call.Vector("axes", rows, rows + 1)]);
    }

    /// <summary>An image, channels first, in the size of the layer's output: as TensorFlow, a pixel's middle is its place.</summary>
    private static string Resize(OnnxCall call, string image, int channels, Interpolation interpolation)
    {
        // The size is given whole, since a factor would be rounded; for this the number of samples is asked for.
        TensorShape output = call.Node.Outputs[0].Shape;
        string samples = call.Add("Slice", [call.Add("Shape", [image]), call.Vector("first", 0), call.Vector("second", 1)]);
        string size = call.Add("Concat", [samples, call.Vector("size", channels, output[0], output[1])], AttributeProto.Of("axis", 0));
        string none = call.Graph.Constant($"{call.Path}/none", (ReadOnlySpan<float>)[], 0);
        return interpolation == Interpolation.Nearest
            ? call.Add("Resize", [image, none, none, size], AttributeProto.Of("mode", "nearest"), AttributeProto.Of("coordinate_transformation_mode", "asymmetric"), AttributeProto.Of("nearest_mode", "floor"))
            : call.Add("Resize", [image, none, none, size], AttributeProto.Of("mode", "linear"), AttributeProto.Of("coordinate_transformation_mode", "half_pixel"));
    }
}
