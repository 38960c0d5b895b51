using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// Normalizes each sample over all its places and a group of channels. With g = gamma·dy and x̂ = (x − mean)·inv over the N values of a group:
/// <c>dx = inv·(g − Σg/N − x̂·Σ(g·x̂)/N)</c>. A group's variance is the mean of its channels' variances and squared distances of their means.
/// </summary>
internal sealed unsafe class GroupNormalizationOperation : PieceOperation
{
    private readonly ChannelKernels _kernels;
    private readonly Parameter? _gamma;
    private readonly Parameter? _beta;
    private readonly int _channels;
    private readonly int _groups;
    private readonly int _capacity;
    private readonly double _epsilon;

    public GroupNormalizationOperation(PlanContext context, GroupNormalization layer, int channels) : base(context)
    {
        (_channels, _epsilon, _capacity) = (channels, layer.Epsilon, context.Capacity);
        _groups = layer.Groups == -1 ? channels : layer.Groups;
        _kernels = context.Kernels.ForChannels(channels);
        (_gamma, _beta) = (context.Find(layer, "gamma"), context.Find(layer, "beta"));
    }

    // Of each sample: means and inverse deviations, one a channel.
    public override long StateSize => (long)_capacity * 2 * Stride;

    // Of each sample: the sums of dy and of dy·(x − mean), one a channel, in double precision.
    public override long ScratchSize => (long)_capacity * 4 * Stride;

    public override long WorkerScratchSize => 4L * Stride;

    public override bool BackwardReadsInput => true;

    private int Stride => (_channels + 15) / 16 * 16;

    private int Rows => Output.Shape.Size / _channels;

    public override void Backward(int count)
    {
        base.Backward(count);
        if (!Inputs[0].NeedsGradient)
            RunBackward(count);
        for (int c = 0; c < _channels; c++)
        {
            double gamma = 0, beta = 0;
            for (int sample = 0; sample < count; sample++)
            {
                double* sums = Sums(sample);
                beta += sums[c];
                gamma += sums[Stride + c] * Inverse(sample)[c];
            }
            if (_gamma is { Gradient: not null })
                _gamma.Gradient[c] = (float)gamma;
            if (_beta is { Gradient: not null })
                _beta.Gradient[c] = (float)beta;
        }
    }

    protected override void ForwardPiece(int piece, int worker)
    {
        float* x = Inputs[0].Data + (long)piece * Output.Shape.Size, y = Output.Data + (long)piece * Output.Shape.Size;
        float* mean = Mean(piece), inverse = Inverse(piece), scale = WorkerScratch(worker), shift = scale + Stride;
        _kernels.RunningMean(x, Rows, _channels, 0, _channels, mean);
        _kernels.RunningVariance(x, Rows, _channels, 0, _channels, mean, inverse);
        int width = _channels / _groups;
        for (int first = 0; first < _channels; first += width)
        {
            double average = 0, variance = 0;
            for (int c = first; c < first + width; c++)
                average += (double)mean[c] / width;
            for (int c = first; c < first + width; c++)
                variance += (inverse[c] + (mean[c] - average) * (mean[c] - average)) / width;
            float inv = (float)(1 / Math.Sqrt(variance + _epsilon));
            for (int c = first; c < first + width; c++)
            {
                (mean[c], inverse[c]) = ((float)average, inv);
                scale[c] = inv * (_gamma is null ? 1 : _gamma.Values[c]);
                shift[c] = (_beta is null ? 0 : _beta.Values[c]) - mean[c] * scale[c];
            }
        }
        _kernels.Normalize(x, y, Rows, _channels, scale, shift, relu: false);
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        float* x = Inputs[0].Data + (long)piece * Output.Shape.Size, dy = Output.Gradient + (long)piece * Output.Shape.Size;
        float* mean = Mean(piece), inverse = Inverse(piece), scale = WorkerScratch(worker), offset = scale + Stride, slope = scale + 2 * Stride;
        double* sum = Sums(piece), dot = sum + Stride;
        new Span<double>(sum, 2 * Stride).Clear();
        _kernels.GradientMoments(x, dy, null, Rows, _channels, mean, sum, dot);
        if (!Inputs[0].NeedsGradient)
            return;
        int width = _channels / _groups;
        double n = (double)width * Rows;
        for (int first = 0; first < _channels; first += width)
        {
            double sums = 0, dots = 0;
            for (int c = first; c < first + width; c++)
            {
                double gamma = _gamma is null ? 1 : _gamma.Values[c];
                sums += gamma * sum[c];
                dots += gamma * dot[c];
            }
            for (int c = first; c < first + width; c++)
            {
                double inv = inverse[c];
                scale[c] = (float)(inv * (_gamma is null ? 1 : _gamma.Values[c]));
                slope[c] = (float)(inv * inv * inv * dots / n);
                offset[c] = (float)(inv * sums / n);
            }
        }
        _kernels.NormalizeGradient(x, dy, null, Inputs[0].Gradient + (long)piece * Output.Shape.Size, Rows, _channels, mean, scale, slope, offset, Accumulates[0]);
    }

    private void RunBackward(int count)
    {
        for (int sample = 0; sample < count; sample++)
            BackwardPiece(sample, 0);
    }

    private float* Mean(int sample) => State + (long)sample * 2 * Stride;

    private float* Inverse(int sample) => Mean(sample) + Stride;

    private double* Sums(int sample) => (double*)Scratch + (long)sample * 2 * Stride;
}
