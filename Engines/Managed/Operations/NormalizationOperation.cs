using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Keras's Normalization: each value of a sample with a factor and an offset of its own, from the statistics.</summary>
internal sealed unsafe class NormalizationOperation : AffineOperation
{
    // What Keras divides by at least.
    private const double LeastDeviation = 1e-7;

    private readonly Normalization _layer;
    private readonly Parameters _parameters;
    private readonly Parameter? _mean;
    private readonly Parameter? _variance;
    private readonly int[] _places;
    private long _version = -1;

    public NormalizationOperation(PlanContext context, Normalization layer, TensorShape shape) : base(context, new float[shape.Size], new float[shape.Size])
    {
        (_layer, _parameters) = (layer, context.Parameters);
        (_mean, _variance) = (context.Find(layer, "mean"), context.Find(layer, "variance"));
        _places = layer.StatisticsIndices(shape);
    }

    public override void Forward(int count)
    {
        if (_version != _parameters.Version)
            Refresh();
        base.Forward(count);
    }

    private void Refresh()
    {
        Span<float> factors = Factors(_places.Length), offsets = Offsets(_places.Length);
        for (int i = 0; i < _places.Length; i++)
        {
            double mean = Statistic(_layer.Mean, _mean, _places[i]), deviation = Math.Sqrt(Statistic(_layer.Variance, _variance, _places[i]));
            double factor = _layer.Invert ? deviation : 1 / Math.Max(deviation, LeastDeviation);
            factors[i] = (float)factor;
            offsets[i] = (float)(_layer.Invert ? mean : -mean * factor);
        }
        _version = _parameters.Version;
    }

    // Fewer statistics than places belong to the last axes.
    private static double Statistic(IReadOnlyList<double>? given, Parameter? weight, int place) => given is null ? weight!.Values[place] : given[place % given.Count];
}
