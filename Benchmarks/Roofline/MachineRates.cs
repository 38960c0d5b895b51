using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ConvNets.Engines;

namespace ConvNets.Benchmarks.Roofline;

/// <summary>What the machine can do at most: multiply-adds from registers, and reads from each level of its memory.</summary>
internal static unsafe class MachineRates
{
    private const int Rounds = 7;

    // A multiply-add takes four cycles or five and two begin in each, so ten must be under way; the loop's sums are as many as leave registers for the factors on every set.
    private const int Sums = 12;

    /// <summary>GFLOP/s of multiply-adds, two FLOP each, of the engine's vectors.</summary>
    public static double MultiplyAdds(int threads)
    {
        const int Steps = 20_000_000;
        (Action<int> run, int width) = KernelSet.Best.Name switch
        {
            "AVX-512" => ((Action<int>)(_ => MultiplyAdd<Vector512<float>, Simd512>(Steps)), Simd512.Width),
            "AVX2" => (_ => MultiplyAdd<Vector256<float>, Simd256>(Steps), Simd256.Width),
            _ => (_ => MultiplyAdd<Vector128<float>, Simd128>(Steps), Simd128.Width),
        };
        return 2e-9 * Sums * width * Steps * threads / Best(threads, run);
    }

    /// <summary>GB/s of reading, each thread a block of its own.</summary>
    public static double Read(int threads, int bytes)
    {
        AlignedBuffer[] blocks = [.. Enumerable.Range(0, threads).Select(_ => new AlignedBuffer(bytes / sizeof(float)))];
        int passes = Math.Max(1, (1 << 30) / bytes);
        Action<int> run = KernelSet.Best.Name switch
        {
            "AVX-512" => thread => Sum<Vector512<float>, Simd512>(blocks[thread].Pointer, bytes / sizeof(float), passes),
            "AVX2" => thread => Sum<Vector256<float>, Simd256>(blocks[thread].Pointer, bytes / sizeof(float), passes),
            _ => thread => Sum<Vector128<float>, Simd128>(blocks[thread].Pointer, bytes / sizeof(float), passes),
        };
        double seconds = Best(threads, run);
        foreach (AlignedBuffer block in blocks)
            block.Dispose();
        return 1e-9 * bytes * passes * threads / seconds;
    }

    /// <summary>Microseconds that it takes to hand out two empty pieces of work, as between two layers of a step.</summary>
    public static double Dispatch()
    {
        const int Runs = 100_000;
        WorkerTeam team = WorkerTeam.Of(Environment.ProcessorCount);
        return 1e6 / Runs * Best(1, _ =>
        {
            for (int i = 0; i < Runs; i++)
                team.Run(2, static (_, _) => { });
        });
    }

    /// <summary>Seconds of the fastest of some rounds in which all threads begin together.</summary>
    private static double Best(int threads, Action<int> run)
    {
        double best = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            using var start = new Barrier(threads + 1);
            Thread[] team = [.. Enumerable.Range(0, threads).Select(i => new Thread(() =>
            {
                start.SignalAndWait();
                run(i);
            }))];
            foreach (Thread thread in team)
                thread.Start();
            start.SignalAndWait();
            long begin = Stopwatch.GetTimestamp();
            foreach (Thread thread in team)
                thread.Join();
            best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAdd<V, S>(int steps) where V : struct where S : struct, ISimd<V>
    {
        V x = S.Create(1.0000001f), y = S.Create(1e-8f), a = S.Zero, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
        for (int step = 0; step < steps; step++)
        {
            (a, b, c) = (S.MultiplyAdd(a, x, y), S.MultiplyAdd(b, x, y), S.MultiplyAdd(c, x, y));
            (d, e, f) = (S.MultiplyAdd(d, x, y), S.MultiplyAdd(e, x, y), S.MultiplyAdd(f, x, y));
            (g, h, i) = (S.MultiplyAdd(g, x, y), S.MultiplyAdd(h, x, y), S.MultiplyAdd(i, x, y));
            (j, k, l) = (S.MultiplyAdd(j, x, y), S.MultiplyAdd(k, x, y), S.MultiplyAdd(l, x, y));
        }
        Keep<V, S>(S.Add(S.Add(S.Add(a, b), S.Add(c, d)), S.Add(S.Add(S.Add(e, f), S.Add(g, h)), S.Add(S.Add(i, j), S.Add(k, l)))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum<V, S>(float* block, int length, int passes) where V : struct where S : struct, ISimd<V>
    {
        V a = S.Zero, b = a, c = a, d = a;
        for (int pass = 0; pass < passes; pass++)
        {
            for (float* p = block, end = block + length; p < end; p += 4 * S.Width)
            {
                a = S.Add(a, S.Load(p));
                b = S.Add(b, S.Load(p + S.Width));
                c = S.Add(c, S.Load(p + 2 * S.Width));
                d = S.Add(d, S.Load(p + 3 * S.Width));
            }
        }
        Keep<V, S>(S.Add(S.Add(a, b), S.Add(c, d)));
    }

    /// <summary>Makes use of a result, so that what it takes to compute it is not left out.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep<V, S>(V value) where V : struct where S : struct, ISimd<V>
    {
        float* memory = stackalloc float[S.Width];
        S.Store(memory, value);
    }
}
