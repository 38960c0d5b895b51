using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A convolution, with the zeros of a padding layer in front of it and a rectifier behind it where the planner gives it those.</summary>
internal sealed unsafe class ConvolutionOperation : Operation
{
    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly Parameters _parameters;
    private readonly Parameter _kernel;
    private readonly Parameter? _bias;
    private readonly WindowShape _shape;
    private readonly ConvolutionPass _forward;
    private readonly ConvolutionInputGradient? _inputGradient;
    private readonly ConvolutionKernelGradient? _kernelGradient;
    private readonly bool _relu;
    private readonly long _biasOffset;
    private readonly Action<int, int> _forwardPiece;
    private readonly AlignedBuffer _packed;
    private long _packedVersion = -1;

    public ConvolutionOperation(PlanContext context, Conv2D layer, WindowShape shape, bool relu, bool needsInputGradient)
    {
        (_kernels, _team, _parameters, _shape, _relu) = (context.Kernels, context.Team, context.Parameters, shape, relu);
        _kernel = context.Parameters.Find(layer, "kernel")!;
        _bias = context.Parameters.Find(layer, "bias");
        _forward = new ConvolutionPass(_kernels, shape);
        _biasOffset = (_forward.PackedSize + 15) / 16 * 16;
        _packed = context.Own(new AlignedBuffer(_biasOffset + _forward.BiasSize));
        _forwardPiece = ForwardPiece;
        if (context.Training && needsInputGradient)
            _inputGradient = new ConvolutionInputGradient(context, shape, _kernel);
        if (context.Training && _kernel.Gradient != null)
            _kernelGradient = new ConvolutionKernelGradient(context, shape, _kernel, _bias);
    }

    public override long WorkerScratchSize => Math.Max(_forward.ScratchSize, Math.Max(_inputGradient?.WorkerScratchSize ?? 0, _kernelGradient?.WorkerScratchSize ?? 0));

    public override long ScratchSize => _kernelGradient?.ScratchSize ?? 0;

    public override bool BackwardReadsInput => _kernelGradient is not null;

    public override bool BackwardReadsOutput => _relu;

    public override void Forward(int count)
    {
        if (_packedVersion != _parameters.Version)
            Pack();
        _team.Run(count * _shape.Blocks, _forwardPiece);
    }

    public override void Backward(int count)
    {
        Value input = Inputs[0];
        long size = (long)count * Output.Shape.Size;
        if (_relu)
            _kernels.Flat.ReluGradient(Output.Data, Output.Gradient, size);
        _kernelGradient?.Run(count, input.Data, Output.Gradient, Scratch, WorkerScratch);
        if (input.NeedsGradient)
            _inputGradient!.Run(count, Output.Gradient, input.Gradient, WorkerScratch, Accumulates[0]);
    }

    private void ForwardPiece(int piece, int worker)
    {
        int image = piece / _shape.Blocks, block = piece % _shape.Blocks;
        nint rowStride = (nint)_shape.OutputWidth * _shape.OutputChannels;
        float* y = Output.Data + (long)image * Output.Shape.Size;
        _forward.Run(block, Inputs[0].Data + (long)image * Inputs[0].Shape.Size, _packed.Pointer, _packed.Pointer + _biasOffset, y, rowStride, _shape.OutputChannels, WorkerScratch(worker), accumulate: false);
        if (_relu)
        {
            int first = block * _shape.BlockRows, end = Math.Min(first + _shape.BlockRows, _shape.OutputHeight);
            _kernels.Flat.Relu(y + first * rowStride, (end - first) * rowStride);
        }
    }

    /// <summary>Lays out the filters as the kernels read them; again whenever the weights have changed.</summary>
    private void Pack()
    {
        for (int group = 0; group < _shape.Groups; group++)
        {
            _forward.Panels.Pack(_kernel.Values + group * _shape.GroupOutputs, _shape.OutputChannels, 1, 0, _shape.Depth, _packed.Pointer + group * _forward.Panels.Size);
            if (_bias is null)
                continue;
            foreach (Panel panel in _forward.Panels.All)
            {
                float* to = _packed.Pointer + _biasOffset + group * _forward.Panels.PaddedColumns + (panel.Offset / _forward.Panels.Rows);
                new Span<float>(_bias.Values + group * _shape.GroupOutputs + panel.Column, panel.Used).CopyTo(new Span<float>(to, panel.Used));
            }
        }
        _packedVersion = _parameters.Version;
    }
}
