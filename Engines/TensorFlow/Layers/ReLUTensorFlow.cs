using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Relu; with arguments x above the threshold, slope·(x − threshold) else, and at most the maximum, which nothing of the slope's part exceeds.</summary>
internal static class ReLUTensorFlow
{
    public static GraphOutput Lower(LayerCall call)
    {
        var layer = (ReLU)call.Node.Layer;
        if (layer is { MaxValue: null, NegativeSlope: 0, Threshold: 0 })
            return call.Model.Activate(call.Path, call.Input, ActivationFunction.Relu);

        GraphOutput threshold = call.Graph.Scalar($"{call.Path}/threshold", (float)layer.Threshold), slope = call.Graph.Scalar($"{call.Path}/slope", (float)layer.NegativeSlope);
        GraphOutput isAbove = call.Graph.Add("Greater", $"{call.Path}/Greater", [call.Input, threshold], DataType.Bool, [], ("T", DataType.Float));
        GraphOutput below = call.Add("Mul", [slope, call.Add("Sub", [call.Input, threshold])]);
        GraphOutput value = call.Add("SelectV2", [isAbove, call.Input, below]);
        return layer.MaxValue is double maximum ? call.Add("Minimum", [value, call.Graph.Scalar($"{call.Path}/maximum", (float)maximum)]) : value;
    }
}
