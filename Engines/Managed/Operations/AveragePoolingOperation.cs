namespace ConvNets.Engines;

/// <summary>The mean of each window, padded places left out.</summary>
internal sealed unsafe class AveragePoolingOperation(PlanContext context, PoolShape shape) : PieceOperation(context)
{
    private readonly ChannelKernels _kernels = context.Kernels.ForChannels(shape.Channels);

    protected override void ForwardPiece(int piece, int worker) =>
        _kernels.AveragePool(shape, Inputs[0].Data + (long)piece * Inputs[0].Shape.Size, Output.Data + (long)piece * Output.Shape.Size);

    protected override void BackwardPiece(int piece, int worker)
    {
        float* dx = Inputs[0].Gradient + (long)piece * Inputs[0].Shape.Size;
        if (!Accumulates[0])
            new Span<float>(dx, Inputs[0].Shape.Size).Clear();
        _kernels.AveragePoolGradient(shape, Output.Gradient + (long)piece * Output.Shape.Size, dx);
    }
}

/// <summary>The greatest value of each channel; pixels that share it share the derivative, as TensorFlow's <c>reduce_max</c> has it.</summary>
internal sealed unsafe class GlobalMaxPoolingOperation(PlanContext context, int channels) : PieceOperation(context)
{
    private readonly ChannelKernels _kernels = context.Kernels.ForChannels(channels);

    public override bool BackwardReadsInput => true;

    public override bool BackwardReadsOutput => true;

    protected override void ForwardPiece(int piece, int worker) =>
        _kernels.GlobalMax(Inputs[0].Data + (long)piece * Inputs[0].Shape.Size, Inputs[0].Shape.Size / channels, channels, Output.Data + (long)piece * channels);

    protected override void BackwardPiece(int piece, int worker) => _kernels.GlobalMaxGradient(Inputs[0].Data + (long)piece * Inputs[0].Shape.Size, Inputs[0].Shape.Size / channels, channels,
        Output.Data + (long)piece * channels, Output.Gradient + (long)piece * channels, Inputs[0].Gradient + (long)piece * Inputs[0].Shape.Size, Accumulates[0]);
}
