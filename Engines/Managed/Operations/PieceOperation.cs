namespace ConvNets.Engines;

/// <summary>An operation whose forward and backward passes are each one round of pieces.</summary>
internal abstract class PieceOperation : Operation
{
    private readonly WorkerTeam _team;
    private readonly Action<int, int> _forward;
    private readonly Action<int, int> _backward;

    protected PieceOperation(PlanContext context)
    {
        _team = context.Team;
        (_forward, _backward) = (ForwardPiece, BackwardPiece);
    }

    /// <summary>The samples of the batch that is being run.</summary>
    protected int Count { get; private set; }

    public override void Forward(int count)
    {
        Count = count;
        _team.Run(Pieces, _forward);
    }

    public override void Backward(int count)
    {
        Count = count;

        // To enumerate through the interface would allocate.
        for (int i = 0; i < Inputs.Count; i++)
        {
            if (Inputs[i].NeedsGradient)
            {
                _team.Run(Pieces, _backward);
                return;
            }
        }
    }

    /// <summary>How many pieces there are: one a sample, unless it is said otherwise.</summary>
    protected virtual int Pieces => Count;

    protected abstract void ForwardPiece(int piece, int worker);

    /// <summary>Computes the inputs' derivatives.</summary>
    protected abstract void BackwardPiece(int piece, int worker);

    /// <summary>Runs other work of the operation on the team.</summary>
    protected void Run(int pieces, Action<int, int> work) => _team.Run(pieces, work);
}

/// <summary>An operation on values whose places do not matter, cut in runs of a fixed length.</summary>
internal abstract class RunOperation(PlanContext context) : PieceOperation(context)
{
    /// <summary>Values of a piece.</summary>
    protected const int RunLength = 16 * 1024;

    protected override int Pieces => (int)((Size + RunLength - 1) / RunLength);

    /// <summary>All values of the output.</summary>
    protected long Size => (long)Count * Output.Shape.Size;

    protected sealed override void ForwardPiece(int piece, int worker) => ForwardRun((long)piece * RunLength, Math.Min(RunLength, Size - (long)piece * RunLength), worker);

    protected sealed override void BackwardPiece(int piece, int worker) => BackwardRun((long)piece * RunLength, Math.Min(RunLength, Size - (long)piece * RunLength), worker);

    protected abstract void ForwardRun(long first, long length, int worker);

    protected abstract void BackwardRun(long first, long length, int worker);
}
