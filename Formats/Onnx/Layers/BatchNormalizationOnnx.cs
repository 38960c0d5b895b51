using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary><see cref="BatchNormalization"/> as BatchNormalization with the moving statistics; ONNX has the channels at axis 1.</summary>
internal static class BatchNormalizationOnnx
{
    public static OnnxValue Export(OnnxCall call)
    {
        var layer = (BatchNormalization)call.Node.Layer;
        int rank = call.Input.Shape.Rank;
        int axis = layer.SampleAxis(call.Input.Shape) + 1;
        if (rank == 3 && axis == 3)
            return call.Output(Normalize(call.Graph.ChannelsFirst(call.Input).Name), channelsFirst: true);

        string input = call.Graph.ChannelsLast(call.Input).Name;
        if (axis == 1)
            return call.Output(Normalize(input));
        long[] toFront = [0, axis, .. Enumerable.Range(1, rank).Where(a => a != axis)];
        long[] back = [.. Enumerable.Range(0, rank + 1).Select(a => (long)Array.IndexOf(toFront, a))];
        return call.Output(Transpose(Normalize(Transpose(input, toFront)), back));

        string Transpose(string value, long[] axes) => call.Add("Transpose", [value], AttributeProto.Of("perm", axes));

        string Normalize(string value)
        {
            int channels = call.Input.Shape[axis - 1];
            string gamma = Weight("gamma", 1), beta = Weight("beta", 0), mean = Weight("moving_mean", 0), variance = Weight("moving_variance", 1);
            return call.Add("BatchNormalization", [value, gamma, beta, mean, variance], AttributeProto.Of("epsilon", (float)layer.Epsilon));

            // gamma or beta can be left out in Keras, not in ONNX.
            string Weight(string name, float otherwise) =>
                call.VectorWeight(name).FirstOrDefault() ?? call.Graph.Constant($"{call.Path}/{name}", Enumerable.Repeat(otherwise, channels).ToArray(), channels);
        }
    }
}
