using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Engines;

/// <summary>The cross-entropies: from logits, and from probabilities, which are clipped as Keras clips them.</summary>
internal static class CrossentropyTensorFlow
{
    public static GraphValue Binary(Loss loss, LossCall call)
    {
        var binary = (BinaryCrossentropy)loss;
        return Binary(call, binary.FromLogits, call.Smoothed(binary.LabelSmoothing, 0.5)).Mean(keepAxes: false, 1);
    }

    public static GraphValue BinaryFocal(Loss loss, LossCall call)
    {
        var focal = (BinaryFocalCrossentropy)loss;
        GraphValue y = call.Smoothed(focal.LabelSmoothing, 0.5), p = call.FromLogits || focal.FromLogits ? call.P.Apply("Sigmoid") : call.P;
        GraphValue miss = 1 - (y * p + (1 - y) * (1 - p));
        GraphValue value = miss.Apply("Pow", miss.Number(focal.Gamma)) * Binary(call, focal.FromLogits, y);
        if (focal.ApplyClassBalancing)
            value = (y * focal.Alpha + (1 - y) * (1 - focal.Alpha)) * value;
        return value.Mean(keepAxes: false, 1);
    }

    public static GraphValue Categorical(Loss loss, LossCall call)
    {
        var categorical = (CategoricalCrossentropy)loss;
        GraphValue y = call.Smoothed(categorical.LabelSmoothing, 1.0 / call.Width);
        return call.FromLogits || categorical.FromLogits ? OfLogits(call.P, y) : -(y * Clipped(Shares(call.P)).Apply("Log")).Sum(keepAxes: false, 1);
    }

    public static GraphValue CategoricalFocal(Loss loss, LossCall call)
    {
        var focal = (CategoricalFocalCrossentropy)loss;
        GraphValue y = call.Smoothed(focal.LabelSmoothing, 1.0 / call.Width), q = Clipped(call.FromLogits || focal.FromLogits ? call.P.Apply("Softmax") : Shares(call.P));
        return (-focal.Alpha * (1 - q).Apply("Pow", q.Number(focal.Gamma)) * y * q.Apply("Log")).Sum(keepAxes: false, 1);
    }

    /// <summary>Class numbers become distributions first; rows of the class that is ignored count 0, and the others more where the reduction is a mean.</summary>
    public static GraphValue SparseCategorical(Loss loss, LossCall call)
    {
        var sparse = (SparseCategoricalCrossentropy)loss;
        GraphValue labels = call.Y.Reshape(-1), p = call.P;
        GraphValue oneHot = p.Of(p.Graph.Floats("OneHot", $"{p.Path}/OneHot",
            [labels.Cast(DataType.Int32), p.Graph.Integer($"{p.Path}/depth", call.Width), p.Number(1), p.Number(0)], ("TI", DataType.Int32), ("axis", -1L)));
        GraphValue rows = call.FromLogits || sparse.FromLogits ? OfLogits(p, oneHot) : -(oneHot * Shares(Clipped(p)).Apply("Log")).Sum(keepAxes: false, 1);
        if (sparse.IgnoreClass is not int ignored)
            return rows;
        GraphValue counts = labels.Is("NotEqual", ignored).Cast(DataType.Float);
        return loss.Reduction == LossReduction.Sum ? rows * counts : rows * (counts / counts.Mean(keepAxes: false, 0).Max(Loss.Epsilon));
    }

    /// <summary>ln(1 + eᶻ) − z·y of logits; −y·ln p − (1 − y)·ln(1 − p) of probabilities.</summary>
    private static GraphValue Binary(LossCall call, bool fromLogits, GraphValue y)
    {
        if (call.FromLogits || fromLogits)
            return call.P.Apply("Softplus") - call.P * y;
        GraphValue p = Clipped(call.P);
        return -(y * p.Apply("Log")) - (1 - y) * (1 - p).Apply("Log");
    }

    private static GraphValue OfLogits(GraphValue z, GraphValue y) => z.Apply("SoftmaxCrossEntropyWithLogits", y);

    private static GraphValue Shares(GraphValue p) => p / p.Sum(keepAxes: true, 1);

    private static GraphValue Clipped(GraphValue p) => p.Clamp(Loss.Epsilon, 1 - Loss.Epsilon);
}
