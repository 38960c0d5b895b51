namespace ConvNets.Engines;

/// <inheritdoc/>
internal sealed unsafe partial class ChannelKernels<V, S>
{
    public override void AveragePool(in PoolShape s, float* x, float* y)
    {
        for (int row = 0; row < s.OutputHeight; row++)
        {
            int top = row * s.StrideHeight - s.Top, u0 = Math.Max(0, -top), u1 = Math.Min(s.WindowHeight, s.Height - top);
            for (int column = 0; column < s.OutputWidth; column++)
            {
                int left = column * s.StrideWidth - s.Left, v0 = Math.Max(0, -left), v1 = Math.Min(s.WindowWidth, s.Width - left);
                V share = S.Create(1f / ((u1 - u0) * (v1 - v0)));
                for (int c = 0; c < s.Channels; c += S.Width, y += S.Width)
                {
                    V sum = S.Zero;
                    for (int u = u0; u < u1; u++)
                    {
                        float* p = x + ((long)(top + u) * s.Width + left) * s.Channels + c;
                        for (int v = v0; v < v1; v++)
                            sum = S.Add(sum, S.Load(p + (long)v * s.Channels));
                    }
                    S.Store(y, S.Multiply(sum, share));
                }
            }
        }
    }

    public override void AveragePoolGradient(in PoolShape s, float* dy, float* dx)
    {
        for (int row = 0; row < s.OutputHeight; row++)
        {
            int top = row * s.StrideHeight - s.Top, u0 = Math.Max(0, -top), u1 = Math.Min(s.WindowHeight, s.Height - top);
            for (int column = 0; column < s.OutputWidth; column++)
            {
                int left = column * s.StrideWidth - s.Left, v0 = Math.Max(0, -left), v1 = Math.Min(s.WindowWidth, s.Width - left);
                V share = S.Create(1f / ((u1 - u0) * (v1 - v0)));
                for (int c = 0; c < s.Channels; c += S.Width, dy += S.Width)
                {
                    V d = S.Multiply(S.Load(dy), share);
                    for (int u = u0; u < u1; u++)
                    {
                        float* p = dx + ((long)(top + u) * s.Width + left) * s.Channels + c;
                        for (int v = v0; v < v1; v++)
                        {
                            float* q = p + (long)v * s.Channels;
                            S.Store(q, S.Add(S.Load(q), d));
                        }
                    }
                }
            }
        }
    }

    public override void GlobalMax(float* x, long rows, int channels, float* y)
    {
        for (int c = 0; c < channels; c += S.Width)
        {
            V best = S.Load(x + c);
            for (long r = 1; r < rows; r++)
                best = S.Max(best, S.Load(x + r * channels + c));
            S.Store(y + c, best);
        }
    }

    public override void GlobalMaxGradient(float* x, long rows, int channels, float* y, float* dy, float* dx, bool accumulate)
    {
        for (int c = 0; c < channels; c += S.Width)
        {
            V best = S.Load(y + c), ties = S.Zero;
            for (long r = 0; r < rows; r++)
                ties = S.Add(ties, S.SelectEqual(S.Load(x + r * channels + c), best, S.Create(1), S.Zero));
            V share = S.Divide(S.Load(dy + c), ties);
            for (long i = c; i < rows * channels; i += channels)
            {
                V d = S.SelectEqual(S.Load(x + i), best, share, S.Zero);
                S.Store(dx + i, accumulate ? S.Add(S.Load(dx + i), d) : d);
            }
        }
    }

    public override void Resize(ReadOnlySpan<ResizeTap> rows, ReadOnlySpan<ResizeTap> columns, int width, int channels, float* x, float* y)
    {
        foreach (ResizeTap row in rows)
        {
            float* above = x + (long)row.First * width * channels, below = x + (long)row.Second * width * channels;
            foreach (ResizeTap column in columns)
            {
                V down = S.Create(row.Weight), right = S.Create(column.Weight);
                int a = column.First * channels, b = column.Second * channels;
                for (int c = 0; c < channels; c += S.Width, y += S.Width)
                {
                    V top = Between(S.Load(above + a + c), S.Load(above + b + c), right);
                    S.Store(y, row.Weight == 0 ? top : Between(top, Between(S.Load(below + a + c), S.Load(below + b + c), right), down));
                }
            }
        }
    }

