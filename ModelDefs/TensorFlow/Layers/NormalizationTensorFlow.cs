namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>Normalizations of each sample by itself; other axes than the last are brought there and back.</summary>
internal static class NormalizationTensorFlow
{
    /// <summary>Over the channels of a group and all other axes.</summary>
    public static GraphOutput Group(LayerCall call)
    {
        var layer = (GroupNormalization)call.Node.Layer;
        return call.WithAxesLast([layer.SampleAxis(call.InputShape)], (value, shape) =>
        {
            int channels = shape[^1], groups = layer.Groups == -1 ? channels : layer.Groups;
            GraphValue grouped = call.Value(value).Reshape(-1, shape.Size / channels, groups, channels / groups);
            return ScaleAndShift(call, Standardize(grouped, layer.Epsilon, 1, 3).Reshape([-1, .. shape]));
        });
    }

    /// <summary>Over the layer's axes; with RMS scaling only by the root of the mean square.</summary>
    public static GraphOutput Layer(LayerCall call)
    {
        var layer = (LayerNormalization)call.Node.Layer;
        int[] axes = layer.SampleAxes(call.InputShape);
        return call.WithAxesLast(axes, (value, shape) =>
        {
            int[] last = [.. Enumerable.Range(shape.Rank + 1 - axes.Length, axes.Length)];
            GraphValue x = call.Value(value);
            return ScaleAndShift(call, layer.RmsScaling ? x * (x.Apply("Square").Mean(keepAxes: true, last) + layer.Epsilon).Apply("Rsqrt") : Standardize(x, layer.Epsilon, last));
        });
    }

    private static GraphValue Standardize(GraphValue x, double epsilon, params int[] axes)
    {
        GraphValue centered = x - x.Mean(keepAxes: true, axes);
        return centered * (centered.Apply("Square").Mean(keepAxes: true, axes) + epsilon).Apply("Rsqrt");
    }

    private static GraphOutput ScaleAndShift(LayerCall call, GraphValue value)
    {
        if (call.Weight("gamma") is { } gamma)
            value *= call.Value(gamma);
        return call.Weight("beta") is { } beta ? value + call.Value(beta) : value;
    }
}
