namespace ConvNets.Engines;

/// <summary>
/// A convolution of few filters with the max-pooling behind it, as it is defined, by <see cref="WindowKernel{V,S}"/>: a vector's lanes are neighbouring windows of the pool. What they see is first
/// turned around, a small matrix at a time, so that each value of a window's patch is a vector: for windows of 8×8 that costs a tenth of the convolution. The lanes are as good as filled whatever
/// the number of filters, where a matrix product would leave those empty that have no filter.
/// </summary>
internal sealed unsafe class WindowConvolution : PooledConvolution
{
    private const int Filters = WindowPatch.Filters;

    private readonly KernelSet _kernels;
    private readonly WindowShape _s;
    private readonly PoolShape _pool;
    private readonly ImageBlock _image;
    private readonly int _lanes;
    private readonly int _floats;
    private readonly WindowPatch _tile;
    private readonly int _blocks;
    private readonly int _rows;
    private readonly int _pieceRows;

    public WindowConvolution(PlanContext context, WindowShape shape, PoolShape pool)
    {
        (_kernels, _s, _pool, _lanes, _floats) = (context.Kernels, shape, pool, context.Kernels.VectorWidth, RowFloats(shape, pool));
        _image = new ImageBlock(shape.Height, shape.Width, shape.Channels, shape.Left, PaddedWidth(shape, pool));
        _blocks = (shape.OutputChannels + Filters - 1) / Filters;
        _rows = shape.InputRows(pool.WindowHeight);
        _tile = new WindowPatch
        {
            Height = pool.WindowHeight,
            Width = pool.WindowWidth,
            KernelRows = shape.KernelHeight,
            Run = shape.KernelWidth * shape.Channels,
            RowStep = _floats * _lanes,
            PixelStep = shape.Channels * _lanes,
        };
        int threads = context.Team.Threads, parts = PartsOfImage(context.Capacity, threads);
        _pieceRows = (pool.OutputHeight + parts - 1) / parts;
    }

    /// <summary>Whether a convolution can be computed so, and is the faster for it.</summary>
    public static bool Suits(KernelSet kernels, WindowShape s, PoolShape pool)
    {
        bool can = s is { StrideHeight: 1, StrideWidth: 1, DilationHeight: 1, DilationWidth: 1, Groups: 1 } && pool is { Top: 0, Left: 0 } && pool.OutputWidth % 4 == 0
            && pool.WindowHeight == pool.StrideHeight && pool.WindowWidth == pool.StrideWidth
            && pool.OutputHeight * pool.WindowHeight <= s.OutputHeight && pool.OutputWidth * pool.WindowWidth <= s.OutputWidth;
        return can && Cost(kernels, s, pool) < DirectConvolution.Cost(kernels, s, 5);
    }

    public override long PackedSize => _blocks * BlockSize;

    public override int BiasSize => _blocks * Filters;

    private long BlockSize => (long)_s.Depth * Filters;

    // What a vector of windows sees; their greatest values and taps; and the rows of the image.
    public override long PooledScratchSize(in PoolShape pool) => _rows * _tile.RowStep + 2 * Filters * _lanes + _image.CopySize(_rows);

    public override int PooledRows(in PoolShape pool) => _pieceRows;

    public override void Pack(float* kernel, float* bias, float* packed, float* packedBias)
    {
        for (int k = 0; k < _s.Depth; k++)
        {
            for (int f = 0; f < _s.OutputChannels; f++)
                packed[f / Filters * BlockSize + k * Filters + f % Filters] = kernel[k * _s.OutputChannels + f];
        }
        if (bias != null)
            new Span<float>(bias, _s.OutputChannels).CopyTo(new Span<float>(packedBias, _s.OutputChannels));
    }

    public override void RunPooled(in PoolShape pool, int first, int end, Pixels x, nint next, float* packed, float* bias, float* y, float* tap, bool relu, float* scratch)
    {
        float* greatest = scratch + _rows * _tile.RowStep, taps = tap == null ? null : greatest + Filters * _lanes, copy = greatest + 2 * Filters * _lanes;
        int endWindow = end * pool.OutputWidth;
        for (int window = first * pool.OutputWidth; window < endWindow; window += _lanes)
        {
            int windows = Math.Min(_lanes, endWindow - window);
            LayOut(x.Floats, next, window, windows, scratch, copy);
            for (int block = 0; block < _blocks; block++)
            {
                _kernels.ConvolveWindows(_tile, scratch, packed + block * BlockSize, bias + block * Filters, greatest, taps);
                long at = (long)window * _s.OutputChannels + block * Filters;
                int filters = Math.Min(Filters, _s.OutputChannels - block * Filters);
                Transposition.Columns(greatest, _lanes, filters, windows, y + at, _s.OutputChannels);
                if (tap != null)
                    Transposition.Columns(taps, _lanes, filters, windows, tap + at, _s.OutputChannels);
            }
        }
        if (relu)
            _kernels.Flat.Relu(y + (long)first * pool.OutputWidth * _s.OutputChannels, (long)(end - first) * pool.OutputWidth * _s.OutputChannels);
    }

    /// <summary>Turns around what some windows see, eight of a row at a time, or four.</summary>
    private void LayOut(float* x, nint next, int window, int windows, float* to, float* copy)
    {
        int together = Math.Min(_lanes, _pool.OutputWidth % 8 == 0 ? 8 : 4), row = -1;
        nint step = (nint)_pool.StrideWidth * _s.Channels, imageRow = 0;
        float* rows = null;
        for (int lane = 0; lane < windows; lane += together)
        {
            (int windowRow, int column) = Math.DivRem(window + lane, _pool.OutputWidth);
            if (windowRow != row)
            {
                row = windowRow;
                rows = _image.Rows(x, row * _pool.StrideHeight - _s.Top, _rows, copy, out imageRow);
                if (next != 0)
                    _image.Prefetch(x + next, row * _pool.StrideHeight, _pool.StrideHeight);
            }
            float* from = rows + column * step, target = to + lane;
            for (int i = 0; i < _rows; i++, from += imageRow, target += _tile.RowStep)
                Transposition.Columns(from, step, together, _floats, target, _lanes);
        }
    }

    /// <summary>The values of a row that a window sees, in whole fours.</summary>
    private static int RowFloats(WindowShape s, PoolShape pool) => ((pool.WindowWidth + s.KernelWidth - 1) * s.Channels + 3) / 4 * 4;

    /// <summary>The columns that the windows of a row read, in whole fours of values.</summary>
    private static int PaddedWidth(WindowShape s, PoolShape pool) => ((pool.OutputWidth - 1) * pool.StrideWidth * s.Channels + RowFloats(s, pool) + s.Channels - 1) / s.Channels;

    /// <summary>What four rows of the output cost, in the terms of <see cref="DirectConvolution.Cost"/>: the products, the comparison of each, and the turning around.</summary>
    private static double Cost(KernelSet kernels, WindowShape s, PoolShape pool)
    {
        int filters = (s.OutputChannels + Filters - 1) / Filters * Filters, seen = s.InputRows(pool.WindowHeight) * RowFloats(s, pool), windowsAcross = pool.OutputHeight * pool.OutputWidth;
        double fill = (double)windowsAcross / ((windowsAcross + kernels.VectorWidth - 1) / kernels.VectorWidth * kernels.VectorWidth);
        return 4.0 * s.OutputWidth * (filters * (1.05 * s.Depth + 8) / kernels.VectorWidth / fill + 0.6 * seen / (pool.WindowHeight * pool.WindowWidth));
    }
}
