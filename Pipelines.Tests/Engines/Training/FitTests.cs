using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>Fit on sequences of batches, cancellation, refusals, and a user's own loss, metric, optimizer and callback.</summary>
[TestClass]
public sealed class FitTests
{
    private const int BatchSize = 8;

    [TestMethod]
    public async Task SequencesOfBatchesGiveTheBitsOfArrays()
    {
        var options = new FitOptions { Epochs = 3, BatchSize = BatchSize, Shuffle = false };
        using CompiledModel arrays = SmallTraining.Compile(), sequence = SmallTraining.Compile(), stream = SmallTraining.Compile(), endless = SmallTraining.Compile();
        arrays.Fit(SmallTraining.X, SmallTraining.Y, options);
        sequence.Fit(Batches(), options);
        await stream.FitAsync(AsyncBatches(), options);
        endless.Fit(Enumerable.Repeat(0, int.MaxValue).SelectMany(_ => Batches()), options with { StepsPerEpoch = 5 });
        foreach (CompiledModel model in new[] { sequence, stream, endless })
            SmallTraining.AssertSameBits(arrays.GetWeights(), model.GetWeights());
    }

    [TestMethod]
    public void CancellationKeepsModelAndHistory()
    {
        using var cancellation = new CancellationTokenSource();
        using CompiledModel model = SmallTraining.Compile();
        ModelWeights start = model.GetWeights();
        History history = model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions
        {
            Epochs = 100,
            BatchSize = BatchSize,
            CancellationToken = cancellation.Token,
            Callbacks = [new AtStep(12, _ => cancellation.Cancel())],
        });
        Assert.IsTrue(history.WasCancelled);
        Assert.HasCount(2, history.Epochs);
        Assert.IsFalse(start[0].Values.AsSpan().SequenceEqual(model.GetWeights()[0].Values));
    }

    [TestMethod]
    public void ALossThatIsNotFiniteNamesStepAndLayer()
    {
        using CompiledModel model = SmallTraining.Compile();
        TrainingException fromData = Assert.ThrowsExactly<TrainingException>(() => model.Fit(With(SmallTraining.X, 12 * 6, float.NaN), SmallTraining.Y, new FitOptions { BatchSize = BatchSize, Shuffle = false }));
        Assert.Contains("step 2 of epoch 1", fromData.Message);
        Assert.Contains("the input", fromData.Message);

        ModelWeights weights = model.GetWeights();
        weights[2].Values[0] = float.PositiveInfinity;
        model.SetWeights(weights);
        TrainingException fromWeights = Assert.ThrowsExactly<TrainingException>(() => model.Fit(SmallTraining.X, SmallTraining.Y));
        Assert.Contains($"the layer \"{model.Model.Layers[^1].Name}\"", fromWeights.Message);
    }

    [TestMethod]
    public void TerminateOnNaNEndsTrainingWithoutAnError()
    {
        using CompiledModel model = SmallTraining.Compile();
        History history = model.Fit(With(SmallTraining.X, 0, float.NaN), SmallTraining.Y, new FitOptions { Epochs = 5, Callbacks = [new TerminateOnNaN()] });
        Assert.HasCount(1, history.Epochs);
    }

    [TestMethod]
    public void ARowOfBadInputIsRefused()
    {
        using CompiledModel model = SmallTraining.Compile();
        Assert.Contains("adam", Assert.ThrowsExactly<ArgumentException>(() => Optimizer.Get("adamm")).Message);
        Assert.Contains("huber", Assert.ThrowsExactly<ArgumentException>(() => Loss.Get("hubert")).Message);
        Assert.Contains("precision", Assert.ThrowsExactly<ArgumentException>(() => SmallTraining.Model().Compile("adam", "mse", "precison")).Message);
        Assert.Contains("targets", Assert.ThrowsExactly<TrainingException>(() => model.Fit(SmallTraining.X, new Tensor(new float[80], [2]))).Message);
        Assert.Contains("(6)", Assert.Throws<Exception>(() => model.Fit(new Tensor(new float[40 * 5], [5]), SmallTraining.Y)).Message.Replace("(None, 6)", "(6)"));
        Assert.ThrowsExactly<TrainingException>(() => model.Fit(Array.Empty<Samples>()));
        Assert.Contains("cannot be split", Assert.ThrowsExactly<TrainingException>(() => model.Fit(Batches(), new FitOptions { ValidationSplit = 0.5 })).Message);
        Assert.Contains("val_loss", Assert.ThrowsExactly<TrainingException>(() => model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Callbacks = [new EarlyStopping()] })).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { ValidationSplit = 1 }));
        Assert.ThrowsExactly<ArgumentException>(() => SmallTraining.Compile(new Adam { ClipNorm = 1, ClipValue = 1 }));
        using CompiledModel scheduled = SmallTraining.Compile(new Sgd { Schedule = new CosineDecay(0.1, 10) });
        Assert.ThrowsExactly<InvalidOperationException>(() => scheduled.LearningRate = 1);
    }

    [TestMethod]
    public void EverythingOfOnesOwnIsUsed()
    {
        var callback = new Recorder();
        using CompiledModel model = SmallTraining.Model().Compile(new SignDescent(0.01), [new(new FourthPower()) { Metrics = [new LargestError(), "mae"] }]);
        History history = model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Epochs = 20, BatchSize = BatchSize, Callbacks = [callback] });
        Assert.IsLessThan(history["loss"][0] / 2, history["loss"][^1]);
        Assert.IsGreaterThan(history["mae"][^1], history["largest_error"][^1]);
        Assert.AreEqual(20 * 5, callback.Steps);
        Assert.HasCount(20, history["steps"]);
        Assert.IsLessThan(1e-5, LossGradientCheck.LargestError(new FourthPower(), [0.5f, 1, 2], [0.25f, -1, 2.5f], width: 3));
    }

    private static IEnumerable<Samples> Batches()
    {
        for (int i = 0; i < 40; i += BatchSize)
            yield return new Samples(SmallTraining.X.Slice(i, BatchSize), SmallTraining.Y.Slice(i, BatchSize));
    }

    private static async IAsyncEnumerable<Samples> AsyncBatches()
    {
        foreach (Samples batch in Batches())
        {
            await Task.Yield();
            yield return batch;
        }
    }

    private static Tensor With(Tensor tensor, int index, float value)
    {
        float[] values = tensor.Values.ToArray();
        values[index] = value;
        return new Tensor(values, tensor.SampleShape);
    }

    private sealed class FourthPower : ElementwiseLoss
    {
        public override string Name => "fourth_power";

        protected override (double Value, double Slope) Of(double target, double prediction) => (Math.Pow(prediction - target, 4), 4 * Math.Pow(prediction - target, 3));
    }

    private sealed class LargestError : Metric
    {
        private double _largest;

        public override string Name => "largest_error";

        public override double Result => _largest;

        public override void Reset() => _largest = 0;

        public override void Update(in MetricRows rows)
        {
            for (int i = 0; i < rows.Count * rows.Width; i++)
                _largest = Math.Max(_largest, Math.Abs(rows.Predictions[i] - rows.Targets[i]));
        }
    }

    private sealed class SignDescent(double learningRate) : Optimizer(learningRate)
    {
        public override string Name => "sign_descent";

        public override int SlotCount => 0;

        public override void Update(in WeightUpdate update)
        {
            for (int i = 0; i < update.Weights.Length; i++)
                update.Weights[i] -= (float)update.LearningRate * Math.Sign(update.Gradients[i]);
        }
    }

    private sealed class Recorder : Callback
    {
        public int Steps { get; private set; }

        public override void OnTrainBatchEnd(TrainingState training) => Steps++;

        public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs) => training.Log("steps", Steps);
    }

    private sealed class AtStep(int step, Action<TrainingState> act) : Callback
    {
        private int _steps;

        public override void OnTrainBatchEnd(TrainingState training)
        {
            if (++_steps == step)
                act(training);
        }
    }
}
