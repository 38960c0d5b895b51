using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// Convolution → batch normalization → rectifier → max-pooling as one operation of training, for a convolution whose input learns nothing: a network's first layers. A block of the
/// convolved image z is pooled as soon as it is there: normalization keeps the order of values, or turns it around where gamma is negative, so the greatest normalized value
/// of a window is known before the batch's statistics are, and only these values are normalized. The block also goes on with the batch's mean. z itself is read once more, for the
/// variance, which needs the mean (the rounding of its sum is TensorFlow's, see <see cref="ChannelNormalization"/>, and cannot be had from the blocks' own), and not kept.
/// </summary>
/// <remarks>
/// Backward, with d the derivatives of the pooled values (0 where the rectifier cut), D = Σ patch·d over the pixels that were the greatest, <c>inv = 1/√(variance + ε)</c> and N
/// values a channel: dbeta = Σ d, dgamma = inv·Σ d·(z − mean), and since dz = gamma·inv·d − (z − mean)·slope − offset (<see cref="ChannelNormalization"/>)
/// <c>dW = gamma·inv·D − offset·S − slope·(G·W + (b − mean)·S)</c> with the patches' sums S and Gram matrix G (<see cref="PatchGram"/>). The bias is without effect: db = 0.
/// </remarks>
internal sealed unsafe class NormalizedConvolutionOperation : Operation
{
    private readonly WorkerTeam _team;
    private readonly KernelSet _kernels;
    private readonly ChannelKernels _channels;
    private readonly WindowShape _shape;
    private readonly PoolShape _pool;
    private readonly bool _relu;
    private readonly int _capacity;
    private readonly int _filterCount;
    private readonly int _blockRows;
    private readonly int _blocks;
    private readonly ConvolutionPass _forward;
    private readonly PackedFilters _filters;
    private readonly ChannelNormalization _normalization;
    private readonly OrderedMean _mean;
    private readonly SparseKernelGradient _sparse;
    private readonly PatchGram? _gram;
    private readonly Panels _panels;
    private readonly AlignedBuffer _packed;
    private readonly AlignedBuffer _vectors;
    private readonly double[] _sums;
    private readonly double[] _dots;
    private readonly Action<int, int> _forwardPiece;
    private readonly Action<int, int> _normalizePiece;
    private readonly Action<int, int> _kernelPiece;

    public NormalizedConvolutionOperation(PlanContext context, Conv2D layer, BatchNormalization normalization, WindowShape shape, PoolShape pool, bool relu)
    {
        (_team, _kernels, _shape, _pool, _relu, _capacity, _filterCount) = (context.Team, context.Kernels, shape, pool, relu, context.Capacity, shape.OutputChannels);
        _channels = _kernels.ForChannels(_filterCount);
        _forward = ConvolutionPass.For(context, shape);
        _filters = new PackedFilters(context, layer, null, shape, _forward);
        _normalization = new ChannelNormalization(context, normalization, _filterCount);
        _blockRows = Math.Max(1, _forward.BlockRows / pool.StrideHeight);
        _blocks = (pool.OutputHeight + _blockRows - 1) / _blockRows;
        _mean = new OrderedMean(context, _filterCount);
        _sparse = new SparseKernelGradient(context, shape, pool);
        _gram = _normalization.Learns ? new PatchGram(context, shape) : null;
        _panels = new Panels(_kernels, shape.Depth, _filterCount);
        _packed = context.Own(new AlignedBuffer(_panels.Size));
        _vectors = context.Own(new AlignedBuffer(_filterCount + _panels.PaddedColumns));
        (_sums, _dots) = (new double[_filterCount], new double[_filterCount]);
        (_forwardPiece, _normalizePiece, _kernelPiece) = (ForwardPiece, NormalizePiece, KernelPiece);
    }

    /// <summary>Whether a convolution can be run so, and is the faster for it.</summary>
    public static bool Suits(PlanContext context, Conv2D layer, WindowShape shape, PoolShape pool, bool needsInputGradient) =>
        !needsInputGradient && layer.Activation == ActivationFunction.Linear && context.Parameters.IsTrained(layer) && pool.WindowHeight * pool.WindowWidth >= 4
        && PatchGram.Pays(shape) && SparseKernelGradient.Suits(shape, pool);

    // The windows' taps, and the values there before normalization.
    public override long StateSize => 2L * _capacity * Output.Shape.Size;

    public override long WorkerScratchSize => Math.Max(_forward.ScratchSize(MostRows), Math.Max(_sparse.WorkerScratchSize, _gram?.WorkerScratchSize ?? 0));

    public override long ScratchSize => Math.Max(PixelsOf(_capacity) * _filterCount, Math.Max(_sparse.ScratchSize, _panels.Size));

    public override bool BackwardReadsInput => true;

    private float* Taps => State;

    private float* Pooled => State + (long)_capacity * Output.Shape.Size;

    private float* Sign => _vectors.Pointer;

    private float* Zeros => _vectors.Pointer + _filterCount;

    private nint RowFloats => (nint)_shape.OutputWidth * _filterCount;

