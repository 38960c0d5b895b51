using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// The transpose of a convolution: its forward pass is that convolution's gradient with respect to the input, and its own derivative with respect to the input is that
/// convolution. Keras stores its kernel as that convolution's.
/// </summary>
internal sealed unsafe class TransposedConvolutionOperation : Operation
{
    private readonly WorkerTeam _team;
    private readonly FlatKernels _kernels;
    private readonly ChannelKernels _channels;
    private readonly WindowShape _shape;
    private readonly ConvolutionPass _convolution;
    private readonly PackedFilters _filters;
    private readonly ConvolutionInputGradient _forward;
    private readonly KernelGradient? _kernelGradient;
    private readonly Parameter? _bias;
    private readonly PartialSums _sums;
    private readonly Action<int, int> _biasPiece;
    private readonly Action<int, int> _biasSumPiece;
    private readonly Action<int, int> _inputPiece;
    private readonly ImageGradient _input;
    private int _count;

    /// <param name="context">The plan's.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="shape">The convolution whose transpose this is: it reads what this one writes.</param>
    public TransposedConvolutionOperation(PlanContext context, Conv2DTranspose layer, WindowShape shape)
    {
        (_team, _kernels, _shape) = (context.Team, context.Kernels.Flat, shape);
        _channels = context.Kernels.ForChannels(shape.Channels);
        _convolution = ConvolutionPass.For(context, shape);
        _filters = new PackedFilters(context, layer, null, shape, _convolution, hasBias: false);
        _forward = new ConvolutionInputGradient(context, shape, _filters.Kernel);
        _bias = context.Find(layer, "bias");
        _sums = new PartialSums(context, 2 * shape.Channels);
        if (context.Training && _filters.Kernel.Gradient != null)
            _kernelGradient = KernelGradient.For(context, shape, _filters.Kernel, null);
        (_biasPiece, _biasSumPiece, _inputPiece, _input) = (BiasPiece, BiasSumPiece, InputPiece, Input);
    }

    public override bool BackwardReadsInput => true;

    public override long ScratchSize => Math.Max(_sums.ScratchSize, _kernelGradient?.ScratchSize ?? 0);

    public override long WorkerScratchSize =>
        Math.Max(_forward.WorkerScratchSize, Math.Max(_convolution.PieceScratchSize, _kernelGradient?.WorkerScratchSize ?? 0));

    private int Pixels => _shape.Height * _shape.Width;

    public override void Forward(int count)
    {
        _forward.Run(count, Inputs[0].Data, Output.Data, WorkerScratch, accumulate: false);
        if (_bias is not null)
            _team.Run(count, _biasPiece);
    }

    public override void Backward(int count)
    {
        _count = count;
        _kernelGradient?.Run(count, Output.Gradient, _input, Scratch, WorkerScratch);
        if (_bias is { Gradient: not null })
        {
            _team.Run(_sums.Pieces, _biasSumPiece);
            for (int c = 0; c < _shape.Channels; c++)
            {
                double sum = 0;
                for (int piece = 0; piece < _sums.Pieces; piece++)
                    sum += ((double*)(Scratch + piece * (_sums.ScratchSize / _sums.Pieces)))[c];
                _bias.Gradient[c] = (float)sum;
            }
        }
        if (!Inputs[0].NeedsGradient)
            return;
        _filters.Refresh();
        _team.Run(_convolution.Pieces(count), _inputPiece);
    }

    private float* Input(int image, int worker) => Inputs[0].Data + (long)image * Inputs[0].Shape.Size;

    private void BiasPiece(int image, int worker)
    {
        float* y = Output.Data + (long)image * Output.Shape.Size;
        for (int pixel = 0; pixel < Pixels; pixel++, y += _shape.Channels)
            _kernels.Add(_bias!.Values, y, _shape.Channels);
    }

    private void BiasSumPiece(int piece, int worker)
    {
        var sums = (double*)_sums.Cleared(Scratch, piece);
        (int first, int end) = _sums.Samples(piece, _count);
        _channels.Sum(Output.Gradient + (long)first * Output.Shape.Size, (long)(end - first) * Pixels, _shape.Channels, sums);
    }

    private void InputPiece(int piece, int worker) => _convolution.RunPiece(piece, _count, Output.Gradient, _filters.Filters, _filters.PackedBias, Inputs[0].Gradient, WorkerScratch(worker), relu: false,
        Accumulates[0]);
}
