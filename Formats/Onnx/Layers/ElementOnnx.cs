using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>Layers that change each value by itself: Elu, LeakyRelu, PRelu, Mul and Add; and those that are not there in inference.</summary>
internal static class ElementOnnx
{
    public static OnnxValue Nothing(OnnxCall call) => call.Input;

    public static OnnxValue Activation(OnnxCall call) => OnnxActivations.Apply(call, call.Input, ((Activation)call.Node.Layer).Function);

    public static OnnxValue Elu(OnnxCall call) => Same(call, call.Add("Elu", [call.Input.Name], AttributeProto.Of("alpha", (float)((ELU)call.Node.Layer).Alpha)));

    public static OnnxValue LeakyRelu(OnnxCall call) => Same(call, call.Add("LeakyRelu", [call.Input.Name], AttributeProto.Of("alpha", (float)((LeakyReLU)call.Node.Layer).NegativeSlope)));

    public static OnnxValue PRelu(OnnxCall call)
    {
        OnnxWeight alpha = call.Weight("alpha")!;
        return Same(call, call.Add("PRelu", [call.Input.Name, call.Spread(alpha.Path, alpha.Values, alpha.Shape, call.Input.ChannelsFirst)]));
    }

    public static OnnxValue Rescaling(OnnxCall call)
    {
        var layer = (Rescaling)call.Node.Layer;
        string scaled = call.Add("Mul", [call.Input.Name, LastAxis("scale", layer.Scale)]);
        return Same(call, call.Add("Add", [scaled, LastAxis("offset", layer.Offset)]));

        string LastAxis(string name, IReadOnlyList<double> values)
        {
            int[] ones = [.. Enumerable.Repeat(1, Math.Max(call.Input.Shape.Rank - 1, 0))];
            return call.Spread($"{call.Path}/{name}", [.. values.Select(v => (float)v)], [.. ones, values.Count], call.Input.ChannelsFirst);
        }
    }

    private static OnnxValue Same(OnnxCall call, string value) => call.Output(value, call.Input.ChannelsFirst);
}
