namespace ConvNets.Engines;

/// <summary>
/// A convolution of 3×3 or 5×5 taps and stride 1 by <see cref="WinogradTransforms"/>: blocks of tiles, of one image or several, are brought to the 36 points, multiplied with the filters there,
/// point by point with a <see cref="GemmKernel{V,S}"/>, and brought back. A block's tiles and products stay in the second cache.
/// </summary>
internal sealed unsafe class WinogradConvolution : ConvolutionPass
{
    // Floats of a block in the second cache.
    private const int BlockFloats = 160 * 1024;
    private const int LeastTiles = 24;
    private const int MostTiles = 96;

    // Floats of filters that a shared cache holds.
    private const int SharedFloats = 1 << 22;

    private readonly KernelSet _kernels;
    private readonly WinogradTransforms _transforms;
    private readonly WorkerTeam _team;
    private readonly WindowShape _s;
    private readonly Panels _panels;
    private readonly AlignedBuffer _zeros;
    private readonly int _imageTiles;
    private readonly int _blockTiles;
    private readonly Action<int, int> _packPiece;
    private float* _kernel;
    private float* _packed;

    public WinogradConvolution(PlanContext context, WindowShape shape) : base(context.Kernels, shape)
    {
        (_kernels, _transforms, _team, _s, _packPiece) = (context.Kernels, context.Kernels.WinogradOf(shape.KernelHeight)!, context.Team, shape, PackPiece);
        _panels = new Panels(_kernels, shape.Channels, shape.OutputChannels);
        _zeros = context.Own(new AlignedBuffer(64));
        _imageTiles = new TileGrid(shape, _transforms.Tile, 0, shape.OutputHeight).PerImage;

        // Few tiles are shared out among the threads; many make blocks as large as the cache allows. Filters that come from memory are read once a block: then it is larger.
        int most = Math.Clamp(BlockFloats / (WinogradTransforms.Points * (shape.Channels + shape.OutputChannels)), PackedSize > SharedFloats ? MostTiles : LeastTiles, MostTiles);
        _blockTiles = Math.Clamp((context.Capacity * _imageTiles + 2 * _team.Threads - 1) / (2 * _team.Threads), 1, most);
    }

    public override long PackedSize => WinogradTransforms.Points * _panels.Size;

    public override int BiasSize => _s.OutputChannels;

    public override int RowStep => _transforms.Tile;

    /// <summary>Whether a convolution can run so, and gains from it: enough channels that products outweigh the maps, enough tiles to use the filters often.</summary>
    public static bool Suits(KernelSet kernels, WindowShape shape, int images)
    {
        // A tile's maps are shared by its outputs of all filters.
        const int LeastChannels = 16, LeastOutputs = LeastChannels * LeastChannels * 16, LeastBatchTiles = 8;
        if (shape is not { StrideHeight: 1, StrideWidth: 1, DilationHeight: 1, DilationWidth: 1, Groups: 1 } || shape.KernelHeight != shape.KernelWidth || kernels.WinogradOf(shape.KernelHeight) is not { } maps)
            return false;
        int tiles = new TileGrid(shape, maps.Tile, 0, shape.OutputHeight).PerImage;
        return Math.Min(shape.Channels, shape.OutputChannels) >= LeastChannels && shape.Channels * shape.OutputChannels * maps.Tile * maps.Tile >= LeastOutputs
            && shape.Channels % maps.Width == 0 && shape.OutputChannels % maps.Width == 0
            && (long)images * tiles >= LeastBatchTiles && 2 * shape.OutputHeight * shape.OutputWidth > tiles * maps.Tile * maps.Tile;
    }

    public override long ScratchSize(int rows) => (long)WinogradTransforms.Points * (_blockTiles * (_s.Channels + _s.OutputChannels) + _s.Channels);

    public override void Pack(float* kernel, float* bias, float* packed, float* packedBias)
    {
        _kernel = kernel;
        _packed = packed;
        _team.Run(_s.Channels, _packPiece);
        if (bias != null)
            new Span<float>(bias, _s.OutputChannels).CopyTo(new Span<float>(packedBias, _s.OutputChannels));
    }

    public override void Run(int first, int end, float* x, float* packed, float* bias, float* y, nint rowStride, nint pixelStride, float* scratch, bool accumulate)
    {
        var grid = new TileGrid(_s, _transforms.Tile, first, end);
        for (int tile = 0; tile < grid.PerImage; tile += _blockTiles)
            Block(grid, tile, Math.Min(_blockTiles, grid.PerImage - tile), x, packed, bias, y, rowStride, pixelStride, scratch, relu: false, accumulate);
    }

