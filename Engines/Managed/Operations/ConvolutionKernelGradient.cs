namespace ConvNets.Engines;

/// <summary>The derivatives of one image's convolved pixels, where they lie or computed for the worker that asks.</summary>
internal unsafe delegate float* ImageGradient(int image, int worker);

/// <summary>The derivatives of a convolution with respect to its filters and bias.</summary>
internal abstract unsafe class KernelGradient
{
    /// <summary>Floats of scratch memory that a worker needs.</summary>
    public abstract long WorkerScratchSize { get; }

    /// <summary>Floats of scratch memory of the whole operation.</summary>
    public abstract long ScratchSize { get; }

    /// <summary>The way that is fastest for a shape.</summary>
    public static KernelGradient For(PlanContext context, WindowShape shape, Parameter kernel, Parameter? bias) => context.Winograd && WinogradKernelGradient.Suits(context.Kernels, shape, context.Capacity)
        ? new WinogradKernelGradient(context, shape, kernel, bias)
        : new ConvolutionKernelGradient(context, shape, kernel, bias);

    /// <summary>Computes the derivatives of a batch.</summary>
    /// <param name="count">How many images.</param>
    /// <param name="x">The images.</param>
    /// <param name="dy">The derivatives of each one's output.</param>
    /// <param name="scratch">The operation's memory.</param>
    /// <param name="workerScratch">The workers' memory.</param>
    public abstract void Run(int count, float* x, ImageGradient dy, float* scratch, ScratchOf workerScratch);
}

/// <summary>
/// The derivatives as they are defined: <c>dw[u, v, c, f] = Σ x[i·s + u·d − top, j·s + v·d − left, c] · dy[i, j, f]</c>, <c>db[f] = Σ dy[i, j, f]</c>,
/// over all images and positions. The taps of a kernel's row and their channels lie behind each other in x, so a row of dw over a block of an image's rows is one
/// <see cref="GemmKernel{V,S}"/> whose sum runs over pixels. Images are split into a fixed number of pieces with sums of their own, which are added in order.
/// </summary>
internal sealed unsafe class ConvolutionKernelGradient : KernelGradient
{
    // A block of dy that is read once for each tile of dw should stay in the first cache.
    private const int BlockFloats = 4096;

    // The pieces' sums together: enough for any number of processors met so far while they are small, and no more than a cache holds.
    private const int MostPieces = 32;
    private const long MostFloats = 1 << 20;

    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly WindowShape _s;
    private readonly Parameter _kernel;
    private readonly Parameter? _bias;
    private readonly ChannelKernels _channels;
    private readonly Panels _panels;
    private readonly int _blockRows;
    private readonly int _pieces;
    private readonly long _pieceSize;
    private readonly Action<int, int> _piece;
    private readonly Action<int, int> _sum;
    private int _count;
    private float* _x;
    private ImageGradient _dy = null!;
    private float* _sums;
    private ScratchOf _scratch = null!;

    public ConvolutionKernelGradient(PlanContext context, WindowShape shape, Parameter kernel, Parameter? bias)
    {
        (_kernels, _team, _s, _kernel, _bias, _piece, _sum) = (context.Kernels, context.Team, shape, kernel, bias, Piece, Sum);
        _channels = _kernels.ForChannels(shape.OutputChannels);
        _panels = new Panels(_kernels, shape.Depth, shape.GroupOutputs);
        _blockRows = Math.Clamp(BlockFloats / (shape.OutputWidth * shape.OutputChannels), 1, shape.OutputHeight);
        _pieceSize = (_panels.Size * shape.Groups + 2 * shape.OutputChannels + 15) / 16 * 16;
        _pieces = (int)Math.Clamp(MostFloats / _pieceSize, 4, Math.Min(MostPieces, Math.Max(4, context.Capacity)));
    }

    public override long WorkerScratchSize => _s.Image.CopySize(_s.InputRows(_blockRows));

    public override long ScratchSize => _pieces * _pieceSize;

