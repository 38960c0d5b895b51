using ConvNets.Engines;
using ConvNets.Formats;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Transforms.TensorFlow;

/// <summary>Exports scored by Microsoft.ML.TensorFlow against the networks that they were made of. In builds with <c>-p:TensorFlowPackages=true</c>; TensorFlow's library is where the system looks.</summary>
[TestClass]
[DoNotParallelize]
public sealed class TensorFlowScoringTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void SeveralClassesAreScoredEvaluatedAndSaved()
    {
        string[] names = ["top left", "top right", "bottom left", "bottom right"];
        IDataView train = Pictures.Load(_ml, 120, 4, names), test = Pictures.Load(_ml, 40, 4, names, seed: 2);
        TransformerChain<ConvNetTransformer> ours = SignsPipeline.Create(_ml, new() { Epochs = 10, Optimizer = new Adam(0.01f) }).Fit(train);
        using var folder = new TemporaryFolder();
        ITransformer scored = _ml.ScoreTensorFlowExport(Export(ours, folder)).Fit(train);

        MulticlassClassificationMetrics expected = _ml.MulticlassClassification.Evaluate(ours.Transform(test)), found = _ml.MulticlassClassification.Evaluate(scored.Transform(test));
        Assert.AreEqual(expected.MicroAccuracy, found.MicroAccuracy, 1e-9);
        Assert.AreEqual(expected.LogLoss, found.LogLoss, 1e-4);
        StringAssert.Contains(found.ConfusionMatrix.GetFormattedConfusionTable(), "bottom right");
        AssertSavedScoresTheSame(scored, test, folder);
    }

    [TestMethod]
    public void TwoClassesAreScoredEvaluatedAndSaved()
    {
        IDataView train = Pictures.Load(_ml, 96, 2, ["left", "right"]), test = Pictures.Load(_ml, 40, 2, ["left", "right"], seed: 2);
        TransformerChain<ConvNetTransformer> ours = HappyPipeline.Create(_ml, new() { Epochs = 3 }).Fit(train);
        using var folder = new TemporaryFolder();
        ITransformer scored = _ml.ScoreTensorFlowExport(Export(ours, folder)).Fit(train);
        CalibratedBinaryClassificationMetrics expected = _ml.BinaryClassification.Evaluate(ours.Transform(test)), found = _ml.BinaryClassification.Evaluate(scored.Transform(test));
        Assert.AreEqual(expected.Accuracy, found.Accuracy, 1e-9);
        Assert.AreEqual(expected.LogLoss, found.LogLoss, 1e-4);
        AssertSavedScoresTheSame(scored, test, folder);
    }

    [TestMethod]
    public void WhatIsNoGraphOfOursIsRefused()
    {
        using var folder = new TemporaryFolder();
        string text = folder.File("text.pb");
        File.WriteAllText(text, "this is no graph");
        Assert.ThrowsExactly<ModelFormatException>(() => _ml.ScoreTensorFlowExport(text));
        Assert.ThrowsExactly<FileNotFoundException>(() => _ml.ScoreTensorFlowExport(folder.File("absent.pb")));
    }

    [TestMethod]
    public void WhatTensorFlowRefusesIsSaidInItsWords()
    {
        IDataView train = Pictures.Load(_ml, 24, 2, ["left", "right"]);
        using var folder = new TemporaryFolder();
        string path = Export(HappyPipeline.Create(_ml, new() { Epochs = 0 }).Fit(train), folder);

        // An operation that TensorFlow has not.
        byte[] bytes = File.ReadAllBytes(path);
        int place = bytes.AsSpan().IndexOf("MaxPool"u8);
        while (bytes[place - 2] != 0x12)
            place += 1 + bytes.AsSpan(place + 1).IndexOf("MaxPool"u8);
        "MaxPoor"u8.CopyTo(bytes.AsSpan(place));
        File.WriteAllBytes(path, bytes);
        ModelFormatException e = Assert.ThrowsExactly<ModelFormatException>(() => _ml.ScoreTensorFlowExport(path).Fit(train));
        StringAssert.Contains(e.Message, $"Microsoft.ML.TensorFlow does not score {path}: ");
    }

    /// <summary>The pretrained network is downloaded; where that fails, the error says what is needed, and nothing is left.</summary>
    [TestMethod]
    public void TransferLearningTrainsOrSaysWhatItLacks()
    {
        IDataView train = Pictures.Load(_ml, 24, 2, ["left", "right"]);
        string[] before = Workspaces();
        try
        {
            ITransformer model = _ml.TransferLearning(epochs: 2).Fit(train);
            Assert.IsGreaterThan(0.3, _ml.MulticlassClassification.Evaluate(model.Transform(train)).MicroAccuracy);
        }
        catch (TrainingException e)
        {
            StringAssert.StartsWith(e.Message, "Microsoft.ML.Vision cannot train on its pretrained network ResnetV250: ");
            StringAssert.Contains(e.Message, "that needs a connection, or the file in the workspace folder");
        }
        CollectionAssert.AreEqual(before, Workspaces());
    }

    private static string[] Workspaces() => Directory.GetDirectories(Path.GetTempPath(), "convnets-vision-*");

    private static string Export(TransformerChain<ConvNetTransformer> model, TemporaryFolder folder)
    {
        ConvNetModelParameters network = model.LastTransformer.Model;
        string path = folder.File("network.pb");
        TensorFlowExport.SaveFrozenGraph(network.Definition, network.Weights, path);
        return path;
    }

    private void AssertSavedScoresTheSame(ITransformer model, IDataView test, TemporaryFolder folder)
    {
        string path = folder.File("model.zip");
        _ml.Model.Save(model, test.Schema, path);
        ITransformer loaded = new MLContext(2).Model.Load(path, out _);
        IDataView before = model.Transform(test), after = loaded.Transform(test);
        if (before.Schema["Score"].Type is VectorDataViewType)
        {
            float[][] expected = [.. before.GetColumn<float[]>("Score")], found = [.. after.GetColumn<float[]>("Score")];
            for (int i = 0; i < expected.Length; i++)
                CollectionAssert.AreEqual(expected[i], found[i]);
            return;
        }
        CollectionAssert.AreEqual(before.GetColumn<float>("Score").ToArray(), after.GetColumn<float>("Score").ToArray());
    }
}
