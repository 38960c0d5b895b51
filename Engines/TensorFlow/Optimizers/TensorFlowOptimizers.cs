namespace ConvNets.Engines;

/// <summary>One weight's update that is being described.</summary>
/// <param name="Graph">What the node is added to.</param>
/// <param name="Name">The node's wanted name.</param>
/// <param name="Weight">The weight's variable.</param>
/// <param name="Read">Its values in this step, which are read before it changes: not every gradient waits for that by itself.</param>
/// <param name="Slots">The variables that the optimizer remembers of it, all 0 at first.</param>
/// <param name="Gradient">The loss's derivatives with respect to it.</param>
/// <param name="Rate">The step size of this step, which is fed in.</param>
internal sealed record UpdateCall(GraphBuilder Graph, string Name, GraphOutput Weight, GraphOutput Read, IReadOnlyList<GraphOutput> Slots, GraphOutput Gradient, GraphOutput Rate)
{
    /// <summary>Adds the node.</summary>
    /// <returns>Its name.</returns>
    public string Add(string operation, IReadOnlyList<GraphInput> inputs, params IReadOnlyList<(string Name, GraphAttribute Value)> attributes) =>
        Graph.Add(operation, Name, inputs, DataType.Float, [Read.Node], [("T", DataType.Float), ("use_locking", false), .. attributes]).Node;

    public GraphOutput Scalar(string name, double value) => Graph.Scalar($"{Name}/{name}", (float)value);
}

/// <summary>
/// The optimizers that TensorFlow has operations for. Every other one, and every option that optimizers share, is run by <see cref="OptimizerRun"/> on gradients that are read out.
/// </summary>
internal static class TensorFlowOptimizers
{
    /// <summary>Whether an optimizer can be part of the graph.</summary>
    public static bool Supports(Optimizer optimizer) => SlotCount(optimizer) is not null && optimizer is { WeightDecay: null, ClipNorm: null, ClipValue: null, GlobalClipNorm: null, UseEma: false, GradientAccumulationSteps: null };

    /// <summary>How many variables an optimizer's operation takes for each weight; null for one that has none.</summary>
    public static int? SlotCount(Optimizer optimizer) => optimizer switch
    {
        AdamW or Adam { Amsgrad: true } => null,
        Adam => AdamTensorFlow.SlotCount,
        RMSprop => RMSpropTensorFlow.SlotCount,
        Sgd sgd => sgd.SlotCount,
        _ => null,
    };

    /// <summary>The step size that is fed in: the learning rate, times what the optimizer makes of the step's number.</summary>
    public static float Rate(Optimizer optimizer, double learningRate, long step) => optimizer is Adam adam ? AdamTensorFlow.Rate(adam, learningRate, step) : (float)learningRate;

    /// <summary>Adds the update of a weight.</summary>
    /// <returns>The name of the node to run.</returns>
    public static string Update(Optimizer optimizer, UpdateCall call) => optimizer switch
    {
        Adam adam => AdamTensorFlow.Update(adam, call),
        RMSprop rmsprop => RMSpropTensorFlow.Update(rmsprop, call),
        Sgd sgd => SgdTensorFlow.Update(sgd, call),
        _ => throw new ArgumentException($"The optimizer {optimizer.Name} has no operation.", nameof(optimizer)),
    };
}
