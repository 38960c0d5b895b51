using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>Layers of several inputs as Sum, Sub, Mul, Mean, Max, Min and Concat, which repeat axes of 1 as Keras does. Images stay channels first where one of them is.</summary>
internal static class MergeOnnx
{
    public static OnnxValue Add(OnnxCall call) => Merge(call, "Sum");

    public static OnnxValue Subtract(OnnxCall call) => Merge(call, "Sub");

    public static OnnxValue Average(OnnxCall call) => Merge(call, "Mean");

    public static OnnxValue Maximum(OnnxCall call) => Merge(call, "Max");

    public static OnnxValue Minimum(OnnxCall call) => Merge(call, "Min");

    public static OnnxValue Multiply(OnnxCall call)
    {
        (string[] names, bool channelsFirst) = Aligned(call);
        return call.Output(names.Aggregate((product, factor) => call.Add("Mul", [product, factor])), channelsFirst);
    }

    public static OnnxValue Concatenate(OnnxCall call)
    {
        (string[] names, bool channelsFirst) = Aligned(call);
        int axis = ((Concatenate)call.Node.Layer).SampleAxis(call.Input.Shape);
        return call.Output(call.Add("Concat", names, AttributeProto.Of("axis", channelsFirst ? (axis + 1) % 3 + 1 : axis + 1)), channelsFirst);
    }

    private static OnnxValue Merge(OnnxCall call, string operation)
    {
        (string[] names, bool channelsFirst) = Aligned(call);
        return call.Output(call.Add(operation, names), channelsFirst);
    }

    /// <summary>The inputs in one layout and with as many axes: what an input lacks are axes of 1 behind the batch.</summary>
    private static (string[] Names, bool ChannelsFirst) Aligned(OnnxCall call)
    {
        int rank = call.Node.Outputs[0].Shape.Rank;
        bool channelsFirst = call.Inputs.All(i => i.Shape.Rank == rank) && call.Inputs.Any(i => i.ChannelsFirst);
        return ([.. call.Inputs.Select((input, i) => channelsFirst ? call.Graph.ChannelsFirst(input).Name : Extended(input, i))], channelsFirst);

        string Extended(OnnxValue input, int i)
        {
            string value = call.Graph.ChannelsLast(input).Name;
            return input.Shape.Rank == rank ? value : call.Add("Reshape", [value, call.Vector($"shape_{i}", [0, .. MergeLayer.Extended(input.Shape, rank)])]);
        }
    }
}
