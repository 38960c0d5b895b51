namespace ConvNets.Engines;

/// <summary>
/// The derivatives of a 3×3 or 5×5 convolution's filters and bias by <see cref="WinogradTransforms"/>. The images are split into a fixed number of groups with sums of their own, which are added
/// in order. Of a group a block of tiles at a time is brought to the 36 points, inputs v and derivatives m, where each point adds <c>du = vᵀ·m</c> to its sums; in the end the sums come
/// back from the points. A block and, up to some 64 channels, the sums stay in the second cache.
/// </summary>
internal sealed unsafe class WinogradKernelGradient : KernelGradient
{
    // Floats of a block in the second cache.
    private const int BlockFloats = 160 * 1024;
    private const int LeastTiles = 32;
    private const int MostTiles = 96;

    // The groups' sums together, if they are small; there are at least as many groups as most machines have threads, or two where sums are so large that they come from memory.
    private const int MostFloats = 5 << 18;
    private const int MostGroups = 16;
    private const int LeastGroups = 4;
    private const int MemoryFloats = 1 << 22;

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
    private readonly int _blockTiles;
    private readonly int _mostGroups;
    private readonly Action<int, int> _groupPiece;
    private readonly Action<int, int> _pointPiece;
    private readonly Action<int, int> _filterPiece;
    private float* _x;
    private ImageGradient _dy = null!;
    private float* _sums;
    private ScratchOf _scratch = null!;
    private int _count;
    private int _groups;

    public WinogradKernelGradient(PlanContext context, WindowShape shape, Parameter kernel, Parameter? bias)
    {
        (_kernels, _transforms, _team, _s, _kernel, _bias) = (context.Kernels, context.Kernels.WinogradOf(shape.KernelHeight)!, context.Team, shape, kernel, bias);
        (_groupPiece, _pointPiece, _filterPiece) = (GroupPiece, PointPiece, FilterPiece);
        _grid = new TileGrid(shape, _transforms.Tile, 0, shape.OutputHeight);
        _channels = _kernels.ForChannels(shape.OutputChannels);
        _panels = new Panels(_kernels, shape.Channels, shape.OutputChannels);
        _zeros = context.Own(new AlignedBuffer(64));
        bool fromMemory = WinogradTransforms.Points * PlaneSize > MemoryFloats;
        _blockTiles = Math.Clamp(BlockFloats / (WinogradTransforms.Points * (shape.Channels + shape.OutputChannels)), fromMemory ? MostTiles : LeastTiles, MostTiles);
        _mostGroups = (int)Math.Min(context.Capacity, Math.Clamp(MostFloats / (WinogradTransforms.Points * PlaneSize), fromMemory ? 2 : LeastGroups, MostGroups));
    }

    public override long WorkerScratchSize => (long)WinogradTransforms.Points * (_blockTiles * (_s.Channels + _s.OutputChannels) + _s.Channels);

    public override long ScratchSize => _mostGroups * GroupSize;

    private long PlaneSize => (long)_s.Channels * _s.OutputChannels;

    // A group's sums, and those of the bias in double precision.
    private long GroupSize => WinogradTransforms.Points * PlaneSize + 2 * _s.OutputChannels;

    /// <summary>Whether a convolution gains from it: what the forward pass needs, and sums that do not fill the memory.</summary>
    public static bool Suits(KernelSet kernels, WindowShape shape, int images) => WinogradConvolution.Suits(kernels, shape, images) && shape.Channels * shape.OutputChannels <= 512 * 512;

    public override void Run(int count, float* x, ImageGradient dy, float* scratch, ScratchOf workerScratch)
    {
        _x = x;
        _dy = dy;
        _sums = scratch;
        _scratch = workerScratch;
        _count = count;
        _groups = Math.Min(_mostGroups, count);
        _team.Run(_groups, _groupPiece);
        _team.Run(WinogradTransforms.Points, _pointPiece);
        _team.Run(_s.Channels, _filterPiece);
        if (_bias is not { Gradient: not null })
            return;
        for (int f = 0; f < _s.OutputChannels; f++)
        {
            double sum = 0;
            for (int group = 0; group < _groups; group++)
                sum += BiasSums(group)[f];
            _bias.Gradient[f] = (float)sum;
        }
    }

    private float* Sums(int group) => _sums + group * GroupSize;

    private double* BiasSums(int group) => (double*)(Sums(group) + WinogradTransforms.Points * PlaneSize);

    private void GroupPiece(int group, int worker)
    {
        int inputs = _s.Channels, outputs = _s.OutputChannels;
        int image = (int)((long)group * _count / _groups), end = (int)((group + 1L) * _count / _groups), tile = 0, done = 0, left = (end - image) * _grid.PerImage;
        float* scratch = _scratch(worker), dy = null;
        new Span<double>(BiasSums(group), outputs).Clear();
        for (; left > 0; left -= _blockTiles, done += _blockTiles)
        {
            int tiles = Math.Min(_blockTiles, left);
            nint inputPlane = (nint)tiles * inputs, outputPlane = (nint)tiles * outputs;
            float* v = scratch, m = v + WinogradTransforms.Points * inputPlane, copy = m + WinogradTransforms.Points * outputPlane;
            for (int t = 0; t < tiles; t++)
            {
                if (tile == 0)
                {
                    dy = _dy(image, worker);
                    if (_bias is { Gradient: not null })
                        _channels.Sum(dy, _s.OutputHeight * _s.OutputWidth, outputs, BiasSums(group));
                }
                float* patch = _grid.Patch(_x + (long)image * _s.Height * _s.Width * inputs, tile, copy, out nint row);
                _transforms.Input(patch, row, inputs, v + (nint)t * inputs, inputPlane);
                (_, int i, int j, int rows, int columns) = _grid.Place(tile);
                _transforms.OutputGradient(dy + ((nint)i * _s.OutputWidth + j) * outputs, (nint)_s.OutputWidth * outputs, outputs, rows, columns, m + (nint)t * outputs, outputPlane);
                if (++tile == _grid.PerImage)
                    (image, tile) = (image + 1, 0);
            }
            Multiply(Sums(group), v, m, tiles, first: done == 0);
        }
    }

    /// <summary>Adds a block's products to the points' sums.</summary>
    private void Multiply(float* sums, float* v, float* m, int tiles, bool first)
    {
        int inputs = _s.Channels, outputs = _s.OutputChannels;
        var tile = new TileShape { Row = 1, Inner = inputs, InnerCount = tiles, TapCount = 1, OuterCount = 1, BRow = outputs };
        for (int point = 0; point < WinogradTransforms.Points; point++)
        {
            foreach (Panel panel in _panels.All)
            {
                float* c = sums + point * PlaneSize + panel.Column;
                _kernels.Tile(panel.Width, inputs, tile, v + (nint)point * tiles * inputs, m + (nint)point * tiles * outputs + panel.Column, first ? _zeros.Pointer : c, first ? 0 : outputs, c, outputs);
            }
        }
    }

    private void PointPiece(int point, int worker)
    {
        for (int group = 1; group < _groups; group++)
            _kernels.Flat.Add(Sums(group) + point * PlaneSize, Sums(0) + point * PlaneSize, PlaneSize);
    }

    private void FilterPiece(int channel, int worker)
    {
        int first = channel * _s.OutputChannels;
        _transforms.FilterGradient(_sums + first, (nint)PlaneSize, _kernel.Gradient + first, (nint)PlaneSize, _s.OutputChannels);
    }
}
