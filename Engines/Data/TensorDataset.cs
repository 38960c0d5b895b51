using System.Buffers;
using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// A data set over arrays: the order is a permutation of indices, and a sample is copied once, into the batch. In the arrays' own order a batch's samples lie behind each other already, and are
/// lent to it where they are. Pixels that are bytes are given as such where the engine takes them.
/// </summary>
internal sealed class TensorDataset : Dataset
{
    private readonly Tensor[] _x;
    private readonly Tensor[] _y;
    private readonly ReadOnlyMemory<float>? _sampleWeights;
    private readonly int _count;

    public TensorDataset(IReadOnlyList<Tensor> x, IReadOnlyList<Tensor> y, ReadOnlyMemory<float>? sampleWeights)
    {
        (_x, _y, _sampleWeights) = ([.. x], [.. y], sampleWeights);
        if (_x.Length == 0 || _x[0].Count == 0)
            throw new TrainingException($"There are no samples: the inputs have shape {(_x.Length == 0 ? "()" : _x[0])}.");
        _count = _x[0].Count;
        foreach (Tensor tensor in (Tensor[])[.. _x, .. _y])
        {
            if (tensor.Count != _count)
                throw new TrainingException($"There must be a target for every sample; received {_count} samples of shape {_x[0]} and {tensor.Count} of shape {tensor}.");
        }
        if (sampleWeights is { } weights && weights.Length != _count)
            throw new TrainingException($"There must be a weight for every sample; received {_count} samples and {weights.Length} weights.");
    }

    public override IReadOnlyList<TensorShape> InputShapes => [.. _x.Select(t => t.SampleShape)];

    public override IReadOnlyList<TensorShape> TargetShapes => [.. _y.Select(t => t.SampleShape)];

    public override int? Count => _count;

    public override Dataset Slice(int first, int count) =>
        new TensorDataset([.. _x.Select(t => t.Slice(first, count))], [.. _y.Select(t => t.Slice(first, count))], _sampleWeights?.Slice(first, count));

    public override IBatchReader Read(Philox? shuffle)
    {
        if (shuffle is null)
            return new Reader(this, null);
        int[] order = [.. Enumerable.Range(0, _count)];
        shuffle.Shuffle<int>(order);
        return new Reader(this, order);
    }

    private sealed unsafe class Reader(TensorDataset data, int[]? order) : IBatchReader
    {
        private readonly MemoryHandle[] _pinned = Array.ConvertAll(data._x, tensor => order is null ? tensor.Values.Pin() : default);
        private readonly ByteValues?[] _bytes = new ByteValues?[data._x.Length];
        private Batch? _batch;
        private int _next;

        public bool Next(Batch batch)
        {
            if (_batch != batch)
            {
                _batch?.Return();
                for (int i = 0; i < data._x.Length; i++)
                    _bytes[i] = data._x[i].Values.Length <= batch.MostBytes[i] ? data._x[i].BytesForPass() : null;
            }
            _batch = batch;
            int count = Math.Min(batch.Capacity, data._count - _next);
            batch.Count = count;
            batch.HasSampleWeights = data._sampleWeights is not null;
            for (int i = 0; i < data._x.Length; i++)
                Give(i, batch);
            for (int i = 0; i < Math.Min(data._y.Length, batch.TargetCount); i++)
                Copy(data._y[i], batch.Target(i), count);
            if (data._sampleWeights is { } weights)
            {
                for (int i = 0; i < count; i++)
                    batch.SampleWeights[i] = weights.Span[Row(i)];
            }
            _next += count;
            return count > 0;
        }

        public void Dispose()
        {
            _batch?.Return();
            foreach (MemoryHandle pinned in _pinned)
                pinned.Dispose();
        }

        private int Row(int i) => order is null ? _next + i : order[_next + i];

        private void Give(int index, Batch batch)
        {
            Tensor x = data._x[index];
            if (_bytes[index] is { } values)
                GiveBytes(index, values, x.SampleShape.Size, batch);
            else if (order is null)
                batch.Lend(index, (float*)_pinned[index].Pointer + (long)_next * x.SampleShape.Size, x.FloatsBehind(_next + batch.Count));
            else
                Copy(x, batch.Input(index), batch.Count);
        }

        private void GiveBytes(int index, ByteValues values, int size, Batch batch)
        {
            if (order is null)
            {
                batch.LendBytes(index, values.Pointer + (nint)_next * size, values.Divisor);
                return;
            }
            Span<byte> to = batch.ByteInput(index, values.Divisor);
            for (int i = 0; i < batch.Count; i++)
                new Span<byte>(values.Pointer + (nint)Row(i) * size, size).CopyTo(to[(i * size)..]);
        }

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
