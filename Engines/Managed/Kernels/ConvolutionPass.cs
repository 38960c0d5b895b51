namespace ConvNets.Engines;

/// <summary>The geometry of a sliding window over images, NHWC.</summary>
/// <param name="Height">Rows of the image that is read.</param>
/// <param name="Width">Its columns.</param>
/// <param name="Channels">Its channels.</param>
/// <param name="OutputHeight">Positions of the window down.</param>
/// <param name="OutputWidth">Positions across.</param>
/// <param name="OutputChannels">Values a position.</param>
/// <param name="KernelHeight">The window's taps down.</param>
/// <param name="KernelWidth">Its taps across.</param>
/// <param name="StrideHeight">Rows from one position to the next.</param>
/// <param name="StrideWidth">Columns from one position to the next.</param>
/// <param name="DilationHeight">Rows from one tap to the next.</param>
/// <param name="DilationWidth">Columns from one tap to the next.</param>
/// <param name="Top">Rows of zeros above the image; negative to leave rows out.</param>
/// <param name="Left">Columns of zeros before it; negative to leave columns out.</param>
/// <param name="Groups">Into how many groups the channels are split.</param>
internal sealed record WindowShape(int Height, int Width, int Channels, int OutputHeight, int OutputWidth, int OutputChannels, int KernelHeight, int KernelWidth,
    int StrideHeight, int StrideWidth, int DilationHeight, int DilationWidth, int Top, int Left, int Groups)
{
    /// <summary>Input channels of a group.</summary>
    public int GroupInputs => Channels / Groups;

    /// <summary>Output channels of a group.</summary>
    public int GroupOutputs => OutputChannels / Groups;

    /// <summary>Values that one output is a sum over.</summary>
    public int Depth => KernelHeight * KernelWidth * GroupInputs;

    /// <summary>The columns that all positions of a row read.</summary>
    public int PaddedWidth => (OutputWidth - 1) * StrideWidth + (KernelWidth - 1) * DilationWidth + 1;

    /// <summary>The rows that so many rows of positions read.</summary>
    public int InputRows(int outputRows) => (outputRows - 1) * StrideHeight + (KernelHeight - 1) * DilationHeight + 1;

    /// <summary>The rows of positions of one piece of work: some two million multiply-adds, however many threads there are.</summary>
    public int BlockRows => (int)Math.Clamp(2_000_000 / Math.Max(1, (long)OutputWidth * Depth * OutputChannels), 1, OutputHeight);

    /// <summary>The pieces of one image.</summary>
    public int Blocks => (OutputHeight + BlockRows - 1) / BlockRows;

    /// <summary>The rows of a piece: the first, and the one behind the last.</summary>
    public (int First, int End) Block(int index) => (index * BlockRows, Math.Min((index + 1) * BlockRows, OutputHeight));

    public ImageBlock Image => new(Height, Width, Channels, Left, PaddedWidth);
}

/// <summary>
/// A convolution of images with packed filters, <see cref="WindowShape"/> at a time: <c>y[i, j, f] = bias[f] + Σ x[i·s + u·d − top, j·s + v·d − left, c] · w[u, v, c, f]</c>.
/// The forward pass, and the backward pass to the input, which is a convolution with the filters turned around.
/// </summary>
internal abstract unsafe class ConvolutionPass(KernelSet kernels, WindowShape shape)
{
    /// <summary>The way to convolve that is fastest for a shape.</summary>
    public static ConvolutionPass For(PlanContext context, WindowShape shape) => new DirectConvolution(context.Kernels, shape);

    /// <summary>Floats of all groups' packed filters.</summary>
    public abstract long PackedSize { get; }

    /// <summary>Floats of the packed bias.</summary>
    public abstract int BiasSize { get; }

    /// <summary>Rows that are computed together: a run over a multiple of them, starting at a multiple, wastes nothing.</summary>
    public virtual int RowStep => 1;

    /// <summary>Floats of scratch memory that a worker needs for so many rows at a time.</summary>
    public abstract long ScratchSize(int rows);

    /// <summary>Lays out filters (u, v, c, f).</summary>
    /// <param name="kernel">The filters.</param>
    /// <param name="bias">The bias; null for none.</param>
    /// <param name="packed">Where <see cref="PackedSize"/> floats go.</param>
    /// <param name="packedBias">Where <see cref="BiasSize"/> floats go, zeros at first.</param>
    public abstract void Pack(float* kernel, float* bias, float* packed, float* packedBias);

    /// <summary>Computes some rows of one image's output.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last.</param>
    /// <param name="x">The image.</param>
    /// <param name="packed">The packed filters.</param>
    /// <param name="bias">The packed bias.</param>
    /// <param name="y">Where row 0's first output pixel is, or would be.</param>
    /// <param name="rowStride">From one output row to the next.</param>
    /// <param name="pixelStride">From one output pixel to the next.</param>
    /// <param name="scratch">The worker's memory.</param>
    /// <param name="accumulate">Whether the result is added to y instead of to the bias.</param>
    public abstract void Run(int first, int end, float* x, float* packed, float* bias, float* y, nint rowStride, nint pixelStride, float* scratch, bool accumulate);

    /// <summary>Floats of scratch memory that a worker needs for <see cref="RunPooled"/>.</summary>
    public virtual long PooledScratchSize(in PoolShape pool) => pool.WindowHeight * RowSize + ScratchSize(pool.WindowHeight);

    /// <summary>
    /// Computes some rows of one image's output pooled: each window's greatest value. A row of windows is pooled as soon as its pixels are convolved, so the convolved image is
    /// never stored.
    /// </summary>
    /// <param name="pool">The windows, which do not overlap.</param>
    /// <param name="first">The first row of windows.</param>
    /// <param name="end">The row behind the last.</param>
    /// <param name="x">The image.</param>
    /// <param name="packed">The packed filters.</param>
    /// <param name="bias">The packed bias.</param>
    /// <param name="y">Where the first window's values go, behind each other for all windows.</param>
    /// <param name="tap">Where the number of the greatest value's pixel in its window goes; null where that is not needed.</param>
    /// <param name="scratch">The worker's memory.</param>
    public virtual void RunPooled(in PoolShape pool, int first, int end, float* x, float* packed, float* bias, float* y, float* tap, float* scratch)
    {
        ChannelKernels channels = kernels.ForChannels(shape.OutputChannels);
        nint rowStride = (nint)shape.OutputWidth * shape.OutputChannels;
        for (int row = first; row < end; row++)
        {
            int top = row * pool.StrideHeight - pool.Top, from = Math.Max(top, 0), to = Math.Min(top + pool.WindowHeight, pool.Height);
            float* origin = scratch - from * rowStride;
            Run(from, to, x, packed, bias, origin, rowStride, shape.OutputChannels, scratch + pool.WindowHeight * RowSize, accumulate: false);
            channels.MaxPool(pool, origin, y, tap, row, row + 1);
        }
    }

    private long RowSize => (shape.OutputWidth * shape.OutputChannels + 15L) / 16 * 16;
}
