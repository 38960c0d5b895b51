using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Patch sums that are remembered: the same bits as those of a first time, right when images change, bounded, and off where they cannot pay.</summary>
[TestClass]
public sealed unsafe class PatchCacheTests
{
    private const int Height = 20, Width = 24, Size = Height * Width * 3, Capacity = 4;

    private static readonly WindowShape Shape = new(Height, Width, 3, Height, Width, 48, 5, 5, 1, 1, 1, 1, 2, 2, 1);

    [TestMethod]
    [DynamicData(nameof(KernelSets.Names), typeof(KernelSets))]
    public void SumsAreThoseOfTheBatch(string kernels)
    {
        using var run = new Run(samples: 12, kernels);
        foreach (int first in new[] { 0, 4, 8, 2, 0 })
        {
            (float[] gram, float[] sums) = run.Remembered(first, Capacity);
            (float[] expectedGram, float[] expectedSums) = run.Computed(first, Capacity);
            Near.AssertClose([.. expectedGram.Select(v => (double)v)], gram, 1e-6, $"Gram matrix from image {first}");
            Near.AssertClose([.. expectedSums.Select(v => (double)v)], sums, 1e-6, $"sums from image {first}");
        }
    }

    [TestMethod]
    public void ImagesThatComeAgainGiveTheSameBits()
    {
        using var run = new Run(samples: 12);
        var first = run.Remembered(3, Capacity);
        run.Remembered(1, 3);
        AssertSame(first, run.Remembered(3, Capacity));

        // As does a cache that saw them in another order, as after a training run that was resumed.
        using var other = new Run(samples: 12);
        other.Remembered(5, 2);
        AssertSame(first, other.Remembered(3, Capacity));
    }

    [TestMethod]
    public void ImagesThatWereChangedInTheirPlaceAreOthers()
    {
        using var run = new Run(samples: 12);
        run.Remembered(0, Capacity);
        run.Images.Span(2 * Size)[Size + 100] += 1e-4f;
        var changed = run.Remembered(0, Capacity);
        using var other = new Run(samples: 12);
        other.Images.Span(2 * Size)[Size + 100] += 1e-4f;
        AssertSame(other.Remembered(0, Capacity), changed);
    }

    [TestMethod]
    public void MoreImagesThanAnEpochHasTakeNoMoreMemory()
    {
        using var run = new Run(samples: 5);
        using var unbounded = new Run(samples: 12);
        foreach (int first in new[] { 0, 4, 8, 1, 5, 0 })
            AssertSame(unbounded.Remembered(first, Capacity), run.Remembered(first, Capacity));
    }

    [TestMethod]
    public void ItIsOffWhereItCannotPay()
    {
        using var run = new Run(samples: 12);
        long bytes = 12 * sizeof(float) * (25 * 9 * 15 + 75 + 8);
        Assert.IsTrue(PatchCache.Suits(run.Context(samples: 12), Shape));
        Assert.IsTrue(PatchCache.Suits(run.Context(samples: 12, bytes), Shape));
        Assert.IsFalse(PatchCache.Suits(run.Context(samples: 12, bytes / 2), Shape), "more than it may take");
        Assert.IsFalse(PatchCache.Suits(run.Context(samples: 12, bytes: 0), Shape), "switched off");
        Assert.IsFalse(PatchCache.Suits(run.Context(samples: null), Shape), "nobody knows how many images come");
        PlanContext augmented = run.Context(samples: 12);
        augmented.NewStream(null);
        Assert.IsFalse(PatchCache.Suits(augmented, Shape), "images are other ones in each step");
    }

    [TestMethod]
    public void TrainingIsTheSameWithoutIt()
    {
        Model model = Architectures.HappyModel();
        ModelWeights weights = ModelWeights.Initialize(model, 7);
        float[] x = TestWeights.Normal(4 * 64 * 64 * 3, seed: 3), t = [0, 1, 1, 0];
        ModelWeights Gradients(long bytes)
        {
            using var run = new EngineRun(model, new BinaryCrossentropy(), KernelSet.Best, weights, options: new ManagedOptions { PatchCacheBytes = bytes }, samples: 4);
            return run.Learn(4, x, t).Gradients;
        }
        ModelWeights with = Gradients(64 << 20), without = Gradients(0);
        Near.AssertClose([.. without[0].Values.Select(v => (double)v)], with[0].Values, 2e-6, "kernel");
        CollectionAssert.AreNotEqual(without[0].Values, with[0].Values, "the switch changes nothing");
    }

    private static void AssertSame((float[] Gram, float[] Sums) expected, (float[] Gram, float[] Sums) found)
    {
        CollectionAssert.AreEqual(expected.Gram, found.Gram);
        CollectionAssert.AreEqual(expected.Sums, found.Sums);
    }

    /// <summary>Twelve random images, a cache and what computes each batch anew.</summary>
    private sealed class Run : IDisposable
    {
        private readonly KernelSet _kernels;
        private readonly Parameters _parameters;
        private readonly List<PlanContext> _contexts = [];
        private readonly PatchCache _cache;
        private readonly PatchGram _gram;

        public Run(int samples, string? kernels = null)
        {
            _kernels = kernels is null ? KernelSet.Best : KernelSets.Get(kernels);
            _parameters = new Parameters(new Sequential([new Dense(1) { InputShape = [1] }]), new Adam(), WorkerTeam.Of(2));
            Images = new AlignedBuffer(12 * Size);
            TestWeights.Normal(12 * Size, seed: 5).CopyTo(Images.Span(12 * Size));
            PlanContext context = Context(samples);
            (_cache, _gram) = (new PatchCache(context, Shape), new PatchGram(context, Shape, Capacity, context.Team));
        }

        public AlignedBuffer Images { get; }

        public PlanContext Context(int? samples, long bytes = 1 << 20)
        {
            _contexts.Add(new PlanContext(_kernels, WorkerTeam.Of(2), _parameters, Capacity, training: true, seed: 1) { Samples = samples, Options = new ManagedOptions { PatchCacheBytes = bytes } });
            return _contexts[^1];
        }

        public (float[] Gram, float[] Sums) Remembered(int first, int count) => Moments(_cache, first, count);

        public (float[] Gram, float[] Sums) Computed(int first, int count) => Moments(_gram, first, count);

        public void Dispose()
        {
            Images.Dispose();
            _contexts.ForEach(c => c.Dispose());
            _parameters.Dispose();
        }

        private (float[] Gram, float[] Sums) Moments(PatchMoments moments, int first, int count)
        {
            using var scratch = new AlignedBuffer(2 * moments.WorkerScratchSize);
            moments.Run(count, Images.Pointer + first * Size, worker => scratch.Pointer + worker * moments.WorkerScratchSize);
            return (new Span<float>(moments.Gram, Shape.Depth * Shape.Depth).ToArray(), new Span<float>(moments.Sums, Shape.Depth).ToArray());
        }
    }
}
