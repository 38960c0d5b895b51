using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// Convolution → batch normalization → rectifier → max-pooling as one operation of training, for a convolution whose input learns nothing: a network's first layers. A block of the
/// convolved image z is pooled as soon as it is there: normalization keeps the order of values, or turns it around where gamma is negative, so the greatest normalized value
/// of a window is known before the batch's statistics are, and only these values are normalized. z is not kept.
/// </summary>
/// <remarks>
/// Backward, with d the derivatives of the pooled values (0 where the rectifier cut), D = Σ patch·d over the pixels that were the greatest, <c>inv = 1/√(variance + ε)</c> and N
/// values a channel: dbeta = Σ d, dgamma = inv·Σ d·(z − mean), and since dz = gamma·inv·d − (z − mean)·slope − offset (<see cref="ChannelNormalization"/>)
/// <c>dW = gamma·inv·D − offset·S − slope·(G·W + (b − mean)·S)</c> with the patches' sums S and Gram matrix G (<see cref="PatchGram"/>). The bias is without effect: db = 0.
/// </remarks>
internal abstract unsafe class NormalizedConvolutionOperation : Operation
{
    // Of the kernel's derivatives, a multiple of those that a product takes at a time.
    private const int PieceRows = 24;

    private readonly bool _relu;
    private readonly KernelSet _kernels;
    private readonly SparseKernelGradient _sparse;
    private readonly PatchMoments? _gram;
    private readonly Panels _panels;
    private readonly AlignedBuffer _packed;
    private readonly AlignedBuffer _zeros;
    private readonly double[] _sums;
    private readonly double[] _dots;
    private readonly Action<int, int> _normalizePiece;
    private readonly Action<int, int> _kernelPiece;

    protected NormalizedConvolutionOperation(PlanContext context, Conv2D layer, BatchNormalization normalization, WindowShape shape, PoolShape pool, bool relu, ConvolutionPass forward)
    {
        (Team, _kernels, _relu, Capacity, Shape, Pool) = (context.Team, context.Kernels, relu, context.Capacity, shape, pool);
        int filters = shape.OutputChannels;
        Channels = _kernels.ForChannels(filters);
        Filters = new PackedFilters(context, layer, null, shape, forward);
        Normalization = new ChannelNormalization(context, normalization, filters);
        _sparse = new SparseKernelGradient(context, shape, pool);
        _gram = Normalization.Learns ? PatchMoments.For(context, shape) : null;
        _panels = new Panels(_kernels, shape.Depth, filters);
        _packed = context.Own(new AlignedBuffer(_panels.Size));
        _zeros = context.Own(new AlignedBuffer(_panels.PaddedColumns));
        (_sums, _dots) = (new double[filters], new double[filters]);
        (_normalizePiece, _kernelPiece) = (NormalizePiece, KernelPiece);
    }

    /// <summary>Whether a convolution can be run so, and is the faster for it.</summary>
    public static bool Suits(PlanContext context, Conv2D layer, WindowShape shape, PoolShape pool, bool needsInputGradient) =>
        !needsInputGradient && layer.Activation == ActivationFunction.Linear && context.Parameters.IsTrained(layer) && pool.WindowHeight * pool.WindowWidth >= 4
        && PatchGram.Pays(shape) && SparseKernelGradient.Suits(shape, pool);

    /// <summary>The fastest way that suits a shape.</summary>
    public static NormalizedConvolutionOperation Make(PlanContext context, Conv2D layer, BatchNormalization normalization, WindowShape shape, PoolShape pool, bool relu,
        IReadOnlyList<Value> inputs, Value output)
    {
        ConvolutionPass forward = ConvolutionPass.For(context, shape, pool);
        return forward is PlanarWinograd winograd && PlanarWinograd.SumsOutputs(shape, pool)
            ? new NormalizedWinogradOperation(context, layer, normalization, shape, pool, relu, winograd) { Inputs = inputs, Output = output }
            : new NormalizedBlocksOperation(context, layer, normalization, shape, pool, relu, forward) { Inputs = inputs, Output = output };
    }

    // The windows' taps, and the values there before normalization.
    public override long StateSize => 2L * Capacity * Output.Shape.Size;

    public override long WorkerScratchSize => Math.Max(ForwardWorkerScratchSize, Math.Max(_sparse.WorkerScratchSize, _gram?.WorkerScratchSize ?? 0));

    public override long ScratchSize => Math.Max(ForwardScratchSize, Math.Max(_sparse.ScratchSize, _panels.Size));

    public override bool BackwardReadsInput => true;

    /// <summary>Floats of scratch memory that <see cref="PoolBatch"/> needs of each worker.</summary>
    protected abstract long ForwardWorkerScratchSize { get; }

    /// <summary>And besides.</summary>
    protected abstract long ForwardScratchSize { get; }

    protected WorkerTeam Team { get; }

