using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Keras's Normalization: each value of a sample with a factor and an offset of its own, from the statistics; these are no part of training.</summary>
internal sealed unsafe class NormalizationOperation : PieceOperation
{
    // What Keras divides by at least.
    private const double LeastDeviation = 1e-7;

    private readonly ElementKernels _kernels;
    private readonly Normalization _layer;
    private readonly Parameters _parameters;
    private readonly Parameter? _mean;
    private readonly Parameter? _variance;
    private readonly int[] _places;
    private readonly AlignedBuffer _factors;
    private long _version = -1;

    public NormalizationOperation(PlanContext context, Normalization layer, TensorShape shape) : base(context)
    {
        (_kernels, _layer, _parameters) = (context.Kernels.Elements, layer, context.Parameters);
        (_mean, _variance) = (context.Find(layer, "mean"), context.Find(layer, "variance"));
        _places = layer.StatisticsIndices(shape);
        _factors = context.Own(new AlignedBuffer(2L * shape.Size));
    }

    public override void Forward(int count)
    {
        if (_version != _parameters.Version)
            Refresh();
        base.Forward(count);
    }

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

    private void Refresh()
    {
        for (int i = 0; i < _places.Length; i++)
        {
            double mean = Statistic(_layer.Mean, _mean, _places[i]), deviation = Math.Sqrt(Statistic(_layer.Variance, _variance, _places[i]));
            double factor = _layer.Invert ? deviation : 1 / Math.Max(deviation, LeastDeviation);
            _factors.Pointer[i] = (float)factor;
            _factors.Pointer[_places.Length + i] = (float)(_layer.Invert ? mean : -mean * factor);
        }
        _version = _parameters.Version;
    }

    private static double Statistic(IReadOnlyList<double>? given, Parameter? weight, int place) =>
        given is null ? weight!.Values[place] : given.Count == 1 ? given[0] : given[place];
}