    public override int PooledRows(in PoolShape pool)
    {
        int across = (_s.OutputWidth + _transforms.Tile - 1) / _transforms.Tile;
        return Math.Max(1, Math.Max(1, _blockTiles / across) * _transforms.Tile / pool.StrideHeight);
    }

    public override int Pieces(int count) => (count * _imageTiles + _blockTiles - 1) / _blockTiles;

    public override void RunPiece(int piece, int count, float* x, float* packed, float* bias, float* y, float* scratch, bool relu, bool accumulate)
    {
        int first = piece * _blockTiles;
        Block(new TileGrid(_s, _transforms.Tile, 0, _s.OutputHeight), first, Math.Min(_blockTiles, count * _imageTiles - first), x, packed, bias, y, (nint)_s.OutputWidth * _s.OutputChannels, _s.OutputChannels, scratch, relu,
            accumulate);
    }

    private void Block(in TileGrid grid, int first, int tiles, float* x, float* packed, float* bias, float* y, nint rowStride, nint pixelStride, float* scratch, bool relu, bool accumulate)
    {
        int inputs = _s.Channels, outputs = _s.OutputChannels;
        nint inputPlane = (nint)tiles * inputs, outputPlane = (nint)tiles * outputs;
        float* v = scratch, m = v + WinogradTransforms.Points * inputPlane, copy = m + WinogradTransforms.Points * outputPlane;
        for (int t = 0; t < tiles; t++)
        {
            float* patch = grid.Patch(x, first + t, copy, out nint row);
            _transforms.Input(patch, row, inputs, v + (nint)t * inputs, inputPlane);
        }
        for (int point = 0; point < WinogradTransforms.Points; point++)
        {
            foreach (Panel panel in _panels.All)
            {
                var tile = new TileShape { Row = inputs, Inner = 1, InnerCount = inputs, TapCount = 1, OuterCount = 1, BRow = panel.Width };
                _kernels.Tile(panel.Width, tiles, tile, v + point * inputPlane, packed + point * _panels.Size + panel.Offset, _zeros.Pointer, 0, m + point * outputPlane + panel.Column, outputs);
            }
        }
        for (int t = 0; t < tiles; t++)
        {
            (int image, int row, int column, int rows, int columns) = grid.Place(first + t);
            float* to = y + (nint)image * _s.OutputHeight * rowStride + row * rowStride + column * pixelStride;
            _transforms.Output(m + (nint)t * outputs, outputPlane, bias, to, rowStride, pixelStride, outputs, rows, columns, relu, accumulate);
        }
    }

    private void PackPiece(int channel, int worker)
    {
        foreach (Panel panel in _panels.All)
        {
            float* from = _kernel + (nint)channel * _s.OutputChannels + panel.Column, to = _packed + panel.Offset + (nint)channel * panel.Width;
            _transforms.Filter(from, (nint)_s.Channels * _s.OutputChannels, to, (nint)_panels.Size, panel.Width);
        }
    }
}

/// <summary>The tiles that some rows of a batch's output images are cut into; those at the right and the bottom may stick out.</summary>
/// <param name="shape">The convolution.</param>
/// <param name="size">Outputs of a tile along one axis.</param>
/// <param name="firstRow">The first row of each image.</param>
/// <param name="endRow">The row behind the last.</param>
internal readonly unsafe struct TileGrid(WindowShape shape, int size, int firstRow, int endRow)
{
    private readonly int _across = (shape.OutputWidth + size - 1) / size;

    /// <summary>Tiles of an image.</summary>
    public int PerImage { get; } = (shape.OutputWidth + size - 1) / size * ((endRow - firstRow + size - 1) / size);

    /// <summary>A tile's first output pixel, and how many of its rows and columns are wanted.</summary>
    public (int Image, int Row, int Column, int Rows, int Columns) Place(int tile)
    {
        (int image, int place) = Math.DivRem(tile, PerImage);
        (int down, int across) = Math.DivRem(place, _across);
        int row = firstRow + down * size, column = across * size;
        return (image, row, column, Math.Min(size, endRow - row), Math.Min(size, shape.OutputWidth - column));
    }

    /// <summary>The patch of a batch's input that a tile depends on: where it lies, or a copy with the border's zeros.</summary>
    public float* Patch(float* x, int tile, float* copy, out nint row)
    {
        (int image, int i, int j, _, _) = Place(tile);
        var block = new ImageBlock(shape.Height, shape.Width, shape.Channels, shape.Left - j, WinogradTransforms.Patch);
        return block.Rows(x + (long)image * shape.Height * shape.Width * shape.Channels, i - shape.Top, WinogradTransforms.Patch, copy, out row);
    }
}
