using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>What dropout multiplies by: 0 with a probability, and otherwise what makes up for that. They are drawn once more on the way back, so that nothing is kept.</summary>
internal sealed unsafe class DropoutFactors(PlanContext context, double rate, long? seed)
{
    private readonly RandomKernels _kernels = context.Kernels.Random;
    private readonly RandomStream _random = context.NewStream(seed);
    private readonly uint _threshold = (uint)Math.Min(uint.MaxValue, rate * (1L << 32));
    private readonly float _factor = rate < 1 ? (float)(1 / (1 - rate)) : 0;

    /// <summary>Takes the numbers of the step that begins.</summary>
    public void Begin() => _random.Begin();

    /// <summary>The factors at some positions, four at each.</summary>
    public void Draw(long position, float* factors, int positions)
    {
        _random.Draw(position, (uint*)factors, positions);
        _kernels.SelectFrom(_threshold, (uint*)factors, _factor, factors, 4 * positions);
    }
}

/// <summary>Dropout of single values.</summary>
internal sealed unsafe class DropoutOperation(PlanContext context, double rate, long? seed) : RunOperation(context)
{
    // So many factors lie in the first cache between the pass that draws them and the one that multiplies.
    private const int Block = 1024;

    private readonly ElementKernels _kernels = context.Kernels.Elements;
    private readonly DropoutFactors _factors = new(context, rate, seed);

    public override long WorkerScratchSize => Block;

    public override void Forward(int count)
    {
        _factors.Begin();
        base.Forward(count);
    }

    protected override void ForwardRun(long first, long length, int worker) => Multiply(Inputs[0].Data, Output.Data, first, length, worker, accumulate: false);

    protected override void BackwardRun(long first, long length, int worker) => Multiply(Output.Gradient, Inputs[0].Gradient, first, length, worker, Accumulates[0]);

    private void Multiply(float* from, float* to, long first, long length, int worker, bool accumulate)
    {
        float* factors = WorkerScratch(worker);
        for (long i = first; i < first + length; i += Block)
        {
            int count = (int)Math.Min(Block, first + length - i);
            _factors.Draw(i / 4, factors, (count + 3) / 4);
            _kernels.Product(from + i, factors, to + i, count, accumulate);
        }
    }
}

/// <summary>Dropout of values in groups.</summary>
internal sealed unsafe class GroupDropoutOperation : PieceOperation
{
    private readonly ElementKernels _kernels;
    private readonly DropoutFactors _factors;
    private readonly int[] _rows;
    private readonly int _width;
    private readonly bool _wholeRows;
    private readonly int _drawn;
    private readonly bool _eachSample;

    /// <param name="context">The plan's.</param>
    /// <param name="rate">The share of zeros.</param>
    /// <param name="seed">The layer's own seed.</param>
    /// <param name="shape">A sample's shape.</param>
    /// <param name="drawn">The shape of a sample's factors: 1 along the axes that are dropped together.</param>
    /// <param name="eachSample">Whether each sample has factors of its own.</param>
    public GroupDropoutOperation(PlanContext context, double rate, long? seed, TensorShape shape, TensorShape drawn, bool eachSample) : base(context)
    {
        (_kernels, _factors, _eachSample) = (context.Kernels.Elements, new DropoutFactors(context, rate, seed), eachSample);
        int[] strides = [.. AxisOrder.Strides(drawn).Select((stride, axis) => drawn[axis] == 1 ? 0 : stride)];
        _rows = AxisOrder.Offsets([.. shape.SkipLast(1)], strides);
        (_width, _wholeRows, _drawn) = (shape[^1], drawn[^1] == 1, drawn.Size);
    }

    // With room for others' factors at a sample's first and last position.
    public override long WorkerScratchSize => _drawn + 6;

    public override void Forward(int count)
    {
        _factors.Begin();
        base.Forward(count);
    }

    protected override void ForwardPiece(int piece, int worker) => Multiply(Inputs[0].Data, Output.Data, piece, worker, accumulate: false);

    protected override void BackwardPiece(int piece, int worker) => Multiply(Output.Gradient, Inputs[0].Gradient, piece, worker, Accumulates[0]);

    private void Multiply(float* from, float* to, int sample, int worker, bool accumulate)
    {
        long number = _eachSample ? (long)sample * _drawn : 0;
        float* factors = WorkerScratch(worker);
        _factors.Draw(number / 4, factors, (int)((number + _drawn + 3) / 4 - number / 4));
        factors += number % 4;
        long i = (long)sample * Output.Shape.Size;
        foreach (int row in _rows)
        {
            if (_wholeRows)
                _kernels.Scale(from + i, factors[row], to + i, _width, accumulate);
            else
                _kernels.Product(from + i, factors + row, to + i, _width, accumulate);
            i += _width;
        }
    }
}
