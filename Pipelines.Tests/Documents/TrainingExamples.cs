using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Tests.Engines;
using ConvNets.Transforms;
using Microsoft.ML;

namespace ConvNets.Pipelines.Tests.Documents;

/// <summary>The code of docs/training.md, which the document must show as it stands here. It names files as a user would, so it runs in a folder of its own.</summary>
[TestClass]
[DoNotParallelize]
public sealed class TrainingExamples : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _before = Environment.CurrentDirectory;

    public TrainingExamples() => Environment.CurrentDirectory = _folder.Path;

    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        _folder.Dispose();
    }

    [TestMethod]
    public void CompileAndFit()
    {
        Tensor x = SmallTraining.X, y = SmallTraining.Y;

        var layers = new Sequential([new InputLayer([6]), new Dense(16, ActivationFunction.Relu), new Dense(1, ActivationFunction.Sigmoid)]);
        using CompiledModel model = layers.Compile(new Adam(0.01), new BinaryCrossentropy(), ["accuracy", "auc"]);
        History history = model.Fit(x, y, new FitOptions
        {
            Epochs = 20,
            BatchSize = 8,
            ValidationSplit = 0.2,
            ClassWeights = new Dictionary<int, double> { [1] = 2 },
            Verbose = Verbosity.OneLine,
        });
        Console.WriteLine($"best: {history["val_loss"].Min()}");

        Assert.HasCount(20, history["val_auc"]);
    }

    [TestMethod]
    public void SeveralOutputs()
    {
        KerasTensor x = new InputLayer([6]).Output;

        KerasTensor hidden = new Dense(8, ActivationFunction.Relu).Call(x);
        var twoOutputs = new Model([x], [new Dense(1, ActivationFunction.Sigmoid, name: "yes").Call(hidden), new Dense(1, name: "amount").Call(hidden)]);
        using CompiledModel model = twoOutputs.Compile(new Adam(),
        [
            new(new BinaryCrossentropy()) { Weight = 0.3, Metrics = ["accuracy"] },
            new(new MeanSquaredError()) { WeightedMetrics = ["mae"] },
        ]);

        History history = model.Fit([SmallTraining.X], [SmallTraining.Y, SmallTraining.Y]);
        CollectionAssert.Contains(history.Names.ToArray(), "yes_accuracy");
    }

    [TestMethod]
    public void DataThatDoNotFitInMemory()
    {
        using CompiledModel model = SmallTraining.Compile();

        static IEnumerable<Samples> Batches()
        {
            for (int file = 0; file < 5; file++)
                yield return new Samples(Load(file).X, Load(file).Y);
        }

        model.Fit(Batches(), new FitOptions { Epochs = 3, StepsPerEpoch = 4 });

        static (Tensor X, Tensor Y) Load(int file) => (SmallTraining.X.Slice(8 * file, 8), SmallTraining.Y.Slice(8 * file, 8));
    }

    [TestMethod]
    public void CallbacksAndSchedules()
    {
        Tensor x = SmallTraining.X, y = SmallTraining.Y;

        var optimizer = new Sgd(momentum: 0.9) { Schedule = new CosineDecay(0.1, decaySteps: 100, warmupTarget: 0.2, warmupSteps: 10), GlobalClipNorm = 1 };
        using CompiledModel model = SmallTraining.Model().Compile(optimizer, new BinaryCrossentropy(), ["accuracy"]);
        model.Fit(x, y, new FitOptions
        {
            Epochs = 30,
            ValidationSplit = 0.2,
            Callbacks =
            [
                new EarlyStopping(patience: 5, restoreBestWeights: true),
                new ModelCheckpoint("best-{epoch:00}-{val_loss:0.000}.checkpoint", saveBestOnly: true),
                new CsvLogger("log.csv"),
                new TensorBoard("logs"),
                new LambdaCallback(onEpochEnd: (training, logs) => Console.WriteLine($"epoch {training.Epoch}: {logs["loss"]}")),
            ],
        });

        Assert.IsTrue(File.Exists("log.csv"));
    }

    [TestMethod]
    public void GoingOn()
    {
        Tensor x = SmallTraining.X, y = SmallTraining.Y;
        using CompiledModel model = SmallTraining.Compile();

        var options = new FitOptions { Epochs = 50, Callbacks = [new BackupAndRestore("backup")] };
        model.Fit(x, y, options);

        Assert.IsFalse(File.Exists("backup/latest.checkpoint"));
    }

    [TestMethod]
    public void FrozenLayers()
    {
        Tensor x = SmallTraining.X, y = SmallTraining.Y;
        Sequential layers = SmallTraining.Model();

        layers.Layers[0].Trainable = false;
        using CompiledModel head = layers.Compile("adam", "binary_crossentropy");
        head.Fit(x, y);

        layers.Layers[0].Trainable = true;
        using CompiledModel all = head.Recompile(new Adam(1e-4));
        all.Fit(x, y);

        Assert.IsFalse(head.GetWeights()[0].Values.AsSpan().SequenceEqual(all.GetWeights()[0].Values));
    }

    [TestMethod]
    public void OfOnesOwn()
    {
        using CompiledModel model = SmallTraining.Model().Compile(new Adam(), new FourthPower());
        History history = model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Epochs = 50, Callbacks = [new StopAt(1)] });
        Assert.HasCount(1, history.Epochs);
        Assert.IsLessThan(1e-3, LossGradientCheck.LargestError(new FourthPower(), [0, 1], [0.5f, 0.25f], width: 1));
    }

    private sealed class FourthPower : ElementwiseLoss
    {
        public override string Name => "fourth_power";

        protected override (double Value, double Slope) Of(double target, double prediction) =>
            (Math.Pow(prediction - target, 4), 4 * Math.Pow(prediction - target, 3));
    }

    private sealed class StopAt(double loss) : Callback
    {
        public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs) => training.StopTraining = logs["loss"] < loss;
    }

    [TestMethod]
    public void InMLNet()
    {
        var ml = new MLContext(seed: 1);

        var options = new ConvNetMulticlassTrainer.Options
        {
            ValidationFraction = 0.1,
            ExampleWeightColumnName = "Weight",
            Optimizer = new Adam { Schedule = new ExponentialDecay(0.002, decaySteps: 1000, decayRate: 0.9) },
            Callbacks = [new EarlyStopping(patience: 10, restoreBestWeights: true), new BackupAndRestore("backup")],
        };
        var trainer = ml.MulticlassClassification.Trainers.ConvNet(options);

        Assert.IsNotNull(trainer.Info);
    }
}