    public override void Run(int count, float* x, ImageGradient dy, float* scratch, ScratchOf workerScratch)
    {
        _count = count;
        _x = x;
        _dy = dy;
        _sums = scratch;
        _scratch = workerScratch;
        _team.Run(_pieces, _piece);
        _team.Run(_s.KernelHeight, _sum);
    }

    private void Piece(int piece, int worker)
    {
        float* sums = _sums + piece * _pieceSize;
        new Span<float>(sums, (int)_pieceSize).Clear();
        var bias = (double*)(sums + _panels.Size * _s.Groups);
        int first = (int)((long)piece * _count / _pieces), end = (int)((piece + 1L) * _count / _pieces);
        for (int image = first; image < end; image++)
        {
            float* x = _x + (long)image * _s.Height * _s.Width * _s.Channels, dy = _dy(image, worker);
            for (int row = 0; row < _s.OutputHeight; row += _blockRows)
                Block(x, dy + (long)row * _s.OutputWidth * _s.OutputChannels, row, Math.Min(_blockRows, _s.OutputHeight - row), sums, _scratch(worker));
            if (_bias is { Gradient: not null })
                _channels.Sum(dy, _s.OutputHeight * _s.OutputWidth, _s.OutputChannels, bias);
        }
    }

    /// <summary>Adds what a block of an image's rows contributes. The sums lie as packed panels: a panel's rows (u, v, c) behind each other.</summary>
    private void Block(float* x, float* dy, int row, int rows, float* sums, float* scratch)
    {
        float* image = _s.Image.Rows(x, row * _s.StrideHeight - _s.Top, _s.InputRows(rows), scratch, out nint inputRow);
        bool contiguous = _s is { Groups: 1, DilationWidth: 1 };
        int run = contiguous ? _s.KernelWidth * _s.Channels : _s.GroupInputs, runs = contiguous ? 1 : _s.KernelWidth;
        var tile = new TileShape
        {
            Row = 1,
            Inner = (nint)_s.StrideWidth * _s.Channels,
            InnerCount = _s.OutputWidth,
            TapCount = 1,
            Outer = _s.StrideHeight * inputRow,
            OuterCount = rows,
            BRow = _s.OutputChannels,
        };
        for (int group = 0; group < _s.Groups; group++)
        {
            foreach (Panel panel in _panels.All)
            {
                float* c = sums + group * _panels.Size + panel.Offset, b = dy + group * _s.GroupOutputs + panel.Column;
                for (int u = 0; u < _s.KernelHeight; u++)
                {
                    for (int v = 0; v < runs; v++, c += run * panel.Width)
                    {
                        float* a = image + u * _s.DilationHeight * inputRow + (nint)v * _s.DilationWidth * _s.Channels + group * _s.GroupInputs;
                        _kernels.Tile(panel.Width, run, tile, a, b, c, panel.Width, c, panel.Width);
                    }
                }
            }
        }
    }

    /// <summary>Adds up the pieces' sums of one row of the kernel, and with the first row those of the bias.</summary>
    private void Sum(int u, int worker)
    {
        int rows = _s.KernelWidth * _s.GroupInputs;
        for (int group = 0; group < _s.Groups; group++)
        {
            foreach (Panel panel in _panels.All)
            {
                long offset = group * _panels.Size + panel.Offset + (long)u * rows * panel.Width;
                for (int piece = 1; piece < _pieces; piece++)
                    _kernels.Flat.Add(_sums + piece * _pieceSize + offset, _sums + offset, (long)rows * panel.Width);
                for (int r = 0; r < rows; r++)
                {
                    float* to = _kernel.Gradient + ((long)u * rows + r) * _s.OutputChannels + group * _s.GroupOutputs + panel.Column;
                    new Span<float>(_sums + offset + (long)r * panel.Width, panel.Used).CopyTo(new Span<float>(to, panel.Used));
                }
            }
        }
        if (u > 0 || _bias is not { Gradient: not null })
            return;
        for (int f = 0; f < _s.OutputChannels; f++)
        {
            double sum = 0;
            for (int piece = 0; piece < _pieces; piece++)
                sum += ((double*)(_sums + piece * _pieceSize + _panels.Size * _s.Groups))[f];
            _bias.Gradient[f] = (float)sum;
        }
    }
}
