using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A function of each value by itself.</summary>
/// <typeparam name="F">The function.</typeparam>
internal sealed unsafe class ElementOperation<F> : Operation where F : struct, IElementFunction
{
    // Values of a piece.
    private const int PieceSize = 16 * 1024;

    private readonly WorkerTeam _team;
    private readonly ElementKernels _kernels;
    private readonly F _function;
    private readonly ActivationFunction? _activation;
    private readonly Action<int, int> _forwardPiece;
    private readonly Action<int, int> _backwardPiece;
    private long _size;

    public ElementOperation(PlanContext context, F function, ActivationFunction? activation)
    {
        (_team, _kernels, _function, _activation) = (context.Team, context.Kernels.Elements, function, activation);
        (_forwardPiece, _backwardPiece) = (ForwardPiece, BackwardPiece);
    }

    public override ActivationFunction? Activation => _activation;

    public override bool MayOverwriteInput => !F.SlopeReadsInput;

    public override bool BackwardReadsInput => F.SlopeReadsInput;

    public override bool BackwardReadsOutput => true;

    public override void Forward(int count)
    {
        _size = (long)count * Output.Shape.Size;
        _team.Run(Pieces, _forwardPiece);
    }

    public override void Backward(int count)
    {
        _size = (long)count * Output.Shape.Size;
        if (Inputs[0].NeedsGradient)
            _team.Run(Pieces, _backwardPiece);
    }

    private int Pieces => (int)((_size + PieceSize - 1) / PieceSize);

    private void ForwardPiece(int piece, int worker)
    {
        long first = (long)piece * PieceSize;
        _kernels.Map(_function, Inputs[0].Data + first, Output.Data + first, Math.Min(PieceSize, _size - first));
    }

    private void BackwardPiece(int piece, int worker)
    {
        long first = (long)piece * PieceSize;
        _kernels.MapGradient(_function, Inputs[0].Data + first, Output.Data + first, Output.Gradient + first, Inputs[0].Gradient + first, Math.Min(PieceSize, _size - first), Accumulates[0]);
    }
}
