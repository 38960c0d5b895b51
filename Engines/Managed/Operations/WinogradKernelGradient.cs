namespace ConvNets.Engines;

/// <summary>
/// The derivatives of a 3×3 convolution's filters and bias by <see cref="WinogradTransforms"/>, a chunk of tiles at a time: first the tiles' inputs and derivatives are brought to the
/// 36 points, then each point adds the product of its two planes, <c>du = vᵀ·m</c>, to its sums, and in the end the sums come back from the points. A point belongs to one piece of work, so
/// there are no partial sums to add.
/// </summary>
internal sealed unsafe class WinogradKernelGradient : KernelGradient
{
    // Floats of a chunk: what a shared cache holds beside the images.
    private const int ChunkFloats = 1 << 20;

    private readonly KernelSet _kernels;
    private readonly WinogradTransforms _transforms;
    private readonly WorkerTeam _team;
    private readonly WindowShape _s;
    private readonly TileGrid _grid;
    private readonly Parameter _kernel;
    private readonly Parameter? _bias;
    private readonly ChannelKernels _channels;
    private readonly Panels _panels;
    private readonly AlignedBuffer _zeros;
    private readonly int _chunkImages;
    private readonly int _capacity;
    private readonly Action<int, int> _tilesPiece;
    private readonly Action<int, int> _pointPiece;
    private readonly Action<int, int> _filterPiece;
    private float* _x;
    private ImageGradient _dy = null!;
    private float* _sums;
    private ScratchOf _scratch = null!;
    private int _firstImage;
    private int _tiles;

    public WinogradKernelGradient(PlanContext context, WindowShape shape, Parameter kernel, Parameter? bias)
    {
        (_kernels, _transforms, _team, _s, _kernel, _bias, _capacity) = (context.Kernels, context.Kernels.Winograd, context.Team, shape, kernel, bias, context.Capacity);
        (_tilesPiece, _pointPiece, _filterPiece) = (TilesPiece, PointPiece, FilterPiece);
        _grid = new TileGrid(shape, 0, shape.OutputHeight);
        _channels = _kernels.ForChannels(shape.OutputChannels);
        _panels = new Panels(_kernels, shape.Channels, shape.OutputChannels);
        _zeros = context.Own(new AlignedBuffer(64));
        _chunkImages = Math.Clamp(ChunkFloats / (int)ImageFloats(shape), 1, context.Capacity);
    }

    public override long WorkerScratchSize => (long)WinogradTransforms.Points * _s.Channels;

    /// <summary>Floats of scratch memory: the chunk's planes, the sums, and each image's bias.</summary>
    public override long ScratchSize => ChunkSize + WinogradTransforms.Points * PlaneSize + 2L * _capacity * _s.OutputChannels;

    private long PlaneSize => (long)_s.Channels * _s.OutputChannels;

    private long ChunkSize => _chunkImages * ImageFloats(_s);

    /// <summary>Whether a convolution gains from it: what the forward pass needs, images that fit a chunk, and sums that fit a cache.</summary>
    public static bool Suits(KernelSet kernels, WindowShape shape, int images) =>
        WinogradConvolution.Suits(kernels, shape, images) && ImageFloats(shape) <= 4 * ChunkFloats && shape.Channels * shape.OutputChannels <= 256 * 256;

    public override void Run(int count, float* x, ImageGradient dy, float* scratch, ScratchOf workerScratch)
    {
        _x = x;
        _dy = dy;
        _sums = scratch;
        _scratch = workerScratch;
        for (_firstImage = 0; _firstImage < count; _firstImage += _chunkImages)
        {
            int images = Math.Min(_chunkImages, count - _firstImage);
            _tiles = images * _grid.PerImage;
            _team.Run(images, _tilesPiece);
            _team.Run(WinogradTransforms.Points, _pointPiece);
        }
        _team.Run(_s.Channels, _filterPiece);
        if (_bias is not { Gradient: not null })
            return;
        for (int f = 0; f < _s.OutputChannels; f++)
        {
            double sum = 0;
            for (int image = 0; image < count; image++)
                sum += BiasSums(image)[f];
            _bias.Gradient[f] = (float)sum;
        }
    }

    private float* Inputs(int point) => _sums + WinogradTransforms.Points * PlaneSize + (long)point * _tiles * _s.Channels;

    private float* Derivatives(int point) => Inputs(WinogradTransforms.Points) + (long)point * _tiles * _s.OutputChannels;

    private double* BiasSums(int image) => (double*)(_sums + WinogradTransforms.Points * PlaneSize + ChunkSize) + (long)image * _s.OutputChannels;

    private void TilesPiece(int piece, int worker)
    {
        int image = _firstImage + piece;
        float* dy = _dy(image, worker), x = _x + (long)image * _s.Height * _s.Width * _s.Channels;
        for (int t = 0; t < _grid.PerImage; t++)
        {
            long at = (long)piece * _grid.PerImage + t;
            float* patch = _grid.Patch(x, t, _scratch(worker), out nint row);
            _transforms.Input(patch, row, _s.Channels, Inputs(0) + at * _s.Channels, (nint)_tiles * _s.Channels);
            (_, int i, int j, int rows, int columns) = _grid.Place(t);
            float* tile = dy + ((nint)i * _s.OutputWidth + j) * _s.OutputChannels;
            _transforms.OutputGradient(tile, (nint)_s.OutputWidth * _s.OutputChannels, _s.OutputChannels, rows, columns, Derivatives(0) + at * _s.OutputChannels, (nint)_tiles * _s.OutputChannels);
        }
        if (_bias is not { Gradient: not null })
            return;
        new Span<double>(BiasSums(image), _s.OutputChannels).Clear();
        _channels.Sum(dy, _s.OutputHeight * _s.OutputWidth, _s.OutputChannels, BiasSums(image));
    }

    private void PointPiece(int point, int worker)
    {
        var tile = new TileShape { Row = 1, Inner = _s.Channels, InnerCount = _tiles, TapCount = 1, OuterCount = 1, BRow = _s.OutputChannels };
        foreach (Panel panel in _panels.All)
        {
            float* sums = _sums + point * PlaneSize + panel.Column;
            bool first = _firstImage == 0;
            _kernels.Tile(panel.Width, _s.Channels, tile, Inputs(point), Derivatives(point) + panel.Column, first ? _zeros.Pointer : sums, first ? 0 : _s.OutputChannels, sums, _s.OutputChannels);
        }
    }

    private void FilterPiece(int channel, int worker)
    {
        int first = channel * _s.OutputChannels;
        _transforms.FilterGradient(_sums + first, (nint)PlaneSize, _kernel.Gradient + first, (nint)PlaneSize, _s.OutputChannels);
    }

    private static long ImageFloats(WindowShape shape) => (long)WinogradTransforms.Points * new TileGrid(shape, 0, shape.OutputHeight).PerImage * (shape.Channels + shape.OutputChannels);
}
