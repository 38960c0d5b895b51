using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary><see cref="Conv2D"/> as Conv, its kernel reordered from (height, width, channels, filters) to (filters, channels, height, width).</summary>
internal static class Conv2DOnnx
{
    public static OnnxValue Export(OnnxCall call)
    {
        var layer = (Conv2D)call.Node.Layer;
        OnnxWeight weight = call.Weight("kernel")!;
        TensorShape shape = weight.Shape;
        string kernel = call.Graph.Constant(weight.Path, FiltersFirst(weight), shape[3], shape[2], shape[0], shape[1]);
        string convolved = call.Add("Conv", [call.Graph.ChannelsFirst(call.Input).Name, kernel, .. call.VectorWeight("bias")],
        [
            .. WindowAttributes.Of(call.Input.Shape, layer.KernelSize, layer.Strides, layer.DilationRate, layer.Padding),
            AttributeProto.Of("dilations", [layer.DilationRate.Height, layer.DilationRate.Width]),
            AttributeProto.Of("group", layer.Groups),
        ]);
        return OnnxActivations.Apply(call, call.Output(convolved, channelsFirst: true), layer.Activation);
    }

    private static float[] FiltersFirst(OnnxWeight kernel)
    {
        int window = kernel.Shape[0] * kernel.Shape[1], channels = kernel.Shape[2], filters = kernel.Shape[3];
        float[] reordered = new float[kernel.Values.Length];
        for (int f = 0, to = 0; f < filters; f++)
        {
            for (int c = 0; c < channels; c++)
            {
                for (int w = 0; w < window; w++)
                    reordered[to++] = kernel.Values[(w * channels + c) * filters + f];
            }
        }
        return reordered;
    }
}
