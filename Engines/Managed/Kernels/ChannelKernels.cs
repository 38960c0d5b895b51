namespace ConvNets.Engines;

/// <summary>
/// Kernels over rows of channels: a matrix whose columns are channels and whose rows are pixels, or samples. The number of channels is a multiple of the vector's width:
/// <see cref="KernelSet.ForChannels"/> picks the widest vector for which that holds.
/// </summary>
internal abstract unsafe partial class ChannelKernels
{
    /// <summary>Channels in a vector.</summary>
    public abstract int Width { get; }

    /// <summary>Adds to each channel's sums: <c>sum += Σ x</c>.</summary>
    public abstract void Sum(float* x, long rows, int channels, double* sum);

    /// <summary>
    /// The means of some channels' values as TensorFlow's <c>reduce_mean</c> computes them on a processor: four running sums in single precision, of every fourth row each.
    /// </summary>
    public abstract void RunningMean(float* x, long rows, int channels, int firstChannel, int endChannel, float* mean);

    /// <summary>The means of the squared distances from a mean, in the same way.</summary>
    public abstract void RunningVariance(float* x, long rows, int channels, int firstChannel, int endChannel, float* mean, float* variance);

    /// <summary>Adds to each channel's <c>sum += Σ dy</c> and <c>dot += Σ dy·(x − mean)</c>; where a y is given, only where y &gt; 0.</summary>
    public abstract void GradientMoments(float* x, float* dy, float* y, long rows, int channels, float* mean, double* sum, double* dot);

    /// <summary><c>y = x·scale + shift</c>, each with a rounding of its own, and max(y, 0) where <paramref name="relu"/>.</summary>
    public abstract void Normalize(float* x, float* y, long rows, int channels, float* scale, float* shift, bool relu);

    /// <summary><c>dx (+)= dy·scale − (x − mean)·slope − offset</c>; where a y is given, with dy = 0 where y ≤ 0.</summary>
    public abstract void NormalizeGradient(float* x, float* dy, float* y, float* dx, long rows, int channels, float* mean, float* scale, float* slope, float* offset, bool accumulate);

    /// <summary>The greatest value of each window and the index of its tap, the first of equals, for the output rows from <paramref name="firstRow"/> to before <paramref name="endRow"/> of one image.</summary>
    public abstract void MaxPool(in PoolShape s, float* x, float* y, float* tap, int firstRow, int endRow);

    /// <summary>
    /// <see cref="MaxPool"/> of <see cref="Normalize"/> of one image: the windows' greatest normalized values, rectified where <paramref name="relu"/>; where asked for, their taps, and
    /// how far the pixels there are from the mean.
    /// </summary>
    public abstract void NormalizeMaxPool(in PoolShape s, float* x, float* y, float* tap, float* centered, float* mean, float* scale, float* shift, bool relu);

    /// <summary><c>dx = −(x − mean)·slope − offset</c>.</summary>
    public abstract void Center(float* x, float* dx, long rows, int channels, float* mean, float* slope, float* offset);

    /// <summary>Adds <c>dy·scale</c> of each window to the pixel that was its greatest, for one image; where a y is given, only where y &gt; 0.</summary>
    public abstract void AddScaledAtTaps(in PoolShape s, float* dy, float* y, float* tap, float* scale, float* dx);

    /// <summary>Adds each window's derivative to the pixel that was its greatest, for one image. dx is cleared or holds what is added to.</summary>
    public abstract void MaxPoolGradient(in PoolShape s, float* dy, float* tap, float* dx);

    /// <summary>The mean of each window, padded places left out, of one image.</summary>
    public abstract void AveragePool(in PoolShape s, float* x, float* y);

    /// <summary>Adds each window's derivative, shared out, to its pixels.</summary>
    public abstract void AveragePoolGradient(in PoolShape s, float* dy, float* dx);

    /// <summary>The greatest value of each channel.</summary>
    public abstract void GlobalMax(float* x, long rows, int channels, float* y);

    /// <summary>dx (+)= each channel's derivative, shared by the rows that are the greatest.</summary>
    public abstract void GlobalMaxGradient(float* x, long rows, int channels, float* y, float* dy, float* dx, bool accumulate);

