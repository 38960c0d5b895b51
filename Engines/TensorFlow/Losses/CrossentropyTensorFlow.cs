namespace ConvNets.Engines;

/// <summary>The cross-entropies of logits.</summary>
internal static class CrossentropyTensorFlow
{
    /// <summary>ln(1 + eᶻ) − z·y.</summary>
    public static GraphOutput Binary(LossCall call) => call.MeanOfRows(call.Add("Sub", call.Add("Softplus", call.Predictions), call.Add("Mul", call.Predictions, call.Targets)));

    public static GraphOutput Categorical(LossCall call) => call.Add("SoftmaxCrossEntropyWithLogits", call.Predictions, call.Targets);

    /// <summary>Class numbers become distributions first.</summary>
    public static GraphOutput SparseCategorical(LossCall call)
    {
        GraphOutput labels = call.Graph.Add("Cast", $"{call.Path}/labels", [call.Graph.Reshape($"{call.Path}/flat", call.Targets, -1)], DataType.Int32, [],
            ("SrcT", DataType.Float), ("DstT", DataType.Int32), ("Truncate", false));
        GraphOutput on = call.Graph.Scalar($"{call.Path}/on", 1), off = call.Graph.Scalar($"{call.Path}/off", 0);
        GraphOutput oneHot = call.Graph.Floats("OneHot", $"{call.Path}/OneHot", [labels, call.Graph.Integer($"{call.Path}/depth", call.Width), on, off], ("TI", DataType.Int32), ("axis", -1L));
        return call.Add("SoftmaxCrossEntropyWithLogits", call.Predictions, oneHot);
    }
}
