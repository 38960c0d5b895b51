namespace ConvNets.Engines;

/// <summary>The greatest value of each window. Training keeps which tap it was, and the derivative goes to that pixel alone.</summary>
internal sealed unsafe class MaxPoolingOperation : Operation
{
    private readonly WorkerTeam _team;
    private readonly PoolShape _shape;
    private readonly ChannelKernels _kernels;
    private readonly bool _training;
    private readonly int _capacity;
    private readonly Action<int, int> _forwardPiece;
    private readonly Action<int, int> _backwardPiece;

    public MaxPoolingOperation(PlanContext context, PoolShape shape)
    {
        (_team, _shape, _training, _capacity) = (context.Team, shape, context.Training, context.Capacity);
        _kernels = context.Kernels.ForChannels(shape.Channels);
        (_forwardPiece, _backwardPiece) = (ForwardPiece, BackwardPiece);
    }

    public override long StateSize => _training ? (long)_capacity * OutputSize : 0;

    private int InputSize => _shape.Height * _shape.Width * _shape.Channels;

    private int OutputSize => _shape.OutputHeight * _shape.OutputWidth * _shape.Channels;

    public override void Forward(int count) => _team.Run(count, _forwardPiece);

    public override void Backward(int count)
    {
        if (Inputs[0].NeedsGradient)
            _team.Run(count, _backwardPiece);
    }

    private void ForwardPiece(int image, int worker)
    {
        long output = (long)image * OutputSize;
        _kernels.MaxPool(_shape, Inputs[0].Data + (long)image * InputSize, Output.Data + output, _training ? State + output : null, 0, _shape.OutputHeight);
    }

    private void BackwardPiece(int image, int worker)
    {
        float* dx = Inputs[0].Gradient + (long)image * InputSize;
        if (!Accumulates[0])
            new Span<float>(dx, InputSize).Clear();
        long output = (long)image * OutputSize;
        _kernels.MaxPoolGradient(_shape, Output.Gradient + output, State + output, dx);
    }
}
