using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>Normalizations of a sample by its own values, written out: this opset has none but InstanceNormalization; and of values by given statistics.</summary>
internal static class NormalizationsOnnx
{
    public static OnnxValue Layer(OnnxCall call)
    {
        var layer = (LayerNormalization)call.Node.Layer;
        int[] axes = layer.SampleAxes(call.Input.Shape);
        string input = call.Graph.ChannelsLast(call.Input).Name;
        string centered = layer.RmsScaling ? input : call.Add("Sub", [input, Mean(input)]);
        string deviation = call.Add("Sqrt", [call.Add("Add", [Mean(call.Add("Mul", [centered, centered])), call.Scalar("epsilon", (float)layer.Epsilon)])]);
        TensorShape weights = [.. call.Input.Shape.Select((d, axis) => axes.Contains(axis) ? d : 1)];
        return call.Output(Scaled(call, call.Add("Div", [centered, deviation]), weights));

        string Mean(string value) => call.Add("ReduceMean", [value], AttributeProto.Of("axes", [.. axes.Select(axis => axis + 1L)]), AttributeProto.Of("keepdims", 1));
    }

    /// <summary>The groups take the place of InstanceNormalization's channels: (N, channels, …) is seen as (N, groups, rest).</summary>
    public static OnnxValue Group(OnnxCall call)
    {
        var layer = (GroupNormalization)call.Node.Layer;
        int axis = layer.SampleAxis(call.Input.Shape) + 1, rank = call.Input.Shape.Rank, channels = call.Input.Shape[axis - 1], groups = layer.Groups < 0 ? channels : layer.Groups;
        long[] toFront = [0, axis, .. Enumerable.Range(1, rank).Where(a => a != axis)];
        bool image = rank == 3 && axis == 3;
        string input = image ? call.Graph.ChannelsFirst(call.Input).Name : Transposed(call.Graph.ChannelsLast(call.Input).Name, toFront);

        string grouped = call.Add("Reshape", [input, call.Vector("groups", 0, groups, -1)]);
        string ones = call.Graph.Constant($"{call.Path}/ones", Enumerable.Repeat(1f, groups).ToArray(), groups), zeros = call.Graph.Constant($"{call.Path}/zeros", new float[groups], groups);
        string normal = call.Add("InstanceNormalization", [grouped, ones, zeros], AttributeProto.Of("epsilon", (float)layer.Epsilon));
        string back = call.Add("Reshape", [normal, call.Vector("shape", [0, .. toFront.Skip(1).Select(a => (long)call.Input.Shape[(int)a - 1])])]);
        string scaled = Scaled(call, back, [channels, .. Enumerable.Repeat(1, rank - 1)]);
        return image ? call.Output(scaled, channelsFirst: true) : call.Output(Transposed(scaled, [.. Enumerable.Range(0, rank + 1).Select(a => (long)Array.IndexOf(toFront, a))]));

        string Transposed(string value, long[] axes) => axes.SequenceEqual(axes.Order()) ? value : call.Add("Transpose", [value], AttributeProto.Of("perm", axes));
    }

    /// <summary>(x − mean) / deviation, which loses nothing where the mean is far from 0; inverted, x · deviation + mean.</summary>
    public static OnnxValue Statistics(OnnxCall call)
    {
        var layer = (Normalization)call.Node.Layer;
        TensorShape shape = call.Input.Shape;
        int[] places = layer.StatisticsIndices(shape);
        float[] deviations = Spread(layer.Variance, "variance", v => layer.Invert ? Math.Sqrt(v) : Math.Max(Math.Sqrt(v), 1e-7));
        string mean = call.Spread($"{call.Path}/mean", Spread(layer.Mean, "mean", v => v), shape, call.Input.ChannelsFirst);
        string deviation = call.Spread($"{call.Path}/deviation", deviations, shape, call.Input.ChannelsFirst);
        string value = layer.Invert
            ? call.Add("Add", [call.Add("Mul", [call.Input.Name, deviation]), mean])
            : call.Add("Div", [call.Add("Sub", [call.Input.Name, mean]), deviation]);
        return call.Output(value, call.Input.ChannelsFirst);

        float[] Spread(IReadOnlyList<double>? given, string name, Func<double, double> function) =>
            [.. places.Select(place => (float)function(given is null ? call.Weight(name)!.Values[place] : given[place % given.Count]))];
    }

    /// <summary>The last axis as Softmax; others written out.</summary>
    public static OnnxValue Softmax(OnnxCall call)
    {
        int[] axes = ((Softmax)call.Node.Layer).SampleAxes(call.Input.Shape);
        if (axes is [int axis] && axis == call.Input.Shape.Rank - 1)
            return OnnxActivations.Apply(call, call.Input, ActivationFunction.Softmax);
        string input = call.Graph.ChannelsLast(call.Input).Name;
        string exponentials = call.Add("Exp", [call.Add("Sub", [input, Reduce("ReduceMax", input)])]);
        return call.Output(call.Add("Div", [exponentials, Reduce("ReduceSum", exponentials)]));

        string Reduce(string operation, string value) => call.Add(operation, [value], AttributeProto.Of("axes", [.. axes.Select(a => a + 1L)]), AttributeProto.Of("keepdims", 1));
    }

    /// <summary>Times gamma, plus beta, where the layer has them.</summary>
    private static string Scaled(OnnxCall call, string value, TensorShape shape)
    {
        if (call.Weight("gamma") is { } gamma)
            value = call.Add("Mul", [value, call.Spread(gamma.Path, gamma.Values, shape)]);
        return call.Weight("beta") is { } beta ? call.Add("Add", [value, call.Spread(beta.Path, beta.Values, shape)]) : value;
    }
}
