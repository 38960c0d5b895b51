using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>A data set over a sequence of batches, which says its shapes only by its first one: that is read when the data set is made, and kept for the first epoch.</summary>
internal sealed class BatchSequence : Dataset
{
    private readonly Func<Prefetch> _start;
    private Prefetch? _started;

    public BatchSequence(Func<Prefetch> start)
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
        Prefetch? started = Interlocked.Exchange(ref _started, null);
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

    private sealed class Reader(BatchSequence data, Prefetch batches, bool hasCurrent) : IBatchReader
    {
        private bool _hasCurrent = hasCurrent;
        private IBatchReader? _current;
        private int _left;

        public bool Next(Batch batch)
        {
            while (_left == 0)
            {
                if (!_hasCurrent && !batches.MoveNext())
                {
                    batch.Count = 0;
                    return false;
                }
                _hasCurrent = false;
                TensorDataset samples = data.Check(batches.Current);
                _current?.Dispose();
                (_current, _left) = (samples.Read(shuffle: null), samples.Count!.Value);
            }
            _current!.Next(batch);
            batch.TakeOver();
            _left -= batch.Count;

            // Only now that its samples are copied: whoever makes the batches may write the next one over the last.
            if (_left == 0)
                batches.Start();
            return true;
        }

        public void Dispose()
        {
            _current?.Dispose();
            batches.Dispose();
        }
    }
}

/// <summary>A sequence of batches of which the next one is made, on a thread of the pool, while the last one is trained on.</summary>
internal sealed class Prefetch(Func<Task<Samples?>> next, Func<Task> end) : IDisposable
{
    private Task<Samples?>? _next;

    /// <summary>Begins a sequence.</summary>
    public static Prefetch Of(IEnumerable<Samples> batches)
    {
        IEnumerator<Samples> sequence = batches.GetEnumerator();
        return new Prefetch(() => Task.Run(() => sequence.MoveNext() ? sequence.Current : null), () =>
        {
            sequence.Dispose();
            return Task.CompletedTask;
        });
    }

    /// <summary>Begins an asynchronous sequence.</summary>
    public static Prefetch Of(IAsyncEnumerable<Samples> batches)
    {
        IAsyncEnumerator<Samples> sequence = batches.GetAsyncEnumerator();
        return new Prefetch(() => Task.Run(async () => await sequence.MoveNextAsync().ConfigureAwait(false) ? sequence.Current : null), () => sequence.DisposeAsync().AsTask());
    }

    public Samples Current { get; private set; } = null!;

    /// <summary>Begins to make the next batch.</summary>
    public void Start() => _next ??= next();

    /// <summary>Waits for the next batch; false where there is none.</summary>
    public bool MoveNext()
    {
        Start();
        Task<Samples?> made = _next!;
        _next = null;
        if (made.GetAwaiter().GetResult() is not { } batch)
            return false;
        Current = batch;
        return true;
    }

    public void Dispose()
    {
        // The sequence must not be ended while it makes a batch; what that meets no longer matters.
        if (_next is not null)
            ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        end().GetAwaiter().GetResult();
    }
}
