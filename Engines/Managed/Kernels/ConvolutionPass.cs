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

    public ImageBlock Image => new(Height, Width, Channels, Left, PaddedWidth);
}

/// <summary>
/// A convolution of images with packed filters, <see cref="WindowShape"/> at a time: <c>y[i, j, f] = bias[f] + Σ x[i·s + u·d − top, j·s + v·d − left, c] · w[u, v, c, f]</c>.
/// The forward pass, and the backward pass to the input, which is a convolution with the filters turned around.
/// </summary>
internal abstract unsafe class ConvolutionPass(KernelSet kernels, WindowShape shape) : PooledConvolution
{
    // As many threads as training of few images shall keep busy.
    private const int MostThreads = 4;

    /// <summary>The way to convolve that is fastest for a shape; in training with TensorFlow's rounding, for few channels, the definition.</summary>
    /// <param name="context">The plan.</param>
    /// <param name="shape">The convolution.</param>
    /// <param name="pool">The max-pooling behind it; null for none.</param>
    public static ConvolutionPass For(PlanContext context, WindowShape shape, PoolShape? pool = null)
    {
        if (context.Winograd && WinogradConvolution.Suits(context.Kernels, shape, context.Capacity))
            return new WinogradConvolution(context, shape);
        bool isExact = context.Training && context.Options.Rounding == Rounding.TensorFlow;
        if (!context.Winograd || isExact || !PlanarWinograd.Suits(context.Kernels, shape, pool, locates: context.Training))
            return new DirectConvolution(context.Kernels, shape);

        // Sums that training takes of a part must not depend on the number of threads.
        int parts = context.Training ? PartsOfImage(context.Capacity, MostThreads) : PartsOfImage(context.Capacity, context.Team.Threads);
        return new PlanarWinograd(context.Kernels, shape, parts);
    }

    /// <summary>Rows that are computed together: a run over a multiple of them, starting at a multiple, wastes nothing.</summary>
    public virtual int RowStep => 1;

    /// <summary>Floats of scratch memory that a worker needs for so many rows at a time.</summary>
    public abstract long ScratchSize(int rows);

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

    /// <summary>The rows of an image that make a piece of work: <see cref="WindowShape.BlockRows"/>, in whole steps.</summary>
    public virtual int BlockRows => (shape.BlockRows + RowStep - 1) / RowStep * RowStep;

    /// <summary>The pieces of one image.</summary>
    public int Blocks => (shape.OutputHeight + BlockRows - 1) / BlockRows;

    /// <summary>The rows of a piece: the first, and the one behind the last.</summary>
    public (int First, int End) Block(int index) => (index * BlockRows, Math.Min((index + 1) * BlockRows, shape.OutputHeight));

    /// <summary>Floats of scratch memory that a worker needs for a piece.</summary>
    public long PieceScratchSize => ScratchSize(BlockRows);

    /// <summary>The pieces of work that a batch makes.</summary>
    public virtual int Pieces(int count) => count * Blocks;

    /// <summary>Computes a piece of a batch's output, which lies behind each other.</summary>
    /// <param name="piece">Which piece.</param>
    /// <param name="count">How many images there are.</param>
    /// <param name="x">The images.</param>
    /// <param name="packed">The packed filters.</param>
    /// <param name="bias">The packed bias.</param>
    /// <param name="y">The output.</param>
    /// <param name="scratch">The worker's memory.</param>
    /// <param name="relu">Whether negative values become 0.</param>
    /// <param name="accumulate">Whether the result is added to y instead of to the bias.</param>
    public virtual void RunPiece(int piece, int count, float* x, float* packed, float* bias, float* y, float* scratch, bool relu, bool accumulate)
    {
        (int image, int block) = Math.DivRem(piece, Blocks);
        (int first, int end) = Block(block);
        nint rowStride = (nint)shape.OutputWidth * shape.OutputChannels;
        float* to = y + image * shape.OutputHeight * rowStride;
        Run(first, end, x + (long)image * shape.Height * shape.Width * shape.Channels, packed, bias, to, rowStride, shape.OutputChannels, scratch, accumulate);
        if (relu)
            kernels.Flat.Relu(to + first * rowStride, (end - first) * rowStride);
    }

    public override long PooledScratchSize(in PoolShape pool)
    {
        int rows = BandWindows(pool) * pool.StrideHeight;
        return rows * RowSize + ScratchSize(rows);
    }

    public override int PooledRows(in PoolShape pool) => Math.Max(1, shape.BlockRows / pool.StrideHeight);

    public override void RunPooled(in PoolShape pool, int first, int end, Pixels x, nint next, float* packed, float* bias, float* y, float* tap, bool relu, float* scratch)
    {
        ChannelKernels channels = kernels.ForChannels(shape.OutputChannels);
        nint rowStride = (nint)shape.OutputWidth * shape.OutputChannels;
        long rowSize = (long)pool.OutputWidth * pool.Channels;
        int band = BandWindows(pool);
        for (int row = first; row < end; row += band)
        {
            int endOfBand = Math.Min(row + band, end), from = Math.Max(row * pool.StrideHeight - pool.Top, 0), to = Math.Min((endOfBand - 1) * pool.StrideHeight - pool.Top + pool.WindowHeight, pool.Height);
            float* origin = scratch - from * rowStride;
            Run(from, to, x.Floats, packed, bias, origin, rowStride, shape.OutputChannels, scratch + band * pool.StrideHeight * RowSize, accumulate: false);
            channels.MaxPool(pool, origin, y, tap, row, endOfBand);
        }
        if (relu)
            kernels.Flat.Relu(y + first * rowSize, (end - first) * rowSize);
    }

    /// <summary>The rows of windows that are convolved at a time: as few as may be, so that they stay in the first cache.</summary>
    private int BandWindows(in PoolShape pool) => RowStep == 1 ? 1 : PooledRows(pool);

    private long RowSize => (shape.OutputWidth * shape.OutputChannels + 15L) / 16 * 16;
}
