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

        TransformerChain<ConvNetTransformer> model = SignsPipeline.Create(_ml, new() { Epochs = 15, ValidationSet = test, Optimizer = new ConvNets.Engines.Adam(0.01f) }).Fit(train);

        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(model.Transform(test));
        Assert.IsGreaterThan(0.9, metrics.MicroAccuracy);
        StringAssert.Contains(metrics.ConfusionMatrix.GetFormattedConfusionTable(), "bottom right");
        CollectionAssert.AreEqual(Corners, model.LastTransformer.ClassNames.ToArray());
        Assert.HasCount(15, model.LastTransformer.History["val_accuracy"]);
        Assert.AreEqual(model.LastTransformer.History["val_loss"][^1], model.LastTransformer.Evaluate(model.Transform(test))["loss"], 1e-6);
    }

    [TestMethod]
    public void BinaryLearns()
    {
        IDataView train = Pictures.Load(_ml, 128, 2, ["left", "right"]);
        IDataView test = Pictures.Load(_ml, 40, 2, ["left", "right"], seed: 2);

        TransformerChain<ConvNetTransformer> model = HappyPipeline.Create(_ml, new() { Epochs = 3, ValidationSet = test }).Fit(train);

        IDataView scored = model.Transform(test);
        CalibratedBinaryClassificationMetrics metrics = _ml.BinaryClassification.Evaluate(scored);
        Assert.IsGreaterThan(0.9, metrics.Accuracy);
    }

    [TestMethod]
    public void TheContractHolds()
    {
        IDataView data = _ml.Transforms.ScalePixels("Features", "Image").Append(_ml.Transforms.LabelToKey("Key", "Label")).Append(_ml.Transforms.LabelToOneHot("OneHot", "Label"))
            .Append(_ml.Transforms.Conversion.ConvertType("Bit", "Label", DataKind.Boolean)).Fit(Pictures.Load(_ml, 24, 2, ["no", "yes"])).Transform(Pictures.Load(_ml, 24, 2, ["no", "yes"]));
        IDataView[] bad = [_ml.Data.LoadFromEnumerable(new[] { new { Other = 1f } }), _ml.Transforms.DropColumns("Features").Fit(data).Transform(data)];
        foreach (string label in new[] { "Key", "OneHot" })
            EstimatorContract.Check(_ml, _ml.MulticlassClassification.Trainers.ConvNet(new ConvNetMulticlassTrainer.Options { LabelColumnName = label, Epochs = 1 }), data, bad);
        foreach (string label in new[] { "Key", "Label", "Bit" })
            EstimatorContract.Check(_ml, _ml.BinaryClassification.Trainers.ConvNet(new ConvNetBinaryTrainer.Options { LabelColumnName = label, Epochs = 1 }), data, bad);
    }
}
