using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A loss that is being described: rows of predictions and targets, (rows, width) each; targets that are class numbers have width 1.</summary>
/// <param name="Graph">What nodes are added to.</param>
/// <param name="Path">What their names begin with.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Predictions">The predictions; where <paramref name="FromLogits"/>, the inputs of the last activation.</param>
/// <param name="Targets">The targets.</param>
/// <param name="Width">The values in a row of predictions.</param>
/// <param name="FromLogits">Whether the predictions are inputs of <see cref="Engines.Loss.Activation"/>.</param>
internal sealed record LossCall(GraphBuilder Graph, string Path, Loss Loss, GraphOutput Predictions, GraphOutput Targets, int Width, bool FromLogits)
{
    public GraphOutput Add(string operation, params IReadOnlyList<GraphInput> inputs) => Graph.Floats(operation, $"{Path}/{operation}", inputs);

    /// <summary>The mean of each row.</summary>
    public GraphOutput MeanOfRows(GraphOutput values) => Graph.Reduce("Mean", $"{Path}/Mean", values, keepAxes: false, 1);
}

/// <summary>
/// The losses that the training graph computes itself. Every other one gives its slopes on the host, which are then fed in: that takes a pass through the model more.
/// </summary>
internal static class TensorFlowLosses
{
    /// <summary>Whether a loss of an output can be part of the graph.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="fromLogits">Whether the model's last activation is the loss's.</param>
    public static bool Supports(Loss loss, bool fromLogits) => loss.Reduction == LossReduction.SumOverBatchSize && loss switch
    {
        BinaryCrossentropy { LabelSmoothing: 0 } binary => fromLogits || binary.FromLogits,
        CategoricalCrossentropy { LabelSmoothing: 0 } categorical => fromLogits || categorical.FromLogits,
        SparseCategoricalCrossentropy { IgnoreClass: null } sparse => fromLogits || sparse.FromLogits,
        MeanSquaredError => true,
        _ => false,
    };

    /// <summary>Adds the loss of an output: the mean over the rows, each times its sample's weight.</summary>
    /// <param name="graph">What nodes are added to.</param>
    /// <param name="name">What their names begin with.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="predictions">The model's output; where <paramref name="fromLogits"/>, the input of its activation.</param>
    /// <param name="fromLogits">Whether that is so.</param>
    /// <param name="shape">The shape of one sample of the output.</param>
    /// <param name="targets">What is fed in as targets.</param>
    /// <param name="sampleWeights">What each sample counts.</param>
    public static GraphOutput Lower(GraphBuilder graph, string name, Loss loss, GraphOutput predictions, bool fromLogits, TensorShape shape, GraphOutput targets, GraphOutput sampleWeights)
    {
        int width = shape.Rank == 0 ? 1 : shape[^1], rowsPerSample = shape.Size / width;
        if (shape.Rank != 1)
            predictions = graph.Reshape($"{name}/predictions", predictions, -1, width);
        int targetWidth = loss.TargetShape(shape).Size / rowsPerSample;
        var call = new LossCall(graph, name, loss, predictions, graph.Reshape($"{name}/targets", targets, -1, targetWidth), width, fromLogits);
        GraphOutput rows = loss switch
        {
            BinaryCrossentropy => CrossentropyTensorFlow.Binary(call),
            CategoricalCrossentropy => CrossentropyTensorFlow.Categorical(call),
            SparseCategoricalCrossentropy => CrossentropyTensorFlow.SparseCategorical(call),
            _ => call.MeanOfRows(call.Add("SquaredDifference", call.Predictions, call.Targets)),
        };
        GraphOutput bySample = graph.Reshape($"{name}/by_sample", rows, -1, rowsPerSample);
        GraphOutput weighted = graph.Floats("Mul", $"{name}/weighted", [bySample, graph.Reshape($"{name}/weights", sampleWeights, -1, 1)]);
        return graph.Reduce("Mean", $"{name}/value", weighted, keepAxes: false, 0, 1);
    }
}
