namespace ConvNets.Engines;

/// <summary>
/// A convolution of 3×3 taps and stride 1 over a batch by <see cref="WinogradTransforms"/>: blocks of tiles, of one image or several, are brought to the 36 points, multiplied with the
/// filters there, point by point with a <see cref="GemmKernel{V,S}"/>, and brought back. A block's tiles and products stay in the second cache.
/// </summary>
internal sealed unsafe class WinogradConvolution
{
    // Floats of a block in the second cache.
    private const int BlockFloats = 160 * 1024;
    private const int LeastTiles = 24;
    private const int MostTiles = 96;

    private readonly KernelSet _kernels;
    private readonly WinogradTransforms _transforms;
    private readonly WorkerTeam _team;
    private readonly WindowShape _s;
    private readonly TileGrid _grid;
    private readonly Panels _panels;
    private readonly AlignedBuffer _filters;
    private readonly AlignedBuffer _zeros;
    private readonly int _blockTiles;
    private readonly Action<int, int> _piece;
    private int _tiles;
    private float* _x;
    private float* _bias;
    private float* _y;
    private bool _relu;
    private bool _accumulate;
    private ScratchOf _scratch = null!;

    public WinogradConvolution(PlanContext context, WindowShape shape)
    {
        (_kernels, _transforms, _team, _s, _piece) = (context.Kernels, context.Kernels.Winograd, context.Team, shape, Piece);
        _grid = new TileGrid(shape);
        _panels = new Panels(_kernels, shape.Channels, shape.OutputChannels);
        _filters = context.Own(new AlignedBuffer(WinogradTransforms.Points * _panels.Size));
        _zeros = context.Own(new AlignedBuffer(64));

        // Few tiles are shared out among the threads; many make blocks as large as the cache allows.
        int most = Math.Clamp(BlockFloats / (WinogradTransforms.Points * (shape.Channels + shape.OutputChannels)), LeastTiles, MostTiles);
        _blockTiles = Math.Clamp((context.Capacity * _grid.PerImage + 2 * _team.Threads - 1) / (2 * _team.Threads), 1, most);
    }

    /// <summary>Floats of scratch memory that a worker needs.</summary>
    public long WorkerScratchSize => (long)WinogradTransforms.Points * (_blockTiles * (_s.Channels + _s.OutputChannels) + _s.Channels);

    /// <summary>Whether a convolution can run so, and gains from it: enough channels that products outweigh the maps, enough tiles to use the filters often.</summary>
    public static bool Suits(KernelSet kernels, WindowShape shape, int images)
    {
        const int LeastChannels = 16, LeastBatchTiles = 8;
        if (shape is not { KernelHeight: WinogradTransforms.Taps, KernelWidth: WinogradTransforms.Taps, StrideHeight: 1, StrideWidth: 1, DilationHeight: 1, DilationWidth: 1, Groups: 1 })
            return false;
        var grid = new TileGrid(shape);
        return Math.Min(shape.Channels, shape.OutputChannels) >= LeastChannels && shape.Channels % kernels.Winograd.Width == 0 && shape.OutputChannels % kernels.Winograd.Width == 0
            && (long)images * grid.PerImage >= LeastBatchTiles && 2 * shape.OutputHeight * shape.OutputWidth > grid.PerImage * WinogradTransforms.Tile * WinogradTransforms.Tile;
    }

    /// <summary>Takes filters over that were packed for the direct convolution, <see cref="ConvolutionPass"/>.</summary>
    public void SetFilters(float* packed)
    {
        foreach (Panel panel in _panels.All)
        {
            int plane = _panels.Rows * panel.Width;
            _transforms.Filter(packed + WinogradTransforms.Taps * WinogradTransforms.Taps * panel.Offset, plane, _filters.Pointer + panel.Offset, (nint)_panels.Size, plane);
        }
    }

    /// <summary>Convolves a batch.</summary>
    public void Run(int count, float* x, float* bias, float* y, ScratchOf scratch, bool relu, bool accumulate)
    {
        _tiles = count * _grid.PerImage;
        _x = x;
        _bias = bias;
        _y = y;
        _relu = relu;
        _accumulate = accumulate;
        _scratch = scratch;
        _team.Run((_tiles + _blockTiles - 1) / _blockTiles, _piece);
    }

