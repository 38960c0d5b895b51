using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Orders of a tensor's axes.</summary>
internal static class AxisOrder
{
    /// <summary>From one place to the next along each axis, in row-major order.</summary>
    public static int[] Strides(TensorShape shape)
    {
        int[] strides = new int[shape.Rank];
        for (int axis = shape.Rank - 1, stride = 1; axis >= 0; stride *= shape[axis--])
            strides[axis] = stride;
        return strides;
    }

    /// <summary>Where each index over some dimensions is, in row-major order of the indices.</summary>
    public static int[] Offsets(ReadOnlySpan<int> dimensions, ReadOnlySpan<int> strides)
    {
        int[] offsets = [0];
        for (int axis = 0; axis < dimensions.Length; axis++)
        {
            int[] next = new int[offsets.Length * dimensions[axis]];
            for (int i = 0; i < next.Length; i++)
                next[i] = offsets[i / dimensions[axis]] + i % dimensions[axis] * strides[axis];
            offsets = next;
        }
        return offsets;
    }

    /// <summary>The order that puts an axis last.</summary>
    public static int[] ToLast(int rank, params int[] axes) => [.. Enumerable.Range(0, rank).Except(axes), .. axes];

    /// <summary>The same order of fewer axes: those that stay side by side are one.</summary>
    public static (TensorShape Shape, int[] Order) Joined(TensorShape shape, int[] order)
    {
        int[] firsts = [.. order.Where((axis, place) => place == 0 || order[place - 1] != axis - 1)], sorted = [.. firsts.Order()];
        int[] ends = [.. sorted.Skip(1), shape.Rank];
        return ([.. sorted.Zip(ends, (first, end) => shape.Take(first..end).Aggregate(1, (product, d) => product * d))], [.. firsts.Select(first => Array.IndexOf(sorted, first))]);
    }

    /// <summary>The order that undoes another.</summary>
    public static int[] Inverse(int[] order) => [.. Enumerable.Range(0, order.Length).Select(axis => Array.IndexOf(order, axis))];
}

/// <summary>Puts the axes of each sample into another order.</summary>
/// <remarks>
/// Axes that stay side by side are one. The last axes of input and output then span planes, in which the rows of one side are the columns of the other; where it is the same axis, its
/// runs of values are copied.
/// </remarks>
internal sealed unsafe class PermuteOperation : PieceOperation
{
    private readonly FlatKernels _kernels;
    private readonly Side _input;
    private readonly Side _output;
    private readonly bool _copiesRuns;

    /// <param name="context">The plan's.</param>
    /// <param name="from">The input's shape.</param>
    /// <param name="order">Which of the input's axes comes at each place, counted from 0.</param>
    public PermuteOperation(PlanContext context, TensorShape from, int[] order) : base(context)
    {
        _kernels = context.Kernels.Flat;
        (TensorShape shape, order) = AxisOrder.Joined(from, order);
        int[] strides = AxisOrder.Strides(shape), places = AxisOrder.Inverse(order), behind = AxisOrder.Strides([.. order.Select(axis => shape[axis])]);
        int[] outputStrides = [.. places.Select(place => behind[place])];
        int inputLast = shape.Rank - 1, outputLast = order[^1];
        int[] planes = [.. order.Except([inputLast, outputLast])], sizes = [.. planes.Select(axis => shape[axis])];
        _copiesRuns = inputLast == outputLast;
        _input = new Side(AxisOrder.Offsets(sizes, [.. planes.Select(axis => strides[axis])]), shape[inputLast], strides[outputLast]);
        _output = new Side(AxisOrder.Offsets(sizes, [.. planes.Select(axis => outputStrides[axis])]), shape[outputLast], outputStrides[inputLast]);
    }

    // Derivatives that are added to others are put into their order there.
    public override long WorkerScratchSize => Accumulates is [true] ? Output.Shape.Size : 0;

    protected override void ForwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        Move(Inputs[0].Data + first, _input, Output.Data + first, _output);
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        float* dx = Inputs[0].Gradient + first, to = Accumulates[0] ? WorkerScratch(worker) : dx;
        Move(Output.Gradient + first, _output, to, _input);
        if (Accumulates[0])
            _kernels.Add(to, dx, Output.Shape.Size);
    }

    private void Move(float* source, Side from, float* destination, Side to)
    {
        for (int plane = 0; plane < from.Planes.Length; plane++)
        {
            float* x = source + from.Planes[plane], y = destination + to.Planes[plane];
            if (_copiesRuns)
                new ReadOnlySpan<float>(x, from.Run).CopyTo(new Span<float>(y, to.Run));
            else
                _kernels.Transpose(x, from.RowStride, y, to.RowStride, to.Run, from.Run);
        }
    }

    /// <summary>How planes lie in the input or the output.</summary>
    /// <param name="Planes">Where each begins.</param>
    /// <param name="Run">Values of a row, which lie one behind the other: those of the last axis.</param>
    /// <param name="RowStride">From one row to the next, along the other side's last axis.</param>
    private readonly record struct Side(int[] Planes, int Run, int RowStride);
}
