using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// Batch normalization over the last axis, and a rectifier behind it where the planner gives it one. With x̂ = (x − mean)·inv, inv = 1/√(variance + ε), N values a channel:
/// <c>dgamma = Σ dy·x̂</c>, <c>dbeta = Σ dy</c>, <c>dx = gamma·inv·(dy − dbeta/N − x̂·dgamma/N)</c>; in inference mode <c>dx = gamma·inv·dy</c>.
/// </summary>
internal sealed unsafe class BatchNormalizationOperation : Operation
{
    // Rows of a piece; its sums are its own and are added in order.
    private const int PieceRows = 2048;

    // Channels of a piece of the mean and variance: the widest vector.
    private const int MomentChannels = 16;

    private readonly WorkerTeam _team;
    private readonly BatchNormalization _layer;
    private readonly Parameter? _gamma;
    private readonly Parameter? _beta;
    private readonly Parameter _movingMean;
    private readonly Parameter _movingVariance;
    private readonly ChannelKernels _kernels;
    private readonly int _channels;
    private readonly bool _relu;
    private readonly bool _training;
    private readonly int _capacity;
    private readonly AlignedBuffer _vectors;
    private readonly Action<int, int> _moments;
    private readonly Action<int, int> _normalize;
    private readonly Action<int, int> _gradientMoments;
    private readonly Action<int, int> _gradient;
    private long _rows;

    public BatchNormalizationOperation(PlanContext context, BatchNormalization layer, int channels, bool relu, int rowsPerSample)
    {
        (_team, _layer, _channels, _relu) = (context.Team, layer, channels, relu);
        _gamma = context.Parameters.Find(layer, "gamma");
        _beta = context.Parameters.Find(layer, "beta");
        _movingMean = context.Parameters.Find(layer, "moving_mean")!;
        _movingVariance = context.Parameters.Find(layer, "moving_variance")!;
        _kernels = context.Kernels.ForChannels(channels);
        _capacity = context.Capacity * rowsPerSample;
        _training = context.Training && layer.Trainable;
        _vectors = context.Own(new AlignedBuffer(6L * Stride));
        (_moments, _normalize, _gradientMoments, _gradient) = (Moments, Normalize, GradientMoments, Gradient);
    }

    public override long ScratchSize => (long)Pieces(_capacity) * 4 * Stride;

    public override bool BackwardReadsInput => true;

    public override bool BackwardReadsOutput => _relu;

    // The channels' vectors, each at a multiple of a cache line.
    private int Stride => (_channels + 15) / 16 * 16;

    private float* Mean => _vectors.Pointer;

    private float* Inverse => Mean + Stride;

    private float* Scale => Mean + 2 * Stride;

    private float* Offset => Mean + 3 * Stride;

    private float* Slope => Mean + 4 * Stride;

    private float* Variance => Mean + 5 * Stride;

    private int RowsPerSample => Output.Shape.Size / _channels;

    public override void Forward(int count)
    {
        _rows = (long)count * RowsPerSample;
        if (_training)
            BatchStatistics();
        for (int c = 0; c < _channels; c++)
        {
            if (!_training)
            {
                Mean[c] = _movingMean.Values[c];
                Inverse[c] = (float)(1 / Math.Sqrt(_movingVariance.Values[c] + _layer.Epsilon));
            }
            Scale[c] = (_gamma is null ? 1 : _gamma.Values[c]) * Inverse[c];
            Offset[c] = _beta is null ? 0 : _beta.Values[c];
        }
        _team.Run(Pieces(_rows), _normalize);
    }

    public override void Backward(int count)
    {
        _rows = (long)count * RowsPerSample;
        _team.Run(Pieces(_rows), _gradientMoments);
        for (int c = 0; c < _channels; c++)
        {
            (double sum, double dot) = Total(c);
            dot *= Inverse[c];
            if (_gamma is { Gradient: not null })
                _gamma.Gradient[c] = (float)dot;
            if (_beta is { Gradient: not null })
                _beta.Gradient[c] = (float)sum;
            Offset[c] = _training ? (float)(Scale[c] * sum / _rows) : 0;
            Slope[c] = _training ? (float)(Scale[c] * Inverse[c] * dot / _rows) : 0;
        }
        if (Inputs[0].NeedsGradient)
            _team.Run(Pieces(_rows), _gradient);
    }

    /// <summary>
    /// The batch's mean and biased variance, and the step of the moving ones. They are summed as Keras on TensorFlow sums them, in single precision: the error of these sums, some
    /// 5e-6 of a mean over 65,536 pixels, is the largest of a whole training step, and whoever compares losses with Keras's sees it.
    /// </summary>
    private void BatchStatistics()
    {
        _team.Run((_channels + MomentChannels - 1) / MomentChannels, _moments);
        for (int c = 0; c < _channels; c++)
        {
            Inverse[c] = (float)(1 / Math.Sqrt(Variance[c] + _layer.Epsilon));
            double keep = _layer.Momentum;
            _movingMean.Values[c] = (float)(_movingMean.Values[c] * keep + Mean[c] * (1 - keep));
            _movingVariance.Values[c] = (float)(_movingVariance.Values[c] * keep + Variance[c] * (1 - keep));
        }
    }

    private void Moments(int piece, int worker)
    {
        int first = piece * MomentChannels, end = Math.Min(first + MomentChannels, _channels);
        _kernels.RunningMean(Inputs[0].Data, _rows, _channels, first, end, Mean);
        _kernels.RunningVariance(Inputs[0].Data, _rows, _channels, first, end, Mean, Variance);
    }

    private void Normalize(int piece, int worker) =>
        _kernels.Normalize(Inputs[0].Data + First(piece), Output.Data + First(piece), Rows(piece), _channels, Mean, Scale, Offset, _relu);

    private void GradientMoments(int piece, int worker) =>
        _kernels.GradientMoments(Inputs[0].Data + First(piece), Output.Gradient + First(piece), Mask(piece), Rows(piece), _channels, Mean, Cleared(piece), Sums(piece) + Stride);

    private void Gradient(int piece, int worker) => _kernels.NormalizeGradient(Inputs[0].Data + First(piece), Output.Gradient + First(piece), Mask(piece), Inputs[0].Gradient + First(piece),
        Rows(piece), _channels, Mean, Scale, Slope, Offset, Accumulates[0]);

    private float* Mask(int piece) => _relu ? Output.Data + First(piece) : null;

    private long First(int piece) => (long)piece * PieceRows * _channels;

    private long Rows(int piece) => Math.Min(PieceRows, _rows - (long)piece * PieceRows);

    private static int Pieces(long rows) => (int)((rows + PieceRows - 1) / PieceRows);

    private double* Sums(int piece) => (double*)Scratch + (long)piece * 2 * Stride;

    private double* Cleared(int piece)
    {
        new Span<double>(Sums(piece), 2 * Stride).Clear();
        return Sums(piece);
    }

    private (double First, double Second) Total(int channel)
    {
        double first = 0, second = 0;
        for (int piece = 0; piece < Pieces(_rows); piece++)
        {
            first += Sums(piece)[channel];
            second += Sums(piece)[Stride + channel];
        }
        return (first, second);
    }
}
