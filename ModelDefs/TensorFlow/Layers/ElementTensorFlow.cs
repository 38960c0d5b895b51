namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>Layers that change single values, or those along one axis.</summary>
internal static class ElementTensorFlow
{
    public static GraphOutput Activation(LayerCall call) => call.Model.Activate(call.Path, call.Input, ((Activation)call.Node.Layer).Function, call.OutputShape);

    /// <summary>x above the threshold, at most the maximum; slope·(x − threshold) else.</summary>
    public static GraphOutput ReLU(LayerCall call)
    {
        var layer = (ReLU)call.Node.Layer;
        if (layer is { MaxValue: null, NegativeSlope: 0, Threshold: 0 })
            return call.Model.Activate(call.Path, call.Input, ActivationFunction.Relu, call.OutputShape);
        GraphValue x = call.X, above = layer.MaxValue is double maximum ? x.Min(maximum) : x;
        return x.Is("GreaterEqual", layer.Threshold).Choose(above, layer.NegativeSlope * (x - layer.Threshold));
    }

    public static GraphOutput LeakyReLU(LayerCall call) => TensorFlowActivations.Leaky(call.X, (float)((LeakyReLU)call.Node.Layer).NegativeSlope);

    public static GraphOutput ELU(LayerCall call) => call.X.Is("Greater", 0).Choose(call.X, ((ELU)call.Node.Layer).Alpha * call.X.Apply("Elu"));

    /// <summary>max(x, 0) − alpha·max(−x, 0).</summary>
    public static GraphOutput PReLU(LayerCall call) => call.X.Apply("Relu") - call.Value(call.Weight("alpha")!.Value) * (-call.X).Apply("Relu");

    public static GraphOutput Rescaling(LayerCall call)
    {
        var layer = (Rescaling)call.Node.Layer;
        return call.X * Numbers("scale", layer.Scale) + Numbers("offset", layer.Offset);

        GraphValue Numbers(string name, IReadOnlyList<double> values) => values is [double one]
            ? call.X.Number(one)
            : call.Value(call.Graph.Constant($"{call.Path}/{name}", values.Select(v => (float)v).ToArray(), values.Count));
    }

    /// <summary>Several axes are made one.</summary>
    public static GraphOutput Softmax(LayerCall call)
    {
        int[] axes = ((Softmax)call.Node.Layer).SampleAxes(call.InputShape);
        return call.WithAxesLast(axes, (value, shape) =>
        {
            if (axes.Length == 1)
                return call.Model.Activate(call.Path, value, ActivationFunction.Softmax, shape);
            GraphValue rows = call.Value(value).Reshape(-1, shape.TakeLast(axes.Length).Aggregate(1, (product, d) => product * d));
            return rows.Apply("Softmax").Reshape([-1, .. shape]);
        });
    }

    /// <summary>(x − mean) / max(√variance, 1e-7), or back; the statistics have the kept axes alone.</summary>
    public static GraphOutput Normalization(LayerCall call)
    {
        const double LeastDeviation = 1e-7;
        var layer = (Normalization)call.Node.Layer;
        TensorShape statistics = layer.StatisticsShape(call.InputShape);
        int next = 0;
        int[] axes = layer.KeptAxes(call.InputShape);
        int[] shape = [1, .. call.InputShape.Select((_, axis) => axes.Contains(axis) ? statistics[next++] : 1)];
        GraphValue mean = Statistic("mean", layer.Mean), deviation = Statistic("variance", layer.Variance).Apply("Sqrt");
        return layer.Invert ? call.X * deviation + mean : (call.X - mean) / deviation.Max(LeastDeviation);

        GraphValue Statistic(string name, IReadOnlyList<double>? given)
        {
            if (given is null)
                return call.Value(call.Weight(name)!.Value).Reshape(shape);
            float[] values = [.. Enumerable.Range(0, statistics.Size).Select(i => (float)given[i % given.Count])];
            return call.Value(call.Graph.Constant($"{call.Path}/{name}", values, [.. shape.Select(d => (long)d)]));
        }
    }
}
