namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>
/// Normalization over the last axis, the others made into rows of an image; another axis is brought there and back. In inference mode FusedBatchNormV3. In training mean and
/// variance are operations of their own, as in Keras: FusedBatchNormV3 sums in other blocks, and the difference, some 5e-6 of a mean over 65,536 pixels, is the largest of a whole
/// training step. The moving averages follow the biased variance.
/// </summary>
internal static class BatchNormalizationTensorFlow
{
    public static GraphOutput Lower(LayerCall call)
    {
        var layer = (BatchNormalization)call.Node.Layer;
        return call.WithAxesLast([layer.SampleAxis(call.InputShape)], (value, shape) =>
        {
            if (shape.Rank == 3)
                return Normalize(call, layer, value, shape[^1]);
            GraphOutput rows = call.Graph.Reshape($"{call.Path}/rows", value, -1, 1, 1, shape[^1]);
            return call.Graph.Reshape($"{call.Path}/Reshape", Normalize(call, layer, rows, shape[^1]), [-1, .. shape]);
        });
    }

    private static GraphOutput Normalize(LayerCall call, BatchNormalization layer, GraphOutput value, int channels)
    {
        if (call.Model.Random is not null && !call.IsFrozen)
            return Train(call, layer, value, channels);
        GraphOutput gamma = call.Weight("gamma") ?? Constant(call, "ones", 1, channels), beta = call.Weight("beta") ?? Constant(call, "zeros", 0, channels);
        return call.Add("FusedBatchNormV3", [value, gamma, beta, call.Weight("moving_mean")!.Value, call.Weight("moving_variance")!.Value],
            ("U", DataType.Float), ("epsilon", (float)layer.Epsilon), ("exponential_avg_factor", 1f), ("data_format", "NHWC"), ("is_training", false));
    }

    /// <summary>x·scale + (beta − mean·scale) with scale = gamma / √(variance + ε).</summary>
    private static GraphOutput Train(LayerCall call, BatchNormalization layer, GraphOutput value, int channels)
    {
        // Sums divided here, and squares of which one factor has no derivative, with the missing 2 put back on the few numbers of the variance: the same values and derivatives as those of
        // Mean and SquaredDifference, whose gradients go through the whole image five times more.
        GraphValue x = call.Value(value), rows = call.Count().Cast(DataType.Float) * (call.InputShape.Size / channels);
        GraphValue mean = x.Sum(keepAxes: false, 0, 1, 2) / rows, centered = x - mean.Apply("StopGradient");
        GraphValue half = (centered * centered.Apply("StopGradient")).Sum(keepAxes: false, 0, 1, 2) / rows, variance = 2 * half - half.Apply("StopGradient");
        call.Update("moving_mean", old => Follow(call, layer, old, mean));
        call.Update("moving_variance", old => Follow(call, layer, old, variance));

        GraphOutput scale = call.Add("Rsqrt", [call.Add("AddV2", [variance, call.Graph.Scalar($"{call.Path}/epsilon", (float)layer.Epsilon)])]);
        if (call.Weight("gamma") is { } gamma)
            scale = call.Add("Mul", [scale, gamma]);
        GraphOutput shift = call.Add("Mul", [mean, scale]);
        shift = call.Weight("beta") is { } beta ? call.Add("Sub", [beta, shift]) : call.Add("Neg", [shift]);
        return call.Add("AddV2", [call.Add("Mul", [value, scale]), shift]);
    }

    /// <summary>old·momentum + new·(1 − momentum).</summary>
    private static GraphOutput Follow(LayerCall call, BatchNormalization layer, GraphOutput old, GraphOutput current) => call.Add("AddV2",
    [
        call.Add("Mul", [old, call.Graph.Scalar($"{call.Path}/momentum", (float)layer.Momentum)]),
        call.Add("Mul", [current, call.Graph.Scalar($"{call.Path}/rest", (float)(1 - layer.Momentum))]),
    ]);

    private static GraphOutput Constant(LayerCall call, string name, float value, int count)
    {
        float[] values = new float[count];
        Array.Fill(values, value);
        return call.Graph.Constant($"{call.Path}/{name}", values, count);
    }
}
