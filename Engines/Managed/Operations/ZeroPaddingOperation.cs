using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Zeros around an image, where no convolution takes them in.</summary>
internal sealed unsafe class ZeroPaddingOperation : Operation
{
    private readonly WorkerTeam _team;
    private readonly FlatKernels _kernels;
    private readonly Margins _margins;
    private readonly Action<int, int> _forwardPiece;
    private readonly Action<int, int> _backwardPiece;

    public ZeroPaddingOperation(PlanContext context, Margins margins)
    {
        (_team, _kernels, _margins) = (context.Team, context.Kernels.Flat, margins);
        (_forwardPiece, _backwardPiece) = (ForwardPiece, BackwardPiece);
    }

    public override void Forward(int count) => _team.Run(count, _forwardPiece);

    public override void Backward(int count)
    {
        if (Inputs[0].NeedsGradient)
            _team.Run(count, _backwardPiece);
    }

    private void ForwardPiece(int image, int worker)
    {
        TensorShape from = Inputs[0].Shape, to = Output.Shape;
        float* x = Inputs[0].Data + (long)image * from.Size, y = Output.Data + (long)image * to.Size;
        new Span<float>(y, to.Size).Clear();
        for (int row = 0; row < from[0]; row++)
            new Span<float>(x + (long)row * from[1] * from[2], from[1] * from[2]).CopyTo(new Span<float>(y + Inner(row), from[1] * from[2]));
    }

    private void BackwardPiece(int image, int worker)
    {
        TensorShape from = Inputs[0].Shape;
        float* dx = Inputs[0].Gradient + (long)image * from.Size, dy = Output.Gradient + (long)image * Output.Shape.Size;
        for (int row = 0; row < from[0]; row++)
        {
            float* to = dx + (long)row * from[1] * from[2];
            if (Accumulates[0])
                _kernels.Add(dy + Inner(row), to, from[1] * from[2]);
            else
                new Span<float>(dy + Inner(row), from[1] * from[2]).CopyTo(new Span<float>(to, from[1] * from[2]));
        }
    }

    /// <summary>Where a row of the image begins in the padded one.</summary>
    private long Inner(int row) => ((long)(row + _margins.Top) * Output.Shape[1] + _margins.Left) * Output.Shape[2];
}
