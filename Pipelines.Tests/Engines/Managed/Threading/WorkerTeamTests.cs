using System.Collections.Concurrent;
using ConvNets.Engines;

namespace ConvNets.Pipelines.Tests.Engines.Managed.Threading;

/// <summary>The threads that share out a layer's pieces. Each test has a team of a size of its own, which no other test keeps busy.</summary>
[TestClass]
public sealed class WorkerTeamTests
{
    // Long enough for any machine; a test that waits so long has failed.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(33)]
    public void EveryPieceIsDoneOnceAndNoTwoAtATimeByOneWorker(int threads)
    {
        WorkerTeam team = WorkerTeam.Of(threads);
        int[] atWork = new int[threads];
        foreach (int pieces in new[] { 0, 1, 2, 3, 7, 64, 1000 })
        {
            for (int round = 0; round < 20; round++)
            {
                int[] done = new int[pieces];
                int clashes = 0;
                team.Run(pieces, (piece, worker) =>
                {
                    if (Interlocked.Increment(ref atWork[worker]) != 1)
                        Interlocked.Increment(ref clashes);
                    Interlocked.Increment(ref done[piece]);
                    Interlocked.Decrement(ref atWork[worker]);
                });
                CollectionAssert.AreEqual(Enumerable.Repeat(1, pieces).ToArray(), done);
                Assert.AreEqual(0, clashes);
            }
        }
    }

    /// <summary>Two pieces that wait for each other: both threads must come, however long the second has slept.</summary>
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(20)]
    public void SleepersAreWoken(int pauseMilliseconds)
    {
        WorkerTeam team = WorkerTeam.Of(4);
        for (int round = 0; round < 200 / (pauseMilliseconds + 1); round++)
        {
            using var meeting = new Barrier(2);
            var met = new ConcurrentBag<bool>();
            team.Run(2, (_, _) => met.Add(meeting.SignalAndWait(Patience)));
            Assert.IsTrue(met.All(m => m) && met.Count == 2);
            Thread.Sleep(pauseMilliseconds);
        }
    }

    /// <summary>Gaps about as long as threads watch before they sleep, where a wake-up is most easily lost.</summary>
    [TestMethod]
    public void NoWakeUpIsLostWhileThreadsFallAsleep()
    {
        WorkerTeam team = WorkerTeam.Of(5);
        for (int round = 0; round < 400; round++)
        {
            int arrived = 0;
            bool met = true;
            team.Run(2, (_, _) =>
            {
                Interlocked.Increment(ref arrived);
                if (!SpinWait.SpinUntil(() => Volatile.Read(ref arrived) == 2, Patience))
                    Volatile.Write(ref met, false);
            });
            Assert.IsTrue(met);
            Thread.SpinWait(round * 20);
        }
    }

    /// <summary>Pieces that all wait for each other, so that no worker has more than one: each has the same one in every round, and finds in its caches what it has left there.</summary>
    [TestMethod]
    public void EachWorkerBeginsWithItsOwnShare()
    {
        const int Threads = 10;
        WorkerTeam team = WorkerTeam.Of(Threads);
        for (int round = 0; round < 20; round++)
        {
            using var meeting = new Barrier(Threads);
            int[] workers = new int[Threads];
            team.Run(Threads, (piece, worker) =>
            {
                workers[piece] = worker;
                meeting.SignalAndWait(Patience);
            });
            CollectionAssert.AreEqual(Enumerable.Range(0, Threads).ToArray(), workers);
        }
    }

    /// <summary>When a piece is begun all before it have been taken: no more of them than there are other threads can be about to begin.</summary>
    [TestMethod]
    public void PiecesInOrderAreBegunInTheirOrder()
    {
        const int Threads = 12, Pieces = 600;
        WorkerTeam team = WorkerTeam.Of(Threads);
        for (int round = 0; round < 20; round++)
        {
            int[] begun = new int[Pieces];
            int early = 0;
            team.RunInOrder(Pieces, (piece, _) =>
            {
                Volatile.Write(ref begun[piece], 1);
                if (begun[..piece].Sum() < piece - (Threads - 1))
                    Interlocked.Increment(ref early);
            });
            Assert.AreEqual(0, early);
            Assert.AreEqual(Pieces, begun.Sum());
        }
    }

    [TestMethod]
    public void MoreThreadsThanProcessorsAndABusyMachineGiveTheSameSums()
    {
        int threads = 8 * Environment.ProcessorCount + 1;
        WorkerTeam team = WorkerTeam.Of(threads);
        using var stop = new CancellationTokenSource();
        Thread[] others = [.. Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
                Thread.SpinWait(100);
        }))];
        foreach (Thread other in others)
            other.Start();
        long[] values = new long[500];
        for (int round = 1; round <= 50; round++)
        {
            team.Run(values.Length, (piece, _) => values[piece] += piece);
            Assert.AreEqual(round * (500L * 499 / 2), values.Sum());
        }
        stop.Cancel();
        foreach (Thread other in others)
            other.Join();
    }

    [TestMethod]
    public void RunInsideAPieceIsDoneByItsWorkerAndLeavesTheOuterRoundAlone()
    {
        WorkerTeam team = WorkerTeam.Of(6), otherTeam = WorkerTeam.Of(7);
        int[,] done = new int[40, 30], doneByOther = new int[40, 30];
        int strangers = 0;
        team.Run(40, (piece, worker) =>
        {
            team.Run(30, (inner, innerWorker) =>
            {
                Interlocked.Increment(ref done[piece, inner]);
                if (innerWorker != worker)
                    Interlocked.Increment(ref strangers);
            });
            otherTeam.Run(30, (inner, _) => Interlocked.Increment(ref doneByOther[piece, inner]));
        });
        Assert.IsTrue(done.Cast<int>().All(n => n == 1));
        Assert.IsTrue(doneByOther.Cast<int>().All(n => n == 1));
        Assert.AreEqual(0, strangers);
    }

    [TestMethod]
    public void TwoCallersAtATimeBothGetTheirWorkDone()
    {
        WorkerTeam team = WorkerTeam.Of(3);
        int[][] done = [new int[2000], new int[2000]];
        Thread[] callers = [.. done.Select(counts => new Thread(() =>
        {
            for (int round = 0; round < 200; round++)
                team.Run(counts.Length, (piece, _) => counts[piece]++);
        }))];
        foreach (Thread caller in callers)
            caller.Start();
        foreach (Thread caller in callers)
            Assert.IsTrue(caller.Join(Patience));
        Assert.IsTrue(done.All(counts => counts.All(n => n == 200)));
    }

    [TestMethod]
    public void AnExceptionReachesTheCallerAndTheTeamGoesOn()
    {
        WorkerTeam team = WorkerTeam.Of(9);
        for (int round = 0; round < 20; round++)
        {
            InvalidOperationException thrown = Assert.ThrowsExactly<InvalidOperationException>(() => team.Run(100, (piece, _) =>
            {
                if (piece == 50)
                    throw new InvalidOperationException("piece 50");
            }));
            Assert.AreEqual("piece 50", thrown.Message);
            int done = 0;
            team.Run(100, (_, _) => Interlocked.Increment(ref done));
            Assert.AreEqual(100, done);
        }
    }
}
