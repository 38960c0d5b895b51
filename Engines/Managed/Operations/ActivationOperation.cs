using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>An activation function: of each value by itself, or a softmax along the last axis. Its derivative is computed from its output.</summary>
internal sealed unsafe class ActivationOperation : Operation
{
    // Values of a piece; a softmax's piece is a whole number of rows.
    private const int PieceSize = 16 * 1024;

    private readonly WorkerTeam _team;
    private readonly FlatKernels _kernels;
    private readonly ActivationFunction _function;
    private readonly int _width;
    private readonly int _pieceSize;
    private readonly Action<int, int> _forwardPiece;
    private readonly Action<int, int> _backwardPiece;
    private long _size;

    public ActivationOperation(PlanContext context, ActivationFunction function, int width)
    {
        (_team, _kernels, _function, _width) = (context.Team, context.Kernels.Flat, function, width);
        _pieceSize = Math.Max(PieceSize / width, 1) * width;
        (_forwardPiece, _backwardPiece) = (ForwardPiece, BackwardPiece);
    }

    /// <summary>The function, which a loss may take over.</summary>
    public ActivationFunction Function => _function;

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

    private int Pieces => (int)((_size + _pieceSize - 1) / _pieceSize);

    private int Length(int piece) => (int)Math.Min(_pieceSize, _size - (long)piece * _pieceSize);

    private void ForwardPiece(int piece, int worker)
    {
        long first = (long)piece * _pieceSize;
        var y = new Span<float>(Output.Data + first, Length(piece));
        if (Inputs[0].Data != Output.Data)
            new ReadOnlySpan<float>(Inputs[0].Data + first, y.Length).CopyTo(y);
        switch (_function)
        {
            case ActivationFunction.Linear:
                break;
            case ActivationFunction.Relu:
                _kernels.Relu(Output.Data + first, y.Length);
                break;
            case ActivationFunction.Sigmoid:
                foreach (ref float value in y)
                    value = (float)(1 / (1 + Math.Exp(-value)));
                break;
            case ActivationFunction.Softmax:
                for (int row = 0; row < y.Length; row += _width)
                    Softmax(y.Slice(row, _width));
                break;
            default:
                throw new NotSupportedException($"The managed engine does not know the activation {_function.KerasName()}.");
        }
    }

    private void BackwardPiece(int piece, int worker)
    {
        long first = (long)piece * _pieceSize;
        float* y = Output.Data + first, dy = Output.Gradient + first, dx = Inputs[0].Gradient + first;
        int length = Length(piece);
        for (int row = 0; row < length; row += _width)
        {
            double dot = 0;
            if (_function == ActivationFunction.Softmax)
            {
                for (int i = row; i < row + _width; i++)
                    dot += (double)y[i] * dy[i];
            }
            for (int i = row; i < row + _width; i++)
            {
                float d = _function switch
                {
                    ActivationFunction.Relu => y[i] > 0 ? dy[i] : 0,
                    ActivationFunction.Sigmoid => dy[i] * y[i] * (1 - y[i]),
                    ActivationFunction.Softmax => (float)(y[i] * (dy[i] - dot)),
                    _ => dy[i],
                };
                dx[i] = Accumulates[0] ? dx[i] + d : d;
            }
        }
    }

    private static void Softmax(Span<float> row)
    {
        float greatest = float.NegativeInfinity;
        foreach (float value in row)
            greatest = MathF.Max(greatest, value);
        double sum = 0;
        foreach (float value in row)
            sum += Math.Exp((double)value - greatest);
        foreach (ref float value in row)
            value = (float)(Math.Exp((double)value - greatest) / sum);
    }
}
