using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>One weight's step that is being described.</summary>
/// <param name="Variable">The weight's variable.</param>
/// <param name="W">Its values in this step, decayed where weights decay.</param>
/// <param name="G">The loss's derivatives with respect to it.</param>
/// <param name="SlotVariables">The variables that the optimizer remembers of it.</param>
/// <param name="S">Their values.</param>
/// <param name="Numbers">What <see cref="TensorFlowOptimizers.Numbers"/> gives for the step.</param>
internal sealed record UpdateCall(GraphOutput Variable, GraphValue W, GraphValue G, IReadOnlyList<GraphOutput> SlotVariables, IReadOnlyList<GraphValue> S, IReadOnlyList<GraphValue> Numbers)
{
    /// <summary>Gives the weight and its slots new values.</summary>
    /// <returns>The names of the nodes that do it, the weight's last.</returns>
    public string[] Assign(GraphValue weight, params IReadOnlyList<GraphValue> slots) =>
        [.. SlotVariables.Zip(slots, (variable, value) => W.Graph.Assign(variable, value)), W.Graph.Assign(Variable, weight)];
}

/// <summary>How one optimizer moves a weight.</summary>
/// <param name="Numbers">What depends on the step size and the step's number, from 1, alone.</param>
/// <param name="Step">Adds the nodes, and names those to run, the weight's last.</param>
internal sealed record OptimizerEntry(Func<Optimizer, double, long, float[]> Numbers, Func<Optimizer, UpdateCall, string[]> Step);

/// <summary>
/// The optimizers as nodes of the training graph, by the formulas of <see cref="Optimizer.Update"/>. One of one's own is run by <see cref="OptimizerRun"/> on gradients that are read out.
/// </summary>
internal static class TensorFlowOptimizers
{
    private static readonly Dictionary<Type, OptimizerEntry> Entries = new()
    {
        [typeof(Adadelta)] = new(Rate, AdagradTensorFlow.Adadelta),
        [typeof(Adagrad)] = new(Rate, AdagradTensorFlow.Adagrad),
        [typeof(Adam)] = new(AdamTensorFlow.Numbers, AdamTensorFlow.Adam),
        [typeof(AdamW)] = new(AdamTensorFlow.Numbers, AdamTensorFlow.Adam),
        [typeof(Adamax)] = new(AdamTensorFlow.AdamaxNumbers, AdamTensorFlow.Adamax),
        [typeof(Ftrl)] = new(FtrlTensorFlow.Numbers, FtrlTensorFlow.Step),
        [typeof(Lion)] = new(Rate, SgdTensorFlow.Lion),
        [typeof(Nadam)] = new(AdamTensorFlow.NadamNumbers, AdamTensorFlow.Nadam),
        [typeof(RMSprop)] = new(Rate, SgdTensorFlow.RMSprop),
        [typeof(Sgd)] = new(Rate, SgdTensorFlow.Sgd),
    };

    /// <summary>Whether an optimizer can be part of the graph.</summary>
    public static bool Supports(Type optimizer) => Entries.ContainsKey(optimizer);

    /// <summary>The numbers that are fed in for a step: see <see cref="OptimizerEntry"/>.</summary>
    public static float[] Numbers(Optimizer optimizer, double learningRate, long step) => Entries[optimizer.GetType()].Numbers(optimizer, learningRate, step);

    /// <summary>Adds the step of a weight.</summary>
    /// <returns>The names of the nodes to run, the weight's last.</returns>
    public static string[] Step(Optimizer optimizer, UpdateCall call) => Entries[optimizer.GetType()].Step(optimizer, call);

    private static float[] Rate(Optimizer optimizer, double learningRate, long step) => [(float)learningRate];
}
