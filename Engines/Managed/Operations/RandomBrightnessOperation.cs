using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary><c>y = x + delta</c>, each image with its own, cut off at the value range; where it is cut off the derivative is 0.</summary>
internal sealed unsafe class RandomBrightnessOperation(PlanContext context, long? seed, FactorRange delta, (double Least, double Greatest) range) : PieceOperation(context)
{
    private readonly RandomStream _random = context.NewStream(seed);
    private readonly ElementKernels _kernels = context.Kernels.Elements;

    public override bool BackwardReadsInput => true;

    public override void Forward(int count)
    {
        _random.Begin();
        base.Forward(count);
    }

    protected override void ForwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        _kernels.Map(Draw(piece), Inputs[0].Data + first, Output.Data + first, Output.Shape.Size);
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        float* x = Inputs[0].Data + first;
        _kernels.MapGradient(Draw(piece), x, x, Output.Gradient + first, Inputs[0].Gradient + first, Output.Shape.Size, Accumulates[0]);
    }

    private ShiftFunction Draw(int image)
    {
        Span<uint> block = stackalloc uint[4];
        _random.Draw(image, block);
        return new ShiftFunction((float)RandomStream.Between(delta, block[1]), (float)range.Least, (float)range.Greatest);
    }

    private readonly struct ShiftFunction(float delta, float least, float greatest) : IElementFunction
    {
        public static bool SlopeReadsInput => true;

        public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => VectorMath<V, S>.Clamp(S.Add(x, S.Create(delta)), least, greatest);

        public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> =>
            VectorMath<V, S>.Inside(S.Add(x, S.Create(delta)), S.Create(least), S.Create(greatest), S.Create(1));
    }
}
