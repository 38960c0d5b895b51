using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// A <see cref="NormalizedConvolutionOperation"/> by any convolution, a block of rows at a time, with TensorFlow's statistics to the last bit. Each block of z goes on with the batch's mean.
/// z itself is read once more, for the variance, which needs the mean: the rounding of its sum (<see cref="ChannelNormalization"/>) cannot be had from the blocks' own.
/// </summary>
internal sealed unsafe class NormalizedBlocksOperation : NormalizedConvolutionOperation
{
    private readonly ConvolutionPass _forward;
    private readonly int _blockRows;
    private readonly int _blocks;
    private readonly OrderedMean _mean;
    private readonly AlignedBuffer _sign;
    private readonly Action<int, int> _forwardPiece;

    public NormalizedBlocksOperation(PlanContext context, Conv2D layer, BatchNormalization normalization, WindowShape shape, PoolShape pool, bool relu, ConvolutionPass forward)
        : base(context, layer, normalization, shape, pool, relu, forward)
    {
        (_forward, _forwardPiece) = (forward, ForwardPiece);
        _blockRows = Math.Max(1, _forward.BlockRows / pool.StrideHeight);
        _blocks = (pool.OutputHeight + _blockRows - 1) / _blockRows;
        _mean = new OrderedMean(context, shape.OutputChannels);
        _sign = context.Own(new AlignedBuffer(shape.OutputChannels));
    }

    protected override long ForwardWorkerScratchSize => _forward.ScratchSize(MostRows);

    // All of z.
    protected override long ForwardScratchSize => PixelsOf(Capacity) * Shape.OutputChannels;

    private nint RowFloats => (nint)Shape.OutputWidth * Shape.OutputChannels;

    // The first block may hold rows above the first window, and the last block those below the last.
    private int MostRows => Math.Max(Rows(0).End - Rows(0).First, Math.Max(_blockRows * Pool.StrideHeight, Rows(_blocks - 1).End - Rows(_blocks - 1).First));

    protected override void PoolBatch(int count)
    {
        Filters.Refresh();
        for (int f = 0; f < Shape.OutputChannels; f++)
            _sign.Pointer[f] = Normalization.GammaSign(f);
        _mean.Start(PixelsOf(count));
        Team.RunInOrder(count * _blocks, _forwardPiece);
        _mean.Finish(Normalization.Mean);
        Normalization.Prepare(Scratch, PixelsOf(count), hasMean: true);
    }

    /// <summary>The rows of z of a block: from its first window on up to the next block's first.</summary>
    private (int First, int End) Rows(int block)
    {
        int Start(int b) => b == 0 ? 0 : b == _blocks ? Shape.OutputHeight : Math.Max(0, b * _blockRows * Pool.StrideHeight - Pool.Top);
        return (Start(block), Start(block + 1));
    }

    private void ForwardPiece(int piece, int worker)
    {
        int image = piece / _blocks, block = piece % _blocks;
        (int first, int end) = Rows(block);
        float* x = Inputs[0].Data + (long)image * Inputs[0].Shape.Size, z = Scratch + image * Shape.OutputHeight * (long)RowFloats;
        long at = (long)image * Output.Shape.Size;
        _forward.Run(first, end, x, Filters.Filters, Filters.PackedBias, z, RowFloats, Shape.OutputChannels, WorkerScratch(worker), accumulate: false);
        Channels.MaxPoolSigned(Pool, z, _sign.Pointer, Pooled + at, Taps + at, block * _blockRows, Math.Min((block + 1) * _blockRows, Pool.OutputHeight));
        _mean.Add(piece, z + first * RowFloats, ((long)image * Shape.OutputHeight + first) * Shape.OutputWidth, (long)(end - first) * Shape.OutputWidth);
    }
}
