namespace ConvNets.Engines;

/// <summary>
/// The derivatives of a convolution's filters where max-pooling follows: of each window one pixel has a derivative, or none behind a rectifier, so
/// <c>dw[·, f] = Σ patch(pixel)·dy[window, f]</c> over those alone (<see cref="PatchKernel{V,S}"/>), and what a bias or a normalization learns from: Σ dy and Σ dy·(x − mean).
/// Images are split into a fixed number of pieces with sums of their own, which are added in order. Sums are kept filter by filter, in vectors (<see cref="PatchLayout"/>).
/// The same pixels are the only ones from which the image's derivative comes, where one is wanted: <c>dx[patch(pixel)] += w[·, f]·dy[window, f]</c>.
/// </summary>
/// <remarks>
/// Windows are taken in tiles of eight rows of four. Where a pixel's patch is read by several filters, the image is first widened, four tiles below each other at once: the run of floats
/// that begins at each pixel is copied to a place of its own, column by column, and so that the ends of rows below each other are one vector. So a patch is few vectors, and aligned ones:
/// one that lies across two cache lines costs two loads, which is slower than the multiply-adds. For a 7×7×3 kernel over pairs of pixels a tile sees 22 KB, which stay in the first cache
/// while all filters go through them; a tile is high rather than broad, since windows above and below each other share widened rows, those beside each other nothing.
/// </remarks>
internal sealed unsafe class SparseKernelGradient
{
    // As many as keep threads busy; each has sums, which go from one processor to another.
    private const int MostPieces = 16;
    private const int SumFilters = 8;
    private const int TileRows = 8;
    private const int TileColumns = 4;
    private const int Tile = TileRows * TileColumns;
    private const int BandRows = 4 * TileRows;
    private const int MostVectorWidth = 16;

    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly WindowShape _s;
    private readonly PoolShape _pool;
    private readonly ChannelKernels _channels;
    private readonly bool _widens;
    private readonly int _pieces;
    private readonly PatchLayout _layout;
    private readonly Parameter? _filters;
    private readonly AlignedBuffer? _laidOut;
    private readonly Action<int, int> _piece;
    private readonly Action<int, int> _sum;
    private SparseGradients _batch;

    /// <param name="context">The plan.</param>
    /// <param name="shape">The convolution.</param>
    /// <param name="pool">The max-pooling.</param>
    /// <param name="filters">The filters, where the image's derivative is wanted too, as <see cref="SuitsInput"/> allows; null otherwise.</param>
    public SparseKernelGradient(PlanContext context, WindowShape shape, PoolShape pool, Parameter? filters = null)
    {
        (_kernels, _team, _s, _pool, _piece, _sum) = (context.Kernels, context.Team, shape, pool, Piece, Sum);
        _channels = _kernels.ForChannels(shape.OutputChannels);
        _pieces = Math.Clamp(context.Capacity, 4, MostPieces);
        _widens = Widens(shape, pool);
        _layout = new PatchLayout(shape.KernelHeight, shape.KernelWidth * shape.Channels, _kernels.VectorWidth, joins: _widens);
        _filters = filters;
        _laidOut = filters is null ? null : context.Own(new AlignedBuffer((long)shape.OutputChannels * _layout.Size));
    }

    // An image's two sums for each filter, a tile's derivatives, their places and which there are, the widened tile, the rows of the image, of which the last is read up to a whole
    // vector, and their derivatives.
    public long WorkerScratchSize => Whole(2 * _s.OutputChannels) + Whole(2 * (Tile + 1) * _s.OutputChannels) + WidenedSize + BandSize + (_filters is null ? 0 : BandSize);

