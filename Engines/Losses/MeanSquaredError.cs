namespace ConvNets.Engines;

/// <summary>The mean over a row of (prediction − target)². Targets and predictions have the same shape.</summary>
public sealed class MeanSquaredError : Loss
{
    /// <inheritdoc/>
    public override string Name => "mean_squared_error";

    /// <inheritdoc/>
    public override void Compute(in LossRows rows)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            ReadOnlySpan<float> prediction = rows.Prediction(row), target = rows.Targets.Slice(row * rows.Width, rows.Width);
            Span<float> gradient = rows.Gradient(row);
            double sum = 0;
            for (int i = 0; i < prediction.Length; i++)
            {
                double difference = (double)prediction[i] - target[i];
                sum += difference * difference;
                if (!gradient.IsEmpty)
                    gradient[i] = (float)(2 * difference / prediction.Length);
            }
            rows.Losses[row] = (float)(sum / prediction.Length);
        }
    }
}
