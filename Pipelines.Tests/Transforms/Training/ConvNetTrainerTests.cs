using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Transforms.Training;

[TestClass]
public sealed class ConvNetTrainerTests
{
    private static readonly string[] Corners = ["top left", "top right", "bottom left", "bottom right"];
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void MulticlassLearnsAndNamesItsClasses()
    {
        IDataView train = Pictures.Load(_ml, 200, 4, Corners);
        IDataView test = Pictures.Load(_ml, 40, 4, Corners, seed: 2);

        TransformerChain<ConvNetTransformer> model = SignsPipeline.Create(_ml, new() { Epochs = 15, ValidationSet = test, Optimizer = new Adam(0.01f) }).Fit(train);

        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(model.Transform(test));
        Assert.IsGreaterThan(0.9, metrics.MicroAccuracy);
        StringAssert.Contains(metrics.ConfusionMatrix.GetFormattedConfusionTable(), "bottom right");
        CollectionAssert.AreEqual(Corners, model.LastTransformer.ClassNames.ToArray());
        Assert.HasCount(15, model.LastTransformer.History["val_accuracy"]);
        IReadOnlyDictionary<string, double> evaluation = model.LastTransformer.Evaluate(model.Transform(test));
        Assert.AreEqual(model.LastTransformer.History["val_loss"][^1], evaluation["loss"], 1e-6);
        Assert.AreEqual(metrics.MicroAccuracy, evaluation["accuracy"], 1e-6);
        Assert.AreEqual(metrics.LogLoss, evaluation["loss"], 1e-3, "ML.NET's, too, is in nats for several classes");
    }

    [TestMethod]
    public void BinaryLearnsAndNamesItsClasses()
    {
        IDataView train = Pictures.Load(_ml, 128, 2, ["left", "right"]);
        IDataView test = Pictures.Load(_ml, 40, 2, ["left", "right"], seed: 2);

        TransformerChain<ConvNetTransformer> model = HappyPipeline.Create(_ml, new() { Epochs = 3, ValidationSet = test }).Fit(train);

        CalibratedBinaryClassificationMetrics metrics = _ml.BinaryClassification.Evaluate(model.Transform(test));
        Assert.IsGreaterThan(0.9, metrics.Accuracy);
        StringAssert.Contains(metrics.ConfusionMatrix.GetFormattedConfusionTable(), "left");
        StringAssert.Contains(metrics.FormatConfusionTable(model.LastTransformer.ClassNames), "right");
        IReadOnlyDictionary<string, double> evaluation = model.LastTransformer.Evaluate(model.Transform(test));
        Assert.AreEqual(metrics.Accuracy, evaluation["accuracy"], 1e-6);
        Assert.AreEqual(metrics.LogLoss * Math.Log(2), evaluation["loss"], 1e-4, "ML.NET's logarithm is to base 2 for two classes");
        foreach (BinaryPrediction row in _ml.Data.CreateEnumerable<BinaryPrediction>(model.Transform(test), reuseRowObject: false))
        {
            Assert.AreEqual(1 / (1 + Math.Exp(-row.Score)), row.Probability, 1e-6);
            Assert.AreEqual(row.Score > 0, row.PredictedLabel);
        }
    }

    [TestMethod]
    public void TheContractHolds()
    {
        IDataView pictures = Pictures.Load(_ml, 24, 2, ["no", "yes"]);
        IDataView data = _ml.Transforms.ScalePixels("Features", "Image")
            .Append(_ml.Transforms.LabelToKey("Key", "Label"))
            .Append(_ml.Transforms.LabelToOneHot("OneHot", "Label"))
            .Append(_ml.Transforms.Conversion.ConvertType("Bit", "Label", DataKind.Boolean))
            .Append(_ml.Transforms.Conversion.ConvertType("Double", "Label", DataKind.Double))
            .Fit(pictures).Transform(pictures);
        IDataView[] bad =
        [
            _ml.Data.LoadFromEnumerable(new[] { new { Other = 1f } }),
            _ml.Transforms.DropColumns("Features").Fit(data).Transform(data),
            _ml.Transforms.CopyColumns("Features", "Label").Fit(data).Transform(data),
        ];
        foreach (string label in new[] { "Key", "OneHot" })
            EstimatorContract.Check(_ml, _ml.MulticlassClassification.Trainers.ConvNet(new ConvNetMulticlassTrainer.Options { LabelColumnName = label, Epochs = 1 }), data, [.. bad, WithLabel(data, label, "Image")]);
        foreach (string label in new[] { "Key", "Label", "Bit", "Double" })
            EstimatorContract.Check(_ml, _ml.BinaryClassification.Trainers.ConvNet(new ConvNetBinaryTrainer.Options { LabelColumnName = label, Epochs = 1 }), data, [.. bad, WithLabel(data, label, "Image")]);

        var renamed = new ConvNetMulticlassTrainer.Options { LabelColumnName = "Key", FeatureColumnName = "Image", ScoreColumnName = "Chances", PredictedLabelColumnName = "Answer", Epochs = 1 };
        EstimatorContract.Check(_ml, _ml.MulticlassClassification.Trainers.ConvNet(renamed), data, bad[0]);
    }

