using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// What batch normalization keeps for each channel, between passes and behind them: with x̂ = (x − mean)·inv, inv = 1/√(variance + ε), N values a channel,
/// <c>y = gamma·x̂ + beta</c>, computed as TensorFlow does it, <c>x·(gamma·inv) + (beta − mean·gamma·inv)</c>; <c>dgamma = Σ dy·x̂</c>, <c>dbeta = Σ dy</c>,
/// <c>dx = gamma·inv·(dy − dbeta/N − x̂·dgamma/N)</c>; in inference mode <c>dx = gamma·inv·dy</c>.
/// </summary>
internal sealed unsafe class ChannelNormalization
{
    // Channels of a piece of the mean and variance: the widest vector.
    private const int MomentChannels = 16;

    private readonly WorkerTeam _team;
    private readonly BatchNormalization _layer;
    private readonly ChannelKernels _kernels;
    private readonly int _channels;
    private readonly int _stride;
    private readonly Parameter? _gamma;
    private readonly Parameter? _beta;
    private readonly Parameter _movingMean;
    private readonly Parameter _movingVariance;
    private readonly AlignedBuffer _vectors;
    private readonly Action<int, int> _moments;
    private float* _x;
    private long _rows;
    private bool _hasMean;

    public ChannelNormalization(PlanContext context, BatchNormalization layer, int channels)
    {
        (_team, _layer, _channels, _kernels) = (context.Team, layer, channels, context.Kernels.ForChannels(channels));
        _gamma = context.Find(layer, "gamma");
        _beta = context.Find(layer, "beta");
        _movingMean = context.Find(layer, "moving_mean")!;
        _movingVariance = context.Find(layer, "moving_variance")!;
        Learns = context.Training && !context.Parameters.IsFrozen(layer);

        // Each vector begins at a multiple of a cache line.
        _stride = (channels + 15) / 16 * 16;
        _vectors = context.Own(new AlignedBuffer(8L * _stride));
        _moments = Moments;
    }

    /// <summary>Whether the batch's own statistics are used, and move the kept ones.</summary>
    public bool Learns { get; }

    public float* Mean => _vectors.Pointer;

    /// <summary>gamma · inv.</summary>
    public float* Scale => Mean + _stride;

    /// <summary>beta − mean · gamma · inv.</summary>
    public float* Shift => Mean + 2 * _stride;

    /// <summary>What x − mean is multiplied by and taken off a derivative.</summary>
    public float* GradientSlope => Mean + 3 * _stride;

    /// <summary>What is taken off a derivative besides.</summary>
    public float* GradientOffset => Mean + 4 * _stride;

    /// <summary>Zeros, where values are centered already.</summary>
    public float* Zeros => Mean + 5 * _stride;

    private float* Inverse => Mean + 6 * _stride;

    private float* Variance => Mean + 7 * _stride;

    /// <summary>gamma's sign, 1, −1 or 0: which way a channel's normalized values grow.</summary>
    public float GammaSign(int channel) => _gamma is null || _gamma.Values[channel] > 0 ? 1 : _gamma.Values[channel] < 0 ? -1 : 0;

    /// <summary>The mean that is kept: near the next batch's.</summary>
    public float MovingMean(int channel) => _movingMean.Values[channel];

    /// <summary>Takes the batch's statistics, or the kept ones, for a forward pass.</summary>
    /// <param name="x">The batch's values.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="hasMean">Whether <see cref="Mean"/> is the batch's already.</param>
    public void Prepare(float* x, long rows, bool hasMean = false)
    {
        if (Learns)
        {
            _x = x;
            (_rows, _hasMean) = (rows, hasMean);
            _team.Run((_channels + MomentChannels - 1) / MomentChannels, _moments);
        }
        Prepare();
    }

    /// <summary>Takes the batch's statistics as they were summed elsewhere, for a forward pass.</summary>
    /// <param name="means">Each channel's mean.</param>
    /// <param name="variances">Each channel's biased variance.</param>
    public void Prepare(double[] means, double[] variances)
    {
        for (int c = 0; c < _channels; c++)
            (Mean[c], Variance[c]) = ((float)means[c], (float)variances[c]);
        Prepare();
    }

