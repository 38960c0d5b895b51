using ConvNets.Data.Hdf5;
using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Random layers: off in inference, the same for a seed, as often and as far as Keras documents, and Keras's own images where nothing is left to chance.</summary>
[TestClass]
public sealed class RandomLayerTests
{
    private static readonly TensorShape Image = [6, 7, 2];

    private static readonly Dictionary<string, Func<long?, Layer>> Layers = new(StringComparer.Ordinal)
    {
        [nameof(Dropout)] = static seed => new Dropout(0.3, seed: seed),
        [nameof(SpatialDropout2D)] = static seed => new SpatialDropout2D(0.3, seed),
        [nameof(GaussianNoise)] = static seed => new GaussianNoise(0.5, seed),
        [nameof(RandomFlip)] = static seed => new RandomFlip(seed: seed),
        [nameof(RandomTranslation)] = static seed => new RandomTranslation(0.3, 0.2, seed: seed),
        [nameof(RandomRotation)] = static seed => new RandomRotation(0.2, seed: seed),
        [nameof(RandomZoom)] = static seed => new RandomZoom(0.3, 0.2, seed: seed),
        [nameof(RandomContrast)] = static seed => new RandomContrast(0.5, (-9, 9), seed),
        [nameof(RandomBrightness)] = static seed => new RandomBrightness(0.2, (-9, 9), seed),
    };

    public static IEnumerable<string> Names => Layers.Keys;

