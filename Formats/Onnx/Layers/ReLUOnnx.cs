using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary><see cref="ReLU"/> as Relu, LeakyRelu or ThresholdedRelu where one of these says it, and Min for a maximum.</summary>
internal static class ReLUOnnx
{
    public static OnnxValue Export(OnnxCall call)
    {
        var layer = (ReLU)call.Node.Layer;
        return call.Output((layer.NegativeSlope, (float)layer.Threshold) switch
        {
            (0, 0) => Saturate(call.Add("Relu", [call.Input.Name])),
            (_, 0) => Saturate(call.Add("LeakyRelu", [call.Input.Name], AttributeProto.Of("alpha", (float)layer.NegativeSlope))),
            (0, _) => Saturate(call.Add("ThresholdedRelu", [call.Input.Name], AttributeProto.Of("alpha", (float)layer.Threshold))),
            _ => Piecewise(),
        }, call.Input.ChannelsFirst);

        string Saturate(string value) => layer.MaxValue is { } maximum ? call.Add("Min", [value, call.Scalar("max_value", (float)maximum)]) : value;

        string Piecewise()
        {
            string threshold = call.Scalar("threshold", (float)layer.Threshold);
            string below = call.Add("Mul", [call.Add("Sub", [call.Input.Name, threshold]), call.Scalar("negative_slope", (float)layer.NegativeSlope)]);
            return call.Add("Where", [call.Add("Greater", [call.Input.Name, threshold]), Saturate(call.Input.Name), below]);
        }
    }
}
