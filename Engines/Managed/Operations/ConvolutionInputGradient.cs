namespace ConvNets.Engines;

/// <summary>
/// The derivative of a convolution with respect to its input: <c>dx[i, c] = Σ dy[o, f] · w[u, c, f]</c> over all o and u with o·s + u·d − top = i. With stride 1 that is a
/// convolution of dy with the filters turned around. With stride s it is s² of them: the input rows of one remainder modulo s meet the taps of one remainder only.
/// </summary>
internal sealed unsafe class ConvolutionInputGradient
{
    private readonly WorkerTeam _team;
    private readonly WindowShape _s;
    private readonly Parameter _kernel;
    private readonly List<Phase> _phases = [];
    private readonly AlignedBuffer _packed;
    private readonly AlignedBuffer _zeros;
    private readonly Action<int, int> _piece;
    private readonly int _blocks;
    private readonly bool _hasGaps;
    private readonly WinogradConvolution? _winograd;
    private float* _dy;
    private float* _dx;
    private ScratchOf _scratch = null!;
    private bool _accumulate;

    public ConvolutionInputGradient(PlanContext context, WindowShape shape, Parameter kernel)
    {
        (_team, _s, _kernel, _piece) = (context.Team, shape, kernel, Piece);
        for (int p = 0; p < shape.StrideHeight; p++)
        {
            for (int q = 0; q < shape.StrideWidth; q++)
            {
                Phase? phase = MakePhase(context.Kernels, p, q);
                if (phase is not null)
                    _phases.Add(phase);
            }
        }
        _hasGaps = _phases.Sum(p => p.Shape.OutputHeight * p.Shape.OutputWidth) < shape.Height * shape.Width;
        long size = 0;
        foreach (Phase phase in _phases)
        {
            phase.Packed = size;
            size += (phase.Pass.PackedSize + 15) / 16 * 16;
            phase.FirstBlock = _blocks;
            _blocks += phase.Shape.Blocks;
        }
        _packed = context.Own(new AlignedBuffer(size));
        _zeros = context.Own(new AlignedBuffer(_phases.Count == 0 ? 1 : _phases.Max(p => p.Pass.BiasSize)));
        if (_phases is [{ Shape: { } turned }] && WinogradConvolution.Suits(context.Kernels, turned, context.Capacity))
            _winograd = new WinogradConvolution(context, turned);
    }

    public long WorkerScratchSize => _winograd is not null ? _winograd.WorkerScratchSize : _phases.Count == 0 ? 0 : _phases.Max(p => p.Pass.ScratchSize(p.Shape.BlockRows));

    /// <summary>The derivatives of a batch.</summary>
    /// <param name="count">How many images.</param>
    /// <param name="dy">The output's derivatives.</param>
    /// <param name="dx">Where the input's go.</param>
    /// <param name="scratch">The workers' memory.</param>
    /// <param name="accumulate">Whether they are added to what is there.</param>
    public void Run(int count, float* dy, float* dx, ScratchOf scratch, bool accumulate)
    {
        _dy = dy;
        _dx = dx;
        _scratch = scratch;
        _accumulate = accumulate;
        Prepare();
        if (_winograd is not null)
        {
            _winograd.Run(count, dy, _zeros.Pointer, dx, scratch, relu: false, accumulate);
            return;
        }
        if (_hasGaps && !accumulate)
            new Span<float>(dx, count * _s.Height * _s.Width * _s.Channels).Clear();
        _team.Run(count * _blocks, _piece);
    }

    /// <summary>Lays out the turned filters; before the first <see cref="RunImage"/> of a step.</summary>
    public void Prepare()
    {
        foreach (Phase phase in _phases)
            Pack(phase);
        _winograd?.SetFilters(_packed.Pointer);
    }

    /// <summary>The derivatives of one image, by the calling worker alone.</summary>
    public void RunImage(float* dy, float* dx, float* scratch, bool accumulate)
    {
        if (_winograd is not null)
        {
            _winograd.RunImage(dy, _zeros.Pointer, dx, scratch, accumulate);
            return;
        }
        if (_hasGaps && !accumulate)
            new Span<float>(dx, _s.Height * _s.Width * _s.Channels).Clear();
        for (int block = 0; block < _blocks; block++)
            RunBlock(block, dy, dx, scratch, accumulate);
    }

