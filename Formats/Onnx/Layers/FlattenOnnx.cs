namespace ConvNets.Formats.Onnx;

/// <summary>Flatten as Flatten, of a value whose channels are last again: the layers behind have weights in that order.</summary>
internal static class FlattenOnnx
{
    public static OnnxValue Export(OnnxCall call) => call.Output(call.Add("Flatten", [call.Graph.ChannelsLast(call.Input).Name], AttributeProto.Of("axis", 1)));
}
