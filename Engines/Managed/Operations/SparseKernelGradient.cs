namespace ConvNets.Engines;

/// <summary>
/// The derivatives of a convolution's filters where max-pooling follows: of each window one pixel has a derivative, or none behind a rectifier, so
/// <c>dw[·, f] = Σ patch(pixel)·dy[window, f]</c> over those alone (<see cref="PatchKernel{V,S}"/>), and what a bias or a normalization learns from: Σ dy and Σ dy·(x − mean).
/// Images are split into a fixed number of pieces with sums of their own, which are added in order. Sums are kept filter by filter, each kernel row filled up to whole vectors.
/// </summary>
/// <remarks>
/// Windows are taken in tiles of four rows of eight. Where a pixel's patch is read by several filters, the tile's image is first widened: the run of floats that begins at each pixel
/// is copied to a place of its own, column by column, so that a patch is whole aligned vectors behind each other. A vector that lies across two cache lines costs two loads, which is
/// slower than the multiply-adds. For a 7×7×3 kernel over pairs of pixels a widened tile takes 28 KB, and so stays in the first cache while all filters go through it.
/// </remarks>
internal sealed unsafe class SparseKernelGradient
{
    private const int MostPieces = 32;
    private const int SumFilters = 8;
    private const int TileRows = 4;
    private const int TileColumns = 8;
    private const int Tile = TileRows * TileColumns;

    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly WindowShape _s;
    private readonly PoolShape _pool;
    private readonly ChannelKernels _channels;
    private readonly bool _widens;
    private readonly int _pieces;
    private readonly int _run;
    private readonly int _columns;
    private readonly Action<int, int> _piece;
    private readonly Action<int, int> _sum;
    private SparseGradients _batch;

    public SparseKernelGradient(PlanContext context, WindowShape shape, PoolShape pool)
    {
        (_kernels, _team, _s, _pool, _piece, _sum) = (context.Kernels, context.Team, shape, pool, Piece, Sum);
        _channels = _kernels.ForChannels(shape.OutputChannels);
        _pieces = Math.Clamp(context.Capacity, 4, MostPieces);
        _run = shape.KernelWidth * shape.Channels;
        _columns = (_run + _kernels.VectorWidth - 1) / _kernels.VectorWidth * _kernels.VectorWidth;
        _widens = shape.OutputChannels >= 2 * pool.WindowHeight * pool.WindowWidth;
    }

    // An image's two sums for each filter, the widened tile, each filter's windows, their derivatives and taps, each tap's and window's place, and the rows of the image, of which the
    // last is read up to a whole vector.
    public long WorkerScratchSize => Whole(2 * _s.OutputChannels) + WidenedSize + 2 * (Tile + 1) * _s.OutputChannels + Whole(2 * (Taps + Tile)) + _s.Image.CopySize(TileHeight) + _columns;

    public long ScratchSize => _pieces * PieceSize;

    private int Taps => _pool.WindowHeight * _pool.WindowWidth;

    private long WidenedSize => _widens ? (long)TileHeight * TileWidth * _columns : 0;

    // Pixels across and rows of the image that a tile reads.
    private int TileWidth => Math.Min(_s.OutputWidth, (TileColumns - 1) * _pool.StrideWidth + _pool.WindowWidth);

    private int TileHeight => _s.InputRows(Math.Min(_s.OutputHeight, (TileRows - 1) * _pool.StrideHeight + _pool.WindowHeight));

    private int FilterSize => _s.KernelHeight * _columns;

    // The filters' sums, and two sums in double precision for each.
    private long PieceSize => Whole(_s.OutputChannels * (FilterSize + 4));