    /// <summary>An image in another size.</summary>
    public abstract void Resize(ReadOnlySpan<ResizeTap> rows, ReadOnlySpan<ResizeTap> columns, int width, int channels, float* x, float* y);

    /// <summary>Adds the derivatives of <see cref="Resize"/> to dx.</summary>
    public abstract void ResizeGradient(ReadOnlySpan<ResizeTap> rows, ReadOnlySpan<ResizeTap> columns, int width, int channels, float* dy, float* dx);

    /// <summary>Convolves each channel of some rows of one image by itself: w is (kernel height, kernel width, channels). The bias may be null.</summary>
    public abstract void Depthwise(in DepthwiseShape s, float* x, float* w, float* bias, float* y, int firstRow, int endRow);

    /// <summary>Adds the derivatives of <see cref="Depthwise"/> with respect to one image to dx.</summary>
    public abstract void DepthwiseInputGradient(in DepthwiseShape s, float* dy, float* w, float* dx);

    /// <summary>Adds the derivatives of <see cref="Depthwise"/> with respect to the filters, on one image, to dw.</summary>
    public abstract void DepthwiseKernelGradient(in DepthwiseShape s, float* x, float* dy, float* dw);
}

/// <inheritdoc/>
internal sealed unsafe partial class ChannelKernels<V, S> : ChannelKernels where V : struct where S : struct, ISimd<V>
{
    // So many rows are summed in single precision before the sum goes on in double: the error stays that of a few dozen additions however large the batch.
    private const int RowsInSingle = 64;

    public override int Width => S.Width;

    public override void Sum(float* x, long rows, int channels, double* sum)
    {
        for (long first = 0; first < rows; first += RowsInSingle)
        {
            long end = Math.Min(first + RowsInSingle, rows);
            for (int c = 0; c < channels; c += S.Width)
            {
                V total = S.Zero;
                for (long r = first; r < end; r++)
                    total = S.Add(total, S.Load(x + r * channels + c));
                Flush(total, sum + c);
            }
        }
    }

    public override void RunningMean(float* x, long rows, int channels, int firstChannel, int endChannel, float* mean)
    {
        V factor = S.Create(1f / rows);
        for (int c = firstChannel; c < endChannel; c += S.Width)
        {
            V s0 = S.Zero, s1 = s0, s2 = s0, s3 = s0;
            float* p = x + c, end = p + rows * channels, last = p + rows / 4 * 4 * channels;
            for (; p < last; p += 4L * channels)
            {
                s0 = S.Add(s0, S.Load(p));
                s1 = S.Add(s1, S.Load(p + channels));
                s2 = S.Add(s2, S.Load(p + 2L * channels));
                s3 = S.Add(s3, S.Load(p + 3L * channels));
            }
            V sum = S.Add(S.Add(S.Add(s0, s1), s2), s3);
            for (; p < end; p += channels)
                sum = S.Add(sum, S.Load(p));
            S.Store(mean + c, S.Multiply(sum, factor));
        }
    }

    public override void RunningVariance(float* x, long rows, int channels, int firstChannel, int endChannel, float* mean, float* variance)
    {
        V factor = S.Create(1f / rows);
        for (int c = firstChannel; c < endChannel; c += S.Width)
        {
            V s0 = S.Zero, s1 = s0, s2 = s0, s3 = s0, m = S.Load(mean + c);
            float* p = x + c, end = p + rows * channels, last = p + rows / 4 * 4 * channels;
            for (; p < last; p += 4L * channels)
            {
                s0 = S.Add(s0, Square(S.Subtract(S.Load(p), m)));
                s1 = S.Add(s1, Square(S.Subtract(S.Load(p + channels), m)));
                s2 = S.Add(s2, Square(S.Subtract(S.Load(p + 2L * channels), m)));
                s3 = S.Add(s3, Square(S.Subtract(S.Load(p + 3L * channels), m)));
            }
            V sum = S.Add(S.Add(S.Add(s0, s1), s2), s3);
            for (; p < end; p += channels)
                sum = S.Add(sum, Square(S.Subtract(S.Load(p), m)));
            S.Store(variance + c, S.Multiply(sum, factor));
        }
    }

