namespace ConvNets.Engines;

/// <summary>Kernels over a row of values that is normalized as a whole.</summary>
internal abstract unsafe class RowKernels
{
    /// <summary>y = (x − mean)·inverse·gamma + beta; mean and inverse go to <paramref name="moments"/>. With RMS scaling the mean is 0 and the inverse that of the root mean square.</summary>
    public abstract void Normalize(float* x, float* y, int count, float* gamma, float* beta, float epsilon, bool rms, float* moments);

    /// <summary>The softmax of each row, or its logarithm; y may be x. A row is at least as long as a vector of <see cref="Width"/>.</summary>
    public abstract void Softmax(float* x, float* y, int length, long rows, bool logarithm);

    /// <summary>The derivatives of <see cref="Softmax"/> from its output: dx (+)= …</summary>
    public abstract void SoftmaxGradient(float* y, float* dy, float* dx, int length, long rows, bool logarithm, bool accumulate);

    /// <summary>Floats in a vector.</summary>
    public abstract int Width { get; }

    /// <summary>The derivatives: dx (+)= …, dgamma += …, dbeta += …; dx may be null.</summary>
    public abstract void NormalizeGradient(float* x, float* dy, float* dx, int count, float* gamma, bool rms, float* moments, float* dgamma, float* dbeta, bool accumulate);
}

/// <inheritdoc/>
internal sealed unsafe class RowKernels<V, S> : RowKernels where V : struct where S : struct, ISimd<V>
{
    // So many vectors are summed in single precision before the sum goes on in double.
    private const int Block = 64;

    public override void Normalize(float* x, float* y, int count, float* gamma, float* beta, float epsilon, bool rms, float* moments)
    {
        float mean = rms ? 0 : (float)(Sum(x, count, 0, square: false) / count);
        float inverse = (float)(1 / Math.Sqrt(Sum(x, count, mean, square: true) / count + epsilon));
        (moments[0], moments[1]) = (mean, inverse);
        V m = S.Create(mean), f = S.Create(inverse);
        int i = 0;
        for (; i <= count - S.Width; i += S.Width)
            S.Store(y + i, S.MultiplyAdd(S.Multiply(S.Subtract(S.Load(x + i), m), f), S.Load(gamma + i), S.Load(beta + i)));
        for (; i < count; i++)
            y[i] = Scalar.MultiplyAdd((x[i] - mean) * inverse, gamma[i], beta[i]);
    }

    public override void NormalizeGradient(float* x, float* dy, float* dx, int count, float* gamma, bool rms, float* moments, float* dgamma, float* dbeta, bool accumulate)
    {
        float mean = moments[0], inverse = moments[1];
        V m = S.Create(mean), f = S.Create(inverse);
        double sum = 0, dot = 0;
        int i = 0;
        while (i <= count - S.Width)
        {
            V sums = S.Zero, dots = S.Zero;
            for (int end = i + Block * S.Width; i < end && i <= count - S.Width; i += S.Width)
            {
                V d = S.Load(dy + i), normal = S.Multiply(S.Subtract(S.Load(x + i), m), f), g = S.Multiply(d, S.Load(gamma + i));
                S.Store(dgamma + i, S.MultiplyAdd(d, normal, S.Load(dgamma + i)));
                S.Store(dbeta + i, S.Add(S.Load(dbeta + i), d));
                sums = S.Add(sums, g);
                dots = S.MultiplyAdd(g, normal, dots);
            }
            sum += Total(sums);
            dot += Total(dots);
        }
        for (; i < count; i++)
        {
            float normal = (x[i] - mean) * inverse, g = dy[i] * gamma[i];
            dgamma[i] += dy[i] * normal;
            dbeta[i] += dy[i];
            sum += g;
            dot += g * normal;
        }
        if (dx == null)
            return;
        float meanSum = rms ? 0 : (float)(sum / count), meanDot = (float)(dot / count);
        V s = S.Create(meanSum), t = S.Create(meanDot);
        for (i = 0; i <= count - S.Width; i += S.Width)
        {
            V normal = S.Multiply(S.Subtract(S.Load(x + i), m), f);
            V d = S.Multiply(f, S.Subtract(S.Subtract(S.Multiply(S.Load(dy + i), S.Load(gamma + i)), s), S.Multiply(normal, t)));
            S.Store(dx + i, accumulate ? S.Add(S.Load(dx + i), d) : d);
        }
        for (; i < count; i++)
        {
            float d = inverse * (dy[i] * gamma[i] - meanSum - (x[i] - mean) * inverse * meanDot);
            dx[i] = accumulate ? dx[i] + d : d;
        }
    }