    /// <summary>Convolves one image, by the calling worker alone.</summary>
    public void RunImage(float* x, float* bias, float* y, float* scratch, bool accumulate)
    {
        for (int first = 0; first < _grid.PerImage; first += _blockTiles)
            Block(first, Math.Min(first + _blockTiles, _grid.PerImage), x, bias, y, scratch, relu: false, accumulate);
    }

    private void Piece(int piece, int worker) =>
        Block(piece * _blockTiles, Math.Min((piece + 1) * _blockTiles, _tiles), _x, _bias, _y, _scratch(worker), _relu, _accumulate);

    private void Block(int first, int end, float* x, float* bias, float* y, float* scratch, bool relu, bool accumulate)
    {
        int inputs = _s.Channels, outputs = _s.OutputChannels, tiles = end - first;
        nint inputPlane = (nint)tiles * inputs, outputPlane = (nint)tiles * outputs;
        float* v = scratch, m = v + WinogradTransforms.Points * inputPlane, patch = m + WinogradTransforms.Points * outputPlane;
        for (int t = 0; t < tiles; t++)
        {
            float* from = _grid.Patch(x, first + t, patch, out nint row);
            _transforms.Input(from, row, inputs, v + (nint)t * inputs, inputPlane);
        }
        for (int point = 0; point < WinogradTransforms.Points; point++)
        {
            foreach (Panel panel in _panels.All)
            {
                var tile = new TileShape { Row = inputs, Inner = 1, InnerCount = inputs, TapCount = 1, OuterCount = 1, BRow = panel.Width };
                _kernels.Tile(panel.Width, tiles, tile, v + point * inputPlane, _filters.Pointer + point * _panels.Size + panel.Offset, _zeros.Pointer, 0, m + point * outputPlane + panel.Column, outputs);
            }
        }
        for (int t = 0; t < tiles; t++)
        {
            (long offset, int rows, int columns) = _grid.Output(first + t);
            _transforms.Output(m + (nint)t * outputs, outputPlane, bias, y + offset, (nint)_s.OutputWidth * outputs, outputs, rows, columns, relu, accumulate);
        }
    }
}

/// <summary>The tiles that a batch's output images are cut into; those at the right and the bottom may stick out.</summary>
internal readonly unsafe struct TileGrid
{
    private readonly WindowShape _s;
    private readonly int _down;
    private readonly int _across;

    public TileGrid(WindowShape shape)
    {
        _s = shape;
        _down = (shape.OutputHeight + WinogradTransforms.Tile - 1) / WinogradTransforms.Tile;
        _across = (shape.OutputWidth + WinogradTransforms.Tile - 1) / WinogradTransforms.Tile;
    }

    /// <summary>Tiles of an image.</summary>
    public int PerImage => _down * _across;

    /// <summary>A tile's pixels: the place of the first in a batch's output, and how many rows and columns lie in the image.</summary>
    public (long Offset, int Rows, int Columns) Output(int tile)
    {
        (int image, int row, int column) = Place(tile);
        long offset = (((long)image * _s.OutputHeight + row) * _s.OutputWidth + column) * _s.OutputChannels;
        return (offset, Math.Min(WinogradTransforms.Tile, _s.OutputHeight - row), Math.Min(WinogradTransforms.Tile, _s.OutputWidth - column));
    }

    /// <summary>The patch of a batch's input that a tile depends on: where it lies, or a copy with the border's zeros.</summary>
    public float* Patch(float* x, int tile, float* copy, out nint row)
    {
        (int image, int i, int j) = Place(tile);
        var block = new ImageBlock(_s.Height, _s.Width, _s.Channels, _s.Left - j, WinogradTransforms.Patch);
        return block.Rows(x + (long)image * _s.Height * _s.Width * _s.Channels, i - _s.Top, WinogradTransforms.Patch, copy, out row);
    }

    private (int Image, int Row, int Column) Place(int tile)
    {
        int image = tile / PerImage, place = tile % PerImage;
        return (image, place / _across * WinogradTransforms.Tile, place % _across * WinogradTransforms.Tile);
    }
}
