using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// Convolution → rectifier → max-pooling as one operation. A row of windows is pooled as soon as its pixels are convolved, so the convolved image is never stored: only each window's
/// greatest value and where it was. The rectifier runs on what is left, for max(max x, 0) = max(max(x, 0)).
/// </summary>
internal sealed unsafe class PooledConvolutionOperation : Operation
{
    // From so many pixels a window on, the few pixels with a derivative are taken one by one: adding a patch to a filter's sums costs some eight times
    // what a pixel costs in the dense product.
    private const int SparseWindow = 16;

    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly WindowShape _shape;
    private readonly PoolShape _pool;
    private readonly bool _relu;
    private readonly bool _training;
    private readonly int _capacity;
    private readonly int _poolRows;
    private readonly int _blocks;
    private readonly ChannelKernels _channels;
    private readonly PooledConvolution _forward;
    private readonly PackedFilters _filters;
    private readonly ConvolutionInputGradient? _inputGradient;
    private readonly KernelGradient? _kernelGradient;
    private readonly SparseKernelGradient? _sparseGradient;
    private readonly bool _scatters;
    private readonly double[] _biasGradient;
    private readonly double[] _unused;
    private readonly Action<int, int> _forwardPiece;
    private readonly Action<int, int> _inputPiece;
    private readonly ImageGradient _imageGradient;

    public PooledConvolutionOperation(PlanContext context, Conv2D layer, BatchNormalization? folded, WindowShape shape, PoolShape pool, bool relu, bool needsInputGradient)
    {
        (_kernels, _team, _shape, _pool, _relu, _training, _capacity) = (context.Kernels, context.Team, shape, pool, relu, context.Training, context.Capacity);
        _channels = _kernels.ForChannels(shape.OutputChannels);
        _forward = PooledConvolution.For(context, shape, pool);
        _filters = new PackedFilters(context, layer, folded, shape, _forward);
        _poolRows = Math.Min(_forward.PooledRows(pool), pool.OutputHeight);
        _blocks = (pool.OutputHeight + _poolRows - 1) / _poolRows;
        (_biasGradient, _unused) = (new double[shape.OutputChannels], new double[shape.OutputChannels]);
        (_forwardPiece, _inputPiece, _imageGradient) = (ForwardPiece, InputPiece, Unpool);
        if (!context.Training)
            return;
        bool learns = _filters.Kernel.Gradient != null, isSparse = learns && pool.WindowHeight * pool.WindowWidth >= SparseWindow;
        _scatters = isSparse && needsInputGradient && SparseKernelGradient.SuitsInput(shape, pool);
        if (isSparse)
            _sparseGradient = new SparseKernelGradient(context, shape, pool, _scatters ? _filters.Kernel : null);
        else if (learns)
            _kernelGradient = KernelGradient.For(context, shape, _filters.Kernel, _filters.Bias);
        if (needsInputGradient && !_scatters)
            _inputGradient = new ConvolutionInputGradient(context, shape, _filters.Kernel);
    }

    public override long StateSize => _training ? (long)_capacity * Output.Shape.Size : 0;

    public override long WorkerScratchSize
    {
        get
        {
            long forward = _forward.PooledScratchSize(_pool) + (ReadsBytes && !_forward.ReadsBytes(_pool) ? DecodedSize : 0);
            long backward = Math.Max(_kernelGradient?.WorkerScratchSize ?? 0, _inputGradient?.WorkerScratchSize ?? 0) + (long)_shape.OutputHeight * RowSize;
            return Math.Max(forward, Math.Max(_training ? backward : 0, _sparseGradient?.WorkerScratchSize ?? 0)) + 16;
        }
    }

    public override long ScratchSize => Math.Max(_kernelGradient?.ScratchSize ?? 0, _sparseGradient?.ScratchSize ?? 0);

    public override bool ReadsBytes => _kernelGradient is null && _inputGradient is null && !_scatters;

    public override bool BackwardReadsInput => true;

    public override bool BackwardReadsOutput => _relu;

    // An image of bytes as floats, which are read somewhat beyond their end.
    private long DecodedSize => ((long)Inputs[0].Shape.Size + AlignedBuffer.Slack + 15) / 16 * 16;

    private int RowSize => (_shape.OutputWidth * _shape.OutputChannels + 15) / 16 * 16;

    public override void Forward(int count)
    {
        _filters.Refresh();
        _team.Run(count * _blocks, _forwardPiece);
    }

    public override void Backward(int count)
    {
        Value input = Inputs[0];
        if (_sparseGradient is not null)
            SparseGradient(count);
        if (_relu && (_kernelGradient is not null || _inputGradient is not null))
            _kernels.Flat.ReluGradient(Output.Data, Output.Gradient, (long)count * Output.Shape.Size);
        _kernelGradient?.Run(count, input.Data, _imageGradient, Scratch, WorkerScratch);
        if (_inputGradient is null)
            return;
        _inputGradient.Prepare();
        _team.Run(count, _inputPiece);
    }

    private void SparseGradient(int count)
    {
        _sparseGradient!.Run(new SparseGradients
        {
            Count = count,
            X = Inputs[0].Pixels,
            Dy = Output.Gradient,
            Y = _relu ? Output.Data : null,
            Taps = State,
            Kernel = _filters.Kernel.Gradient,
            Dx = _scatters ? Inputs[0].Gradient : null,
            Accumulates = _scatters && Accumulates[0],
            Sums = _biasGradient,
            Dots = _unused,
            Scratch = Scratch,
            WorkerScratch = WorkerScratch,
        });
        if (_filters.Bias is not { Gradient: not null } bias)
            return;
        for (int f = 0; f < _biasGradient.Length; f++)
            bias.Gradient[f] = (float)_biasGradient[f];
    }

    private void ForwardPiece(int piece, int worker)
    {
        int image = piece / _blocks, first = piece % _blocks * _poolRows, end = Math.Min(first + _poolRows, _pool.OutputHeight);
        int size = Inputs[0].Shape.Size, next = _training ? size : 0;
        float* y = Output.Data + (long)image * Output.Shape.Size, tap = _training ? State + (long)image * Output.Shape.Size : null, scratch = WorkerScratch(worker);
        Pixels x = Inputs[0].Pixels.From((long)image * size);
        if (x.Floats == null && !_forward.ReadsBytes(_pool))
        {
            x.CopyTo(new Span<float>(scratch, size));
            x = new Pixels(scratch);
            next = 0;
            scratch += DecodedSize;
        }
        _forward.RunPooled(_pool, first, end, x, next, _filters.Filters, _filters.PackedBias, y, tap, _relu, scratch);
    }

    private void InputPiece(int image, int worker)
    {
        float* dy = Unpool(image, worker);
        _inputGradient!.RunImage(dy, Inputs[0].Gradient + (long)image * Inputs[0].Shape.Size, WorkerScratch(worker), Accumulates[0]);
    }

    /// <summary>The derivatives of all of an image's convolved pixels, in the worker's memory behind what the gradients' kernels use.</summary>
    private float* Unpool(int image, int worker)
    {
        long used = Math.Max(_kernelGradient?.WorkerScratchSize ?? 0, _inputGradient?.WorkerScratchSize ?? 0);
        float* dense = WorkerScratch(worker) + (used + 15) / 16 * 16;
        new Span<float>(dense, _shape.OutputHeight * _shape.OutputWidth * _shape.OutputChannels).Clear();
        long first = (long)image * Output.Shape.Size;
        _channels.MaxPoolGradient(_pool, Output.Gradient + first, State + first, dense);
        return dense;
    }
}
