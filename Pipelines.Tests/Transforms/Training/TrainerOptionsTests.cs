using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Transforms.Training;

/// <summary>What a trainer's options say reaches the fit: a trainer does what the same fit on arrays does, and models are trained on views without a trainer.</summary>
[TestClass]
public sealed class TrainerOptionsTests
{
    private const int Rows = 24;
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void ATrainerDoesWhatTheSameFitDoes()
    {
        IDataView data = Data();
        var options = Options();
        options.ExampleWeightColumnName = "Weight";
        options.ClassWeights = new Dictionary<int, double> { [1] = 3 };
        options.ValidationFraction = 0.25;
        options.ValidationFrequency = 2;
        options.InitialEpoch = 1;
        options.WeightedMetrics = ["mae"];
        options.Optimizer = new Sgd { Schedule = new CosineDecay(0.1, 20), ClipNorm = 1 };
        ConvNetTransformer trained = _ml.BinaryClassification.Trainers.ConvNet(_ml, options).Fit(data);

        using CompiledModel model = Network().Compile(options.Optimizer, [new(new BinaryCrossentropy()) { Metrics = ["accuracy"], WeightedMetrics = ["mae"] }], new CompileOptions { Seed = options.Seed });
        Point[] points = Points();
        History expected = model.Fit(new Tensor(points.SelectMany(p => p.Features).ToArray(), [3]), new Tensor(points.Select(p => p.Label ? 1f : 0).ToArray(), [1]), new FitOptions
        {
            Epochs = 4,
            BatchSize = 5,
            InitialEpoch = 1,
            ValidationSplit = 0.25,
            ValidationFrequency = 2,
            SampleWeights = [.. points.Select(p => p.Weight)],
            ClassWeights = options.ClassWeights,
        });
        CollectionAssert.AreEqual(expected.Names.ToArray(), trained.History.Names.ToArray());
        foreach (string name in expected.Names)
            CollectionAssert.AreEqual(expected[name].ToArray(), trained.History[name].ToArray(), name);
    }

    [TestMethod]
    public void CallbacksStopResumeAndAreCancelled()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Data();
        var stopping = Options(epochs: 50);
        stopping.ValidationSet = data;
        stopping.Callbacks = [new EarlyStopping("val_loss", minDelta: 10, patience: 2, restoreBestWeights: true)];
        Assert.HasCount(3, _ml.BinaryClassification.Trainers.ConvNet(_ml, stopping).Fit(data).History.Epochs);

        var whole = Options(epochs: 5);
        whole.Callbacks = [new ModelCheckpoint(folder.File("{epoch}.checkpoint"))];
        ConvNetTransformer expected = _ml.BinaryClassification.Trainers.ConvNet(_ml, whole).Fit(data);
        var resumed = Options(epochs: 5);
        resumed.ResumeFrom = folder.File("2.checkpoint");
        ConvNetTransformer found = _ml.BinaryClassification.Trainers.ConvNet(_ml, resumed).Fit(data);
        CollectionAssert.AreEqual(expected.History["loss"].ToArray(), found.History["loss"].ToArray());

