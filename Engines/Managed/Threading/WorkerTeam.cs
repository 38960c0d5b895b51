using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace ConvNets.Engines;

/// <summary>
/// A few threads that share out the numbered pieces of a piece of work. Each has a share of them, the same in each round of as many pieces, so that it finds in its caches what it has
/// left there; whoever is done with his own takes what others have left. So which thread takes which piece is open, and work must be cut such that its result does not depend on that.
/// After work the threads watch for more for a while before they sleep: between two layers of a step there is no time to wake anybody.
/// </summary>
/// <remarks>
/// Each share has a ticket: the round's number, and how many pieces are left. Whoever counts a ticket down by one has a piece, and nobody else can have it; the round cannot end, and so
/// neither its work change, before that piece is done. A thread that comes late finds nothing left and is not waited for, so the caller of a busy machine does all of the work itself
/// rather than wait for a thread that does not run.
/// </remarks>
internal sealed class WorkerTeam
{
    // Half a millisecond: longer than the gap between two training steps, shorter than anything a user would see as load. To wake a sleeper takes 20 µs, to reach one that watches 0.2.
    private static readonly long Patience = Stopwatch.Frequency / 2000;

    // After so many looks, some 20 µs, whoever has the last piece is likely not to run: let others have the processor.
    private const int LooksBeforeYield = 500;

    private static readonly Dictionary<int, WorkerTeam> Teams = [];

    // For which team this thread is at work, and under which number.
    [ThreadStatic]
    private static WorkerTeam? _current;

    [ThreadStatic]
    private static int _currentWorker;

    private readonly int _threads;
    private readonly SemaphoreSlim[] _wake;
    private readonly int[] _asleep;
    private readonly Share[] _shares;
    private int _busy;
    private Action<int, int>? _work;
    private Exception? _failure;
    private int _pieces;
    private int _usedShares;
    private Counters _counters;

    private WorkerTeam(int threads)
    {
        _threads = threads;
        _wake = [.. Enumerable.Range(0, threads).Select(_ => new SemaphoreSlim(0))];
        _asleep = new int[threads];
        _shares = new Share[threads];
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

    /// <summary>
    /// Runs <c>work(piece, worker)</c> for every piece and returns when all are done; at no time are two pieces with one worker's number. While the team works for somebody else, the
    /// caller does all of it alone, and so it does inside a piece of the same team, as the worker that it is there.
    /// </summary>
    /// <exception cref="Exception">The first exception of a piece; pieces that were not begun by then are left out.</exception>
    public void Run(int pieces, Action<int, int> work) => Run(pieces, work, Math.Min(_threads, pieces));

    /// <summary>The same, but pieces are begun in their order, whoever takes them: one that waits for those before it does not wait for one that is not begun.</summary>
    /// <inheritdoc cref="Run(int, Action{int, int})"/>
    public void RunInOrder(int pieces, Action<int, int> work) => Run(pieces, work, 1);

    private void Run(int pieces, Action<int, int> work, int shares)
    {
        bool nested = _current == this;
        if (nested || _threads == 1 || pieces <= 1 || Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            int worker = nested ? _currentWorker : 0;
            for (int piece = 0; piece < pieces; piece++)
                work(piece, worker);
            return;
        }
        (WorkerTeam? outer, int outerWorker) = (_current, _currentWorker);
        (_current, _currentWorker) = (this, 0);
        (_work, _pieces, _usedShares, _counters.Done) = (work, pieces, shares, 0);
        int round = _counters.Round + 1;
        for (int i = 0; i < shares; i++)
            Volatile.Write(ref _shares[i].Ticket, ((long)round << 32) | (uint)(End(i) - End(i - 1)));

        // A full fence: who falls asleep after this sees the round, and who slept before is seen here.
        Interlocked.Exchange(ref _counters.Round, round);
        for (int i = 1; i < Math.Min(_threads, pieces); i++)
        {
            if (Volatile.Read(ref _asleep[i]) != 0 && Interlocked.Exchange(ref _asleep[i], 0) != 0)
                _wake[i].Release();
        }
        TakePieces(0);
        for (int looks = 0; Volatile.Read(ref _counters.Done) < pieces; looks++)
        {
            if (looks < LooksBeforeYield)
                Thread.SpinWait(1);
            else
                Thread.Yield();
        }
        Exception? failure = _failure;
        (_work, _failure) = (null, null);
        (_current, _currentWorker) = (outer, outerWorker);
        Volatile.Write(ref _busy, 0);
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>The piece behind the last one of a share.</summary>
    private int End(int share) => (int)((share + 1L) * _pieces / _usedShares);

    /// <summary>Takes pieces until none is left, first the worker's own, and says in the end how many they were.</summary>
    private void TakePieces(int worker)
    {
        int taken = 0;
        for (int i = 0; i < _threads; i++)
        {
            int share = (worker + i) % _threads;
            while (TryTake(share, out int piece))
            {
                taken++;
                if (Volatile.Read(ref _failure) is not null)
                    continue;
                try
                {
                    _work!(piece, worker);
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref _failure, exception, null);
                }
            }
        }
        if (taken > 0)
            Interlocked.Add(ref _counters.Done, taken);
    }

    private bool TryTake(int share, out int piece)
    {
        long ticket = Volatile.Read(ref _shares[share].Ticket);
        while ((int)ticket > 0)
        {
            long found = Interlocked.CompareExchange(ref _shares[share].Ticket, ticket - 1, ticket);
            if (found == ticket)
            {
                piece = End(share) - (int)ticket;
                return true;
            }
            ticket = found;
        }
        piece = 0;
        return false;
    }

    private void Watch(int worker)
    {
        (_current, _currentWorker) = (this, worker);
        for (int round = 0; ; round = Volatile.Read(ref _counters.Round), TakePieces(worker))
        {
            for (long start = Stopwatch.GetTimestamp(); !IsOver(round) && Stopwatch.GetTimestamp() - start < Patience;)
                Thread.SpinWait(1);

            // Say that we sleep, look once more, and only then sleep. Whoever takes the word back has to wake us; if that is not ourselves, we wait for it.
            if (!IsOver(round))
            {
                Interlocked.Exchange(ref _asleep[worker], 1);
                if (!IsOver(round) || Interlocked.Exchange(ref _asleep[worker], 0) == 0)
                    _wake[worker].Wait();
            }
        }
    }

    /// <summary>Whether another round has begun since.</summary>
    private bool IsOver(int round) => Volatile.Read(ref _counters.Round) != round;

    /// <summary>What is left of a worker's share, on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Share
    {
        /// <summary>The round's number, and in the lower half the number of pieces that nobody has taken.</summary>
        [FieldOffset(0)]
        public long Ticket;
    }

    /// <summary>What all threads write, each on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Counters
    {
        /// <summary>How many rounds have begun.</summary>
        [FieldOffset(128)]
        public int Round;

        /// <summary>The number of pieces that are done.</summary>
        [FieldOffset(256)]
        public int Done;
    }
}
