using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>x above 0, alpha·x below, alpha being learned and perhaps the same along some axes: it is spread over a whole sample first, and its derivatives are gathered again.</summary>
internal sealed unsafe class PReLUOperation : PieceOperation
{
    private readonly ElementKernels _kernels;
    private readonly Parameter _alpha;
    private readonly int[] _places;
    private readonly AlignedBuffer _spread;
    private readonly PartialSums _sums;
    private readonly Action<int, int> _backward;

    public PReLUOperation(PlanContext context, PReLU layer, TensorShape shape) : base(context)
    {
        _kernels = context.Kernels.Elements;
        _alpha = context.Find(layer, "alpha")!;
        TensorShape alpha = _alpha.Slot.Spec.Shape;
        int[] strides = [.. AxisOrder.Strides(alpha).Select((stride, axis) => alpha[axis] == 1 ? 0 : stride)];
        _places = AxisOrder.Offsets(shape.ToArray(), strides);
        _spread = context.Own(new AlignedBuffer(shape.Size));
        _sums = new PartialSums(context, shape.Size);
        _backward = BackwardPiece;
    }

    public override bool BackwardReadsInput => true;

    public override long ScratchSize => _sums.ScratchSize + Output.Shape.Size;

    public override void Forward(int count)
    {
        for (int i = 0; i < _places.Length; i++)
            _spread.Pointer[i] = _alpha.Values[_places[i]];
        base.Forward(count);
    }

    public override void Backward(int count)
    {
        Run(_sums.Pieces, _backward);
        if (_alpha.Gradient == null)
            return;
        float* total = Scratch + _sums.ScratchSize;
        _sums.Total(Scratch, 0, Output.Shape.Size, total);
        new Span<float>(_alpha.Gradient, _alpha.Size).Clear();
        for (int i = 0; i < _places.Length; i++)
            _alpha.Gradient[_places[i]] += total[i];
    }

    protected override void ForwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        _kernels.LeakyRelu(Inputs[0].Data + first, _spread.Pointer, Output.Data + first, Output.Shape.Size);
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        float* sums = _sums.Cleared(Scratch, piece);
        (int first, int end) = _sums.Samples(piece, Count);
        for (long sample = first; sample < end; sample++)
        {
            long place = sample * Output.Shape.Size;
            float* dx = Inputs[0].NeedsGradient ? Inputs[0].Gradient + place : null;
            _kernels.LeakyReluGradient(Inputs[0].Data + place, _spread.Pointer, Output.Gradient + place, dx, sums, Output.Shape.Size, Accumulates[0]);
        }
    }
}
