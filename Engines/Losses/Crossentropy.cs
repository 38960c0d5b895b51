using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// The cross-entropy of yes-or-no targets y and probabilities p: the mean over a row of <c>−y·ln p − (1 − y)·ln(1 − p)</c>. From logits z it is
/// <c>max(z, 0) − z·y + ln(1 + e^−|z|)</c>, with the derivative p − y. Targets and predictions have the same shape.
/// </summary>
/// <param name="fromLogits">Whether the model's outputs are logits and not probabilities.</param>
public sealed class BinaryCrossentropy(bool fromLogits = false) : Loss
{
    /// <inheritdoc/>
    public override string Name => "binary_crossentropy";

    /// <inheritdoc/>
    public override ActivationFunction? Activation => fromLogits ? null : ActivationFunction.Sigmoid;

    /// <inheritdoc/>
    public override void Compute(in LossRows rows)
    {
        bool logits = fromLogits || rows.FromLogits;
        for (int row = 0; row < rows.Count; row++)
        {
            ReadOnlySpan<float> prediction = rows.Prediction(row), target = rows.Targets.Slice(row * rows.Width, rows.Width);
            Span<float> gradient = rows.Gradient(row);
            double sum = 0;
            for (int i = 0; i < prediction.Length; i++)
            {
                double y = target[i], slope;
                if (logits)
                {
                    double z = prediction[i], e = Math.Exp(-Math.Abs(z));
                    sum += Math.Max(z, 0) - z * y + Math.Log(1 + e);
                    slope = (z >= 0 ? 1 / (1 + e) : e / (1 + e)) - y;
                }
                else
                {
                    double p = Math.Clamp(prediction[i], Epsilon, 1 - Epsilon);
                    sum -= y * Math.Log(p) + (1 - y) * Math.Log(1 - p);
                    slope = prediction[i] is >= Epsilon and <= 1 - Epsilon ? (p - y) / (p * (1 - p)) : 0;
                }
                if (!gradient.IsEmpty)
                    gradient[i] = (float)(slope / prediction.Length);
            }
            rows.Losses[row] = (float)(sum / prediction.Length);
        }
    }
}

/// <summary>
/// The cross-entropy of target distributions y and predicted ones p: <c>−Σ y·ln p</c> over a row. From logits z it is <c>Σ y·(ln Σ eᶻ − z)</c>, with the
/// derivative p·Σy − y. Targets and predictions have the same shape.
/// </summary>
/// <param name="fromLogits">Whether the model's outputs are logits and not probabilities.</param>
public sealed class CategoricalCrossentropy(bool fromLogits = false) : Loss
{
    /// <inheritdoc/>
    public override string Name => "categorical_crossentropy";

    /// <inheritdoc/>
    public override ActivationFunction? Activation => fromLogits ? null : ActivationFunction.Softmax;

    /// <inheritdoc/>
    public override void Compute(in LossRows rows)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            ReadOnlySpan<float> target = rows.Targets.Slice(row * rows.Width, rows.Width);
            rows.Losses[row] = fromLogits || rows.FromLogits
                ? FromLogits(rows.Prediction(row), target, rows.Gradient(row))
                : FromProbabilities(rows.Prediction(row), target, rows.Gradient(row));
        }
    }

    private static float FromLogits(ReadOnlySpan<float> z, ReadOnlySpan<float> y, Span<float> gradient)
    {
        double greatest = double.NegativeInfinity, sum = 0, total = 0, loss = 0;
        foreach (float value in z)
            greatest = Math.Max(greatest, value);
        foreach (float value in z)
            sum += Math.Exp(value - greatest);
        double logarithm = greatest + Math.Log(sum);
        for (int i = 0; i < z.Length; i++)
        {
            total += y[i];
            loss += y[i] * (logarithm - z[i]);
        }
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = (float)(total * Math.Exp(z[i] - logarithm) - y[i]);
        return (float)loss;
    }

    /// <summary>As Keras: the row is made to sum to 1, then clipped; a clipped value has no derivative.</summary>
    private static float FromProbabilities(ReadOnlySpan<float> p, ReadOnlySpan<float> y, Span<float> gradient)
    {
        double sum = 0, loss = 0, dot = 0;
        foreach (float value in p)
            sum += value;
        for (int i = 0; i < p.Length; i++)
        {
            double q = p[i] / sum;
            loss -= y[i] * Math.Log(Math.Clamp(q, Epsilon, 1 - Epsilon));
            if (q is >= Epsilon and <= 1 - Epsilon)
                dot += y[i];
        }
        for (int i = 0; i < gradient.Length; i++)
        {
            double q = p[i] / sum;
            double slope = q is >= Epsilon and <= 1 - Epsilon ? -y[i] / q : 0;
            gradient[i] = (float)((slope + dot) / sum);
        }
        return (float)loss;
    }
}

/// <summary>
/// <see cref="CategoricalCrossentropy"/> with targets that are class numbers: <c>−ln p[y]</c>. Targets have one value a row.
/// </summary>
/// <param name="fromLogits">Whether the model's outputs are logits and not probabilities.</param>
public sealed class SparseCategoricalCrossentropy(bool fromLogits = false) : Loss
{
    private readonly CategoricalCrossentropy _dense = new(fromLogits);

    /// <inheritdoc/>
    public override string Name => "sparse_categorical_crossentropy";

    /// <inheritdoc/>
    public override ActivationFunction? Activation => _dense.Activation;

    /// <inheritdoc/>
    public override TensorShape TargetShape(TensorShape outputShape)
    {
        ArgumentNullException.ThrowIfNull(outputShape);
        return [.. outputShape.SkipLast(1), 1];
    }

    /// <inheritdoc/>
    /// <exception cref="TrainingException">A target is no class number below the row's width.</exception>
    public override void Compute(in LossRows rows)
    {
        float[] rented = System.Buffers.ArrayPool<float>.Shared.Rent(rows.Width);
        Span<float> oneHot = rented.AsSpan(0, rows.Width);
        for (int row = 0; row < rows.Count; row++)
        {
            float label = rows.Targets[row];
            int index = (int)label;
            if (index != label || (uint)index >= (uint)rows.Width)
                throw new TrainingException($"Target {label} of row {row} is no class number: expected an integer from 0 to {rows.Width - 1}.");
            oneHot.Clear();
            oneHot[index] = 1;
            _dense.Compute(new LossRows
            {
                Count = 1,
                Width = rows.Width,
                Targets = oneHot,
                Predictions = rows.Prediction(row),
                FromLogits = rows.FromLogits,
                Losses = rows.Losses.Slice(row, 1),
                Gradients = rows.Gradient(row),
            });
        }
        System.Buffers.ArrayPool<float>.Shared.Return(rented);
    }
}
