namespace ConvNets.Engines;

/// <summary>The mean over a row of (p − y)², for targets y and predictions p of the same shape.</summary>
public sealed class MeanSquaredError : ElementwiseLoss
{
    /// <inheritdoc/>
    public override string Name => "mean_squared_error";

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction)
    {
        double error = prediction - target;
        return (error * error, 2 * error);
    }
}

/// <summary>The mean over a row of |p − y|.</summary>
public sealed class MeanAbsoluteError : ElementwiseLoss
{
    /// <inheritdoc/>
    public override string Name => "mean_absolute_error";

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction) => (Math.Abs(prediction - target), Math.Sign(prediction - target));
}

/// <summary>100 times the mean over a row of |p − y| / max(|y|, 1e-7).</summary>
public sealed class MeanAbsolutePercentageError : ElementwiseLoss
{
    /// <inheritdoc/>
    public override string Name => "mean_absolute_percentage_error";

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction)
    {
        double percent = 100 / Math.Max(Math.Abs(target), Epsilon);
        return (Math.Abs(prediction - target) * percent, Math.Sign(prediction - target) * percent);
    }
}

/// <summary>The mean over a row of (ln(1 + p) − ln(1 + y))², with p and y at least 1e-7.</summary>
public sealed class MeanSquaredLogarithmicError : ElementwiseLoss
{
    /// <inheritdoc/>
    public override string Name => "mean_squared_logarithmic_error";

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction)
    {
        double p = Math.Max(prediction, Epsilon), error = Math.Log(p + 1) - Math.Log(Math.Max(target, Epsilon) + 1);
        return (error * error, prediction >= Epsilon ? 2 * error / (p + 1) : 0);
    }
}

/// <summary>The mean over a row of e²/2 where |e| = |p − y| ≤ δ, and of δ·|e| − δ²/2 elsewhere (Huber 1964).</summary>
/// <param name="delta">δ, where the parabola ends.</param>
public sealed class Huber(double delta = 1) : ElementwiseLoss
{
    /// <inheritdoc/>
    public override string Name => "huber_loss";

    /// <summary>Where the parabola ends and the straight lines begin.</summary>
    public double Delta { get; } = Checked.NotNegative(delta);

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction)
    {
        double error = prediction - target, size = Math.Abs(error);
        return size <= Delta ? (0.5 * error * error, error) : (Delta * size - 0.5 * Delta * Delta, Delta * Math.Sign(error));
    }
}

/// <summary>The mean over a row of ln cosh(p − y): a parabola near 0, straight lines far away.</summary>
public sealed class LogCosh : ElementwiseLoss
{
    /// <inheritdoc/>
    public override string Name => "log_cosh";

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction)
    {
        // ln cosh x = |x| + ln(1 + e^−2|x|) − ln 2, which cannot overflow.
        double error = prediction - target, size = Math.Abs(error);
        return (size + Math.Log(1 + Math.Exp(-2 * size)) - Math.Log(2), Math.Tanh(error));
    }
}

/// <summary>The mean over a row of p − y·ln(p + 1e-7): the likelihood of counts y whose mean is p.</summary>
public sealed class Poisson : ElementwiseLoss
{
    /// <inheritdoc/>
    public override string Name => "poisson";

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction) =>
        (prediction - target * Math.Log(prediction + Epsilon), 1 - target / (prediction + Epsilon));
}

/// <summary>The divergence of Kullback and Leibler (1951) of predicted from target distributions: the sum over a row of y·ln(y/p), both between 1e-7 and 1.</summary>
public sealed class KLDivergence : ElementwiseLoss
{
    /// <inheritdoc/>
    public override string Name => "kl_divergence";

    private protected override bool Sums => true;

    /// <inheritdoc/>
    protected override (double Value, double Slope) Of(double target, double prediction)
    {
        double y = Math.Clamp(target, Epsilon, 1), p = Math.Clamp(prediction, Epsilon, 1);
        return (y * Math.Log(y / p), prediction is >= Epsilon and <= 1 ? -y / p : 0);
    }
}

/// <summary>Minus the cosine of the angle between a row of targets and its predictions: −1 where they point the same way.</summary>
public sealed class CosineSimilarity : Loss
{
    /// <inheritdoc/>
    public override string Name => "cosine_similarity";

    /// <inheritdoc/>
    public override void Compute(in LossRows rows)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            ReadOnlySpan<float> p = rows.Prediction(row), y = rows.Target(row);
            Span<float> gradient = rows.Gradient(row);
            double dot = 0, squareP = 0, squareY = 0;
            for (int i = 0; i < p.Length; i++)
            {
                dot += (double)p[i] * y[i];
                squareP += (double)p[i] * p[i];
                squareY += (double)y[i] * y[i];
            }

            // A row shorter than 1e-7 is not made longer than that allows.
            double byP = Math.Min(1 / Math.Sqrt(squareP), 1 / Epsilon), byY = Math.Min(1 / Math.Sqrt(squareY), 1 / Epsilon);
            bool capped = byP == 1 / Epsilon;
            rows.Losses[row] = -dot * byP * byY;
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] = (float)(-byY * byP * (y[i] - (capped ? 0 : dot * p[i] / squareP)));
        }
    }
}
