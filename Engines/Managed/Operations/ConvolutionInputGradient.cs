namespace ConvNets.Engines;

/// <summary>
/// The derivative of a convolution with respect to its input: <c>dx[i, c] = Σ dy[o, f] · w[u, c, f]</c> over all o and u with o·s + u·d − top = i. With stride 1 that is a
/// convolution of dy with the filters turned around. With stride s it is s² of them: the input rows of one remainder modulo s meet the taps of one remainder only.
/// </summary>
internal sealed unsafe class ConvolutionInputGradient
{
    private readonly FlatKernels _kernels;
    private readonly WorkerTeam _team;
    private readonly WindowShape _s;
    private readonly Parameter _kernel;
    private readonly List<Phase> _phases = [];
    private readonly AlignedBuffer _packed;
    private readonly AlignedBuffer _turned;
    private readonly AlignedBuffer _zeros;
    private readonly Action<int, int> _piece;
    private readonly Action<int, int> _turn;
    private readonly int _blocks;
    private readonly bool _hasGaps;
    private readonly bool _isPlain;
    private Phase _turning = null!;
    private float* _dy;
    private float* _dx;
    private ScratchOf _scratch = null!;
    private bool _accumulate;
    private int _count;

    public ConvolutionInputGradient(PlanContext context, WindowShape shape, Parameter kernel)
    {
        (_kernels, _team, _s, _kernel, _piece, _turn) = (context.Kernels.Flat, context.Team, shape, kernel, Piece, Turn);
        for (int p = 0; p < shape.StrideHeight; p++)
        {
            for (int q = 0; q < shape.StrideWidth; q++)
            {
                Phase? phase = MakePhase(context, p, q);
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
            _blocks += phase.Pass.Blocks;
        }

        // With stride 1 the one phase is the whole image.
        _isPlain = _phases.Count == 1 && !_hasGaps;
        _turned = context.Own(new AlignedBuffer(_phases.Count == 0 ? 1 : _phases.Max(p => (long)p.Shape.Depth * p.Shape.OutputChannels)));
        WorkerScratchSize = _phases.Max(p => (long?)p.Pass.PieceScratchSize) ?? 0;
        _packed = context.Own(new AlignedBuffer(size));
        _zeros = context.Own(new AlignedBuffer(_phases.Count == 0 ? 1 : _phases.Max(p => p.Pass.BiasSize)));
    }

    public long WorkerScratchSize { get; }

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
        _count = count;
        Prepare();
        if (_hasGaps && !accumulate)
            new Span<float>(dx, count * _s.Height * _s.Width * _s.Channels).Clear();
        _team.Run(_isPlain ? _phases[0].Pass.Pieces(count) : count * _blocks, _piece);
    }

    /// <summary>Lays out the turned filters; before the first <see cref="RunImage"/> of a step.</summary>
    public void Prepare()
    {
        foreach (Phase phase in _phases)
        {
            _turning = phase;
            _team.Run(phase.Shape.KernelHeight * phase.Shape.KernelWidth, _turn);
            phase.Pass.Pack(_turned.Pointer, null, _packed.Pointer + phase.Packed, _zeros.Pointer);
        }
    }

    /// <summary>The derivatives of one image, by the calling worker alone.</summary>
    public void RunImage(float* dy, float* dx, float* scratch, bool accumulate)
    {
        if (_hasGaps && !accumulate)
            new Span<float>(dx, _s.Height * _s.Width * _s.Channels).Clear();
        for (int block = 0; block < _blocks; block++)
            RunBlock(block, dy, dx, scratch, accumulate);
    }

    private void Piece(int piece, int worker)
    {
        if (_isPlain)
        {
            _phases[0].Pass.RunPiece(piece, _count, _dy, _packed.Pointer, _zeros.Pointer, _dx, _scratch(worker), relu: false, _accumulate);
            return;
        }
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
        (int first, int end) = phase.Pass.Block(block - phase.FirstBlock);
        phase.Pass.Run(first, end, dy, _packed.Pointer + phase.Packed, _zeros.Pointer, dx + ((long)phase.FirstRow * _s.Width + phase.FirstColumn) * _s.Channels,
            (nint)_s.StrideHeight * _s.Width * _s.Channels, (nint)_s.StrideWidth * _s.Channels, scratch, accumulate);
    }

    /// <summary>The input pixels whose row plus top is p modulo the stride, and column plus left q. Null where there are none, or no tap meets them.</summary>
    private Phase? MakePhase(PlanContext context, int p, int q)
    {
        (int firstRow, int rows, int taps, int top) = Axis(p, _s.Height, _s.Top, _s.StrideHeight, _s.KernelHeight, _s.DilationHeight);
        (int firstColumn, int columns, int tapsAcross, int left) = Axis(q, _s.Width, _s.Left, _s.StrideWidth, _s.KernelWidth, _s.DilationWidth);
        if (rows == 0 || columns == 0 || taps == 0 || tapsAcross == 0)
            return null;
        var shape = new WindowShape(_s.OutputHeight, _s.OutputWidth, _s.OutputChannels, rows, columns, _s.Channels, taps, tapsAcross, 1, 1, _s.DilationHeight, _s.DilationWidth, top, left, _s.Groups);
        return new Phase(p, q, firstRow, firstColumn, shape, ConvolutionPass.For(context, shape));
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

    /// <summary>Lays out one tap of a phase: what was (c, f) becomes (f, c).</summary>
    private void Turn(int tap, int worker)
    {
        WindowShape s = _turning.Shape;
        (int u, int v) = Math.DivRem(tap, s.KernelWidth);
        int y = _turning.Row + (s.KernelHeight - 1 - u) * _s.StrideHeight, x = _turning.Column + (s.KernelWidth - 1 - v) * _s.StrideWidth;
        for (int group = 0; group < _s.Groups; group++)
        {
            float* from = _kernel.Values + (long)(y * _s.KernelWidth + x) * _s.GroupInputs * _s.OutputChannels + group * _s.GroupOutputs;
            float* to = _turned.Pointer + (long)tap * _s.GroupOutputs * _s.Channels + group * _s.GroupInputs;
            _kernels.Transpose(from, _s.OutputChannels, to, _s.Channels, _s.GroupInputs, _s.GroupOutputs);
        }
    }

    private sealed class Phase(int row, int column, int firstRow, int firstColumn, WindowShape shape, ConvolutionPass pass)
    {
        /// <summary>The remainders of the taps that it meets.</summary>
        public int Row { get; } = row;

        public int Column { get; } = column;

        /// <summary>Its first input pixel.</summary>
        public int FirstRow { get; } = firstRow;

        public int FirstColumn { get; } = firstColumn;

        public WindowShape Shape { get; } = shape;

        public ConvolutionPass Pass { get; } = pass;

        /// <summary>Where its filters are packed.</summary>
        public long Packed { get; set; }

        /// <summary>The number of its first block of rows among all phases'.</summary>
        public int FirstBlock { get; set; }
    }
}
