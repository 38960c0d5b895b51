using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary><see cref="MaxPooling2D"/> as MaxPool, which leaves padded places out as well.</summary>
internal static class MaxPooling2DOnnx
{
    public static OnnxValue Export(OnnxCall call)
    {
        var layer = (MaxPooling2D)call.Node.Layer;
        AttributeProto[] attributes = WindowAttributes.Of(call.Input.Shape, layer.PoolSize, layer.Strides, 1, layer.Padding);
        return call.Output(call.Add("MaxPool", [call.Graph.ChannelsFirst(call.Input).Name], attributes), channelsFirst: true);
    }
}
