using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Contrast or brightness, by chance: <c>y = (x − mean)·factor + mean + delta</c> with an image's channels' means, cut off at the value range.</summary>
internal sealed unsafe class RandomColorOperation : PieceOperation
{
    private readonly RandomStream _random;
    private readonly ChannelKernels _kernels;
    private readonly FactorRange _factor;
    private readonly FactorRange _delta;
    private readonly float _least;
    private readonly float _greatest;
    private readonly int _channels;

    public RandomColorOperation(PlanContext context, long? seed, FactorRange factor, FactorRange delta, (double Least, double Greatest) range, int channels) : base(context)
    {
        (_random, _factor, _delta, _channels) = (context.NewStream(seed), factor, delta, channels);
        (_least, _greatest) = ((float)range.Least, (float)range.Greatest);
        _kernels = context.Kernels.ForChannels(channels);
    }

    public override bool BackwardReadsInput => true;

    public override long WorkerScratchSize => 2L * _channels;

    public override void Forward(int count)
    {
        _random.Begin();
        base.Forward(count);
    }

    protected override void ForwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        (float factor, float delta) = Draw(piece);
        float* x = Inputs[0].Data + first, y = Output.Data + first;
        double* means = Sums(x, worker);
        for (int i = 0; i < Output.Shape.Size; i++)
            y[i] = Math.Clamp(Value(x[i], means[i % _channels], factor, delta), _least, _greatest);
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        (float factor, float delta) = Draw(piece);
        float* x = Inputs[0].Data + first, dy = Output.Gradient + first, dx = Inputs[0].Gradient + first;
        double* means = Sums(x, worker);
        double* through = stackalloc double[_channels];
        new Span<double>(through, _channels).Clear();
        int rows = Output.Shape.Size / _channels;
        for (int i = 0; i < Output.Shape.Size; i++)
            through[i % _channels] += Passes(i) ? dy[i] : 0;
        for (int i = 0; i < Output.Shape.Size; i++)
        {
            float d = (Passes(i) ? dy[i] * factor : 0) + (1 - factor) * (float)(through[i % _channels] / rows);
            dx[i] = Accumulates[0] ? dx[i] + d : d;
        }

        bool Passes(int i) => Value(x[i], means[i % _channels], factor, delta) is var value && value >= _least && value <= _greatest;
    }

    private static float Value(float x, double mean, float factor, float delta) => (float)((x - mean) * factor + mean + delta);

    private double* Sums(float* x, int worker)
    {
        var means = (double*)WorkerScratch(worker);
        new Span<double>(means, _channels).Clear();
        int rows = Output.Shape.Size / _channels;
        _kernels.Sum(x, rows, _channels, means);
        for (int c = 0; c < _channels; c++)
            means[c] /= rows;
        return means;
    }

    private (float Factor, float Delta) Draw(int image)
    {
        Span<uint> block = stackalloc uint[4];
        _random.Draw(image, block);
        return ((float)Between(_factor, block[0]), (float)Between(_delta, block[1]));
    }

    private static double Between(FactorRange range, uint bits) => range.Lower + (range.Upper - range.Lower) * RandomStream.Uniform(bits);
}