    /// <summary>The kernels for as many channels as there are filters.</summary>
    protected ChannelKernels Channels { get; }

    /// <summary>The most images of a batch.</summary>
    protected int Capacity { get; }

    protected WindowShape Shape { get; }

    protected PoolShape Pool { get; }

    protected PackedFilters Filters { get; }

    protected ChannelNormalization Normalization { get; }

    /// <summary>Which pixel of each window is the one that has the greatest normalized value.</summary>
    protected float* Taps => State;

    /// <summary>That pixel's z, or what a derived class keeps of it.</summary>
    protected float* Pooled => State + (long)Capacity * Output.Shape.Size;

    /// <summary>What the batch's mean is among <see cref="Pooled"/>.</summary>
    protected virtual float* PooledMean => Normalization.Mean;

    /// <summary>With <see cref="PooledShift"/>, what normalizes it: pooled·scale + shift.</summary>
    protected virtual float* PooledScale => Normalization.Scale;

    protected virtual float* PooledShift => Normalization.Shift;

    /// <summary>Pixels of so many convolved images.</summary>
    protected long PixelsOf(int count) => (long)count * Shape.OutputHeight * Shape.OutputWidth;

    /// <summary>What its distance from the mean is multiplied by to be that of z: 1 or −1.</summary>
    protected virtual float PooledSign(int filter) => 1;

    /// <summary>Computes <see cref="Taps"/> and <see cref="Pooled"/>, and prepares the normalization.</summary>
    protected abstract void PoolBatch(int count);

    public override void Forward(int count)
    {
        PoolBatch(count);
        Team.Run(count, _normalizePiece);
    }

    public override void Backward(int count)
    {
        _sparse.Run(new SparseGradients
        {
            Count = count,
            X = new Pixels(Inputs[0].Data),
            Dy = Output.Gradient,
            Taps = Taps,
            Pooled = Pooled,
            Mean = PooledMean,
            Scale = _relu ? PooledScale : null,
            Shift = PooledShift,
            Kernel = Filters.Kernel.Gradient,
            Sums = _sums,
            Dots = _dots,
            Scratch = Scratch,
            WorkerScratch = WorkerScratch,
        });
        for (int f = 0; f < _sums.Length; f++)
        {
            Normalization.Learn(f, _sums[f], PooledSign(f) * _dots[f], PixelsOf(count));
            if (Filters.Bias is { Gradient: not null } bias)
                bias.Gradient[f] = Normalization.Learns ? 0 : (float)(Normalization.Scale[f] * _sums[f]);
        }
        if (_gram is not null)
        {
            _gram.Run(count, Inputs[0].Data, WorkerScratch);
            _panels.Pack(Filters.Kernel.Values, _sums.Length, 1, 0, Shape.Depth, _packed.Pointer);
        }
        Team.Run((Shape.Depth + PieceRows - 1) / PieceRows, _kernelPiece);
    }

    private void NormalizePiece(int image, int worker)
    {
        long at = (long)image * Output.Shape.Size;
        int filters = Shape.OutputChannels;
        Channels.Normalize(Pooled + at, Output.Data + at, Output.Shape.Size / filters, filters, PooledScale, PooledShift, _relu);
    }

    /// <summary>Some rows of the kernel's derivatives, of which D is there already.</summary>
    private void KernelPiece(int piece, int worker)
    {
        int first = piece * PieceRows, end = Math.Min(first + PieceRows, Shape.Depth);
        if (_gram is not null)
        {
            foreach (Panel panel in _panels.All)
            {
                var tile = new TileShape { Row = Shape.Depth, Inner = 1, InnerCount = Shape.Depth, TapCount = 1, OuterCount = 1, BRow = panel.Width };
                _kernels.Tile(panel.Width, end - first, tile, _gram.Gram + first * Shape.Depth, _packed.Pointer + panel.Offset, _zeros.Pointer, 0, Product(panel, first), panel.Width);
            }
        }
        foreach (Panel panel in _panels.All)
        {
            for (int k = first; k < end; k++)
            {
                float* gradient = Filters.Kernel.Gradient + (long)k * Shape.OutputChannels + panel.Column, product = Product(panel, k);
                for (int i = 0; i < panel.Used; i++)
                {
                    int f = panel.Column + i;
                    gradient[i] *= Normalization.Scale[f];
                    if (_gram is null)
                        continue;
                    float bias = Filters.Bias is null ? 0 : Filters.Bias.Values[f], sum = _gram.Sums[k];
                    gradient[i] -= Normalization.GradientOffset[f] * sum + Normalization.GradientSlope[f] * (product[i] + (bias - Normalization.Mean[f]) * sum);
                }
            }
        }
    }

    /// <summary>Where a row of G·W is, in a panel.</summary>
    private float* Product(in Panel panel, int row) => Scratch + panel.Offset + (long)row * panel.Width;
}
