namespace ConvNets.Engines;

/// <summary>A part of an image.</summary>
internal sealed unsafe class CropOperation(PlanContext context, int top, int left) : PieceOperation(context)
{
    private readonly FlatKernels _kernels = context.Kernels.Flat;

    protected override void ForwardPiece(int piece, int worker)
    {
        float* x = Inputs[0].Data + (long)piece * Inputs[0].Shape.Size, y = Output.Data + (long)piece * Output.Shape.Size;
        for (int row = 0; row < Output.Shape[0]; row++)
            new ReadOnlySpan<float>(x + Place(row), Width).CopyTo(new Span<float>(y + (long)row * Width, Width));
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        float* dx = Inputs[0].Gradient + (long)piece * Inputs[0].Shape.Size, dy = Output.Gradient + (long)piece * Output.Shape.Size;
        if (!Accumulates[0])
            new Span<float>(dx, Inputs[0].Shape.Size).Clear();
        for (int row = 0; row < Output.Shape[0]; row++)
            _kernels.Add(dy + (long)row * Width, dx + Place(row), Width);
    }

    private int Width => Output.Shape[1] * Output.Shape[2];

    private long Place(int row) => ((long)(row + top) * Inputs[0].Shape[1] + left) * Inputs[0].Shape[2];
}
