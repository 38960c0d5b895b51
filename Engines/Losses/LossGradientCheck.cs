namespace ConvNets.Engines;

/// <summary>Compares a loss's derivatives with what its values say: for the tests of a loss of one's own.</summary>
public static class LossGradientCheck
{
    /// <summary>The largest difference between a derivative that <see cref="Loss.Compute"/> gives and the central difference of its values, over the largest derivative.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="targets">Targets, row after row.</param>
    /// <param name="predictions">Predictions, row after row; away from places where the loss has a bend.</param>
    /// <param name="width">The values in a row of predictions.</param>
    /// <param name="fromLogits">Whether the predictions are inputs of <see cref="Loss.Activation"/>.</param>
    /// <param name="step">How far predictions are moved for the differences.</param>
    /// <returns>About 1e-6 or less where the derivatives are right.</returns>
    public static double LargestError(Loss loss, ReadOnlySpan<float> targets, ReadOnlySpan<float> predictions, int width, bool fromLogits = false, float step = 1e-3f)
    {
        ArgumentNullException.ThrowIfNull(loss);
        float[] moved = predictions.ToArray(), gradients = new float[predictions.Length];
        Values(loss, targets, moved, width, fromLogits, gradients);
        double largest = 0, size = 1e-12;
        for (int i = 0; i < moved.Length; i++)
        {
            (float up, float down) = (predictions[i] + step, predictions[i] - step);
            moved[i] = up;
            double above = Values(loss, targets, moved, width, fromLogits, []);
            moved[i] = down;
            double below = Values(loss, targets, moved, width, fromLogits, []);
            moved[i] = predictions[i];
            largest = Math.Max(largest, Math.Abs((above - below) / ((double)up - down) - gradients[i]));
            size = Math.Max(size, Math.Abs(gradients[i]));
        }
        return largest / size;
    }

    /// <summary>The sum of all rows' losses.</summary>
    private static double Values(Loss loss, ReadOnlySpan<float> targets, float[] predictions, int width, bool fromLogits, Span<float> gradients)
    {
        double[] losses = new double[predictions.Length / width];
        loss.Compute(new LossRows
        {
            Count = losses.Length,
            Width = width,
            Targets = targets,
            Predictions = predictions,
            FromLogits = fromLogits,
            Losses = losses,
            Gradients = gradients,
        });
        return losses.Sum();
    }
}