    [TestMethod]
    public void TheReadyMadePipelinesKeepWhatTheyPromise()
    {
        IDataView pictures = Pictures.Load(_ml, 24, 2, ["no", "yes"]);
        IDataView[] bad = [.. new[] { "Image", "Label" }.Select(column => _ml.Transforms.DropColumns(column).Fit(pictures).Transform(pictures))];

        EstimatorContract.CheckSchemas(SignsPipeline.Create(_ml, new() { Epochs = 1 }), pictures, bad);
        EstimatorContract.CheckSchemas(HappyPipeline.Create(_ml, new() { Epochs = 1 }), pictures, bad);
    }

    [TestMethod]
    public void BothOverloadPairsTrainTheSame()
    {
        IDataView data = Prepared(Pictures.Load(_ml, 16, 2));
        var options = new ConvNetMulticlassTrainer.Options { LabelColumnName = "Label", ValidationSet = data };

        float[][] weights =
        [
            .. new[]
            {
                _ml.MulticlassClassification.Trainers.ConvNet(validationSet: data),
                _ml.MulticlassClassification.Trainers.ConvNet(_ml, validationSet: data),
                _ml.MulticlassClassification.Trainers.ConvNet(options),
                _ml.MulticlassClassification.Trainers.ConvNet(_ml, options),
            }.Select(trainer => trainer.Fit(data)).Select(network =>
            {
                Assert.HasCount(100, network.History["val_loss"]);
                return network.Model.Weights.SelectMany(w => w.Values).ToArray();
            }),
        ];

        foreach (float[] other in weights)
            CollectionAssert.AreEqual(weights[0], other);
        Assert.HasCount(10, _ml.BinaryClassification.Trainers.ConvNet().Fit(data).History.Epochs);
        Assert.HasCount(10, _ml.BinaryClassification.Trainers.ConvNet(_ml).Fit(data).History.Epochs);
    }

    [TestMethod]
    public void TheCoursesModelGetsItsClassesFromTheLabel()
    {
        IDataView data = Prepared(Pictures.Load(_ml, 30, 4));

        ConvNetTransformer network = _ml.MulticlassClassification.Trainers.ConvNet(new ConvNetMulticlassTrainer.Options { Epochs = 0 }).Fit(data);

        Assert.AreEqual(Architectures.ConvolutionalModel([16, 16, 3], 4).Summary(), network.Model.Definition.Summary());
        Assert.IsEmpty(network.History.Epochs);
    }

    [TestMethod]
    public void TheSameSeedGivesTheSameBitsOnAnyNumberOfThreads()
    {
        IDataView data = Prepared(Pictures.Load(_ml, 40, 2));

        float[] Train(int threads, long seed) => [.. _ml.BinaryClassification.Trainers.ConvNet(new ConvNetBinaryTrainer.Options { Epochs = 1, Threads = threads, Seed = seed }).Fit(data).Model.Weights.SelectMany(w => w.Values)];

        CollectionAssert.AreEqual(Train(1, 1), Train(2, 1));
        CollectionAssert.AreNotEqual(Train(1, 1), Train(1, 2));
    }

    [TestMethod]
    public void AKeyAndAOneHotLabelTrainTheSame()
    {
        IDataView pictures = Pictures.Load(_ml, 24, 4);
        IDataView data = _ml.Transforms.ScalePixels("Features", "Image").Append(_ml.Transforms.LabelToKey("Key", "Label")).Append(_ml.Transforms.LabelToOneHot("OneHot", "Label")).Fit(pictures).Transform(pictures);

        IReadOnlyList<double> Losses(string label, Loss? loss = null) => _ml.MulticlassClassification.Trainers.ConvNet(new ConvNetMulticlassTrainer.Options { LabelColumnName = label, Loss = loss, Epochs = 2 }).Fit(data).History["loss"];

        CollectionAssert.AreEqual(Losses("Key").ToArray(), Losses("OneHot").ToArray());
        CollectionAssert.AreEqual(Losses("Key").ToArray(), Losses("Key", new SparseCategoricalCrossentropy()).ToArray());
        CollectionAssert.AreEqual(Losses("Key").ToArray(), Losses("OneHot", new SparseCategoricalCrossentropy()).ToArray());
    }

    [TestMethod]
    public void AValidationSetIsMatchedByTheNamesOfItsClasses()
    {
        IDataView train = Prepared(Pictures.Load(_ml, 24, 4));
        IDataView fewer = Prepared(_ml.Data.LoadFromEnumerable(Pictures.Draw(24, 4).Where(p => p.Label is 1 or 3)));
        IDataView all = Prepared(_ml.Data.LoadFromEnumerable(Pictures.Draw(24, 4).Where(p => p.Label is 1 or 3)), classes: 4);
        ConvNetMulticlassTrainer trainer = _ml.MulticlassClassification.Trainers.ConvNet(new ConvNetMulticlassTrainer.Options { Epochs = 1 });

        Assert.AreEqual("Key<UInt32, 0-1>", fewer.Schema["Label"].Type.ToString());
        Assert.AreEqual(trainer.Fit(train, all).History["val_loss"][0], trainer.Fit(train, fewer).History["val_loss"][0]);
        StringAssert.Contains(Assert.ThrowsExactly<ColumnException>(() => trainer.Fit(fewer, train)).Message, "found the class \"0\"; the network knows 1, 3.");
    }

    internal IDataView Prepared(IDataView pictures, int? classes = null) => _ml.Transforms.ScalePixels("Features", "Image").Append(_ml.Transforms.LabelToKey("Label", classes: classes)).Fit(pictures).Transform(pictures);

    private IDataView WithLabel(IDataView data, string label, string other) => _ml.Transforms.CopyColumns(label, other).Fit(data).Transform(data);
}
