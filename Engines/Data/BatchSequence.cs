using System.Collections;
using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A data set over a sequence of batches, which says its shapes only by its first one: that is read when the data set is made, and kept for the first epoch.</summary>
internal sealed class BatchSequence : Dataset
{
    private readonly Func<IEnumerator<Samples>> _start;
    private IEnumerator<Samples>? _started;

    public BatchSequence(Func<IEnumerator<Samples>> start)
    {
        _start = start;
        _started = start();
        if (!_started.MoveNext())
        {
            _started.Dispose();
            throw new TrainingException("There are no samples: the sequence of batches is empty.");
        }
        InputShapes = [.. _started.Current.Inputs.Select(t => t.SampleShape)];
        TargetShapes = [.. _started.Current.Targets.Select(t => t.SampleShape)];
    }

    public override IReadOnlyList<TensorShape> InputShapes { get; }

    public override IReadOnlyList<TensorShape> TargetShapes { get; }

    public override int? Count => null;

    /// <summary>The order is the sequence's own, whatever is asked for.</summary>
    public override IBatchReader Read(Philox? shuffle)
    {
        IEnumerator<Samples>? started = Interlocked.Exchange(ref _started, null);
        return new Reader(this, started ?? _start(), started is not null);
    }

    private TensorDataset Check(Samples samples)
    {
        var data = new TensorDataset(samples.Inputs, samples.Targets, samples.Weights is null ? null : new ReadOnlyMemory<float>?(samples.Weights));
        if (!data.InputShapes.SequenceEqual(InputShapes) || !data.TargetShapes.SequenceEqual(TargetShapes))
        {
            throw new TrainingException($"A batch has inputs of shape {string.Join(", ", data.InputShapes)} and targets of shape {string.Join(", ", data.TargetShapes)}; "
                + $"the first had {string.Join(", ", InputShapes)} and {string.Join(", ", TargetShapes)}.");
        }
        return data;
    }

    private sealed class Reader(BatchSequence data, IEnumerator<Samples> batches, bool hasCurrent) : IBatchReader
    {
        private bool _hasCurrent = hasCurrent;
        private IBatchReader? _current;

        public bool Next(Batch batch)
        {
            while (_current is null || !_current.Next(batch))
            {
                if (!_hasCurrent && !batches.MoveNext())
                {
                    batch.Count = 0;
                    return false;
                }
                _hasCurrent = false;
                _current?.Dispose();
                _current = data.Check(batches.Current).Read(shuffle: null);
            }
            return true;
        }

        public void Dispose()
        {
            _current?.Dispose();
            batches.Dispose();
        }
    }
}

/// <summary>An asynchronous sequence as a plain one, which asks for the next batch as soon as one is taken.</summary>
internal sealed class Prefetch : IEnumerator<Samples>
{
    private readonly IAsyncEnumerator<Samples> _batches;
    private Task<Samples?> _next;

    public Prefetch(IAsyncEnumerable<Samples> batches)
    {
        _batches = batches.GetAsyncEnumerator();
        _next = NextAsync();
    }

    public Samples Current { get; private set; } = null!;

    object IEnumerator.Current => Current;

    public bool MoveNext()
    {
        if (_next.GetAwaiter().GetResult() is not { } batch)
            return false;
        Current = batch;
        _next = NextAsync();
        return true;
    }

    public void Reset() => throw new NotSupportedException("An asynchronous sequence is gone through once.");

    public void Dispose()
    {
        // The sequence must not be ended while it makes a batch; what that meets no longer matters.
        ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        _batches.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private Task<Samples?> NextAsync() => Task.Run(async () => await _batches.MoveNextAsync().ConfigureAwait(false) ? _batches.Current : null);
}