    /// <summary>Whether places in a tile are numbers as small as <see cref="ChannelKernels.WindowGradients"/> can give.</summary>
    public static bool Suits(WindowShape shape, PoolShape pool)
    {
        long rows = shape.InputRows(Pixels(TileRows, pool.StrideHeight, pool.WindowHeight)), bandRows = shape.InputRows(Pixels(BandRows, pool.StrideHeight, pool.WindowHeight));
        long size = Widens(shape, pool) ? bandRows * Pixels(TileColumns, pool.StrideWidth, pool.WindowWidth) * (shape.KernelWidth * shape.Channels + MostVectorWidth) : rows * shape.PaddedWidth * shape.Channels;
        return size < (long)ChannelKernels.Integers;
    }

    /// <summary>Whether the image's derivative can be given too: all windows of an image are in one band, and their patches not widened.</summary>
    public static bool SuitsInput(WindowShape shape, PoolShape pool) => !Widens(shape, pool) && pool.OutputHeight <= BandRows && shape is { Top: >= 0, Left: >= 0 };

    public long ScratchSize => _pieces * PieceSize;

    // The rows of the image that a band reads, as wide as they are or as the window reads them.
    private long BandSize => Whole(Math.Max(_s.Image.CopySize(BandHeight), (long)BandHeight * _s.Width * _s.Channels) + _layout.RowSize);

    private long WidenedSize => _widens ? (long)BandHeight * TileWidth * _layout.RowSize : 0;

    // Pixels across that a tile reads, and rows of the image that a band of them does.
    private int TileWidth => Math.Min(_s.OutputWidth, Pixels(TileColumns, _pool.StrideWidth, _pool.WindowWidth));

    private int BandHeight => _s.InputRows(Math.Min(_s.OutputHeight, Pixels(BandRows, _pool.StrideHeight, _pool.WindowHeight)));

    // The filters' sums, and two sums in double precision for each.
    private long PieceSize => Whole(_s.OutputChannels * (_layout.Size + 4));

    /// <summary>Computes the derivatives of a batch; what it gives is in <paramref name="batch"/>.</summary>
    public void Run(in SparseGradients batch)
    {
        _batch = batch;
        LayOutFilters();
        _team.Run(_pieces, _piece);
        _team.Run((_s.OutputChannels + SumFilters - 1) / SumFilters, _sum);
        for (int f = 0; f < _s.OutputChannels; f++)
        {
            (batch.Sums[f], batch.Dots[f]) = (0, 0);
            for (int piece = 0; piece < _pieces; piece++)
            {
                batch.Sums[f] += PieceSums(piece)[f];
                batch.Dots[f] += PieceSums(piece)[_s.OutputChannels + f];
            }
        }
    }

    private void LayOutFilters()
    {
        if (_filters is null)
            return;
        for (int k = 0; k < _s.Depth; k++)
        {
            float* to = _laidOut!.Pointer + _layout.Place(k / _layout.Run, k % _layout.Run), from = _filters.Values + (long)k * _s.OutputChannels;
            for (int f = 0; f < _s.OutputChannels; f++)
                to[f * _layout.Size] = from[f];
        }
    }

    private double* PieceSums(int piece) => (double*)(_batch.Scratch + piece * PieceSize + (long)_s.OutputChannels * _layout.Size);

    private void Piece(int piece, int worker)
    {
        float* sums = _batch.Scratch + piece * PieceSize;
        new Span<float>(sums, (int)PieceSize).Clear();
        int first = (int)((long)piece * _batch.Count / _pieces), end = (int)((piece + 1L) * _batch.Count / _pieces);
        float* moments = _batch.WorkerScratch(worker), scratch = moments + Whole(2 * _s.OutputChannels);
        for (int image = first; image < end; image++)
        {
            new Span<float>(moments, 2 * _s.OutputChannels).Clear();
            for (int row = 0; row < _pool.OutputHeight; row += BandRows)
                AddBand(image, row, sums, moments, scratch);
            for (int i = 0; i < 2 * _s.OutputChannels; i++)
                PieceSums(piece)[i] += moments[i];
        }
    }