    public override void GradientMoments(float* x, float* dy, float* y, long rows, int channels, float* mean, double* sum, double* dot)
    {
        for (long first = 0; first < rows; first += RowsInSingle)
        {
            long end = Math.Min(first + RowsInSingle, rows);
            for (int c = 0; c < channels; c += S.Width)
            {
                V total = S.Zero, product = S.Zero, m = S.Load(mean + c);
                for (long r = first; r < end; r++)
                {
                    long i = r * channels + c;
                    V d = Masked(dy + i, y, i);
                    total = S.Add(total, d);
                    product = S.MultiplyAdd(d, S.Subtract(S.Load(x + i), m), product);
                }
                Flush(total, sum + c);
                Flush(product, dot + c);
            }
        }
    }

    public override void Normalize(float* x, float* y, long rows, int channels, float* scale, float* shift, bool relu)
    {
        V floor = relu ? S.Zero : S.Create(float.NegativeInfinity);
        for (int c = 0; c < channels; c += S.Width)
        {
            V a = S.Load(scale + c), b = S.Load(shift + c);
            for (long i = c; i < rows * channels; i += channels)
                S.Store(y + i, S.Max(S.Add(S.Multiply(S.Load(x + i), a), b), floor));
        }
    }

    public override void NormalizeGradient(float* x, float* dy, float* y, float* dx, long rows, int channels, float* mean, float* scale, float* slope, float* offset, bool accumulate)
    {
        for (int c = 0; c < channels; c += S.Width)
        {
            V m = S.Load(mean + c), a = S.Load(scale + c), k = S.Load(slope + c), b = S.Load(offset + c);
            for (long i = c; i < rows * channels; i += channels)
            {
                V d = S.Subtract(S.Multiply(Masked(dy + i, y, i), a), S.MultiplyAdd(S.Subtract(S.Load(x + i), m), k, b));
                S.Store(dx + i, accumulate ? S.Add(S.Load(dx + i), d) : d);
            }
        }
    }

    public override void MaxPool(in PoolShape s, float* x, float* y, float* tap, int firstRow, int endRow)
    {
        for (int row = firstRow; row < endRow; row++)
        {
            int top = row * s.StrideHeight - s.Top, u0 = Math.Max(0, -top), u1 = Math.Min(s.WindowHeight, s.Height - top);
            for (int column = 0; column < s.OutputWidth; column++)
            {
                int left = column * s.StrideWidth - s.Left, v0 = Math.Max(0, -left), v1 = Math.Min(s.WindowWidth, s.Width - left);
                long o = ((long)row * s.OutputWidth + column) * s.Channels;
                for (int c = 0; c < s.Channels; c += S.Width)
                {
                    V best = S.Create(float.NegativeInfinity), where = S.Zero;
                    for (int u = u0; u < u1; u++)
                    {
                        float* p = x + ((long)(top + u) * s.Width + left) * s.Channels + c;
                        for (int v = v0; v < v1; v++)
                        {
                            V value = S.Load(p + (long)v * s.Channels);
                            where = S.SelectGreater(value, best, S.Create(u * s.WindowWidth + v), where);
                            best = S.SelectGreater(value, best, value, best);
                        }
                    }
                    S.Store(y + o + c, best);
                    if (tap != null)
                        S.Store(tap + o + c, where);
                }
            }
        }
    }

    public override void NormalizeMaxPool(in PoolShape s, float* x, float* y, float* tap, float* centered, float* mean, float* scale, float* shift, bool relu)
    {
        V floor = relu ? S.Zero : S.Create(float.NegativeInfinity);
        for (int row = 0; row < s.OutputHeight; row++)
        {
            int top = row * s.StrideHeight - s.Top, u0 = Math.Max(0, -top), u1 = Math.Min(s.WindowHeight, s.Height - top);
            for (int column = 0; column < s.OutputWidth; column++)
            {
                int left = column * s.StrideWidth - s.Left, v0 = Math.Max(0, -left), v1 = Math.Min(s.WindowWidth, s.Width - left);
                long o = ((long)row * s.OutputWidth + column) * s.Channels;
                for (int c = 0; c < s.Channels; c += S.Width)
                {
                    V best = S.Create(float.NegativeInfinity), where = S.Zero, distance = S.Zero, m = S.Load(mean + c), a = S.Load(scale + c), b = S.Load(shift + c);
                    for (int u = u0; u < u1; u++)
                    {
                        float* p = x + ((long)(top + u) * s.Width + left) * s.Channels + c;
                        for (int v = v0; v < v1; v++)
                        {
                            V pixel = S.Load(p + (long)v * s.Channels), value = S.Add(S.Multiply(pixel, a), b);
                            where = S.SelectGreater(value, best, S.Create(u * s.WindowWidth + v), where);
                            distance = S.SelectGreater(value, best, S.Subtract(pixel, m), distance);
                            best = S.SelectGreater(value, best, value, best);
                        }
                    }
                    S.Store(y + o + c, S.Max(best, floor));
                    if (tap == null)
                        continue;
                    S.Store(tap + o + c, where);
                    S.Store(centered + o + c, distance);
                }
            }
        }
    }

