using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// Batch normalization → rectifier → max-pooling as one operation behind a convolution. The normalized image is never stored, only each window's greatest value, where it was, and
/// that pixel's distance from the mean, which are all that the sums of the backward pass need. The derivative of the convolved image is dense, but follows from the image and the pooled
/// derivative: <c>dx = gamma·inv·dy[greatest] − (x − mean)·slope − offset</c>; the convolution asks for it an image at a time.
/// </summary>
internal sealed unsafe class NormalizedPoolingOperation : Operation
{
    private readonly WorkerTeam _team;
    private readonly ChannelKernels _kernels;
    private readonly ChannelNormalization _normalization;
    private readonly NormalizationSums _sums;
    private readonly PoolShape _pool;
    private readonly bool _relu;
    private readonly bool _training;
    private readonly int _capacity;
    private readonly AlignedBuffer? _gradients;
    private readonly Action<int, int> _forwardPiece;

    public NormalizedPoolingOperation(PlanContext context, BatchNormalization layer, PoolShape pool, bool relu)
    {
        (_team, _kernels, _pool, _relu, _training, _capacity) = (context.Team, context.Kernels.ForChannels(pool.Channels), pool, relu, context.Training, context.Capacity);
        _normalization = new ChannelNormalization(context, layer, pool.Channels);
        _sums = new NormalizationSums(context, _normalization, pool.Channels);
        _gradients = _training ? context.Own(new AlignedBuffer((long)InputSize * _team.Threads)) : null;
        _forwardPiece = ForwardPiece;
    }

    public override long StateSize => _training ? 2L * _capacity * OutputSize : 0;

    public override long ScratchSize => _sums.ScratchSize((long)_capacity * OutputSize / _pool.Channels);

    public override bool BackwardReadsInput => true;

    public override bool BackwardReadsOutput => _relu;

    private int InputSize => _pool.Height * _pool.Width * _pool.Channels;

    private int OutputSize => _pool.OutputHeight * _pool.OutputWidth * _pool.Channels;

    private float* Taps => State;

    private float* Centered => State + (long)_capacity * OutputSize;

    public override void Forward(int count)
    {
        _normalization.Prepare(Inputs[0].Data, (long)count * InputSize / _pool.Channels);
        _team.Run(count, _forwardPiece);
    }

    public override void Backward(int count) => _sums.Run(Centered, _normalization.Zeros, Output.Gradient, _relu ? Output.Data : null, (long)count * OutputSize / _pool.Channels,
        (long)count * InputSize / _pool.Channels, Scratch);

    /// <summary>Lets the convolution ask for its derivatives.</summary>
    public void OfferInputGradient() => Inputs[0].GradientSource = InputGradient;

    /// <summary>The derivatives of one convolved image, in memory of the worker's; after <see cref="Backward"/>.</summary>
    private float* InputGradient(int image, int worker)
    {
        float* dx = _gradients!.Pointer + (long)worker * InputSize;
        long first = (long)image * OutputSize;
        _kernels.Center(Inputs[0].Data + (long)image * InputSize, dx, InputSize / _pool.Channels, _pool.Channels, _normalization.Mean, _normalization.GradientSlope, _normalization.GradientOffset);
        _kernels.AddScaledAtTaps(_pool, Output.Gradient + first, _relu ? Output.Data + first : null, Taps + first, _normalization.Scale, dx);
        return dx;
    }

    private void ForwardPiece(int image, int worker)
    {
        long first = (long)image * OutputSize;
        _kernels.NormalizeMaxPool(_pool, Inputs[0].Data + (long)image * InputSize, Output.Data + first, _training ? Taps + first : null, _training ? Centered + first : null,
            _normalization.Mean, _normalization.Scale, _normalization.Shift, _relu);
    }
}