    private void Piece(int piece, int worker)
    {
        int image = piece / _blocks;
        float* dy = _dy + (long)image * _s.OutputHeight * _s.OutputWidth * _s.OutputChannels, dx = _dx + (long)image * _s.Height * _s.Width * _s.Channels;
        RunBlock(piece % _blocks, dy, dx, _scratch(worker), _accumulate);
    }

    private void RunBlock(int block, float* dy, float* dx, float* scratch, bool accumulate)
    {
        int i = 0;
        while (i + 1 < _phases.Count && block >= _phases[i + 1].FirstBlock)
            i++;
        Phase phase = _phases[i];
        (int first, int end) = phase.Shape.Block(block - phase.FirstBlock);
        phase.Pass.Run(first, end, dy, _packed.Pointer + phase.Packed, _zeros.Pointer, dx + ((long)phase.FirstRow * _s.Width + phase.FirstColumn) * _s.Channels,
            (nint)_s.StrideHeight * _s.Width * _s.Channels, (nint)_s.StrideWidth * _s.Channels, scratch, accumulate);
    }

    /// <summary>The input pixels whose row plus top is p modulo the stride, and column plus left q. Null where there are none, or no tap meets them.</summary>
    private Phase? MakePhase(KernelSet kernels, int p, int q)
    {
        (int firstRow, int rows, int taps, int top) = Axis(p, _s.Height, _s.Top, _s.StrideHeight, _s.KernelHeight, _s.DilationHeight);
        (int firstColumn, int columns, int tapsAcross, int left) = Axis(q, _s.Width, _s.Left, _s.StrideWidth, _s.KernelWidth, _s.DilationWidth);
        if (rows == 0 || columns == 0 || taps == 0 || tapsAcross == 0)
            return null;
        var shape = new WindowShape(_s.OutputHeight, _s.OutputWidth, _s.OutputChannels, rows, columns, _s.Channels, taps, tapsAcross, 1, 1, _s.DilationHeight, _s.DilationWidth, top, left, _s.Groups);
        return new Phase(p, q, firstRow, firstColumn, shape, new DirectConvolution(kernels, shape));
    }

    /// <summary>
    /// Along one axis (dilation is 1 where the stride is not): input i = first + stride·n meets taps u = p + stride·t, at output (i + before − u) / stride = n + n₀ − t.
    /// Turned around, tap t' = taps − 1 − t reads output n + n₀ − (taps − 1) + t', so (taps − 1)·dilation − n₀ rows of zeros come first.
    /// </summary>
    private static (int First, int Count, int Taps, int Before) Axis(int p, int input, int before, int stride, int kernel, int dilation)
    {
        int first = ((p - before) % stride + stride) % stride;
        int count = first < input ? (input - first + stride - 1) / stride : 0;
        int taps = p < kernel ? (kernel - p + stride - 1) / stride : 0;
        int origin = (first + before - p) / stride;
        return (first, count, taps, (taps - 1) * dilation - origin);
    }

    private void Pack(Phase phase)
    {
        WindowShape s = phase.Shape;
        for (int group = 0; group < _s.Groups; group++)
        {
            float* packed = _packed.Pointer + phase.Packed + group * phase.Pass.Panels.Size;
            for (int u = 0; u < s.KernelHeight; u++)
            {
                for (int v = 0; v < s.KernelWidth; v++)
                {
                    int y = phase.Row + (s.KernelHeight - 1 - u) * _s.StrideHeight, x = phase.Column + (s.KernelWidth - 1 - v) * _s.StrideWidth;
                    float* tap = _kernel.Values + (long)(y * _s.KernelWidth + x) * _s.GroupInputs * _s.OutputChannels + group * _s.GroupOutputs;
                    phase.Pass.Panels.Pack(tap, 1, _s.OutputChannels, (u * s.KernelWidth + v) * _s.GroupOutputs, _s.GroupOutputs, packed);
                }
            }
        }
    }

    private sealed class Phase(int row, int column, int firstRow, int firstColumn, WindowShape shape, DirectConvolution pass)
    {
        /// <summary>The remainders of the taps that it meets.</summary>
        public int Row { get; } = row;

        public int Column { get; } = column;

        /// <summary>Its first input pixel.</summary>
        public int FirstRow { get; } = firstRow;

        public int FirstColumn { get; } = firstColumn;

        public WindowShape Shape { get; } = shape;

        public DirectConvolution Pass { get; } = pass;

        /// <summary>Where its filters are packed.</summary>
        public long Packed { get; set; }

        /// <summary>The number of its first block of rows among all phases'.</summary>
        public int FirstBlock { get; set; }
    }
}
