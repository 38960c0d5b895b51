namespace ConvNets.Engines;

/// <summary>Each value of a sample with a factor and an offset of its own, which are no part of training.</summary>
internal unsafe class AffineOperation : PieceOperation
{
    private readonly ElementKernels _kernels;
    private readonly AlignedBuffer _factors;

    public AffineOperation(PlanContext context, ReadOnlySpan<float> factors, ReadOnlySpan<float> offsets) : base(context)
    {
        _kernels = context.Kernels.Elements;
        _factors = context.Own(new AlignedBuffer(2L * factors.Length));
        factors.CopyTo(Factors(factors.Length));
        offsets.CopyTo(Offsets(offsets.Length));
    }

    protected Span<float> Factors(int size) => new(_factors.Pointer, size);

    protected Span<float> Offsets(int size) => new(_factors.Pointer + size, size);

    protected override void ForwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        _kernels.Affine(Inputs[0].Data + first, _factors.Pointer, _factors.Pointer + Output.Shape.Size, Output.Data + first, Output.Shape.Size);
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        _kernels.Product(Output.Gradient + first, _factors.Pointer, Inputs[0].Gradient + first, Output.Shape.Size, Accumulates[0]);
    }
}
