using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A softmax along an axis, or its logarithm. Their derivatives are computed from the output: <c>dx = y·(dy − Σ y·dy)</c>, and <c>dx = dy − eʸ·Σ dy</c>.</summary>
internal sealed unsafe class SoftmaxOperation : Operation
{
    // Values of a piece, about; a piece is a whole number of blocks.
    private const int PieceSize = 16 * 1024;

    private readonly WorkerTeam _team;
    private readonly ElementKernels _kernels;
    private readonly RowKernels _rowKernels;
    private readonly int _length;
    private readonly int _inner;
    private readonly bool _logarithm;
    private readonly bool _lastAxis;
    private readonly bool _inVectors;
    private readonly int _pieceBlocks;
    private readonly Action<int, int> _forwardPiece;
    private readonly Action<int, int> _backwardPiece;
    private long _blocks;

    /// <param name="context">The plan's.</param>
    /// <param name="shape">The shape of a sample, or of the part of it that is last in memory and holds the axis.</param>
    /// <param name="axis">The axis in that shape.</param>
    /// <param name="logarithm">Whether the logarithm is taken.</param>
    /// <param name="wholeAxis">False where the axis stands for several of the output's.</param>
    public SoftmaxOperation(PlanContext context, TensorShape shape, int axis, bool logarithm, bool wholeAxis = true)
    {
        (_team, _kernels, _rowKernels, _logarithm) = (context.Team, context.Kernels.Elements, context.Kernels.Rows, logarithm);
        _length = shape[axis];
        _inner = shape.Skip(axis + 1).Aggregate(1, (product, d) => product * d);
        _lastAxis = wholeAxis && axis == shape.Rank - 1;
        _inVectors = _inner == 1 && _length >= _rowKernels.Width;
        _pieceBlocks = Math.Max(PieceSize / (_length * _inner), 1);
        (_forwardPiece, _backwardPiece) = (ForwardPiece, BackwardPiece);
    }

    public override ActivationFunction? Activation => !_lastAxis ? null : _logarithm ? ActivationFunction.LogSoftmax : ActivationFunction.Softmax;

    public override bool MayOverwriteInput => true;

    public override bool BackwardReadsOutput => true;

    public override void Forward(int count)
    {
        _blocks = (long)count * Output.Shape.Size / (_length * _inner);
        _team.Run((int)((_blocks + _pieceBlocks - 1) / _pieceBlocks), _forwardPiece);
    }

    public override void Backward(int count)
    {
        _blocks = (long)count * Output.Shape.Size / (_length * _inner);
        if (Inputs[0].NeedsGradient)
            _team.Run((int)((_blocks + _pieceBlocks - 1) / _pieceBlocks), _backwardPiece);
    }

    private void ForwardPiece(int piece, int worker)
    {
        long first = (long)piece * _pieceBlocks, end = Math.Min(first + _pieceBlocks, _blocks), size = (long)_length * _inner;
        if (_inVectors)
        {
            _rowKernels.Softmax(Inputs[0].Data + first * size, Output.Data + first * size, _length, end - first, _logarithm);
            return;
        }
        for (long block = first; block < end; block++)
        {
            float* x = Inputs[0].Data + block * size, y = Output.Data + block * size;
            for (int i = 0; i < _inner; i++)
            {
                float greatest = float.NegativeInfinity;
                for (int k = i; k < size; k += _inner)
                    greatest = MathF.Max(greatest, x[k]);
                for (int k = i; k < size; k += _inner)
                    y[k] = x[k] - greatest;
            }
        }

        // The exponentials of the whole piece at once: a row alone may be shorter than a vector.
        float* from = Output.Data + first * size;
        if (!_logarithm)
            _kernels.Map(default(ExponentialFunction), from, from, (end - first) * size);
        for (long block = first; block < end; block++)
        {
            float* y = Output.Data + block * size;
            for (int i = 0; i < _inner; i++)
            {
                double sum = 0;
                for (int k = i; k < size; k += _inner)
                    sum += _logarithm ? Math.Exp(y[k]) : y[k];
                float factor = (float)(1 / sum), offset = (float)Math.Log(sum);
                for (int k = i; k < size; k += _inner)
                    y[k] = _logarithm ? y[k] - offset : y[k] * factor;
            }
        }
    }

    private void BackwardPiece(int piece, int worker)
    {
        long first = (long)piece * _pieceBlocks, end = Math.Min(first + _pieceBlocks, _blocks), size = (long)_length * _inner;
        bool accumulate = Accumulates[0];
        if (_inVectors)
        {
            _rowKernels.SoftmaxGradient(Output.Data + first * size, Output.Gradient + first * size, Inputs[0].Gradient + first * size, _length, end - first, _logarithm, accumulate);
            return;
        }
        for (long block = first; block < end; block++)
        {
            float* y = Output.Data + block * size, dy = Output.Gradient + block * size, dx = Inputs[0].Gradient + block * size;
            for (int i = 0; i < _inner; i++)
            {
                double dot = 0;
                for (int k = i; k < size; k += _inner)
                    dot += _logarithm ? dy[k] : (double)y[k] * dy[k];
                float total = (float)dot;
                for (int k = i; k < size; k += _inner)
                {
                    float d = _logarithm ? dy[k] - MathF.Exp(y[k]) * total : y[k] * (dy[k] - total);
                    dx[k] = accumulate ? dx[k] + d : d;
                }
            }
        }
    }
}
