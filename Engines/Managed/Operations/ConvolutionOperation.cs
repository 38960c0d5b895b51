using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A convolution, with the zeros of a padding layer in front of it and a rectifier behind it where the planner gives it those.</summary>
internal sealed unsafe class ConvolutionOperation : Operation
{
    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly ConvolutionPass _forward;
    private readonly PackedFilters _filters;
    private readonly ConvolutionInputGradient? _inputGradient;
    private readonly KernelGradient? _kernelGradient;
    private readonly bool _relu;
    private readonly Action<int, int> _forwardPiece;
    private readonly Action<int, int> _inputPiece;
    private readonly ImageGradient _storedGradient;
    private int _count;

    public ConvolutionOperation(PlanContext context, Layer layer, BatchNormalization? folded, WindowShape shape, bool relu, bool needsInputGradient, string kernel = "kernel")
    {
        (_kernels, _team, _relu) = (context.Kernels, context.Team, relu);
        _forward = ConvolutionPass.For(context, shape);
        _filters = new PackedFilters(context, layer, folded, shape, _forward, kernel);
        (_forwardPiece, _inputPiece, _storedGradient) = (ForwardPiece, InputPiece, StoredGradient);
        if (context.Training && needsInputGradient)
            _inputGradient = new ConvolutionInputGradient(context, shape, _filters.Kernel);
        if (context.Training && _filters.Kernel.Gradient != null)
            _kernelGradient = KernelGradient.For(context, shape, _filters.Kernel, _filters.Bias);
    }

    public override long WorkerScratchSize =>
        Math.Max(_forward.PieceScratchSize, Math.Max(_inputGradient?.WorkerScratchSize ?? 0, _kernelGradient?.WorkerScratchSize ?? 0));

    public override long ScratchSize => _kernelGradient?.ScratchSize ?? 0;

    public override bool BackwardReadsInput => _kernelGradient is not null;

    public override bool BackwardReadsOutput => _relu;

    public override void Forward(int count)
    {
        _count = count;
        _filters.Refresh();
        _team.Run(_forward.Pieces(count), _forwardPiece);
    }

    public override void Backward(int count)
    {
        Value input = Inputs[0];
        if (_relu)
            _kernels.Flat.ReluGradient(Output.Data, Output.Gradient, (long)count * Output.Shape.Size);
        _kernelGradient?.Run(count, input.Data, Output.GradientSource ?? _storedGradient, Scratch, WorkerScratch);
        if (!input.NeedsGradient)
            return;
        if (Output.GradientSource is null)
        {
            _inputGradient!.Run(count, Output.Gradient, input.Gradient, WorkerScratch, Accumulates[0]);
            return;
        }
        _inputGradient!.Prepare();
        _team.Run(count, _inputPiece);
    }

    private float* StoredGradient(int image, int worker) => Output.Gradient + (long)image * Output.Shape.Size;

    private void InputPiece(int image, int worker) => _inputGradient!.RunImage(Output.GradientSource!(image, worker), Inputs[0].Gradient + (long)image * Inputs[0].Shape.Size,
        WorkerScratch(worker), Accumulates[0]);

    private void ForwardPiece(int piece, int worker) =>
        _forward.RunPiece(piece, _count, Inputs[0].Data, _filters.Filters, _filters.PackedBias, Output.Data, WorkerScratch(worker), _relu, accumulate: false);
}
