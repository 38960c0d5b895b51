using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Passes values on, and adds a penalty on them, divided by the number of samples, to the loss.</summary>
internal sealed unsafe class ActivityPenaltyOperation(PlanContext context, Regularizer regularizer) : PieceOperation(context)
{
    private readonly AlignedBuffer _penalties = context.Own(new AlignedBuffer(2L * context.Capacity));
    private double _penalty;

    public override bool AddsPenalty => true;

    public override bool BackwardReadsInput => true;

    public override double Penalty => _penalty;

    public override void Forward(int count)
    {
        base.Forward(count);
        _penalty = 0;
        for (int sample = 0; sample < count; sample++)
            _penalty += ((double*)_penalties.Pointer)[sample];
        _penalty /= count;
    }

    protected override void ForwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        var x = new ReadOnlySpan<float>(Inputs[0].Data + first, Output.Shape.Size);
        x.CopyTo(new Span<float>(Output.Data + first, Output.Shape.Size));
        ((double*)_penalties.Pointer)[piece] = regularizer.Penalty(x);
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        var dx = new Span<float>(Inputs[0].Gradient + first, Output.Shape.Size);
        if (!Accumulates[0])
            dx.Clear();
        if (OutputHasGradient)
        {
            for (int i = 0; i < dx.Length; i++)
                dx[i] += Output.Gradient[first + i];
        }
        regularizer.AddGradient(new ReadOnlySpan<float>(Inputs[0].Data + first, dx.Length), 1f / Count, dx);
    }
}