    private void Prepare()
    {
        for (int c = 0; c < _channels; c++)
        {
            if (!Learns)
                (Mean[c], Variance[c]) = (_movingMean.Values[c], _movingVariance.Values[c]);
            Inverse[c] = (float)(1 / Math.Sqrt(Variance[c] + (float)_layer.Epsilon));
            Scale[c] = (_gamma is null ? 1 : _gamma.Values[c]) * Inverse[c];
            Shift[c] = (_beta is null ? 0 : _beta.Values[c]) - Mean[c] * Scale[c];
            if (!Learns)
                continue;
            double keep = _layer.Momentum;
            _movingMean.Values[c] = (float)(_movingMean.Values[c] * keep + Mean[c] * (1 - keep));
            _movingVariance.Values[c] = (float)(_movingVariance.Values[c] * keep + Variance[c] * (1 - keep));
        }
    }

    /// <summary>Takes the sums over a batch for a channel's backward pass: <c>Σ dy</c> and <c>Σ dy·(x − mean)</c>.</summary>
    public void Learn(int channel, double sum, double dot, long rows)
    {
        dot *= Inverse[channel];
        if (_gamma is { Gradient: not null })
            _gamma.Gradient[channel] = (float)dot;
        if (_beta is { Gradient: not null })
            _beta.Gradient[channel] = (float)sum;
        GradientOffset[channel] = Learns ? (float)(Scale[channel] * sum / rows) : 0;
        GradientSlope[channel] = Learns ? (float)(Scale[channel] * Inverse[channel] * dot / rows) : 0;
    }

    /// <summary>
    /// The batch's mean and biased variance. They are summed as Keras on TensorFlow sums them, in single precision: the error of these sums, some 5e-6 of a mean over 65,536 pixels, is the
    /// largest of a whole training step, and whoever compares losses with Keras's sees it.
    /// </summary>
    private void Moments(int piece, int worker)
    {
        int first = piece * MomentChannels, end = Math.Min(first + MomentChannels, _channels);
        if (!_hasMean)
            _kernels.RunningMean(_x, _rows, _channels, first, end, Mean);
        _kernels.RunningVariance(_x, _rows, _channels, first, end, Mean, Variance);
    }
}

/// <summary>The sums over a batch that a normalization's backward pass begins with: each piece of rows has its own, and they are added in order.</summary>
internal sealed unsafe class NormalizationSums
{
    // Rows of a piece.
    public const int PieceRows = 2048;

    private readonly WorkerTeam _team;
    private readonly ChannelKernels _kernels;
    private readonly ChannelNormalization _normalization;
    private readonly int _channels;
    private readonly int _stride;
    private readonly Action<int, int> _piece;
    private float* _x;
    private float* _dy;
    private float* _y;
    private float* _mean;
    private double* _sums;
    private long _rows;

    public NormalizationSums(PlanContext context, ChannelNormalization normalization, int channels)
    {
        (_team, _kernels, _normalization, _channels, _piece) = (context.Team, context.Kernels.ForChannels(channels), normalization, channels, Piece);
        _stride = (channels + 15) / 16 * 16;
    }

    /// <summary>Floats of scratch memory for so many rows.</summary>
    public long ScratchSize(long rows) => Pieces(rows) * 4L * _stride;

    public static int Pieces(long rows) => (int)((rows + PieceRows - 1) / PieceRows);

    /// <summary>Sums the derivatives of a batch, where a y is given only those at y &gt; 0, and hands them over.</summary>
    /// <param name="x">The values.</param>
    /// <param name="mean">What is taken off them.</param>
    /// <param name="dy">The derivatives.</param>
    /// <param name="y">The rectified output, or null.</param>
    /// <param name="rows">Rows of x, dy and y.</param>
    /// <param name="values">Values a channel has in the batch; more than rows where only those with a derivative are given.</param>
    /// <param name="scratch">Memory.</param>
    public void Run(float* x, float* mean, float* dy, float* y, long rows, long values, float* scratch)
    {
        _x = x;
        _mean = mean;
        _dy = dy;
        _y = y;
        _rows = rows;
        _sums = (double*)scratch;
        _team.Run(Pieces(rows), _piece);
        for (int c = 0; c < _channels; c++)
        {
            double sum = 0, dot = 0;
            for (int piece = 0; piece < Pieces(rows); piece++)
            {
                sum += _sums[(long)piece * 2 * _stride + c];
                dot += _sums[(long)piece * 2 * _stride + _stride + c];
            }
            _normalization.Learn(c, sum, dot, values);
        }
    }

    private void Piece(int piece, int worker)
    {
        long first = (long)piece * PieceRows * _channels;
        double* sums = _sums + (long)piece * 2 * _stride;
        new Span<double>(sums, 2 * _stride).Clear();
        _kernels.GradientMoments(_x + first, _dy + first, _y == null ? null : _y + first, Math.Min(PieceRows, _rows - (long)piece * PieceRows), _channels, _mean, sums, sums + _stride);
    }
}
