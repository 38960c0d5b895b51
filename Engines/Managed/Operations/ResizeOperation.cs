using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Where an output row or column lies between two of the input's: <c>(1 − Weight)·x[First] + Weight·x[Second]</c>.</summary>
internal readonly record struct ResizeTap(int First, int Second, float Weight)
{
    /// <summary>The taps along an axis, TensorFlow's half-pixel centres: output i lies at (i + ½)·input/output − ½.</summary>
    public static ResizeTap[] Along(int start, int input, int output, Interpolation interpolation) => [.. Enumerable.Range(0, output).Select(i =>
    {
        double at = (i + 0.5) * input / output;
        if (interpolation == Interpolation.Nearest)
        {
            int nearest = start + Math.Min((int)at, input - 1);
            return new ResizeTap(nearest, nearest, 0);
        }
        double low = Math.Floor(at - 0.5);
        return new ResizeTap(start + Math.Max((int)low, 0), start + Math.Min((int)low + 1, input - 1), (float)(at - 0.5 - low));
    })];
}

/// <summary>An image, or a part of it, in another size.</summary>
internal sealed unsafe class ResizeOperation : PieceOperation
{
    private readonly ChannelKernels _kernels;
    private readonly ResizeTap[] _rows;
    private readonly ResizeTap[] _columns;

    public ResizeOperation(PlanContext context, ResizeTap[] rows, ResizeTap[] columns, int channels) : base(context) =>
        (_kernels, _rows, _columns) = (context.Kernels.ForChannels(channels), rows, columns);

    protected override void ForwardPiece(int piece, int worker) =>
        _kernels.Resize(_rows, _columns, Inputs[0].Shape[1], Inputs[0].Shape[2], Inputs[0].Data + (long)piece * Inputs[0].Shape.Size, Output.Data + (long)piece * Output.Shape.Size);

    protected override void BackwardPiece(int piece, int worker)
    {
        float* dx = Inputs[0].Gradient + (long)piece * Inputs[0].Shape.Size;
        if (!Accumulates[0])
            new Span<float>(dx, Inputs[0].Shape.Size).Clear();
        _kernels.ResizeGradient(_rows, _columns, Inputs[0].Shape[1], Inputs[0].Shape[2], Output.Gradient + (long)piece * Output.Shape.Size, dx);
    }
}
