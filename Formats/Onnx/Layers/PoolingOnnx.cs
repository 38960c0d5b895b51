using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>Pools as MaxPool and AveragePool, which leave padded places out as well, and ReduceMax and ReduceMean over an image.</summary>
internal static class PoolingOnnx
{
    public static OnnxValue Max(OnnxCall call) => Pool(call, "MaxPool");

    public static OnnxValue Average(OnnxCall call) => Pool(call, "AveragePool");

    public static OnnxValue GlobalMax(OnnxCall call) => Global(call, "ReduceMax");

    public static OnnxValue GlobalAverage(OnnxCall call) => Global(call, "ReduceMean");

    private static OnnxValue Pool(OnnxCall call, string operation)
    {
        var layer = (Pooling2D)call.Node.Layer;
        AttributeProto[] attributes = WindowAttributes.Of(call.Input.Shape, layer.PoolSize, layer.Strides, 1, layer.Padding);
        return call.Output(call.Add(operation, [call.Graph.ChannelsFirst(call.Input).Name], attributes), channelsFirst: true);
    }

    private static OnnxValue Global(OnnxCall call, string operation)
    {
        bool keeps = ((GlobalPooling2D)call.Node.Layer).KeepDims;
        string reduced = call.Add(operation, [call.Input.Name], AttributeProto.Of("axes", call.Input.ChannelsFirst ? (long[])[2, 3] : [1, 2]), AttributeProto.Of("keepdims", keeps ? 1 : 0));
        return call.Output(reduced, keeps && call.Input.ChannelsFirst);
    }
}