    // The first block may hold rows above the first window, and the last block those below the last.
    private int MostRows => Math.Max(Rows(0).End - Rows(0).First, Math.Max(_blockRows * _pool.StrideHeight, Rows(_blocks - 1).End - Rows(_blocks - 1).First));

    private long PixelsOf(int count) => (long)count * _shape.OutputHeight * _shape.OutputWidth;

    public override void Forward(int count)
    {
        _filters.Refresh();
        for (int f = 0; f < _filterCount; f++)
            Sign[f] = _normalization.GammaSign(f);
        _mean.Start(PixelsOf(count));
        _team.Run(count * _blocks, _forwardPiece);
        _mean.Finish(_normalization.Mean);
        _normalization.Prepare(Scratch, PixelsOf(count), hasMean: true);
        _team.Run(count, _normalizePiece);
    }

    public override void Backward(int count)
    {
        float* kernel = _filters.Kernel.Gradient;
        _sparse.Run(new SparseGradients
        {
            Count = count,
            X = Inputs[0].Data,
            Dy = Output.Gradient,
            Taps = Taps,
            Pooled = Pooled,
            Mean = _normalization.Mean,
            Scale = _relu ? _normalization.Scale : null,
            Shift = _normalization.Shift,
            Kernel = kernel,
            Sums = _sums,
            Dots = _dots,
            Scratch = Scratch,
            WorkerScratch = WorkerScratch,
        });
        for (int f = 0; f < _filterCount; f++)
        {
            _normalization.Learn(f, _sums[f], _dots[f], PixelsOf(count));
            if (_filters.Bias is { Gradient: not null } bias)
                bias.Gradient[f] = _normalization.Learns ? 0 : (float)(_normalization.Scale[f] * _sums[f]);
        }
        if (_gram is not null)
        {
            _gram.Run(count, Inputs[0].Data, WorkerScratch);
            _panels.Pack(_filters.Kernel.Values, _filterCount, 1, 0, _shape.Depth, _packed.Pointer);
        }
        _team.Run(_shape.KernelHeight, _kernelPiece);
    }

    /// <summary>The rows of z of a block: from its first window on up to the next block's first.</summary>
    private (int First, int End) Rows(int block)
    {
        int Start(int b) => b == 0 ? 0 : b == _blocks ? _shape.OutputHeight : Math.Max(0, b * _blockRows * _pool.StrideHeight - _pool.Top);
        return (Start(block), Start(block + 1));
    }

    private void ForwardPiece(int piece, int worker)
    {
        int image = piece / _blocks, block = piece % _blocks;
        (int first, int end) = Rows(block);
        float* x = Inputs[0].Data + (long)image * Inputs[0].Shape.Size, z = Scratch + image * _shape.OutputHeight * (long)RowFloats;
        long at = (long)image * Output.Shape.Size;
        _forward.Run(first, end, x, _filters.Filters, _filters.PackedBias, z, RowFloats, _filterCount, WorkerScratch(worker), accumulate: false);
        _channels.MaxPoolSigned(_pool, z, Sign, Pooled + at, Taps + at, block * _blockRows, Math.Min((block + 1) * _blockRows, _pool.OutputHeight));
        _mean.Add(piece, z + first * RowFloats, ((long)image * _shape.OutputHeight + first) * _shape.OutputWidth, (long)(end - first) * _shape.OutputWidth);
    }

    private void NormalizePiece(int image, int worker)
    {
        long at = (long)image * Output.Shape.Size;
        _channels.Normalize(Pooled + at, Output.Data + at, Output.Shape.Size / _filterCount, _filterCount, _normalization.Scale, _normalization.Shift, _relu);
    }

    /// <summary>One row of the kernel's derivatives, of which D is there already.</summary>
    private void KernelPiece(int u, int worker)
    {
        int run = _shape.KernelWidth * _shape.Channels, first = u * run;
        if (_gram is not null)
        {
            foreach (Panel panel in _panels.All)
            {
                var tile = new TileShape { Row = _shape.Depth, Inner = 1, InnerCount = _shape.Depth, TapCount = 1, OuterCount = 1, BRow = panel.Width };
                _kernels.Tile(panel.Width, run, tile, _gram.Gram + first * _shape.Depth, _packed.Pointer + panel.Offset, Zeros, 0, Product(panel, first), panel.Width);
            }
        }
        foreach (Panel panel in _panels.All)
        {
            for (int k = first; k < first + run; k++)
            {
                float* gradient = _filters.Kernel.Gradient + (long)k * _filterCount + panel.Column, product = Product(panel, k);
                for (int i = 0; i < panel.Used; i++)
                {
                    int f = panel.Column + i;
                    gradient[i] *= _normalization.Scale[f];
                    if (_gram is null)
                        continue;
                    float bias = _filters.Bias is null ? 0 : _filters.Bias.Values[f], sum = _gram.Sums[k];
                    gradient[i] -= _normalization.GradientOffset[f] * sum + _normalization.GradientSlope[f] * (product[i] + (bias - _normalization.Mean[f]) * sum);
                }
            }
        }
    }

    /// <summary>Where a row of G·W is, in a panel.</summary>
    private float* Product(in Panel panel, int row) => Scratch + panel.Offset + (long)row * panel.Width;
}
