using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>A loss that is being described: rows of predictions and targets, (rows, width) each; targets that are class numbers have width 1.</summary>
/// <param name="P">The predictions; where <paramref name="FromLogits"/>, the inputs of the last activation.</param>
/// <param name="Y">The targets.</param>
/// <param name="Width">The values in a row of predictions.</param>
/// <param name="FromLogits">Whether the predictions are inputs of <see cref="Loss.Activation"/>.</param>
internal sealed record LossCall(GraphValue P, GraphValue Y, int Width, bool FromLogits)
{
    /// <summary>The targets moved towards equal ones: y·(1 − s) + s·share.</summary>
    public GraphValue Smoothed(double smoothing, double share) => smoothing == 0 ? Y : Y * (1 - smoothing) + smoothing * share;
}

/// <summary>Losses as nodes of the training graph. A loss of one's own gives its slopes on the host, which are then fed in: that takes a pass through the model more.</summary>
internal static class TensorFlowLosses
{
    private static readonly Dictionary<Type, Func<Loss, LossCall, GraphValue>> Formulas = new()
    {
        [typeof(BinaryCrossentropy)] = CrossentropyTensorFlow.Binary,
        [typeof(BinaryFocalCrossentropy)] = CrossentropyTensorFlow.BinaryFocal,
        [typeof(CategoricalCrossentropy)] = CrossentropyTensorFlow.Categorical,
        [typeof(CategoricalFocalCrossentropy)] = CrossentropyTensorFlow.CategoricalFocal,
        [typeof(CategoricalHinge)] = HingesTensorFlow.Categorical,
        [typeof(CosineSimilarity)] = RegressionTensorFlow.Cosine,
        [typeof(Hinge)] = HingesTensorFlow.Plain,
        [typeof(Huber)] = RegressionTensorFlow.Huber,
        [typeof(KLDivergence)] = RegressionTensorFlow.KullbackLeibler,
        [typeof(LogCosh)] = RegressionTensorFlow.LogCosh,
        [typeof(MeanAbsoluteError)] = RegressionTensorFlow.Absolute,
        [typeof(MeanAbsolutePercentageError)] = RegressionTensorFlow.AbsolutePercentage,
        [typeof(MeanSquaredError)] = RegressionTensorFlow.Squared,
        [typeof(MeanSquaredLogarithmicError)] = RegressionTensorFlow.SquaredLogarithmic,
        [typeof(Poisson)] = RegressionTensorFlow.Poisson,
        [typeof(SparseCategoricalCrossentropy)] = CrossentropyTensorFlow.SparseCategorical,
        [typeof(SquaredHinge)] = HingesTensorFlow.Squared,
    };

    /// <summary>Whether a loss can be part of the graph.</summary>
    public static bool Supports(Type loss) => Formulas.ContainsKey(loss);

    /// <summary>Adds the loss of an output.</summary>
    /// <param name="graph">What nodes are added to.</param>
    /// <param name="name">What their names begin with.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="predictions">The model's output; where <paramref name="fromLogits"/>, the input of its activation.</param>
    /// <param name="fromLogits">Whether that is so.</param>
    /// <param name="shape">The shape of one sample of the output.</param>
    /// <param name="targets">What is fed in as targets.</param>
    /// <param name="sampleWeights">What each sample counts.</param>
    public static GraphValue Lower(GraphBuilder graph, string name, Loss loss, GraphOutput predictions, bool fromLogits, TensorShape shape, GraphOutput targets, GraphOutput sampleWeights)
    {
        int width = shape.Rank == 0 ? 1 : shape[^1], rowsPerSample = shape.Size / width;
        GraphValue p = graph.Value(name, predictions), y = p.Of(targets).Reshape(-1, loss.TargetShape(shape).Size / rowsPerSample);
        GraphValue rows = Formulas[loss.GetType()](loss, new LossCall(shape.Rank == 1 ? p : p.Reshape(-1, width), y, width, fromLogits));
        GraphValue weights = p.Of(sampleWeights).Reshape(-1, 1), weighted = rows.Reshape(-1, rowsPerSample) * weights;
        return loss.Reduction switch
        {
            LossReduction.SumOverBatchSize => weighted.Mean(keepAxes: false, 0, 1),
            LossReduction.Sum => weighted.Sum(keepAxes: false, 0, 1),
            _ => weighted.Sum(keepAxes: false, 0, 1).Apply("DivNoNan", weights.Sum(keepAxes: false, 0, 1) * rowsPerSample),
        };
    }
}
