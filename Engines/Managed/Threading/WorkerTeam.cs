using System.Diagnostics;

namespace ConvNets.Engines;

/// <summary>
/// A few threads that share out the numbered pieces of a piece of work. Which thread takes which piece is left open, so work must be cut such that its result does not depend
/// on that. After work the threads watch for more for some microseconds before they sleep: between two layers of a step there is no time to wake anybody.
/// </summary>
internal sealed class WorkerTeam
{
    // Longer than the gaps inside a training step, shorter than anything a user would see as load.
    private static readonly long Patience = Stopwatch.Frequency / 20_000;

    private static readonly Dictionary<int, WorkerTeam> Teams = [];

    private readonly int _threads;
    private readonly Lock _busy = new();
    private readonly SemaphoreSlim[] _wake;
    private readonly int[] _asleep;
    private Action<int, int>? _work;
    private Exception? _failure;
    private int _pieces;
    private int _next;
    private int _working;
    private int _round;

    private WorkerTeam(int threads)
    {
        _threads = threads;
        _wake = [.. Enumerable.Range(0, threads).Select(_ => new SemaphoreSlim(0))];
        _asleep = new int[threads];
        for (int i = 1; i < threads; i++)
        {
            int worker = i;
            new Thread(() => Watch(worker)) { IsBackground = true, Name = $"ConvNets {i}" }.Start();
        }
    }

    /// <summary>The team of so many threads, the caller's among them. One process has one of each size.</summary>
    public static WorkerTeam Of(int threads)
    {
        lock (Teams)
        {
            if (!Teams.TryGetValue(threads, out WorkerTeam? team))
                Teams[threads] = team = new WorkerTeam(threads);
            return team;
        }
    }

    /// <summary>How many threads there are; workers are numbered from 0, the caller.</summary>
    public int Threads => _threads;

    /// <summary>Runs <c>work(piece, worker)</c> for every piece and returns when all are done. While the team works for somebody else, the caller does all of it alone.</summary>
    public void Run(int pieces, Action<int, int> work)
    {
        if (_threads == 1 || pieces <= 1 || !_busy.TryEnter())
        {
            for (int piece = 0; piece < pieces; piece++)
                work(piece, 0);
            return;
        }
        try
        {
            _work = work;
            _pieces = pieces;
            _next = 0;
            _working = _threads - 1;
            Interlocked.Increment(ref _round);
            for (int i = 1; i < _threads; i++)
            {
                if (Volatile.Read(ref _asleep[i]) == 1)
                    _wake[i].Release();
            }
            TakePieces(0);
            var spin = new SpinWait();
            while (Volatile.Read(ref _working) > 0)
                spin.SpinOnce(sleep1Threshold: -1);
            if (_failure is not null)
            {
                Exception failure = _failure;
                _failure = null;
                throw failure;
            }
        }
        finally
        {
            _work = null;
            _busy.Exit();
        }
    }

    private void TakePieces(int worker)
    {
        try
        {
            int piece;
            while ((piece = Interlocked.Increment(ref _next) - 1) < _pieces)
                _work!(piece, worker);
        }
        catch (Exception exception)
        {
            _failure = exception;
        }
    }

    private void Watch(int worker)
    {
        int seen = 0;
        while (true)
        {
            for (long start = Stopwatch.GetTimestamp(); Volatile.Read(ref _round) == seen && Stopwatch.GetTimestamp() - start < Patience;)
                Thread.SpinWait(8);
            if (Volatile.Read(ref _round) == seen)
            {
                // Say that we sleep, look once more, and only then sleep: whoever starts a round after that look sees that we sleep.
                Interlocked.Exchange(ref _asleep[worker], 1);
                if (Volatile.Read(ref _round) == seen)
                    _wake[worker].Wait();
                Volatile.Write(ref _asleep[worker], 0);
                if (Volatile.Read(ref _round) == seen)
                    continue;
            }
            seen++;
            TakePieces(worker);
            Interlocked.Decrement(ref _working);
        }
    }
}