        using var cancellation = new CancellationTokenSource();
        var cancelled = Options(epochs: 50);
        cancelled.CancellationToken = cancellation.Token;
        cancelled.Callbacks = [new LambdaCallback(onEpochEnd: (training, _) => { if (training.Epoch == 2) cancellation.Cancel(); })];
        Assert.HasCount(3, _ml.BinaryClassification.Trainers.ConvNet(_ml, cancelled).Fit(data).History.Epochs);
    }

    [TestMethod]
    [DataRow(Verbosity.Silent, 0, false)]
    [DataRow(Verbosity.OneLine, 4, false)]
    [DataRow(Verbosity.ProgressBar, 4, true)]
    public void TheLogHearsWhatIsAskedFor(Verbosity verbosity, int lines, bool bar)
    {
        var heard = new List<string>();
        _ml.Log += (_, log) => heard.Add(log.Message);
        var options = Options();
        options.Verbosity = verbosity;
        _ml.BinaryClassification.Trainers.ConvNet(_ml, options).Fit(Data());
        string[] epochs = [.. heard.Where(line => line.Contains("loss:", StringComparison.Ordinal))];
        Assert.HasCount(lines, epochs);
        Assert.AreEqual(bar, epochs.Any(line => line.Contains("[==", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void RowsReadAnewInEachEpochGiveTheBitsOfThoseInMemory()
    {
        IDataView data = Data();
        var memory = Options();
        memory.Shuffle = false;
        var streamed = Options();
        (streamed.Shuffle, streamed.InMemory) = (false, false);
        CollectionAssert.AreEqual(_ml.BinaryClassification.Trainers.ConvNet(_ml, memory).Fit(data).History["loss"].ToArray(), _ml.BinaryClassification.Trainers.ConvNet(_ml, streamed).Fit(data).History["loss"].ToArray());
        streamed.Shuffle = true;
        Assert.HasCount(4, _ml.BinaryClassification.Trainers.ConvNet(_ml, streamed).Fit(data).History["loss"]);
    }

    [TestMethod]
    public void BadOptionsAndWeightsAreRefused()
    {
        var options = Options();
        (options.InitialEpoch, options.StepsPerEpoch, options.ValidationFraction, options.ValidationFrequency) = (-1, 0, 1, 0);
        options.ClassWeights = new Dictionary<int, double> { [-1] = double.NaN };
        string message = Assert.ThrowsExactly<ArgumentException>(() => _ml.BinaryClassification.Trainers.ConvNet(_ml, options)).Message;
        foreach (string name in new[] { "InitialEpoch", "StepsPerEpoch", "ValidationFraction", "ValidationFrequency", "ClassWeights" })
            Assert.Contains(name, message);

        var absent = Options();
        absent.ExampleWeightColumnName = "Nothing";
        Assert.Contains("no such column", Assert.ThrowsExactly<ColumnException>(() => _ml.BinaryClassification.Trainers.ConvNet(_ml, absent).Fit(Data())).Message);
        var vector = Options();
        vector.ExampleWeightColumnName = "Features";
        Assert.Contains("expected Single", Assert.ThrowsExactly<ColumnException>(() => _ml.BinaryClassification.Trainers.ConvNet(_ml, vector).Fit(Data())).Message);
        var negative = Options();
        negative.ExampleWeightColumnName = "Weight";
        Point[] points = Points();
        points[7].Weight = -1;
        ColumnException found = Assert.ThrowsExactly<ColumnException>(() => _ml.BinaryClassification.Trainers.ConvNet(_ml, negative).Fit(_ml.Data.LoadFromEnumerable(points)));
        Assert.AreEqual(7, found.Row);
    }

    [TestMethod]
    public void AModelOfTwoOutputsIsTrainedOnAView()
    {
        KerasTensor x = new InputLayer([3]).Output;
        KerasTensor hidden = new Dense(8, ActivationFunction.Relu).Call(x);
        CompiledModel Compile() => new Model([x], [new Dense(1, ActivationFunction.Sigmoid, name: "yes").Call(hidden), new Dense(1, name: "amount").Call(hidden)])
            .Compile(new Adam(0.02), [new(new BinaryCrossentropy()), new(new MeanSquaredError()) { Weight = 0.5 }]);
        var columns = new DataViewColumns { Labels = ["Label", "Weight"], ExampleWeight = "Weight" };
        Point[] points = Points();
        using CompiledModel view = Compile();
        History found = view.Fit(Data(), new FitOptions { Epochs = 3, BatchSize = 5, ValidationData = Data().ToDataset(view, columns) }, columns);

        KerasTensor again = new InputLayer([3]).Output;
        using CompiledModel arrays = Compile();
        Tensor features = new(points.SelectMany(p => p.Features).ToArray(), [3]), amounts = new(points.Select(p => p.Weight).ToArray(), [1]);
        History expected = arrays.Fit([features], [new Tensor(points.Select(p => p.Label ? 1f : 0).ToArray(), [1]), amounts], new FitOptions { Epochs = 3, BatchSize = 5, SampleWeights = [.. points.Select(p => p.Weight)] });
        CollectionAssert.AreEqual(expected["loss"].ToArray(), found["loss"].ToArray());
        CollectionAssert.Contains(found.Names.ToArray(), "val_amount_loss");
        Assert.AreEqual(found["val_loss"][^1], view.Evaluate(Data(), columns)["loss"], 1e-6);
        Assert.Contains("2 losses", Assert.ThrowsExactly<TrainingException>(() => view.Fit(Data())).Message);
        Assert.Contains("takes targets", Assert.ThrowsExactly<ColumnException>(() => view.Fit(Data(), columns: new DataViewColumns { Labels = ["Label", "Features"] })).Message);
    }

    private static ConvNetBinaryTrainer.Options Options(int epochs = 4) => new() { Model = Network(), Epochs = epochs, BatchSize = 5, Shuffle = true, Seed = 3 };

    private static Sequential Network() => new([new InputLayer([3]), new Dense(4, ActivationFunction.Tanh), new Dense(1, ActivationFunction.Sigmoid)]);

    private IDataView Data() => _ml.Data.LoadFromEnumerable(Points());

    private static Point[] Points()
    {
        float[] numbers = TestWeights.Normal(Rows * 3, seed: 9);
        return [.. Enumerable.Range(0, Rows).Select(i => new Point { Features = numbers[(3 * i)..(3 * i + 3)], Label = numbers[3 * i] > 0, Weight = 0.5f + i % 3 })];
    }

    private sealed class Point
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }

        public float Weight { get; set; }
    }
}