    public override void ResizeGradient(ReadOnlySpan<ResizeTap> rows, ReadOnlySpan<ResizeTap> columns, int width, int channels, float* dy, float* dx)
    {
        foreach (ResizeTap row in rows)
        {
            float* above = dx + (long)row.First * width * channels, below = dx + (long)row.Second * width * channels;
            foreach (ResizeTap column in columns)
            {
                int a = column.First * channels, b = column.Second * channels;
                float topLeft = (1 - row.Weight) * (1 - column.Weight), topRight = (1 - row.Weight) * column.Weight;
                float bottomLeft = row.Weight * (1 - column.Weight), bottomRight = row.Weight * column.Weight;
                for (int c = 0; c < channels; c += S.Width, dy += S.Width)
                {
                    V d = S.Load(dy);
                    AddTo(above + a + c, d, topLeft);
                    AddTo(above + b + c, d, topRight);
                    AddTo(below + a + c, d, bottomLeft);
                    AddTo(below + b + c, d, bottomRight);
                }
            }
        }
    }

    public override void Depthwise(in DepthwiseShape s, float* x, float* w, float* bias, float* y, int firstRow, int endRow)
    {
        for (int row = firstRow; row < endRow; row++)
        {
            int top = row * s.StrideHeight - s.Top;
            (int u0, int u1) = DepthwiseShape.Inside(top, s.KernelHeight, s.DilationHeight, s.Height);

            // Where four windows lie in the image with all their columns, they are computed together: each weight is read once for them.
            int inside = (s.Left + s.StrideWidth - 1) / s.StrideWidth, last = s.Width - 1 - (s.KernelWidth - 1) * s.DilationWidth + s.Left - 3 * s.StrideWidth;
            for (int column = 0; column < s.OutputWidth; column++)
            {
                int left = column * s.StrideWidth - s.Left;
                (int v0, int v1) = DepthwiseShape.Inside(left, s.KernelWidth, s.DilationWidth, s.Width);
                float* to = y + ((long)row * s.OutputWidth + column) * s.Channels;
                if (column >= inside && column * s.StrideWidth <= last && column + 4 <= s.OutputWidth)
                {
                    FourDepthwise(s, x + ((long)top * s.Width + left) * s.Channels, w, bias, to, u0, u1);
                    column += 3;
                    continue;
                }
                for (int c = 0; c < s.Channels; c += S.Width)
                {
                    V sum = bias == null ? S.Zero : S.Load(bias + c);
                    for (int u = u0; u < u1; u++)
                    {
                        float* p = x + ((long)(top + u * s.DilationHeight) * s.Width + left) * s.Channels + c, k = w + (long)u * s.KernelWidth * s.Channels + c;
                        for (int v = v0; v < v1; v++)
                            sum = S.MultiplyAdd(S.Load(p + (long)v * s.DilationWidth * s.Channels), S.Load(k + (long)v * s.Channels), sum);
                    }
                    S.Store(to + c, sum);
                }
            }
        }
    }

    public override void DepthwiseInputGradient(in DepthwiseShape s, float* dy, float* w, float* dx)
    {
        for (int row = 0; row < s.OutputHeight; row++)
        {
            int top = row * s.StrideHeight - s.Top;
            (int u0, int u1) = DepthwiseShape.Inside(top, s.KernelHeight, s.DilationHeight, s.Height);
            for (int column = 0; column < s.OutputWidth; column++)
            {
                int left = column * s.StrideWidth - s.Left;
                (int v0, int v1) = DepthwiseShape.Inside(left, s.KernelWidth, s.DilationWidth, s.Width);
                for (int c = 0; c < s.Channels; c += S.Width, dy += S.Width)
                {
                    V d = S.Load(dy);
                    for (int u = u0; u < u1; u++)
                    {
                        float* p = dx + ((long)(top + u * s.DilationHeight) * s.Width + left) * s.Channels + c, k = w + (long)u * s.KernelWidth * s.Channels + c;
                        for (int v = v0; v < v1; v++)
                        {
                            float* q = p + (long)v * s.DilationWidth * s.Channels;
                            S.Store(q, S.MultiplyAdd(d, S.Load(k + (long)v * s.Channels), S.Load(q)));
                        }
                    }
                }
            }
        }
    }

