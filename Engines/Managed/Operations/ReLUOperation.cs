using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The ReLU layer with a maximum, a slope or a threshold; the plain one is <see cref="ActivationFunction.Relu"/>.</summary>
internal sealed unsafe class ReLUOperation : Operation
{
    private readonly WorkerTeam _team;
    private readonly float _slope;
    private readonly float _threshold;
    private readonly float _maximum;
    private readonly Action<int, int> _forwardPiece;
    private readonly Action<int, int> _backwardPiece;

    public ReLUOperation(PlanContext context, ReLU layer)
    {
        (_team, _maximum, _slope, _threshold) = (context.Team, (float?)layer.MaxValue ?? float.PositiveInfinity, (float)layer.NegativeSlope, (float)layer.Threshold);
        (_forwardPiece, _backwardPiece) = (ForwardPiece, BackwardPiece);
    }

    public override bool BackwardReadsInput => true;

    public override void Forward(int count) => _team.Run(count, _forwardPiece);

    public override void Backward(int count)
    {
        if (Inputs[0].NeedsGradient)
            _team.Run(count, _backwardPiece);
    }

    private void ForwardPiece(int sample, int worker)
    {
        int size = Output.Shape.Size;
        float* x = Inputs[0].Data + (long)sample * size, y = Output.Data + (long)sample * size;
        for (int i = 0; i < size; i++)
            y[i] = x[i] >= _maximum ? _maximum : x[i] >= _threshold ? x[i] : _slope * (x[i] - _threshold);
    }

    private void BackwardPiece(int sample, int worker)
    {
        int size = Output.Shape.Size;
        float* x = Inputs[0].Data + (long)sample * size, dy = Output.Gradient + (long)sample * size, dx = Inputs[0].Gradient + (long)sample * size;
        for (int i = 0; i < size; i++)
        {
            float d = x[i] >= _maximum ? 0 : x[i] > _threshold ? dy[i] : _slope * dy[i];
            dx[i] = Accumulates[0] ? dx[i] + d : d;
        }
    }
}