    /// <summary>Computes the derivatives of a batch; what it gives is in <paramref name="batch"/>.</summary>
    public void Run(in SparseGradients batch)
    {
        _batch = batch;
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

    private double* PieceSums(int piece) => (double*)(_batch.Scratch + piece * PieceSize + (long)_s.OutputChannels * FilterSize);

    private void Piece(int piece, int worker)
    {
        float* sums = _batch.Scratch + piece * PieceSize;
        new Span<float>(sums, (int)PieceSize).Clear();
        int first = (int)((long)piece * _batch.Count / _pieces), end = (int)((piece + 1L) * _batch.Count / _pieces);
        for (int image = first; image < end; image++)
        {
            float* moments = _batch.WorkerScratch(worker);
            new Span<float>(moments, 2 * _s.OutputChannels).Clear();
            for (int row = 0; row < _pool.OutputHeight; row += TileRows)
            {
                for (int column = 0; column < _pool.OutputWidth; column += TileColumns)
                    Add(image, row, column, sums, moments, moments + Whole(2 * _s.OutputChannels));
            }
            for (int i = 0; i < 2 * _s.OutputChannels; i++)
                PieceSums(piece)[i] += moments[i];
        }
    }

    /// <summary>Adds the patches of a tile of windows.</summary>
    private void Add(int image, int row, int column, float* sums, float* moments, float* scratch)
    {
        int filters = _s.OutputChannels, rows = Math.Min(TileRows, _pool.OutputHeight - row), columns = Math.Min(TileColumns, _pool.OutputWidth - column);
        float* found = scratch + WidenedSize, dy = found + 2 * filters, taps = dy + Tile * filters;
        var offsets = (nint*)(taps + Tile * filters);
        nint* windows = offsets + Taps;

        // The pixels that the tile's windows see, and the rows of the image that these do.
        int top = row * _pool.StrideHeight - _pool.Top, firstRow = Math.Max(top, 0), endRow = Math.Min(top + (rows - 1) * _pool.StrideHeight + _pool.WindowHeight, _s.OutputHeight);
        int left = column * _pool.StrideWidth - _pool.Left, firstColumn = Math.Max(left, 0), endColumn = Math.Min(left + (columns - 1) * _pool.StrideWidth + _pool.WindowWidth, _s.OutputWidth);
        int height = _s.InputRows(endRow - firstRow);
        float* x = _batch.X + (long)image * _s.Height * _s.Width * _s.Channels;
        float* patches = _s.Image.Rows(x, firstRow * _s.StrideHeight - _s.Top, height, scratch + WidenedSize + 2 * (Tile + 1) * filters + Whole(2 * (Taps + Tile)), out nint imageStep);
        nint rowStep = imageStep, columnStep = (nint)_s.StrideWidth * _s.Channels;
        patches += firstColumn * columnStep;
        if (_widens)
        {
            for (int r = 0; r < height; r++)
                _kernels.Widen(patches + r * imageStep, columnStep, endColumn - firstColumn, _run, scratch + r * _columns, TileHeight * _columns);
            patches = scratch;
            (rowStep, columnStep) = (_columns, TileHeight * _columns);
        }
        nint pixelStep = _s.StrideHeight * rowStep;
        for (int tap = 0; tap < Taps; tap++)
            offsets[tap] = tap / _pool.WindowWidth * pixelStep + tap % _pool.WindowWidth * columnStep;
        new Span<float>(found, 2 * filters).Fill(ChannelKernels.Integers);
        for (int r = 0; r < rows; r++)
        {
            int first = r * TileColumns;
            for (int c = 0; c < columns; c++)
                windows[first + c] = (top - firstRow + r * _pool.StrideHeight) * pixelStep + (left - firstColumn + c * _pool.StrideWidth) * columnStep;
            long at = (((long)image * _pool.OutputHeight + row + r) * _pool.OutputWidth + column) * filters;
            var run = new WindowRun
            {
                Count = columns,
                Channels = filters,
                FirstBit = first % 16,
                Dy = _batch.Dy + at,
                Y = _batch.Y == null ? null : _batch.Y + at,
                X = _batch.Pooled == null ? null : _batch.Pooled + at,
                Tap = _batch.Taps + at,
            };
            _channels.WindowGradients(run, _batch.Mean, moments, moments + filters, found + first / 16 * filters, dy + first * filters, taps + first * filters);
        }
        var shape = new PatchShape { Rows = _s.KernelHeight, Columns = _columns, RowStep = rowStep, Windows = windows, Offsets = offsets, Filters = filters, FilterStep = FilterSize };
        _kernels.AddPatches(shape, patches, dy, taps, found, sums);
    }

    /// <summary>Adds up the pieces' sums of some filters.</summary>
    private void Sum(int block, int worker)
    {
        int first = block * SumFilters, end = Math.Min(first + SumFilters, _s.OutputChannels);
        float* sums = _batch.Scratch + (long)first * FilterSize;
        for (int piece = 1; piece < _pieces; piece++)
            _kernels.Flat.Add(sums + piece * PieceSize, sums, (long)(end - first) * FilterSize);
        for (int u = 0; u < _s.KernelHeight; u++)
        {
            for (int k = 0; k < _run; k++)
            {
                float* to = _batch.Kernel + ((long)u * _run + k) * _s.OutputChannels + first, from = sums + u * _columns + k;
                for (int f = 0; f < end - first; f++)
                    to[f] = from[f * FilterSize];
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
    public required float* X { get; init; }

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

    /// <summary>Where the filters' derivatives go, in the filters' layout.</summary>
    public required float* Kernel { get; init; }

    /// <summary>Where each channel's Σ dy goes.</summary>
    public required double[] Sums { get; init; }

    /// <summary>Where each channel's Σ dy·(x − mean) goes.</summary>
    public required double[] Dots { get; init; }

    /// <summary>Memory of the pieces.</summary>
    public required float* Scratch { get; init; }

    /// <summary>The workers' memory.</summary>
    public required ScratchOf WorkerScratch { get; init; }
}