    public override void Center(float* x, float* dx, long rows, int channels, float* mean, float* slope, float* offset)
    {
        for (int c = 0; c < channels; c += S.Width)
        {
            V m = S.Load(mean + c), k = S.Load(slope + c), b = S.Load(offset + c);
            for (long i = c; i < rows * channels; i += channels)
                S.Store(dx + i, S.Subtract(S.Zero, S.MultiplyAdd(S.Subtract(S.Load(x + i), m), k, b)));
        }
    }

    public override void AddScaledAtTaps(in PoolShape s, float* dy, float* y, float* tap, float* scale, float* dx)
    {
        for (int row = 0; row < s.OutputHeight; row++)
        {
            int top = row * s.StrideHeight - s.Top, u0 = Math.Max(0, -top), u1 = Math.Min(s.WindowHeight, s.Height - top);
            for (int column = 0; column < s.OutputWidth; column++)
            {
                int left = column * s.StrideWidth - s.Left, v0 = Math.Max(0, -left), v1 = Math.Min(s.WindowWidth, s.Width - left);
                long o = ((long)row * s.OutputWidth + column) * s.Channels;
                for (int c = 0; c < s.Channels; c += S.Width)
                {
                    V d = S.Multiply(Masked(dy + o + c, y, o + c), S.Load(scale + c)), where = S.Load(tap + o + c);
                    for (int u = u0; u < u1; u++)
                    {
                        float* p = dx + ((long)(top + u) * s.Width + left) * s.Channels + c;
                        for (int v = v0; v < v1; v++)
                        {
                            float* q = p + (long)v * s.Channels;
                            S.Store(q, S.Add(S.Load(q), S.SelectEqual(where, S.Create(u * s.WindowWidth + v), d, S.Zero)));
                        }
                    }
                }
            }
        }
    }

    public override void MaxPoolGradient(in PoolShape s, float* dy, float* tap, float* dx)
    {
        for (int row = 0; row < s.OutputHeight; row++)
        {
            int top = row * s.StrideHeight - s.Top, u0 = Math.Max(0, -top), u1 = Math.Min(s.WindowHeight, s.Height - top);
            for (int column = 0; column < s.OutputWidth; column++)
            {
                int left = column * s.StrideWidth - s.Left, v0 = Math.Max(0, -left), v1 = Math.Min(s.WindowWidth, s.Width - left);
                long o = ((long)row * s.OutputWidth + column) * s.Channels;
                for (int c = 0; c < s.Channels; c += S.Width)
                {
                    V d = S.Load(dy + o + c), where = S.Load(tap + o + c);
                    for (int u = u0; u < u1; u++)
                    {
                        float* p = dx + ((long)(top + u) * s.Width + left) * s.Channels + c;
                        for (int v = v0; v < v1; v++)
                        {
                            float* q = p + (long)v * s.Channels;
                            S.Store(q, S.Add(S.Load(q), S.SelectEqual(where, S.Create(u * s.WindowWidth + v), d, S.Zero)));
                        }
                    }
                }
            }
        }
    }

    private static V Square(V value) => S.Multiply(value, value);

    private static V Masked(float* dy, float* y, long i) => y == null ? S.Load(dy) : S.SelectGreater(S.Load(y + i), S.Zero, S.Load(dy), S.Zero);

    private static void Flush(V lanes, double* sums)
    {
        float* values = stackalloc float[16];
        S.Store(values, lanes);
        for (int lane = 0; lane < S.Width; lane++)
            sums[lane] += values[lane];
    }
}
