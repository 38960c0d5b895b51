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
/// The forward pass, and the backward pass to the input, which is a convolution with the filters turned around. In NHWC the taps of a kernel's row and their channels lie behind
/// each other, so a row of output pixels times the filters is one <see cref="GemmKernel{V,S}"/>, with nothing unrolled in memory.
/// </summary>
internal sealed unsafe class ConvolutionPass
{
    private const int ScratchTile = 6 * 32;

    private readonly KernelSet _kernels;
    private readonly WindowShape _s;
    private readonly TileShape _tile;

    public ConvolutionPass(KernelSet kernels, WindowShape shape)
    {
        (_kernels, _s) = (kernels, shape);
        Panels = new Panels(kernels, shape.Depth, shape.GroupOutputs);
        bool contiguous = shape is { Groups: 1, DilationWidth: 1 };
        _tile = new TileShape
        {
            Row = (nint)shape.StrideWidth * shape.Channels,
            Inner = 1,
            InnerCount = contiguous ? shape.KernelWidth * shape.Channels : shape.GroupInputs,
            Tap = (nint)shape.DilationWidth * shape.Channels,
            TapCount = contiguous ? 1 : shape.KernelWidth,
            OuterCount = shape.KernelHeight,
            BRow = 0,
        };
    }

    /// <summary>The layout of one group's filters: rows (u, v, c), columns f.</summary>
    public Panels Panels { get; }

    /// <summary>Floats of all groups' packed filters.</summary>
    public long PackedSize => Panels.Size * _s.Groups;

    /// <summary>Floats of the packed bias.</summary>
    public int BiasSize => Panels.PaddedColumns * _s.Groups;

    /// <summary>Floats of scratch memory that a worker needs for so many rows at a time.</summary>
    public long ScratchSize(int rows) => _s.Image.CopySize(_s.InputRows(rows)) + ScratchTile;

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
    public void Run(int first, int end, float* x, float* packed, float* bias, float* y, nint rowStride, nint pixelStride, float* scratch, bool accumulate)
    {
        float* rows = _s.Image.Rows(x, first * _s.StrideHeight - _s.Top, _s.InputRows(end - first), scratch + ScratchTile, out nint inputRow);
        for (int group = 0; group < _s.Groups; group++)
        {
            foreach (Panel panel in Panels.All)
            {
                var tile = new TileShape
                {
                    Row = _tile.Row,
                    Inner = 1,
                    InnerCount = _tile.InnerCount,
                    Tap = _tile.Tap,
                    TapCount = _tile.TapCount,
                    Outer = _s.DilationHeight * inputRow,
                    OuterCount = _tile.OuterCount,
                    BRow = panel.Width,
                };
                float* b = packed + group * Panels.Size + panel.Offset;
                float* start = bias + group * Panels.PaddedColumns + (panel.Offset / Panels.Rows);
                for (int i = first; i < end; i++)
                {
                    float* a = rows + (i - first) * _s.StrideHeight * inputRow + group * _s.GroupInputs;
                    float* to = y + i * rowStride + group * _s.GroupOutputs + panel.Column;
                    Row(tile, panel, a, b, start, to, pixelStride, scratch, accumulate);
                }
            }
        }
    }

    private void Row(in TileShape tile, in Panel panel, float* a, float* b, float* start, float* to, nint pixelStride, float* scratch, bool accumulate)
    {
        if (panel.Used == panel.Width)
        {
            _kernels.Tile(panel.Width, _s.OutputWidth, tile, a, b, accumulate ? to : start, accumulate ? pixelStride : 0, to, pixelStride);
            return;
        }

        // A panel that sticks out would write over the next pixel: six pixels at a time go through a tile of their own.
        for (int j = 0; j < _s.OutputWidth; j += 6)
        {
            int pixels = Math.Min(6, _s.OutputWidth - j);
            _kernels.Tile(panel.Width, pixels, tile, a + j * tile.Row, b, start, 0, scratch, panel.Width);
            for (int p = 0; p < pixels; p++)
            {
                float* from = scratch + p * panel.Width, target = to + (j + p) * pixelStride;
                for (int c = 0; c < panel.Used; c++)
                    target[c] = accumulate ? target[c] + from[c] : from[c];
            }
        }
    }
}