    /// <summary>Adds the patches of some rows of windows, tile by tile.</summary>
    private void AddBand(int image, int row, float* sums, float* moments, float* scratch)
    {
        int filters = _s.OutputChannels, rows = Math.Min(BandRows, _pool.OutputHeight - row);
        float* dy = scratch, places = dy + Tile * filters, found = places + Tile * filters, widened = scratch + Whole(2 * (Tile + 1) * filters);

        // The pixels that the windows see, and the rows of the image that these do.
        (int top, int firstRow, int endRow) = Pixels(row, rows, _pool.StrideHeight, _pool.Top, _pool.WindowHeight, _s.OutputHeight);
        int height = _s.InputRows(endRow - firstRow);
        float* x = _s.Image.Rows(_batch.X.From((long)image * _s.Height * _s.Width * _s.Channels), firstRow * _s.StrideHeight - _s.Top, height, widened + WidenedSize, out nint imageStep);
        float* dx = widened + WidenedSize + BandSize;
        if (_filters is not null)
            new Span<float>(dx, (int)(height * imageStep + _layout.RowSize)).Clear();
        for (int column = 0; column < _pool.OutputWidth; column += TileColumns)
        {
            int columns = Math.Min(TileColumns, _pool.OutputWidth - column);
            (int left, int firstColumn, int endColumn) = Pixels(column, columns, _pool.StrideWidth, _pool.Left, _pool.WindowWidth, _s.OutputWidth);
            nint rowStep = imageStep, columnStep = (nint)_s.StrideWidth * _s.Channels;
            float* patches = x + firstColumn * columnStep;
            if (_widens)
            {
                _kernels.Widen(_layout, patches, imageStep, columnStep, height, endColumn - firstColumn, widened);
                patches = widened;
                (rowStep, columnStep) = (_layout.RowSize, (nint)height * _layout.RowSize);
            }
            var patch = new PatchShape { Layout = _layout, RowStep = rowStep, Filters = filters };
            nint pixelStep = _s.StrideHeight * rowStep;
            patches += (top - firstRow) * pixelStep + (left - firstColumn) * columnStep;
            for (int r = 0; r < rows; r += TileRows, patches += TileRows * _pool.StrideHeight * pixelStep)
            {
                long at = (((long)image * _pool.OutputHeight + row + r) * _pool.OutputWidth + column) * filters;
                var tile = new WindowTile
                {
                    Rows = Math.Min(TileRows, rows - r),
                    Columns = columns,
                    Channels = filters,
                    RowStep = (nint)_pool.OutputWidth * filters,
                    Dy = _batch.Dy + at,
                    Y = _batch.Y == null ? null : _batch.Y + at,
                    X = _batch.Pooled == null ? null : _batch.Pooled + at,
                    Scale = _batch.Scale,
                    Shift = _batch.Shift,
                    Tap = _batch.Taps + at,
                    TapColumns = _pool.WindowWidth,
                    WindowRow = _pool.StrideHeight * pixelStep,
                    WindowColumn = _pool.StrideWidth * columnStep,
                    PixelRow = pixelStep,
                    PixelColumn = columnStep,
                };
                _channels.WindowGradients(tile, _batch.Mean, moments, moments + filters, found, dy, places);
                _kernels.AddPatches(patch, patches, dy, places, found, sums);
                if (_filters is not null)
                    _kernels.ScatterPatches(patch, dx + (patches - x), dy, places, found, _laidOut!.Pointer);
            }
        }
        if (_filters is not null)
            StoreInput(image, firstRow * _s.StrideHeight - _s.Top, height, dx, imageStep);
    }

    /// <summary>Takes the derivatives of an image's rows, of which the first is row <paramref name="first"/>, without those of the border.</summary>
    private void StoreInput(int image, int first, int rows, float* from, nint step)
    {
        int size = _s.Width * _s.Channels, before = _s.Left * _s.Channels, read = Math.Min(size, (int)step - before);
        float* to = _batch.Dx + (long)image * _s.Height * size;
        for (int row = 0; row < _s.Height; row++, to += size)
        {
            bool isRead = row >= first && row < first + rows;
            float* values = from + (row - first) * step + before;
            if (_batch.Accumulates && isRead)
                _kernels.Flat.Add(values, to, read);
            else if (isRead)
                new Span<float>(values, read).CopyTo(new Span<float>(to, read));
            if (!_batch.Accumulates)
                new Span<float>(to + (isRead ? read : 0), size - (isRead ? read : 0)).Clear();
        }
    }

