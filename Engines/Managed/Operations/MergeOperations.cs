using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Σ fᵢ·xᵢ: addition, subtraction, mean.</summary>
internal sealed unsafe class WeightedSumOperation(PlanContext context, float[] factors) : RunOperation(context)
{
    private readonly ElementKernels _kernels = context.Kernels.Elements;

    public override int? InputThatTakesGradient => Array.IndexOf(factors, 1f) is >= 0 and int index ? index : null;

    protected override void ForwardRun(long first, long length, int worker)
    {
        float* y = Output.Data + first;
        if (Inputs.Count == 1)
            _kernels.Scale(Inputs[0].Data + first, factors[0], y, length, accumulate: false);
        else
            _kernels.WeightedSum(Inputs[0].Data + first, factors[0], Inputs[1].Data + first, factors[1], y, length);
        for (int i = 2; i < Inputs.Count; i++)
            _kernels.Scale(Inputs[i].Data + first, factors[i], y, length, accumulate: true);
    }

    protected override void BackwardRun(long first, long length, int worker)
    {
        for (int i = 0; i < Inputs.Count; i++)
        {
            // One of the inputs may have its derivatives where the output has them: then they are there already.
            if (Inputs[i].NeedsGradient && Inputs[i].Gradient != Output.Gradient)
                _kernels.Scale(Output.Gradient + first, factors[i], Inputs[i].Gradient + first, length, Accumulates[i]);
        }
    }
}

/// <summary>The product of values: <c>dxᵢ = dy · Π xⱼ, j ≠ i</c>.</summary>
internal sealed unsafe class MultiplyOperation(PlanContext context) : RunOperation(context)
{
    private readonly ElementKernels _kernels = context.Kernels.Elements;

    public override bool BackwardReadsInput => true;

    public override long WorkerScratchSize => RunLength;

    protected override void ForwardRun(long first, long length, int worker)
    {
        float* y = Output.Data + first;
        _kernels.Product(Inputs[0].Data + first, Inputs[1].Data + first, y, length, accumulate: false);
        for (int i = 2; i < Inputs.Count; i++)
            _kernels.Product(y, Inputs[i].Data + first, y, length, accumulate: false);
    }

    protected override void BackwardRun(long first, long length, int worker)
    {
        for (int i = 0; i < Inputs.Count; i++)
        {
            if (!Inputs[i].NeedsGradient)
                continue;
            float* product = Output.Gradient + first;
            int last = i == Inputs.Count - 1 ? i - 1 : Inputs.Count - 1;
            for (int j = 0; j < last; j++)
            {
                if (j == i)
                    continue;
                _kernels.Product(product, Inputs[j].Data + first, WorkerScratch(worker), length, accumulate: false);
                product = WorkerScratch(worker);
            }
            _kernels.Product(product, Inputs[last].Data + first, Inputs[i].Gradient + first, length, Accumulates[i]);
        }
    }
}

/// <summary>The greatest or least of values. Among equals the first has the derivative.</summary>
internal sealed unsafe class ExtremumOperation(PlanContext context, bool greatest) : RunOperation(context)
{
    private readonly ElementKernels _kernels = context.Kernels.Elements;

    public override bool BackwardReadsInput => true;

    public override bool BackwardReadsOutput => true;

    public override long WorkerScratchSize => RunLength;

    protected override void ForwardRun(long first, long length, int worker)
    {
        float* y = Output.Data + first;
        for (int i = 1; i < Inputs.Count; i++)
        {
            float* a = i == 1 ? Inputs[0].Data + first : y, b = Inputs[i].Data + first;
            if (greatest)
                _kernels.Combine<MaximumFunction>(a, b, y, length);
            else
                _kernels.Combine<MinimumFunction>(a, b, y, length);
        }
    }

