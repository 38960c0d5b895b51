namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>MatMul over the last axis, BiasAdd, the activation. Axes in front of the last become one for the product.</summary>
internal static class DenseTensorFlow
{
    public static GraphOutput Lower(LayerCall call)
    {
        var layer = (Dense)call.Node.Layer;
        bool vectors = call.InputShape.Rank == 1;
        GraphOutput rows = vectors ? call.Input : call.Graph.Reshape($"{call.Path}/rows", call.Input, -1, call.InputShape[^1]);
        GraphOutput product = call.Add("MatMul", [rows, call.Weight("kernel")!.Value], ("transpose_a", false), ("transpose_b", false));
        if (!vectors)
            product = call.Graph.Reshape($"{call.Path}/Reshape", product, [-1, .. call.OutputShape]);
        return call.Finish(product, layer.Activation);
    }
}
