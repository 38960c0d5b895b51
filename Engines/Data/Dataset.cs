using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Samples with their targets, which training goes through once an epoch.</summary>
public abstract class Dataset
{
    /// <summary>The shape of one sample of each of the model's inputs.</summary>
    public abstract IReadOnlyList<TensorShape> InputShapes { get; }

    /// <summary>The shape of one sample's target for each output; none for data that are only predicted.</summary>
    public abstract IReadOnlyList<TensorShape> TargetShapes { get; }

    /// <summary>The number of samples, where it is known beforehand.</summary>
    public abstract int? Count { get; }

    /// <summary>Starts an epoch.</summary>
    /// <param name="shuffle">Where the order is drawn from; null for the data's own order.</param>
    public abstract IBatchReader Read(Philox? shuffle);

    /// <summary>A data set over arrays.</summary>
    /// <param name="x">The inputs.</param>
    /// <param name="y">The targets; null where samples are only predicted.</param>
    /// <param name="sampleWeights">What each sample counts in the loss; null for 1.</param>
    /// <exception cref="TrainingException">The numbers of samples differ, or there are none.</exception>
    public static Dataset FromTensors(Tensor x, Tensor? y = null, float[]? sampleWeights = null) => new TensorDataset(x, y, sampleWeights);
}

/// <summary>One pass over a data set.</summary>
public interface IBatchReader : IDisposable
{
    /// <summary>Fills a batch, the last one perhaps in part, and sets its <see cref="Batch.Count"/>.</summary>
    /// <returns>False when no sample was left.</returns>
    bool Next(Batch batch);
}

/// <summary>A data set over arrays: the order is a permutation of indices, and a sample is copied once, into the batch.</summary>
internal sealed class TensorDataset : Dataset
{
    private readonly Tensor _x;
    private readonly Tensor? _y;
    private readonly float[]? _sampleWeights;

    public TensorDataset(Tensor x, Tensor? y, float[]? sampleWeights)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Count == 0)
            throw new TrainingException($"There are no samples: the inputs have shape {x}.");
        if (y is not null && y.Count != x.Count)
            throw new TrainingException($"There must be a target for every sample; received {x.Count} samples of shape {x} and {y.Count} targets of shape {y}.");
        if (sampleWeights is not null && sampleWeights.Length != x.Count)
            throw new TrainingException($"There must be a weight for every sample; received {x.Count} samples and {sampleWeights.Length} weights.");
        (_x, _y, _sampleWeights) = (x, y, sampleWeights);
    }

    public override IReadOnlyList<TensorShape> InputShapes => [_x.SampleShape];

    public override IReadOnlyList<TensorShape> TargetShapes => _y is null ? [] : [_y.SampleShape];

    public override int? Count => _x.Count;

    public override IBatchReader Read(Philox? shuffle)
    {
        if (shuffle is null)
            return new Reader(this, null);
        int[] order = [.. Enumerable.Range(0, _x.Count)];
        shuffle.Shuffle<int>(order);
        return new Reader(this, order);
    }

    private sealed class Reader(TensorDataset data, int[]? order) : IBatchReader
    {
        private int _next;

        public bool Next(Batch batch)
        {
            int count = Math.Min(batch.Capacity, data._x.Count - _next);
            batch.Count = count;
            batch.HasSampleWeights = data._sampleWeights is not null;
            Copy(data._x, batch.Input(0), count);
            if (data._y is not null && batch.TargetCount > 0)
                Copy(data._y, batch.Target(0), count);
            if (data._sampleWeights is not null)
            {
                for (int i = 0; i < count; i++)
                    batch.SampleWeights[i] = data._sampleWeights[Row(i)];
            }
            _next += count;
            return count > 0;
        }

        public void Dispose()
        {
        }

        private int Row(int i) => order is null ? _next + i : order[_next + i];

        private void Copy(Tensor from, Span<float> to, int count)
        {
            int size = from.SampleShape.Size;
            if (order is null)
            {
                from.Values.Span.Slice(_next * size, count * size).CopyTo(to);
                return;
            }
            for (int i = 0; i < count; i++)
                from.Sample(Row(i)).CopyTo(to[(i * size)..]);
        }
    }
}
