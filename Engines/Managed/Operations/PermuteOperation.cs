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

    /// <summary>The order that undoes another.</summary>
    public static int[] Inverse(int[] order) => [.. Enumerable.Range(0, order.Length).Select(axis => Array.IndexOf(order, axis))];
}

/// <summary>Puts the axes of each sample into another order.</summary>
internal sealed unsafe class PermuteOperation : PieceOperation
{
    private readonly int[] _rows;
    private readonly int _width;
    private readonly int _stride;

    /// <param name="context">The plan's.</param>
    /// <param name="from">The input's shape.</param>
    /// <param name="order">Which of the input's axes comes at each place, counted from 0.</param>
    public PermuteOperation(PlanContext context, TensorShape from, int[] order) : base(context)
    {
        int[] strides = AxisOrder.Strides(from);
        _rows = AxisOrder.Offsets([.. order.SkipLast(1).Select(axis => from[axis])], [.. order.SkipLast(1).Select(axis => strides[axis])]);
        (_width, _stride) = (from[order[^1]], strides[order[^1]]);
    }

    protected override void ForwardPiece(int piece, int worker)
    {
        float* x = Inputs[0].Data + (long)piece * Inputs[0].Shape.Size, y = Output.Data + (long)piece * Output.Shape.Size;
        foreach (int row in _rows)
        {
            for (int i = 0; i < _width; i++)
                y[i] = x[row + i * _stride];
            y += _width;
        }
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        float* dx = Inputs[0].Gradient + (long)piece * Inputs[0].Shape.Size, dy = Output.Gradient + (long)piece * Output.Shape.Size;
        bool accumulate = Accumulates[0];
        foreach (int row in _rows)
        {
            for (int i = 0; i < _width; i++)
                dx[row + i * _stride] = accumulate ? dx[row + i * _stride] + dy[i] : dy[i];
            dy += _width;
        }
    }
}
