using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// A convolution of each channel by itself, computed directly, a vector of channels at a time. With several filters a channel the image is copied first with each channel
/// repeated, so that input and output channels correspond.
/// </summary>
internal sealed unsafe class DepthwiseOperation : PieceOperation
{
    private readonly DepthwiseShape _shape;
    private readonly int _multiplier;
    private readonly ChannelKernels _kernels;
    private readonly Parameter _kernel;
    private readonly Parameter? _bias;
    private readonly PartialSums _sums;
    private readonly AlignedBuffer? _turned;
    private readonly Action<int, int> _kernelPiece;

    /// <param name="context">The plan's.</param>
    /// <param name="layer">The layer that has the weights.</param>
    /// <param name="kernel">Its kernel's name.</param>
    /// <param name="bias">Its bias's name; null for none.</param>
    /// <param name="shape">The windows, the channels being the output's.</param>
    /// <param name="multiplier">Filters of each input channel.</param>
    public DepthwiseOperation(PlanContext context, Layer layer, string kernel, string? bias, DepthwiseShape shape, int multiplier) : base(context)
    {
        (_shape, _multiplier) = (shape, multiplier);
        _kernels = context.Kernels.ForChannels(shape.Channels);
        _kernel = context.Find(layer, kernel)!;
        _bias = bias is null ? null : context.Find(layer, bias);
        _sums = new PartialSums(context, _kernel.Size + 2 * shape.Channels);
        _kernelPiece = KernelPiece;
        _turned = context.Training && shape is { StrideHeight: 1, StrideWidth: 1 } ? context.Own(new AlignedBuffer(_kernel.Size)) : null;
    }

    public override bool BackwardReadsInput => true;

    public override long WorkerScratchSize => _multiplier == 1 ? 0 : (long)_shape.Height * _shape.Width * _shape.Channels;

    public override long ScratchSize => _sums.ScratchSize;

    public override void Backward(int count)
    {
        if (_turned is not null)
        {
            int taps = _kernel.Size / _shape.Channels;
            for (int tap = 0; tap < taps; tap++)
                new ReadOnlySpan<float>(_kernel.Values + (long)tap * _shape.Channels, _shape.Channels).CopyTo(new Span<float>(_turned.Pointer + (long)(taps - 1 - tap) * _shape.Channels, _shape.Channels));
        }
        base.Backward(count);
        if (_kernel.Gradient == null && _bias is not { Gradient: not null })
            return;
        Run(_sums.Pieces, _kernelPiece);
        _sums.Total(Scratch, 2 * _shape.Channels, _kernel.Size, _kernel.Gradient);
        if (_bias is not { Gradient: not null })
            return;
        for (int c = 0; c < _shape.Channels; c++)
        {
            double sum = 0;
            for (int piece = 0; piece < _sums.Pieces; piece++)
                sum += ((double*)(Scratch + piece * (_sums.ScratchSize / _sums.Pieces)))[c];
            _bias.Gradient[c] = (float)sum;
        }
    }

    protected override void ForwardPiece(int piece, int worker) =>
        _kernels.Depthwise(_shape, Image(piece, worker), _kernel.Values, _bias is null ? null : _bias.Values, Output.Data + (long)piece * Output.Shape.Size, 0, _shape.OutputHeight);

    protected override void BackwardPiece(int piece, int worker)
    {
        float* dx = Inputs[0].Gradient + (long)piece * Inputs[0].Shape.Size, dy = Output.Gradient + (long)piece * Output.Shape.Size;
        if (_multiplier == 1)
        {
            InputGradient(dy, dx, Accumulates[0]);
            return;
        }
        float* wide = WorkerScratch(worker);
        InputGradient(dy, wide, accumulate: false);
        for (int i = 0; i < Inputs[0].Shape.Size; i++)
        {
            float sum = Accumulates[0] ? dx[i] : 0;
            for (int k = 0; k < _multiplier; k++)
                sum += wide[i * _multiplier + k];
            dx[i] = sum;
        }
    }

    /// <summary>The derivatives with respect to one image: with strides of 1 these are a convolution of dy with the kernel turned by half a turn, which writes each pixel once.</summary>
    private void InputGradient(float* dy, float* dx, bool accumulate)
    {
        if (_turned is not null && !accumulate)
        {
            _kernels.Depthwise(_shape.Turned, dy, _turned.Pointer, null, dx, 0, _shape.Height);
            return;
        }
        if (!accumulate)
            new Span<float>(dx, _shape.Height * _shape.Width * _shape.Channels).Clear();
        _kernels.DepthwiseInputGradient(_shape, dy, _kernel.Values, dx);
    }

    private void KernelPiece(int piece, int worker)
    {
        // The bias's sums are in double precision and come first.
        float* sums = _sums.Cleared(Scratch, piece);
        (int first, int end) = _sums.Samples(piece, Count);
        for (int image = first; image < end; image++)
        {
            float* dy = Output.Gradient + (long)image * Output.Shape.Size;
            _kernels.DepthwiseKernelGradient(_shape, Image(image, worker), dy, sums + 2 * _shape.Channels);
            _kernels.Sum(dy, _shape.OutputHeight * _shape.OutputWidth, _shape.Channels, (double*)sums);
        }
    }

    private float* Image(int image, int worker)
    {
        float* x = Inputs[0].Data + (long)image * Inputs[0].Shape.Size;
        if (_multiplier == 1)
            return x;
        float* wide = WorkerScratch(worker);
        for (int i = 0; i < Inputs[0].Shape.Size; i++)
            new Span<float>(wide + (long)i * _multiplier, _multiplier).Fill(x[i]);
        return wide;
    }
}
