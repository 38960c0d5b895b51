namespace ConvNets.Engines;

/// <summary>
/// The mean of a batch's channels where the batch comes block by block, on several threads: the same as <see cref="ChannelKernels.RunningMean"/>'s, to the last bit. So blocks must
/// take their turn: each waits for the one before, and goes on with its sums while it is in the cache. Summing a block takes some hundredth of the time in which it is computed, so
/// waiting is rare; and since pieces of work are begun in order (<see cref="WorkerTeam.RunInOrder"/>), the one whose turn it is always runs.
/// </summary>
internal sealed unsafe class OrderedMean
{
    private readonly ChannelKernels _kernels;
    private readonly int _channels;
    private readonly AlignedBuffer _sums;
    private long _rows;
    private int _turn;

    public OrderedMean(PlanContext context, int channels)
    {
        (_kernels, _channels) = (context.Kernels.ForChannels(channels), channels);
        _sums = context.Own(new AlignedBuffer(4L * channels));
    }

    /// <summary>Begins a batch of so many rows.</summary>
    public void Start(long rows)
    {
        (_rows, _turn) = (rows, 0);
        _sums.Span(4 * _channels).Clear();
    }

    /// <summary>Takes in a block.</summary>
    /// <param name="index">Its number, from 0, in the order of rows.</param>
    /// <param name="x">Its rows.</param>
    /// <param name="firstRow">The number of its first row in the batch.</param>
    /// <param name="rows">How many.</param>
    public void Add(int index, float* x, long firstRow, long rows)
    {
        var spin = new SpinWait();
        while (Volatile.Read(ref _turn) != index)
            spin.SpinOnce(sleep1Threshold: -1);
        _kernels.RunningSums(x, firstRow, rows, _rows, _channels, _sums.Pointer);
        Volatile.Write(ref _turn, index + 1);
    }

    /// <summary>Gives each channel's mean, after the last block.</summary>
    public void Finish(float* mean)
    {
        for (int c = 0; c < _channels; c++)
            mean[c] = _sums.Pointer[c] * (1f / _rows);
    }
}
