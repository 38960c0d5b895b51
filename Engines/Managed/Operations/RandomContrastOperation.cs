using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary><c>y = (x − mean)·factor + mean</c>, an image's channels with their means, cut off at the value range.</summary>
/// <remarks>
/// A channel's mean depends on each of its n values: <c>dx = d·factor + (1 − factor)/n · Σ d</c>, where d is dy, and 0 where y is cut off.
/// </remarks>
internal sealed unsafe class RandomContrastOperation : PieceOperation
{
    private const int WidestVector = 16;

    private readonly RandomStream _random;
    private readonly ChannelKernels _kernels;
    private readonly FactorRange _factor;
    private readonly (double Least, double Greatest) _range;
    private readonly int _channels;
    private readonly int _columns;

    public RandomContrastOperation(PlanContext context, long? seed, FactorRange factor, (double Least, double Greatest) range, TensorShape image) : base(context)
    {
        (_random, _factor, _range, _channels) = (context.NewStream(seed), factor, range, image[2]);

        // Where so many pixels side by side make whole vectors of few channels, the kernels take their values for channels.
        int columns = _channels;
        while (columns % WidestVector != 0)
            columns *= 2;
        _columns = image.Size % columns == 0 ? columns : _channels;
        _kernels = context.Kernels.ForChannels(_columns);
    }

    public override bool BackwardReadsInput => true;

    // The columns' sums, in double precision, their channels' means, and what is added to their derivatives.
    public override long WorkerScratchSize => 4L * _columns;

    public override void Forward(int count)
    {
        _random.Begin();
        base.Forward(count);
    }

    protected override void ForwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        float* x = Inputs[0].Data + first;
        _kernels.Contrast(Draw(piece), x, Output.Data + first, Rows, _columns, Means(x, worker));
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        long first = (long)piece * Output.Shape.Size;
        float* x = Inputs[0].Data + first, dy = Output.Gradient + first, means = Means(x, worker), offsets = means + _columns;
        Contrast contrast = Draw(piece);
        double* sums = ClearedSums(worker);
        _kernels.ContrastSum(contrast, x, dy, Rows, _columns, means, sums);
        ChannelMeans(sums, 1 - contrast.Factor, offsets);
        _kernels.ContrastGradient(contrast, x, dy, Inputs[0].Gradient + first, Rows, _columns, means, offsets, Accumulates[0]);
    }

    private int Rows => Output.Shape.Size / _columns;

    private float* Means(float* x, int worker)
    {
        double* sums = ClearedSums(worker);
        var means = (float*)(sums + _columns);
        _kernels.Sum(x, Rows, _columns, sums);
        ChannelMeans(sums, 1, means);
        return means;
    }

    private double* ClearedSums(int worker)
    {
        var sums = (double*)WorkerScratch(worker);
        new Span<double>(sums, _columns).Clear();
        return sums;
    }

    /// <summary>In each column, the mean of its channel times a factor.</summary>
    private void ChannelMeans(double* sums, float factor, float* means)
    {
        int pixels = Output.Shape.Size / _channels;
        for (int channel = 0; channel < _channels; channel++)
        {
            double sum = 0;
            for (int column = channel; column < _columns; column += _channels)
                sum += sums[column];
            for (int column = channel; column < _columns; column += _channels)
                means[column] = factor * (float)(sum / pixels);
        }
    }

    private Contrast Draw(int image)
    {
        Span<uint> block = stackalloc uint[4];
        _random.Draw(image, block);
        return new Contrast((float)RandomStream.Between(_factor, block[0]), (float)_range.Least, (float)_range.Greatest);
    }
}

/// <summary>What an image's contrast is multiplied by, and the range that its values are kept in.</summary>
internal readonly record struct Contrast(float Factor, float Least, float Greatest);
