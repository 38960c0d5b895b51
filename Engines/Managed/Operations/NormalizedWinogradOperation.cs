using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// A <see cref="NormalizedConvolutionOperation"/> by <see cref="PlanarWinograd"/>, which pools z in registers and sums it there: z is never stored.
/// </summary>
/// <remarks>
/// What is convolved is <c>s·(z − m)</c> with the filters times s, −1 where gamma is negative and 1 elsewhere, so that the greatest value is the greatest normalized one, and the bias less the
/// moving mean m, which is near the batch's: so the sum of squares gives the variance, <c>Σ(z − m)²/N − (mean − m)²</c>, without taking a small difference of large numbers.
/// Where gamma is 0 each pixel of a window is its greatest, and gamma learns from that with the greatest z.
/// </remarks>
internal sealed unsafe class NormalizedWinogradOperation : NormalizedConvolutionOperation
{
    private readonly PlanarWinograd _forward;
    private readonly int _blockRows;
    private readonly int _blocks;
    private readonly AlignedBuffer _weights;
    private readonly double[] _pieceSums;
    private readonly double[] _means;
    private readonly double[] _variances;
    private readonly Action<int, int> _forwardPiece;

    public NormalizedWinogradOperation(PlanContext context, Conv2D layer, BatchNormalization normalization, WindowShape shape, PoolShape pool, bool relu, PlanarWinograd forward)
        : base(context, layer, normalization, shape, pool, relu, forward)
    {
        (_forward, _forwardPiece) = (forward, ForwardPiece);
        _blockRows = Math.Min(forward.PooledRows(pool), pool.OutputHeight);
        _blocks = (pool.OutputHeight + _blockRows - 1) / _blockRows;
        _weights = context.Own(new AlignedBuffer(Filters.Kernel.Size + 7 * shape.OutputChannels));
        _pieceSums = new double[2 * shape.OutputChannels * _blocks * Capacity];
        (_means, _variances) = (new double[shape.OutputChannels], new double[shape.OutputChannels]);
    }

    protected override long ForwardWorkerScratchSize => _forward.PooledScratchSize(Pool);

    protected override long ForwardScratchSize => 0;

    private float* Bias => _weights.Pointer + Filters.Kernel.Size;

    private float* Sign => Bias + Shape.OutputChannels;

    private float* Center => Sign + Shape.OutputChannels;

    private float* Zeros => Center + Shape.OutputChannels;

    // Of what is pooled: s·(mean − m), s·gamma·inv and beta − (mean − m)·gamma·inv.
    protected override float* PooledMean => Zeros + Shape.OutputChannels;

    protected override float* PooledScale => PooledMean + Shape.OutputChannels;

    protected override float* PooledShift => PooledScale + Shape.OutputChannels;

    protected override float PooledSign(int filter) => Sign[filter];

    protected override void PoolBatch(int count)
    {
        int filters = Shape.OutputChannels;
        for (int f = 0; f < filters; f++)
        {
            Sign[f] = Normalization.GammaSign(f) < 0 ? -1 : 1;
            Center[f] = Normalization.MovingMean(f);
            Bias[f] = Sign[f] * ((Filters.Bias is null ? 0 : Filters.Bias.Values[f]) - Center[f]);
        }
        Channels.Normalize(Filters.Kernel.Values, _weights.Pointer, Shape.Depth, filters, Sign, Zeros, relu: false);
        _forward.Pack(_weights.Pointer, Bias, Filters.Filters, Filters.PackedBias);
        Team.Run(count * _blocks, _forwardPiece);
        for (int f = 0; f < filters; f++)
        {
            double sum = 0, squares = 0;
            for (int piece = 0; piece < count * _blocks; piece++)
            {
                sum += _pieceSums[2 * filters * piece + f];
                squares += _pieceSums[2 * filters * piece + filters + f];
            }
            double mean = sum / PixelsOf(count);
            (_means[f], _variances[f]) = (Center[f] + Sign[f] * mean, Math.Max(0, squares / PixelsOf(count) - mean * mean));
        }
        Normalization.Prepare(_means, _variances);
        for (int f = 0; f < filters; f++)
        {
            PooledMean[f] = Sign[f] * (Normalization.Mean[f] - Center[f]);
            PooledScale[f] = Sign[f] * Normalization.Scale[f];
            PooledShift[f] = Normalization.Shift[f] + Center[f] * Normalization.Scale[f];
        }
    }

    private void ForwardPiece(int piece, int worker)
    {
        (int image, int block) = Math.DivRem(piece, _blocks);
        int first = block * _blockRows, end = Math.Min(first + _blockRows, Pool.OutputHeight);
        long at = (long)image * Output.Shape.Size;
        float* x = Inputs[0].Data + (long)image * Inputs[0].Shape.Size;
        fixed (double* sums = &_pieceSums[2 * Shape.OutputChannels * piece])
            _forward.RunPooled(Pool, first, end, new Pixels(x), Inputs[0].Shape.Size, Filters.Filters, Filters.PackedBias, Pooled + at, Taps + at, sums, WorkerScratch(worker));
    }
}