    protected override void BackwardRun(long first, long length, int worker)
    {
        // What is left of dy after the inputs before this one took theirs. An input that needs no derivative takes its own all the same.
        float* left = WorkerScratch(worker);
        new ReadOnlySpan<float>(Output.Gradient + first, (int)length).CopyTo(new Span<float>(left, (int)length));
        for (int i = 0; i < Inputs.Count; i++)
        {
            if (Inputs[i].NeedsGradient)
                _kernels.TakeWhereEqual(Inputs[i].Data + first, Output.Data + first, left, Inputs[i].Gradient + first, length, Accumulates[i]);
            else
                _kernels.TakeWhereEqual(Inputs[i].Data + first, Output.Data + first, left, left, length, accumulate: false);
        }
    }
}

/// <summary>Repeats values along axes where the input has 1; the derivatives are summed there.</summary>
internal sealed unsafe class BroadcastOperation : PieceOperation
{
    private readonly FlatKernels _kernels;
    private readonly int[] _rows;
    private readonly int _width;
    private readonly bool _repeatsLast;

    public BroadcastOperation(PlanContext context, TensorShape from, TensorShape to) : base(context)
    {
        _kernels = context.Kernels.Flat;
        _width = to[^1];
        _repeatsLast = from[^1] == 1 && _width > 1;
        int[] strides = AxisOrder.Strides(from);
        for (int axis = 0; axis < from.Rank; axis++)
            strides[axis] = from[axis] == 1 ? 0 : strides[axis];
        _rows = AxisOrder.Offsets([.. to.SkipLast(1)], strides);
    }

    protected override void ForwardPiece(int piece, int worker)
    {
        float* x = Inputs[0].Data + (long)piece * Inputs[0].Shape.Size, y = Output.Data + (long)piece * Output.Shape.Size;
        for (int r = 0; r < _rows.Length; r++, y += _width)
        {
            var row = new Span<float>(y, _width);
            if (_repeatsLast)
                row.Fill(x[_rows[r]]);
            else
                new ReadOnlySpan<float>(x + _rows[r], _width).CopyTo(row);
        }
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        float* dx = Inputs[0].Gradient + (long)piece * Inputs[0].Shape.Size, dy = Output.Gradient + (long)piece * Output.Shape.Size;
        if (!Accumulates[0])
            new Span<float>(dx, Inputs[0].Shape.Size).Clear();
        for (int r = 0; r < _rows.Length; r++, dy += _width)
        {
            if (!_repeatsLast)
            {
                _kernels.Add(dy, dx + _rows[r], _width);
                continue;
            }
            double sum = 0;
            for (int i = 0; i < _width; i++)
                sum += dy[i];
            dx[_rows[r]] += (float)sum;
        }
    }
}

/// <summary>Puts values behind each other along an axis.</summary>
internal sealed unsafe class ConcatenateOperation(PlanContext context, int axis) : PieceOperation(context)
{
    private readonly FlatKernels _kernels = context.Kernels.Flat;

    protected override void ForwardPiece(int piece, int worker)
    {
        float* y = Output.Data + (long)piece * Output.Shape.Size;
        int row = RowOf(Output), rows = Output.Shape.Size / row;
        foreach (Value input in Inputs)
        {
            int part = RowOf(input);
            float* x = input.Data + (long)piece * input.Shape.Size;
            _kernels.CopyRows(x, part, y, row, rows, part);
            y += part;
        }
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        float* dy = Output.Gradient + (long)piece * Output.Shape.Size;
        int row = RowOf(Output), rows = Output.Shape.Size / row;
        for (int i = 0; i < Inputs.Count; i++)
        {
            int part = RowOf(Inputs[i]);
            float* dx = Inputs[i].Gradient + (long)piece * Inputs[i].Shape.Size;
            if (Inputs[i].NeedsGradient && !Accumulates[i])
                _kernels.CopyRows(dy, row, dx, part, rows, part);
            for (int r = 0; r < rows && Inputs[i].NeedsGradient && Accumulates[i]; r++)
                _kernels.Add(dy + (long)r * row, dx + (long)r * part, part);
            dy += part;
        }
    }

    private int RowOf(Value value) => value.Shape.Skip(axis).Aggregate(1, (product, d) => product * d);
}
