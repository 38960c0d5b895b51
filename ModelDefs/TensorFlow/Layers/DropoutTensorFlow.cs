namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>Layers that change single values, or whole channels, by chance; in inference they are not there.</summary>
internal static class DropoutTensorFlow
{
    public static GraphOutput Dropout(LayerCall call) => Drop(call, ((Dropout)call.Node.Layer).Rate, ((Dropout)call.Node.Layer).NoiseShape);

    public static GraphOutput Spatial(LayerCall call) => Drop(call, ((SpatialDropout2D)call.Node.Layer).Rate, [null, 1, 1, null]);

    /// <summary>Normally distributed noise (Box and Muller 1958: two normal numbers from two uniform ones).</summary>
    public static GraphOutput GaussianNoise(LayerCall call)
    {
        var layer = (GaussianNoise)call.Node.Layer;
        if (call.Model.Random is not { } random || layer.Stddev == 0)
            return call.Input;
        GraphValue size = call.Count() * call.InputShape.Size, pairs = (size + 1).Apply("FloorDiv", size.Number(2));
        GraphOutput shape = call.Graph.Pack($"{call.Path}/pairs", pairs, call.Graph.Integer($"{call.Path}/two", 2));
        GraphValue numbers = GraphRandom.Uniform(random.Bits(call, layer.Seed, shape), DataType.Float);
        GraphValue radius = (-2 * (1 - numbers.Slice([0, 0], [-1, 1])).Apply("Log")).Apply("Sqrt") * layer.Stddev, angle = numbers.Slice([0, 1], [-1, 1]) * (2 * Math.PI);
        GraphValue noise = call.Value(call.Graph.Concatenate($"{call.Path}/normal", 1, radius * angle.Apply("Cos"), radius * angle.Apply("Sin"))).Reshape(-1);
        GraphOutput used = call.Graph.Floats("Slice", $"{call.Path}/noise", [noise, call.Graph.Integers($"{call.Path}/first", 0), size.Reshape(1)], ("Index", DataType.Int32));
        return call.X + call.Value(used).Reshape([-1, .. call.InputShape]);
    }

    /// <summary>Multiplies by 0 or by what makes up for that; along axes where the noise has size 1 values are dropped together.</summary>
    private static GraphOutput Drop(LayerCall call, double rate, IReadOnlyList<int?>? noise)
    {
        if (call.Model.Random is not { } random || rate == 0)
            return call.Input;
        double threshold = Math.Min(uint.MaxValue, rate * (1L << 32)), factor = rate < 1 ? 1 / (1 - rate) : 0;
        int[] drawn = [.. call.InputShape.Select((d, axis) => noise?[axis + 1] ?? d)];
        GraphOutput shape = noise?[0] == 1 ? call.Graph.Integers($"{call.Path}/drawn", [1, .. drawn]) : call.BatchShape(drawn);
        GraphValue bits = random.Bits(call, ((RandomLayer)call.Node.Layer).Seed, shape);
        return call.X * (bits.Is("GreaterEqual", threshold).Cast(DataType.Float) * factor);
    }
}
