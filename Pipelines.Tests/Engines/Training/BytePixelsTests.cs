using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Training;

/// <summary>Images whose values do not change are read as bytes from the second epoch on; nothing else may differ.</summary>
[TestClass]
public sealed class BytePixelsTests
{
    private const int Count = 11, Height = 22, Width = 19;

    public static IEnumerable<object[]> Cases =>
        from shuffle in new[] { false, true }
        from rounding in new[] { Rounding.Fastest, Rounding.TensorFlow }
        from channels in new[] { 1, 3, 4, 5 }
        select new object[] { shuffle, rounding, channels, 255f };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    [DataRow(true, Rounding.Fastest, 3, 1f)]
    public void TheResultIsTheSameToTheLastBit(bool shuffle, Rounding rounding, int channels, float divisor)
    {
        Tensor x = Images(channels, divisor), changing = new(x.Values, x.SampleShape), y = Targets();
        using CompiledModel model = Make(rounding, channels), expected = Make(rounding, channels);
        Assert.IsTrue(model.BatchFor(4, training: true, Count).MostBytes[0] > 0);
        var options = new FitOptions { Epochs = 3, BatchSize = 4, Shuffle = shuffle };
        History history = model.Fit(x, y, options with { ValidationData = Dataset.FromTensors(x, y) });
        History expectedHistory = expected.Fit(changing, y, options with { ValidationData = Dataset.FromTensors(changing, y) });
        Assert.IsNotNull(x.BytesForPass());
        SmallTraining.AssertSameBits(expected.GetWeights(), model.GetWeights());
        CollectionAssert.AreEqual(expectedHistory["loss"].ToArray(), history["loss"].ToArray());
        CollectionAssert.AreEqual(expectedHistory["val_loss"].ToArray(), history["val_loss"].ToArray());
    }

    /// <summary>Batches that are given one after the other, of tensors that come again in each epoch.</summary>
    [TestMethod]
    public void StreamsOfThemAreTheSameToo()
    {
        Tensor x = Images(3, 255), changing = new(x.Values, x.SampleShape), y = Targets();
        using CompiledModel model = Make(Rounding.Fastest, 3), expected = Make(Rounding.Fastest, 3);
        Samples[] batches = [.. new[] { 0, 4, 8 }.Select(first => new Samples(x.Slice(first, Math.Min(4, Count - first)), y.Slice(first, Math.Min(4, Count - first))))];
        model.Fit(batches, new FitOptions { Epochs = 3, BatchSize = 4 });
        Assert.IsNotNull(batches[0].Inputs[0].BytesForPass());
        expected.Fit(changing, y, new FitOptions { Epochs = 3, BatchSize = 4, Shuffle = false });
        SmallTraining.AssertSameBits(expected.GetWeights(), model.GetWeights());
    }

    [TestMethod]
    public void ValuesThatMayChangeAreReadAnew()
    {
        float[] values = Images(3, 255).Values.ToArray(), others = [.. values];
        Tensor y = Targets();
        using CompiledModel model = Make(Rounding.Fastest, 3), expected = Make(Rounding.Fastest, 3);
        model.Fit(new Tensor(values, [Height, Width, 3]), y, Options(new ChangeImages(values)));
        expected.Fit(new Tensor(others, [Height, Width, 3]), y, Options());
        Assert.AreNotEqual(expected.GetWeights()[0].Values[0], model.GetWeights()[0].Values[0]);
        static FitOptions Options(params Callback[] callbacks) => new() { Epochs = 3, BatchSize = 4, Shuffle = false, Callbacks = callbacks };
    }

    /// <summary>Where a first layer's derivatives or kernels need floats, it is given floats.</summary>
    [TestMethod]
    public void OtherFirstLayersTakeFloats()
    {
        using CompiledModel happy = Architectures.HappyModel().Compile(new Adam(), new BinaryCrossentropy());
        Assert.AreEqual(0, happy.BatchFor(4, training: true, Count).MostBytes[0]);
        using CompiledModel flat = new Sequential([new Flatten { InputShape = [4, 4, 3] }, new Dense(2)]).Compile(new Adam(), new MeanSquaredError());
        Assert.AreEqual(0, flat.BatchFor(4, training: true, Count).MostBytes[0]);
    }

    /// <summary>More pixels than the option allows, or none allowed, stay floats.</summary>
    [TestMethod]
    public void TheMemoryThatTheyTakeIsBounded()
    {
        const int Size = Count * Height * Width * 3;
        foreach ((long most, bool kept) in new[] { (Size, true), (Size - 1, false), (0L, false) })
        {
            Tensor x = Images(3, 255);
            using CompiledModel model = Make(new ManagedOptions { PixelCacheBytes = most }, 3);
            Batch batch = model.BatchFor(4, training: true, Count);
            for (int pass = 0; pass < 2; pass++)
            {
                using IBatchReader reader = Dataset.FromTensors(x).Read(shuffle: null);
                reader.Next(batch);
                Assert.AreEqual(kept && pass == 1, batch.Bytes(0) is not null);
            }
        }
    }

    private static Tensor Images(int channels, float divisor) =>
        Tensor.FromBytes([.. TestWeights.Normal(Count * Height * Width * channels, seed: 4).Select(v => (byte)Math.Clamp(128 + 50 * v, 0, 255))], [Height, Width, channels], divisor);

    private static Tensor Targets() => new(Enumerable.Range(0, Count * 3).Select(i => i % 3 == i / 3 % 3 ? 1f : 0f).ToArray(), [3]);

    private static CompiledModel Make(Rounding rounding, int channels) => Make(new ManagedOptions { Rounding = rounding }, channels);

    private static CompiledModel Make(ManagedOptions options, int channels) => new Sequential([
        new Conv2D(8, 4, 1, Padding.Same) { InputShape = [Height, Width, channels] }, new ReLU(), new MaxPooling2D(4), new Flatten(), new Dense(3, ActivationFunction.Softmax)])
        .Compile(new Adam(), new CategoricalCrossentropy(), options: new CompileOptions { Engine = Engine.ManagedWith(options), Seed = 3 });

    private sealed class ChangeImages(float[] values) : Callback
    {
        public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs) => values.AsSpan().Reverse();
    }
}