    private static bool Widens(WindowShape shape, PoolShape pool) => shape.OutputChannels >= 2 * pool.WindowHeight * pool.WindowWidth;

    /// <summary>Pixels that some windows beside each other see.</summary>
    private static int Pixels(int windows, int stride, int size) => (windows - 1) * stride + size;

    /// <summary>The first pixel of some windows of a row or column, which may lie outside, and those of their pixels that do not.</summary>
    private static (int Start, int First, int End) Pixels(int window, int windows, int stride, int before, int size, int pixels)
    {
        int start = window * stride - before;
        return (start, Math.Max(start, 0), Math.Min(start + Pixels(windows, stride, size), pixels));
    }

    /// <summary>Adds up the pieces' sums of some filters.</summary>
    private void Sum(int block, int worker)
    {
        int first = block * SumFilters, end = Math.Min(first + SumFilters, _s.OutputChannels);
        float* sums = _batch.Scratch + (long)first * _layout.Size;
        for (int piece = 1; piece < _pieces; piece++)
            _kernels.Flat.Add(sums + piece * PieceSize, sums, (long)(end - first) * _layout.Size);
        for (int u = 0; u < _s.KernelHeight; u++)
        {
            for (int k = 0; k < _layout.Run; k++)
            {
                float* to = _batch.Kernel + ((long)u * _layout.Run + k) * _s.OutputChannels + first, from = sums + _layout.Place(u, k);
                for (int f = 0; f < end - first; f++)
                    to[f] = from[f * _layout.Size];
            }
        }
    }

    private static long Whole(long floats) => (floats + 15) / 16 * 16;
}

/// <summary>A batch for <see cref="SparseKernelGradient"/>, and where its results go.</summary>
internal readonly unsafe struct SparseGradients
{
    /// <summary>Samples.</summary>
    public required int Count { get; init; }

    /// <summary>The images.</summary>
    public required Pixels X { get; init; }

    /// <summary>The windows' derivatives.</summary>
    public required float* Dy { get; init; }

    /// <summary>The rectified output, where derivatives count only at y &gt; 0; null otherwise.</summary>
    public float* Y { get; init; }

    /// <summary>Which pixel of its window each derivative belongs to.</summary>
    public required float* Taps { get; init; }

    /// <summary>The pixels' values and their means, for <see cref="Dots"/>; null where those are not needed.</summary>
    public float* Pooled { get; init; }

    /// <summary>Each channel's mean.</summary>
    public float* Mean { get; init; }

    /// <summary>Where derivatives count only at x·scale + shift &gt; 0 of the pixels' values, each channel's factor; null otherwise.</summary>
    public float* Scale { get; init; }

    /// <summary>And what is added.</summary>
    public float* Shift { get; init; }

    /// <summary>Where the filters' derivatives go, in the filters' layout.</summary>
    public required float* Kernel { get; init; }

    /// <summary>Where each channel's Σ dy goes.</summary>
    public required double[] Sums { get; init; }

    /// <summary>Where each channel's Σ dy·(x − mean) goes.</summary>
    public required double[] Dots { get; init; }

    /// <summary>Where the images' derivatives go, where they are wanted.</summary>
    public float* Dx { get; init; }

    /// <summary>Whether they are added to what is there.</summary>
    public bool Accumulates { get; init; }

    /// <summary>Memory of the pieces.</summary>
    public required float* Scratch { get; init; }

    /// <summary>The workers' memory.</summary>
    public required ScratchOf WorkerScratch { get; init; }
}
