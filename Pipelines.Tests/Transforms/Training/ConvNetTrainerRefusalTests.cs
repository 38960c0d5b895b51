using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Transforms.Training;

/// <summary>What the trainers refuse, warn of, and tell.</summary>
[TestClass]
public sealed class ConvNetTrainerRefusalTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void AllOptionsOutOfRangeAreNamedTogether()
    {
        var options = new ConvNetBinaryTrainer.Options
        {
            LabelColumnName = "",
            Model = Architectures.HappyModel(),
            ModelFactory = (_, _) => Architectures.HappyModel(),
            Epochs = -1,
            BatchSize = 0,
            Threads = 0,
            Optimizer = null!,
            Metrics = ["acuracy"],
        };

        string message = Assert.ThrowsExactly<ArgumentException>(() => _ml.BinaryClassification.Trainers.ConvNet(options)).Message;

        string[] expected =
        [
            "LabelColumnName must not be empty", "Model and ModelFactory exclude each other", "Epochs must be at least 0, received -1",
            "BatchSize must be at least 1, received 0", "Threads must be at least 1, received 0", "Optimizer must not be null",
        ];
        StringAssert.StartsWith(message, $"The options cannot be used: {string.Join("; ", expected)}; Metrics: ");
        StringAssert.Contains(message, "acuracy");
    }

    [TestMethod]
    public void LaterChangesOfTheOptionsDoNotReachTheTrainer()
    {
        IDataView data = Pictures.Load(_ml, 16, 2);
        var options = new ConvNetBinaryTrainer.Options { Epochs = 1 };
        ConvNetPipeline pipeline = HappyPipeline.Create(_ml, options);

        options.Epochs = 5;

        Assert.HasCount(1, pipeline.Fit(data).LastTransformer.History.Epochs);
    }

    [TestMethod]
    public void AFeatureThatIsNoNumberIsNamedWithItsRow()
    {
        var rows = Enumerable.Range(0, 5).Select(i => new Row { Features = [1, i == 3 ? float.NaN : 2], Label = i % 2 == 0 });

        ColumnException error = Assert.ThrowsExactly<ColumnException>(() => Tiny().Fit(_ml.Data.LoadFromEnumerable(rows)));

        Assert.AreEqual("Features", error.ColumnName);
        Assert.AreEqual(3, error.Row);
        StringAssert.StartsWith(error.Message, "Column \"Features\", row 3: found NaN at place 1; expected finite numbers.");
    }

    [TestMethod]
    public void ALabelThatIsNoneIsNamedWithItsRow()
    {
        IDataView pictures = _ml.Data.LoadFromEnumerable(Pictures.Draw(12, 4));

        ColumnException missing = Assert.ThrowsExactly<ColumnException>(() => _ml.Transforms.LabelToKey("Label", classes: 3).Append(_ml.MulticlassClassification.Trainers.ConvNet(featureColumnName: "Image")).Fit(pictures));
        ColumnException zeros = Assert.ThrowsExactly<ColumnException>(() => _ml.Transforms.LabelToOneHot("Label", classes: 3).Append(_ml.MulticlassClassification.Trainers.ConvNet(featureColumnName: "Image")).Fit(pictures));
        ColumnException two = Assert.ThrowsExactly<ColumnException>(() => _ml.BinaryClassification.Trainers.ConvNet(featureColumnName: "Image").Fit(pictures));

        Assert.AreEqual(Pictures.Draw(12, 4).ToList().FindIndex(p => p.Label == 3), missing.Row);
        Assert.AreEqual(missing.Row, zeros.Row);
        StringAssert.Contains(two.Message, "expected Boolean, a key of 2 values, or numbers that are 0 or 1");
    }

    [TestMethod]
    public void AModelThatDoesNotFitIsRefused()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Row { Features = [1, 2], Label = true }, new Row { Features = [2, 1] } });

        StringAssert.Contains(Refuse(new Sequential([new Dense(3, ActivationFunction.Sigmoid)])), "one output of 1 values");
        StringAssert.Contains(Refuse(new Sequential([new Dense(1)])), "ends in Linear; BinaryClassification expects Sigmoid");
        StringAssert.Contains(Refuse(new Sequential([new Dense(1, ActivationFunction.Sigmoid) { InputShape = [5] }])), "(None, 5)");
        StringAssert.Contains(Assert.ThrowsExactly<ColumnException>(() => _ml.BinaryClassification.Trainers.ConvNet().Fit(data)).Message, "the course's model takes images");
        Assert.ThrowsExactly<TrainingException>(() => Tiny().Fit(_ml.Data.LoadFromEnumerable(Array.Empty<Row>())));

        string Refuse(Model model) => Assert.ThrowsExactly<ModelException>(() => _ml.BinaryClassification.Trainers.ConvNet(new ConvNetBinaryTrainer.Options { Model = model }).Fit(data)).Message;
    }

    [TestMethod]
    public void AModelOfLogitsTrainsWithALossFromLogits()
    {
        Row[] rows = [.. Enumerable.Range(0, 64).Select(i => new Row { Features = [i % 2, 1 - (i % 2)], Label = i % 2 == 1 })];
        IDataView data = _ml.Data.LoadFromEnumerable(rows);

        ConvNetTransformer network = Tiny(new Sequential([new Dense(1)]), new BinaryCrossentropy(fromLogits: true), epochs: 40).Fit(data);

        Assert.AreEqual(1, _ml.BinaryClassification.Evaluate(network.Transform(data)).Accuracy);
        Assert.AreEqual(_ml.BinaryClassification.Evaluate(network.Transform(data)).LogLoss * Math.Log(2), network.Evaluate(data)["loss"], 1e-5);
    }

    [TestMethod]
    public void ProgressAndWarningsReachTheLog()
    {
        IDataView data = Pictures.Load(_ml, 16, 2);
        List<LoggingEventArgs> lines = [];
        _ml.Log += (_, line) => lines.Add(line);

        _ml.BinaryClassification.Trainers.ConvNet(new ConvNetBinaryTrainer.Options { FeatureColumnName = "Image", Epochs = 2, BatchSize = 8 }).Fit(data);

        string[] epochs = [.. lines.Select(l => l.RawMessage).Where(m => m.StartsWith("Epoch", StringComparison.Ordinal))];
        Assert.HasCount(2, epochs);
        StringAssert.Contains(epochs[1], "Epoch 2/2: 2/2 [");
        StringAssert.Contains(epochs[1], "- loss: ");
        LoggingEventArgs warning = lines.Single(l => l.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning);
        StringAssert.Contains(warning.RawMessage, "ScalePixels");
        lines.Clear();

        HappyPipeline.Create(_ml, new() { Epochs = 1 }).Fit(data);

        Assert.IsFalse(lines.Any(l => l.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning), "scaled pixels need no warning");
    }

    [TestMethod]
    public void CancellingKeepsTheNetworkAsItIs()
    {
        IDataView data = Pictures.Load(_ml, 32, 2);
        using var cancellation = new CancellationTokenSource();

        TransformerChain<ConvNetTransformer> model = HappyPipeline.Create(_ml, new() { Epochs = 100, Callbacks = [new CancelAfter(2, cancellation)], CancellationToken = cancellation.Token }).Fit(data);

        Assert.HasCount(2, model.LastTransformer.History.Epochs);
        Assert.IsTrue(model.LastTransformer.History.WasCancelled);
        Assert.HasCount(32, model.Transform(data).GetColumn<float>("Score").ToArray());
        TransformerChain<ConvNetTransformer> whole = HappyPipeline.Create(_ml, new() { Epochs = 2 }).Fit(data);
        CollectionAssert.AreEqual(whole.LastTransformer.Model.Weights[0].Values, model.LastTransformer.Model.Weights[0].Values);
    }

    private ConvNetBinaryTrainer Tiny(Model? model = null, Loss? loss = null, int epochs = 1) => _ml.BinaryClassification.Trainers.ConvNet(new ConvNetBinaryTrainer.Options
    {
        Model = model ?? new Sequential([new Dense(1, ActivationFunction.Sigmoid)]),
        Loss = loss,
        Epochs = epochs,
        Optimizer = new Adam(0.1f),
    });

    private sealed class CancelAfter(int epochs, CancellationTokenSource cancellation) : Callback
    {
        public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs)
        {
            if (training.Epoch + 1 == epochs)
                cancellation.Cancel();
        }
    }

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }
}
