using System.Text.Json;
using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>Callbacks on given figures against Keras's; <c>Keras/make_callbacks.py</c> made the file.</summary>
[TestClass]
public sealed class CallbackOracleTests
{
    private static readonly JsonElement Oracle = JsonDocument.Parse(File.ReadAllText(KerasOracles.PathOf("callbacks.json"))).RootElement;

    public static IEnumerable<int> Stoppings => Enumerable.Range(0, Oracle.GetProperty("early_stopping").GetArrayLength());

    public static IEnumerable<int> Plateaus => Enumerable.Range(0, Oracle.GetProperty("reduce_lr_on_plateau").GetArrayLength());

    [TestMethod]
    [DynamicData(nameof(Stoppings))]
    public void EarlyStoppingStopsWhereKerasDoes(int index)
    {
        JsonElement expected = Oracle.GetProperty("early_stopping")[index];
        var stopping = new EarlyStopping("figure", Number(expected, "min_delta") ?? 0, (int)Number(expected, "patience")!, Mode(expected), Number(expected, "baseline"), restoreBestWeights: true,
            startFromEpoch: (int)(Number(expected, "start_from_epoch") ?? 0));
        History history = Run(expected, stopping);
        Assert.HasCount(expected.GetProperty("epochs").GetInt32(), history.Epochs);
        Assert.AreEqual(expected.GetProperty("best_epoch").GetInt32(), stopping.BestEpoch);
        Assert.AreEqual(expected.GetProperty("stopped").GetInt32(), stopping.StoppedEpoch ?? 0);
    }

    [TestMethod]
    [DynamicData(nameof(Plateaus))]
    public void ReduceLROnPlateauLowersWhereKerasDoes(int index)
    {
        JsonElement expected = Oracle.GetProperty("reduce_lr_on_plateau")[index];
        var plateau = new ReduceLROnPlateau("figure", Number(expected, "factor") ?? 0.1, (int)Number(expected, "patience")!, Mode(expected), Number(expected, "min_delta") ?? 1e-4,
            (int)(Number(expected, "cooldown") ?? 0), Number(expected, "min_lr") ?? 0);
        double[] rates = [.. expected.GetProperty("learning_rates").EnumerateArray().Select(rate => rate.GetDouble())];
        History history = Run(expected, plateau);
        for (int i = 0; i < rates.Length; i++)
            Assert.AreEqual(rates[i], history["learning_rate"][i], 1e-6 * rates[i], $"epoch {i}");
    }

    [TestMethod]
    public void HooksAreCalledInKerasOrder()
    {
        var recorder = new Recorder();
        using CompiledModel model = new Sequential([new InputLayer([1]), new Dense(1)]).Compile("sgd", "mse");
        var x = new Tensor(new float[5], [1]);
        model.Fit(x, x, new FitOptions { BatchSize = 3, Epochs = 2, ValidationData = Dataset.FromTensors(x, x), ValidationFrequency = 2, Callbacks = [recorder] });
        model.Evaluate(Dataset.FromTensors(x, x), new InferenceOptions { BatchSize = 4, Callbacks = [recorder] });
        model.Predict(Dataset.FromTensors(x), new InferenceOptions { BatchSize = 4, Callbacks = [recorder] });
        string[] expected = [.. Oracle.GetProperty("calls").EnumerateArray().Select(call => call.GetString()!)];
        CollectionAssert.AreEqual(expected, recorder.Calls);
    }

    private static double? Number(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;

    private static MonitorMode Mode(JsonElement of) => of.GetProperty("mode").GetString() == "max" ? MonitorMode.Max : MonitorMode.Min;

    private static History Run(JsonElement expected, Callback callback)
    {
        double[] values = [.. expected.GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];
        using CompiledModel model = new Sequential([new InputLayer([1]), new Dense(1)]).Compile(new Sgd(0.1), new MeanSquaredError());
        var x = new Tensor(new float[2], [1]);
        return model.Fit(x, x, new FitOptions
        {
            Epochs = values.Length,
            Callbacks = [new LambdaCallback(onEpochEnd: (training, _) => training.Log("figure", values[training.Epoch])), callback],
        });
    }

    private sealed class Recorder : Callback
    {
        public List<string> Calls { get; } = [];

        public override void OnTrainBegin(TrainingState training) => Calls.Add("on_train_begin");

        public override void OnTrainEnd(TrainingState training) => Calls.Add("on_train_end");

        public override void OnEpochBegin(TrainingState training) => Calls.Add("on_epoch_begin");

        public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs) => Calls.Add("on_epoch_end");

        public override void OnTrainBatchBegin(TrainingState training) => Calls.Add("on_train_batch_begin");

        public override void OnTrainBatchEnd(TrainingState training) => Calls.Add("on_train_batch_end");

        public override void OnTestBegin(CompiledModel model) => Calls.Add("on_test_begin");

        public override void OnTestEnd(CompiledModel model, IReadOnlyDictionary<string, double> logs) => Calls.Add("on_test_end");

        public override void OnTestBatchBegin(CompiledModel model, int step) => Calls.Add("on_test_batch_begin");

        public override void OnTestBatchEnd(CompiledModel model, int step) => Calls.Add("on_test_batch_end");

        public override void OnPredictBegin(CompiledModel model) => Calls.Add("on_predict_begin");

        public override void OnPredictEnd(CompiledModel model) => Calls.Add("on_predict_end");

        public override void OnPredictBatchBegin(CompiledModel model, int step) => Calls.Add("on_predict_batch_begin");

        public override void OnPredictBatchEnd(CompiledModel model, int step) => Calls.Add("on_predict_batch_end");
    }
}
