namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>Layers that make one value of several; those of other shapes are repeated where they have size 1.</summary>
internal static class MergeTensorFlow
{
    public static GraphOutput Add(LayerCall call) => Fold(call, "AddV2");

    public static GraphOutput Subtract(LayerCall call) => Fold(call, "Sub");

    public static GraphOutput Multiply(LayerCall call) => Fold(call, "Mul");

    public static GraphOutput Maximum(LayerCall call) => Fold(call, "Maximum");

    public static GraphOutput Minimum(LayerCall call) => Fold(call, "Minimum");

    public static GraphOutput Average(LayerCall call) => Fold(call, "AddV2") * (1.0 / call.Inputs.Count);

    public static GraphOutput Concatenate(LayerCall call) =>
        call.Graph.Concatenate($"{call.Path}/ConcatV2", ((Concatenate)call.Node.Layer).SampleAxis(call.InputShape) + 1, call.Inputs);

    private static GraphValue Fold(LayerCall call, string operation) => Enumerable.Range(1, call.Inputs.Count - 1).Aggregate(Input(call, 0), (value, i) => value.Apply(operation, Input(call, i)));

    private static GraphValue Input(LayerCall call, int index)
    {
        TensorShape shape = call.Node.Inputs[index].Shape;
        return shape.Rank == call.OutputShape.Rank ? call.Value(call.Inputs[index]) : call.Value(call.Inputs[index]).Reshape([-1, .. MergeLayer.Extended(shape, call.OutputShape.Rank)]);
    }
}
