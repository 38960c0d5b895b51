using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Training;

/// <summary>Arrays in their own order are read where they lie; nothing else may differ from arrays that are copied into the batch.</summary>
[TestClass]
public sealed class LentInputsTests
{
    private const int Count = 11;

    public static IEnumerable<object[]> Cases =>
        from flat in new[] { false, true }
        from first in new[] { 0, 1, 7 }
        from behind in new[] { 0, 1, 100 }
        select new object[] { flat, first, behind };

    /// <param name="flat">Whether the first layer only sees the input in another shape.</param>
    /// <param name="first">Floats of the array in front of the samples: where they lie in memory.</param>
    /// <param name="behind">Floats behind them.</param>
    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void LentAndCopiedInputsGiveTheSameBits(bool flat, int first, int behind)
    {
        float[] array = TestWeights.Normal(first + Count * 9 * 7 * 3 + behind, seed: 5);
        var x = new Tensor(array.AsMemory(first, Count * 9 * 7 * 3), [9, 7, 3]);
        var y = new Tensor(TestWeights.Normal(Count * 2, seed: 6), [2]);
        using CompiledModel lent = Make(flat), copied = Make(flat);
        var options = new FitOptions { Epochs = 2, BatchSize = 4, Shuffle = false };
        lent.Fit(Dataset.FromTensors(x, y), options);
        copied.Fit(new CopiedDataset(x, y), options);
        SmallTraining.AssertSameBits(copied.GetWeights(), lent.GetWeights());
        Assert.AreEqual(copied.Evaluate(new CopiedDataset(x, y), 4)["loss"], lent.Evaluate(x, y, 4)["loss"]);

        float[] outputs = new float[Count * 2];
        lent.Predict(x, outputs, 4);
        CollectionAssert.AreEqual(copied.Predict([x], 4)[0].Values.ToArray(), outputs);
        CollectionAssert.AreEqual(outputs, lent.Predict(new Tensor(x.Values.ToArray(), x.SampleShape), 4).Values.ToArray());
    }

    [TestMethod]
    public void ABatchThatIsWrittenToIsNoLongerLent()
    {
        float[] first = TestWeights.Normal(2 * 9 * 7 * 3, seed: 1), second = TestWeights.Normal(2 * 9 * 7 * 3, seed: 2);
        using CompiledModel model = Make(flat: true);
        float[] expected = model.Predict(new Tensor(second, [9, 7, 3]), 2).Values.ToArray();
        Batch batch = model.BatchFor(2, training: false, 2);
        using IBatchReader reader = Dataset.FromTensors(new Tensor(first, [9, 7, 3])).Read(shuffle: null);
        reader.Next(batch);
        float[] before = [.. first];
        second.CopyTo(batch.Input(0));
        model.Executor.Predict(batch);
        CollectionAssert.AreEqual(expected, batch.Output(0).ToArray());
        CollectionAssert.AreEqual(before, first);
    }

    private static CompiledModel Make(bool flat)
    {
        List<Layer> layers = flat ? [new Flatten { InputShape = [9, 7, 3] }] : [new Conv2D(4, 3) { InputShape = [9, 7, 3] }, new ReLU(), new Flatten()];
        return new Sequential([.. layers, new Dense(2)]).Compile(new Adam(), new MeanSquaredError(), options: new CompileOptions { Seed = 3 });
    }

    /// <summary>Writes samples into the batch's own buffers, as data sets of users' own do.</summary>
    private sealed class CopiedDataset(Tensor x, Tensor y) : Dataset
    {
        public override IReadOnlyList<TensorShape> InputShapes => [x.SampleShape];

        public override IReadOnlyList<TensorShape> TargetShapes => [y.SampleShape];

        public override int? Count => x.Count;

        public override IBatchReader Read(Philox? shuffle) => new Reader(x, y);

        private sealed class Reader(Tensor x, Tensor y) : IBatchReader
        {
            private int _next;

            public bool Next(Batch batch)
            {
                batch.Count = Math.Min(batch.Capacity, x.Count - _next);
                x.Slice(_next, batch.Count).Values.Span.CopyTo(batch.Input(0));
                y.Slice(_next, batch.Count).Values.Span.CopyTo(batch.Target(0));
                _next += batch.Count;
                return batch.Count > 0;
            }

            public void Dispose()
            {
            }
        }
    }
}
