namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>Penalties as nodes of a TensorFlow graph.</summary>
internal static class TensorFlowRegularizers
{
    /// <summary>The penalty on a weight.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="regularizer">The regularizer.</param>
    /// <param name="rank">How many axes it has.</param>
    /// <param name="what">What is penalized, for the message.</param>
    /// <exception cref="ModelException">The regularizer is of one's own.</exception>
    public static GraphValue OfWeight(GraphValue weight, Regularizer regularizer, int rank, string what)
    {
        if (regularizer is not L1L2 known)
            throw new ModelException($"TensorFlow graphs cannot compute the regularizer {regularizer.ClassName} on {what}; they know {nameof(L1)}, {nameof(L2)} and {nameof(L1L2)}. The managed engine can.");
        int[] axes = [.. Enumerable.Range(0, rank)];
        return known.L1 == 0 ? Squares() : known.L2 == 0 ? Absolute() : Absolute() + Squares();

        GraphValue Absolute() => known.L1 * weight.Apply("Abs").Sum(keepAxes: false, axes);
        GraphValue Squares() => known.L2 * weight.Apply("Square").Sum(keepAxes: false, axes);
    }

    /// <summary>The penalty on a value of all samples, divided by their number.</summary>
    /// <param name="value">The value.</param>
    /// <param name="regularizer">The regularizer.</param>
    /// <param name="rank">How many axes a sample has.</param>
    /// <param name="what">What is penalized, for the message.</param>
    /// <exception cref="ModelException">The regularizer is of one's own.</exception>
    public static GraphValue OfSamples(GraphValue value, Regularizer regularizer, int rank, string what) =>
        OfWeight(value, regularizer, rank + 1, what) / value.Of(value.Graph.CountOf($"{value.Path}/count", value)).Cast(DataType.Float);
}
