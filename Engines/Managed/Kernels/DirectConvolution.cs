namespace ConvNets.Engines;

/// <summary>
/// A convolution of any shape as it is defined. In NHWC the taps of a kernel's row and their channels lie behind each other, so a row of output pixels times the filters is one
/// <see cref="GemmKernel{V,S}"/>, with nothing unrolled in memory.
/// </summary>
internal sealed unsafe class DirectConvolution : ConvolutionPass
{
    private const int ScratchTile = 6 * 32;

    private readonly KernelSet _kernels;
    private readonly WindowShape _s;
    private readonly TileShape _tile;

    public DirectConvolution(KernelSet kernels, WindowShape shape) : base(kernels, shape)
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

    /// <summary>What four rows of the output cost, in multiply-adds of vectors: those of the product, and some more for each vector of the output that is begun, stored and perhaps pooled.</summary>
    public static double Cost(KernelSet kernels, WindowShape s, int output)
    {
        double vectors = 0;
        foreach (Panel panel in new Panels(kernels, s.Depth, s.GroupOutputs).All)
            vectors += Math.Max(1, (double)panel.Width / kernels.Planar.Width);
        return 4.0 * s.OutputWidth * vectors * (s.Depth + output);
    }

    public override long PackedSize => Panels.Size * _s.Groups;

    public override int BiasSize => Panels.PaddedColumns * _s.Groups;

    public override long ScratchSize(int rows) => _s.Image.CopySize(_s.InputRows(rows)) + ScratchTile;

    public override void Pack(float* kernel, float* bias, float* packed, float* packedBias)
    {
        for (int group = 0; group < _s.Groups; group++)
        {
            Panels.Pack(kernel + group * _s.GroupOutputs, _s.OutputChannels, 1, 0, _s.Depth, packed + group * Panels.Size);
            if (bias == null)
                continue;
            foreach (Panel panel in Panels.All)
            {
                float* to = packedBias + group * Panels.PaddedColumns + (panel.Offset / Panels.Rows);
                new Span<float>(bias + group * _s.GroupOutputs + panel.Column, panel.Used).CopyTo(new Span<float>(to, panel.Used));
            }
        }
    }

    public override void Run(int first, int end, float* x, float* packed, float* bias, float* y, nint rowStride, nint pixelStride, float* scratch, bool accumulate)
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
