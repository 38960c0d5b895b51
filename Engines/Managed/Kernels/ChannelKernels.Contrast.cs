namespace ConvNets.Engines;

/// <content>An image's contrast: <c>y = (x − mean)·factor + mean</c>, each with a rounding of its own, cut off at a range.</content>
internal abstract unsafe partial class ChannelKernels
{
    /// <summary>The image in another contrast.</summary>
    public abstract void Contrast(in Contrast contrast, float* x, float* y, long rows, int channels, float* mean);

    /// <summary>Adds to each channel's <c>sum += Σ dy</c>, of the values that were not cut off.</summary>
    public abstract void ContrastSum(in Contrast contrast, float* x, float* dy, long rows, int channels, float* mean, double* sum);

    /// <summary><c>dx (+)= dy·factor + offset</c>, with dy = 0 where values were cut off.</summary>
    public abstract void ContrastGradient(in Contrast contrast, float* x, float* dy, float* dx, long rows, int channels, float* mean, float* offset, bool accumulate);
}

/// <content>An image's contrast.</content>
internal sealed unsafe partial class ChannelKernels<V, S>
{
    public override void Contrast(in Contrast contrast, float* x, float* y, long rows, int channels, float* mean)
    {
        V factor = S.Create(contrast.Factor), least = S.Create(contrast.Least), greatest = S.Create(contrast.Greatest);
        for (int c = 0; c < channels; c += S.Width)
        {
            V m = S.Load(mean + c);
            for (long i = c; i < rows * channels; i += channels)
                S.Store(y + i, S.Min(S.Max(InContrast(S.Load(x + i), m, factor), least), greatest));
        }
    }

    public override void ContrastSum(in Contrast contrast, float* x, float* dy, long rows, int channels, float* mean, double* sum)
    {
        V factor = S.Create(contrast.Factor), least = S.Create(contrast.Least), greatest = S.Create(contrast.Greatest);
        for (long first = 0; first < rows; first += RowsInSingle)
        {
            long end = Math.Min(first + RowsInSingle, rows) * channels;
            for (int c = 0; c < channels; c += S.Width)
            {
                V total = S.Zero, m = S.Load(mean + c);
                for (long i = first * channels + c; i < end; i += channels)
                    total = S.Add(total, VectorMath<V, S>.Inside(InContrast(S.Load(x + i), m, factor), least, greatest, S.Load(dy + i)));
                Flush(total, sum + c);
            }
        }
    }

    public override void ContrastGradient(in Contrast contrast, float* x, float* dy, float* dx, long rows, int channels, float* mean, float* offset, bool accumulate)
    {
        V factor = S.Create(contrast.Factor), least = S.Create(contrast.Least), greatest = S.Create(contrast.Greatest);
        for (int c = 0; c < channels; c += S.Width)
        {
            V m = S.Load(mean + c), more = S.Load(offset + c);
            for (long i = c; i < rows * channels; i += channels)
            {
                V d = S.Add(S.Multiply(VectorMath<V, S>.Inside(InContrast(S.Load(x + i), m, factor), least, greatest, S.Load(dy + i)), factor), more);
                S.Store(dx + i, accumulate ? S.Add(S.Load(dx + i), d) : d);
            }
        }
    }

    private static V InContrast(V x, V mean, V factor) => S.Add(S.Multiply(S.Subtract(x, mean), factor), mean);
}
