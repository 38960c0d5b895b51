namespace ConvNets.Engines;

/// <summary>How the losses of a batch's rows, each times its sample's weight, become one number.</summary>
public enum LossReduction
{
    /// <summary>Their sum divided by the number of rows; Keras's default.</summary>
    SumOverBatchSize,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their sum divided by the sum of the weights.</summary>
    MeanWithSampleWeight,
}

/// <summary>Reduces the rows of a batch to its loss.</summary>
internal static class LossReducer
{
    /// <summary>Computes the loss of a batch, and turns the derivatives of its rows' losses into its own.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="rows">The batch.</param>
    /// <param name="sampleWeights">What each sample counts; empty for 1.</param>
    /// <param name="rowsPerSample">How many rows belong to one sample.</param>
    /// <param name="factor">A factor of the derivatives.</param>
    public static double Compute(Loss loss, in LossRows rows, ReadOnlySpan<float> sampleWeights, int rowsPerSample = 1, double factor = 1)
    {
        loss.Compute(rows);
        double sum = 0, weights = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            float weight = sampleWeights.IsEmpty ? 1 : sampleWeights[row / rowsPerSample];
            sum += rows.Losses[row] * weight;
            weights += weight;
        }
        double divisor = loss.Reduction switch
        {
            LossReduction.Sum => 1,
            LossReduction.MeanWithSampleWeight => weights,
            _ => rows.Count,
        };
        double scale = divisor == 0 ? 0 : 1 / divisor;
        for (int row = 0; row < rows.Count && !rows.Gradients.IsEmpty; row++)
        {
            float slope = (float)((sampleWeights.IsEmpty ? 1 : sampleWeights[row / rowsPerSample]) * factor * scale);
            foreach (ref float value in rows.Gradient(row))
                value *= slope;
        }
        return sum * scale;
    }
}