    public override int Width => S.Width;

    public override void Softmax(float* x, float* y, int length, long rows, bool logarithm)
    {
        for (; rows > 0; rows--, x += length, y += length)
        {
            V most = S.Load(x), total = S.Zero;
            int i = S.Width;
            for (; i <= length - S.Width; i += S.Width)
                most = S.Max(most, S.Load(x + i));
            float greatest = Greatest(most);
            for (; i < length; i++)
                greatest = MathF.Max(greatest, x[i]);
            V m = S.Create(greatest);
            for (i = 0; i <= length - S.Width; i += S.Width)
            {
                V from = S.Subtract(S.Load(x + i), m), e = S.Exp(from);
                total = S.Add(total, e);
                S.Store(y + i, logarithm ? from : e);
            }
            double sum = Total(total);
            for (; i < length; i++)
            {
                float from = x[i] - greatest, e = MathF.Exp(from);
                sum += e;
                y[i] = logarithm ? from : e;
            }
            float factor = logarithm ? 1 : (float)(1 / sum), offset = logarithm ? -(float)Math.Log(sum) : 0;
            V f = S.Create(factor), o = S.Create(offset);
            for (i = 0; i <= length - S.Width; i += S.Width)
                S.Store(y + i, S.MultiplyAdd(S.Load(y + i), f, o));
            for (; i < length; i++)
                y[i] = y[i] * factor + offset;
        }
    }

    public override void SoftmaxGradient(float* y, float* dy, float* dx, int length, long rows, bool logarithm, bool accumulate)
    {
        for (; rows > 0; rows--, y += length, dy += length, dx += length)
        {
            V total = S.Zero;
            int i = 0;
            for (; i <= length - S.Width; i += S.Width)
                total = logarithm ? S.Add(S.Load(dy + i), total) : S.MultiplyAdd(S.Load(y + i), S.Load(dy + i), total);
            double dot = Total(total);
            for (; i < length; i++)
                dot += logarithm ? dy[i] : (double)y[i] * dy[i];
            float sum = (float)dot;
            V t = S.Create(sum);
            for (i = 0; i <= length - S.Width; i += S.Width)
            {
                V value = S.Load(y + i), d = S.Load(dy + i);
                d = logarithm ? S.Subtract(d, S.Multiply(S.Exp(value), t)) : S.Multiply(value, S.Subtract(d, t));
                S.Store(dx + i, accumulate ? S.Add(S.Load(dx + i), d) : d);
            }
            for (; i < length; i++)
            {
                float d = logarithm ? dy[i] - MathF.Exp(y[i]) * sum : y[i] * (dy[i] - sum);
                dx[i] = accumulate ? dx[i] + d : d;
            }
        }
    }

    private static float Greatest(V vector)
    {
        float* lanes = stackalloc float[16];
        S.Store(lanes, vector);
        return Lanes.Max(lanes, S.Width);
    }

    /// <summary>Σ(x − mean), or of its square.</summary>
    private static double Sum(float* x, int count, float mean, bool square)
    {
        V m = S.Create(mean);
        double sum = 0;
        int i = 0;
        while (i <= count - S.Width)
        {
            V lanes = S.Zero;
            for (int end = i + Block * S.Width; i < end && i <= count - S.Width; i += S.Width)
            {
                V d = S.Subtract(S.Load(x + i), m);
                lanes = square ? S.MultiplyAdd(d, d, lanes) : S.Add(lanes, d);
            }
            sum += Total(lanes);
        }
        for (; i < count; i++)
        {
            double d = (double)x[i] - mean;
            sum += square ? d * d : d;
        }
        return sum;
    }

    private static double Total(V vector)
    {
        float* lanes = stackalloc float[16];
        S.Store(lanes, vector);
        return Lanes.Sum(lanes, S.Width);
    }
}