    public override void DepthwiseKernelGradient(in DepthwiseShape s, float* x, float* dy, float* dw)
    {
        for (int row = 0; row < s.OutputHeight; row++)
        {
            int top = row * s.StrideHeight - s.Top;
            (int u0, int u1) = DepthwiseShape.Inside(top, s.KernelHeight, s.DilationHeight, s.Height);
            float* from = dy + (long)row * s.OutputWidth * s.Channels;
            for (int u = u0; u < u1; u++)
            {
                float* image = x + (long)(top + u * s.DilationHeight) * s.Width * s.Channels;
                for (int v = 0; v < s.KernelWidth; v++)
                {
                    // The columns whose tap v lies in the image.
                    int shift = v * s.DilationWidth - s.Left;
                    int j0 = shift >= 0 ? 0 : (-shift + s.StrideWidth - 1) / s.StrideWidth;
                    int j1 = shift >= s.Width ? 0 : Math.Min(s.OutputWidth, (s.Width - 1 - shift) / s.StrideWidth + 1);
                    for (int c = 0; c < s.Channels; c += S.Width)
                    {
                        float* to = dw + ((long)u * s.KernelWidth + v) * s.Channels + c;
                        // Four sums, that of one column need not wait for that of the one before.
                        V sum = S.Load(to), s1 = S.Zero, s2 = S.Zero, s3 = S.Zero;
                        float* p = image + (long)(j0 * s.StrideWidth + shift) * s.Channels + c, q = from + (long)j0 * s.Channels + c;
                        long next = (long)s.StrideWidth * s.Channels;
                        int j = j0;
                        for (; j <= j1 - 4; j += 4, p += 4 * next, q += 4L * s.Channels)
                        {
                            sum = S.MultiplyAdd(S.Load(p), S.Load(q), sum);
                            s1 = S.MultiplyAdd(S.Load(p + next), S.Load(q + s.Channels), s1);
                            s2 = S.MultiplyAdd(S.Load(p + 2 * next), S.Load(q + 2L * s.Channels), s2);
                            s3 = S.MultiplyAdd(S.Load(p + 3 * next), S.Load(q + 3L * s.Channels), s3);
                        }
                        for (; j < j1; j++, p += next, q += s.Channels)
                            sum = S.MultiplyAdd(S.Load(p), S.Load(q), sum);
                        S.Store(to, S.Add(S.Add(sum, s1), S.Add(s2, s3)));
                    }
                }
            }
        }
    }

    /// <summary>Four windows beside each other, all of whose columns lie in the image.</summary>
    private static void FourDepthwise(in DepthwiseShape s, float* x, float* w, float* bias, float* y, int u0, int u1)
    {
        long next = (long)s.StrideWidth * s.Channels;
        for (int c = 0; c < s.Channels; c += S.Width)
        {
            V s0 = bias == null ? S.Zero : S.Load(bias + c), s1 = s0, s2 = s0, s3 = s0;
            for (int u = u0; u < u1; u++)
            {
                float* p = x + (long)u * s.DilationHeight * s.Width * s.Channels + c, k = w + (long)u * s.KernelWidth * s.Channels + c;
                for (int v = 0; v < s.KernelWidth; v++, p += (long)s.DilationWidth * s.Channels, k += s.Channels)
                {
                    V weight = S.Load(k);
                    s0 = S.MultiplyAdd(S.Load(p), weight, s0);
                    s1 = S.MultiplyAdd(S.Load(p + next), weight, s1);
                    s2 = S.MultiplyAdd(S.Load(p + 2 * next), weight, s2);
                    s3 = S.MultiplyAdd(S.Load(p + 3 * next), weight, s3);
                }
            }
            S.Store(y + c, s0);
            S.Store(y + s.Channels + c, s1);
            S.Store(y + 2L * s.Channels + c, s2);
            S.Store(y + 3L * s.Channels + c, s3);
        }
    }

    private static V Between(V a, V b, V weight) => S.MultiplyAdd(S.Subtract(b, a), weight, a);

    private static void AddTo(float* to, V d, float weight)
    {
        if (weight != 0)
            S.Store(to, S.MultiplyAdd(d, S.Create(weight), S.Load(to)));
    }
}

/// <summary>The windows of a convolution of each channel by itself on one image.</summary>
internal readonly record struct DepthwiseShape(int Height, int Width, int Channels, int OutputHeight, int OutputWidth, int KernelHeight, int KernelWidth, int StrideHeight, int StrideWidth,
    int DilationHeight, int DilationWidth, int Top, int Left)
{
    /// <summary>With strides of 1, the windows of the convolution that computes the derivatives with respect to the image from those of the output.</summary>
    public DepthwiseShape Turned => this with
    {
        Height = OutputHeight,
        Width = OutputWidth,
        OutputHeight = Height,
        OutputWidth = Width,
        Top = (KernelHeight - 1) * DilationHeight - Top,
        Left = (KernelWidth - 1) * DilationWidth - Left,
    };

    /// <summary>The taps of a window that lie in the image, along one axis.</summary>
    public static (int First, int End) Inside(int start, int taps, int dilation, int size)
    {
        int first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
        int end = start >= size ? 0 : Math.Min(taps, (size - 1 - start) / dilation + 1);
        return (Math.Min(first, taps), end);
    }
}