    [TestMethod]
    public void EveryRandomLayerIsTested()
    {
        string[] layers = [.. typeof(RandomLayer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(RandomLayer)) && !type.IsAbstract).Select(type => type.Name)];
        CollectionAssert.AreEquivalent(layers, Layers.Keys);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void InferenceLeavesValuesAlone(string layer)
    {
        float[] x = TestWeights.Normal(4 * Image.Size, 1);
        CollectionAssert.AreEqual(x, Run(Layers[layer](null), Image, x, training: false)[0]);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TheSeedAloneSaysWhatIsDrawn(string layer)
    {
        float[] x = TestWeights.Normal(16 * Image.Size, 1);
        float[][] first = Run(Layers[layer](null), Image, x, seed: 1, steps: 2);

        float[][] again = Run(Layers[layer](null), Image, x, seed: 1, steps: 2, threads: 1);
        CollectionAssert.AreEqual(first[0], again[0]);
        CollectionAssert.AreEqual(first[1], again[1]);
        CollectionAssert.AreNotEqual(first[0], first[1], "another step");
        CollectionAssert.AreNotEqual(first[0], Run(Layers[layer](null), Image, x, seed: 2)[0], "another model's seed");
        CollectionAssert.AreEqual(Run(Layers[layer](5), Image, x, seed: 1)[0], Run(Layers[layer](5), Image, x, seed: 2)[0], "a seed of its own");
        CollectionAssert.AreNotEqual(Run(Layers[layer](5), Image, x)[0], Run(Layers[layer](6), Image, x)[0], "another seed of its own");
    }

    [TestMethod]
    [DataRow(nameof(Dropout))]
    [DataRow(nameof(SpatialDropout2D))]
    [DataRow(nameof(RandomContrast))]
    [DataRow(nameof(RandomBrightness))]
    public void EveryInstructionSetGivesTheSameBits(string layer)
    {
        TensorShape shape = [8, 6, 3];
        Model model = LayerCases.Build([shape], Layers[layer](5));
        float[] x = TestWeights.Normal(7 * shape.Size, 1), expected = Run(model, x, 1, 1, 2, training: true)[0];

        foreach (string kernels in KernelSets.Names)
            CollectionAssert.AreEqual(expected, Run(model, x, 1, 1, 1, training: true, KernelSets.Get(kernels))[0], kernels);
    }

    [TestMethod]
    [DataRow(0.1)]
    [DataRow(0.5)]
    [DataRow(0.9)]
    public void DropoutSetsItsShareToZeroAndMakesUpForIt(double rate)
    {
        const int Count = 20_000;
        float[] y = Run(new Dropout(rate), [Count], Enumerable.Repeat(3f, Count).ToArray())[0];

        foreach (float value in y.Where(v => v != 0))
            Assert.AreEqual(3 / (1 - rate), value, 1e-5);
        AssertShare(rate, y.Count(v => v == 0), Count);
    }

    /// <summary>Which numbers of which stream decide: for the same seed other values would be dropped if that changed.</summary>
    [TestMethod]
    [DataRow("one each", null, 0)]
    [DataRow("channels of each image", new[] { 0, 1, 1, 5 }, 5)]
    [DataRow("pixels of each image", new[] { 0, 3, 4, 1 }, 12)]
    [DataRow("rows of the batch", new[] { 1, 3, 1, 1 }, 0)]
    public void ANumberOfTheLayersStreamDecidesOnEachValue(string _, int[]? noise, int ofEachSample)
    {
        const int Samples = 300;
        TensorShape shape = [3, 4, 5];
        var layer = new Dropout(0.3, noise?.Select(d => d == 0 ? (int?)null : d).ToArray(), seed: 9);
        float[] x = TestWeights.Normal(Samples * shape.Size, 1);
        uint[] block = new uint[4];

        float[] expected = [.. x.Select((value, i) =>
        {
            int number = i;
            if (noise is not null)
            {
                int[] at = NaiveCall.Index(shape, i % shape.Size);
                number = i / shape.Size * ofEachSample;
                for (int axis = 0; axis < 3; axis++)
                    number += noise[axis + 1] == 1 ? 0 : at[axis] * noise[(axis + 2)..].Aggregate(1, (product, d) => product * d);
            }
            Philox.Block(9, Philox.LayerStream(0, 0), number / 4, block);
            return block[number % 4] < 0.3 * (1L << 32) ? value * 0 : value * (float)(1 / 0.7);
        })];

        CollectionAssert.AreEqual(expected, Run(layer, shape, x)[0]);
    }

    [TestMethod]
    public void DropoutOfEverythingOrNothing()
    {
        float[] x = TestWeights.Normal(8, 1);
        CollectionAssert.AreEqual(new float[8], Run(new Dropout(1), [8], x)[0]);
        CollectionAssert.AreEqual(x, Run(new Dropout(0), [8], x)[0]);
    }

    [TestMethod]
    public void SpatialDropoutTakesWholeChannels()
    {
        const int Samples = 400;
        float[] y = Run(new SpatialDropout2D(0.25), [3, 4, 5], Enumerable.Repeat(1f, Samples * 60).ToArray())[0];

        foreach (float[] sample in y.Chunk(60))
        {
            for (int c = 0; c < 5; c++)
                Assert.AreEqual(1, sample.Where((_, i) => i % 5 == c).Distinct().Count());
        }
        AssertShare(0.25, y.Count(v => v == 0) / 12, Samples * 5);
    }

    [TestMethod]
    public void ANoiseShapeDropsValuesTogether()
    {
        const int Samples = 300;
        float[] x = Enumerable.Repeat(1f, Samples * 12).ToArray();

        foreach (float[] sample in Run(new Dropout(0.5, [null, 1, 4]), [3, 4], x)[0].Chunk(12))
            CollectionAssert.AreEqual(sample[..4], sample[8..]);
        float[][] batch = [.. Run(new Dropout(0.5, [1, null, null]), [3, 4], x)[0].Chunk(12)];
        Assert.IsTrue(batch.All(sample => sample.SequenceEqual(batch[0])), "one draw for the batch");
        Assert.ThrowsExactly<ModelException>(() => Run(new Dropout(0.5, [null, 2, 4]), [3, 4], x));
    }

    [TestMethod]
    public void NoiseHasItsDeviation()
    {
        const int Count = 40_000;
        float[] noise = Run(new GaussianNoise(0.5), [Count], new float[Count])[0];

        Assert.AreEqual(0, noise.Average(), 5 * 0.5 / Math.Sqrt(Count));
        Assert.AreEqual(0.25, noise.Average(v => v * v), 5 * 0.25 * Math.Sqrt(2.0 / Count));
        AssertShare(0.0455, noise.Count(v => Math.Abs(v) > 1), Count);
    }

    [TestMethod]
    [DataRow(FlipMode.Horizontal)]
    [DataRow(FlipMode.Vertical)]
    [DataRow(FlipMode.HorizontalAndVertical)]
    public void EveryOtherImageIsMirrored(FlipMode mode)
    {
        const int Samples = 1000;
        float[] x = TestWeights.Normal(Samples * Image.Size, 1), y = Run(new RandomFlip(mode), Image, x)[0];

        int mirrored = 0;
        for (int n = 0; n < Samples; n++)
        {
            float[] before = x[(n * Image.Size)..((n + 1) * Image.Size)], after = y[(n * Image.Size)..((n + 1) * Image.Size)];
            if (after.SequenceEqual(before))
                continue;
            mirrored++;
            CollectionAssert.AreEqual(Enumerable.Range(0, Image.Size).Select(i => before[Mirror(i)]).ToArray(), after);
        }
        AssertShare(0.5, mirrored, Samples);

        int Mirror(int i)
        {
            int[] at = NaiveCall.Index(Image, i);
            return NaiveCall.Place(Image, [mode == FlipMode.Horizontal ? at[0] : Image[0] - 1 - at[0], mode == FlipMode.Vertical ? at[1] : Image[1] - 1 - at[1], at[2]]);
        }
    }

    [TestMethod]
    public void BrightnessIsDrawnEvenlyFromItsRange()
    {
        const int Samples = 2000;
        float[] added = [.. Run(new RandomBrightness((-0.1, 0.3), (0, 10)), [1, 1, 1], Enumerable.Repeat(5f, Samples).ToArray())[0].Select(v => v - 5)];

        Assert.IsTrue(added.All(v => v is >= -1.0001f and <= 3.0001f));
        Assert.AreEqual(1, added.Average(), 5 * 4 / Math.Sqrt(12 * Samples));
        AssertShare(0.25, added.Count(v => v < 0), Samples);
    }

    [TestMethod]
    public void ContrastMovesValuesFromTheirChannelsMean()
    {
        const int Samples = 500;
        float[] x = TestWeights.Normal(Samples * Image.Size, 1), y = Run(new RandomContrast((0.4, 0.6), (-99, 99)), Image, x)[0];

        double[] factors = new double[Samples];
        for (int n = 0; n < Samples; n++)
        {
            // Of two values of a channel, the difference is multiplied.
            int first = n * Image.Size;
            factors[n] = (y[first] - y[first + 2]) / (x[first] - x[first + 2]);
            Assert.AreEqual(x.AsSpan(first, Image.Size).ToArray().Sum(), y.AsSpan(first, Image.Size).ToArray().Sum(), 1e-3, "the mean stays");
        }
        Assert.IsTrue(factors.All(f => f is >= 0.599 and <= 1.601));
        Assert.AreEqual(1.1, factors.Average(), 5 / Math.Sqrt(12 * Samples));
    }

    public static IEnumerable<string> Cases
    {
        get
        {
            using Hdf5File file = Hdf5File.Open(KerasOracles.PathOf("random_layers.h5"));
            return [.. file.Root.Groups.Select(group => group.Name)];
        }
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void WhereNothingIsLeftToChanceImagesAreKeras(string name)
    {
        using Hdf5File file = Hdf5File.Open(KerasOracles.PathOf("random_layers.h5"));
        Model model = ConvNets.Formats.KerasConfig.Parse(file.Group(name).Attribute("config")!.ReadString());
        float[] expected = file.Dataset($"{name}/y").Read<float>();

        float[] found = Run(model, file.Dataset("x").Read<float>(), 1, 1, 2, training: true)[0];

        Assert.IsLessThan(2e-5, expected.Zip(found, (a, b) => Math.Abs(a - b)).Max());
    }

    private static float[][] Run(Layer layer, TensorShape shape, float[] x, long seed = 1, int steps = 1, int threads = 2, bool training = true) =>
        Run(LayerCases.Build([shape], layer), x, seed, steps, threads, training);

    /// <summary>The outputs of some steps on the same batch.</summary>
    private static float[][] Run(Model model, float[] x, long seed, int steps, int threads, bool training, KernelSet? kernels = null)
    {
        using var executor = new ManagedExecutor(new ExecutorRequest(model, new Sgd(), [new DotLoss()], [1f], threads, seed), kernels ?? KernelSet.Best);
        using Batch batch = executor.CreateBatch(x.Length / model.Inputs[0].Shape.Size, training);
        batch.Count = batch.Capacity;
        x.CopyTo(batch.Input(0));
        return [.. Enumerable.Range(0, steps).Select(_ =>
        {
            if (training)
                executor.Train(batch);
            else
                executor.Predict(batch);
            return batch.Output(0).ToArray();
        })];
    }

    /// <summary>A count that a share of trials gives, within five deviations.</summary>
    private static void AssertShare(double share, int count, int trials) => Assert.AreEqual(share, (double)count / trials, 5 * Math.Sqrt(share * (1 - share) / trials));
}
