using System.IO.Compression;
using ConvNets.Formats;
using ConvNets.ModelDefs;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ConvNets.Pipelines.Tests.Transforms.Saving;

[TestClass]
public sealed class SavedModelTests
{
    private static readonly string[] Corners = ["top left", "top right", "bottom left", "bottom right"];
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void AnApplicationWithoutOurAssembliesScoresTheSameClasses()
    {
        using var folder = new TemporaryFolder();
        IDataView train = Pictures.Load(_ml, 80, 4, Corners);
        TransformerChain<ConvNetTransformer> model = SignsPipeline.Create(_ml, new() { Epochs = 5, BatchSize = 16 }).Fit(train);
        string zip = folder.File("signs.zip");
        _ml.Model.Save(model, train.Schema, zip);

        StockReaderRun run = StockReaderRun.Start(zip, WriteImages(folder, 20, 4), Pictures.Size, Pictures.Size, 3);

        Assert.IsEmpty(run.Ours, "assemblies of ours");
        CollectionAssert.AreEqual(new[] { "Image", "Label" }, run.InputSchema);
        CollectionAssert.AreEqual(new[] { "Image", "Features", "PredictedLabel", "Score" }, run.Columns);
        CollectionAssert.AreEqual(Corners, run.SlotNames);
        MulticlassPrediction[] ours = [.. _ml.Data.CreateEnumerable<MulticlassPrediction>(model.Transform(Pictures.Load(_ml, 20, 4, Corners, seed: 5)), reuseRowObject: false)];
        Assert.HasCount(20, run.Scores);
        for (int row = 0; row < ours.Length; row++)
        {
            AssertClose(ours[row].Score, run.Scores[row], $"row {row}");
            Assert.AreEqual(Corners[ours[row].PredictedLabel - 1], run.Predicted[row]);
        }
    }

    [TestMethod]
    public void AnApplicationWithoutOurAssembliesScoresTwoClassesTheSame()
    {
        using var folder = new TemporaryFolder();
        IDataView train = Pictures.Load(_ml, 64, 2);
        TransformerChain<ConvNetTransformer> model = HappyPipeline.Create(_ml, new() { Epochs = 2 }).Fit(train);
        string zip = folder.File("happy.zip");
        _ml.Model.SaveConvNet(model, train.Schema, zip);

        StockReaderRun run = StockReaderRun.Start(zip, WriteImages(folder, 20, 2), Pictures.Size, Pictures.Size, 3);

        CollectionAssert.AreEqual(new[] { "Image", "Features", "PredictedLabel", "Score", "Probability" }, run.Columns);
        BinaryPrediction[] ours = [.. _ml.Data.CreateEnumerable<BinaryPrediction>(model.Transform(Pictures.Load(_ml, 20, 2, seed: 5)), reuseRowObject: false)];
        AssertClose([.. ours.Select(o => o.Score)], [.. run.Scores.Select(s => s[0])], "scores");
        AssertClose([.. ours.Select(o => o.Probability)], run.Probabilities, "probabilities");
        CollectionAssert.AreEqual(ours.Select(o => o.PredictedLabel.ToString()).ToArray(), run.Predicted);
    }

    [TestMethod]
    public void OurLoaderPutsTheNetworkOnOurEngine()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Pictures.Load(_ml, 40, 4, Corners);
        TransformerChain<ColumnCopyingTransformer> model = SignsPipeline.Create(_ml, new() { Epochs = 2 }).Append(_ml.Transforms.CopyColumns("Answer", "PredictedLabel")).Fit(data);
        _ml.Model.Save(model, data.Schema, folder.File("signs.zip"));

        ITransformer loaded = _ml.Model.LoadConvNet(folder.File("signs.zip"), out DataViewSchema schema);

        Assert.AreEqual("Image,Label", string.Join(",", schema.Select(c => c.Name)));
        ConvNetTransformer before = model.FindConvNet()!;
        ConvNetTransformer after = loaded.FindConvNet()!;
        Assert.AreEqual(before.Model.Definition.Summary(), after.Model.Definition.Summary());
        CollectionAssert.AreEqual(Corners, after.ClassNames.ToArray());
        Assert.IsEmpty(after.History.Epochs);
        IDataView unlabelled = _ml.Transforms.DropColumns("Label").Fit(data).Transform(data);
        EstimatorContract.AssertSameRows(model.Transform(unlabelled), loaded.Transform(unlabelled));
        Assert.AreEqual(EstimatorContract.Describe(model.Transform(unlabelled).Schema), EstimatorContract.Describe(loaded.Transform(unlabelled).Schema));

        IDataView labelled = _ml.Transforms.LabelToKey("Label").Fit(data).Transform(data);
        Assert.AreEqual(before.Evaluate(model.Transform(data))["loss"], after.Evaluate(loaded.Transform(labelled))["loss"], 1e-9, "the loss is in the file");

        _ml.Model.SaveConvNet(loaded, data.Schema, folder.File("again.zip"));
        EstimatorContract.AssertSameRows(model.Transform(unlabelled), _ml.Model.Load(folder.File("again.zip"), out _).Transform(unlabelled));
    }

    [TestMethod]
    public void AFailedSaveLeavesWhatWasThere()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Pictures.Load(_ml, 8, 2);
        string path = folder.File("model.zip");
        File.WriteAllText(path, "before");
        ITransformer unsavable = _ml.Transforms.CustomMapping<Unlabelled, BinaryPrediction>((_, _) => { }, contractName: null).Fit(data);

        Assert.Throws<Exception>(() => _ml.Model.SaveConvNet(unsavable, data.Schema, path));

        Assert.AreEqual("before", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void AFileThatIsNoModelIsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.zip");
        File.WriteAllText(path, "no zip");
        StringAssert.Contains(Assert.ThrowsExactly<ModelFormatException>(() => _ml.Model.LoadConvNet(path, out _)).Message, $"{path} is no saved ML.NET model");

        IDataView data = Pictures.Load(_ml, 8, 2);
        _ml.Model.Save(_ml.Transforms.CopyColumns("Copy", "Image").Fit(data), data.Schema, path);
        StringAssert.Contains(Assert.ThrowsExactly<ModelFormatException>(() => _ml.Model.LoadConvNet(path, out _)).Message, "without a network of ours");

        Assert.ThrowsExactly<FileNotFoundException>(() => _ml.Model.LoadConvNet(folder.File("absent.zip"), out _));
    }

    [TestMethod]
    public void ADamagedNetworkIsRefused()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Pictures.Load(_ml, 16, 2);
        string path = folder.File("model.zip");
        _ml.Model.Save(SignsPipeline.Create(_ml, new() { Epochs = 0 }).Fit(data), data.Schema, path);
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            ZipArchiveEntry entry = archive.Entries.Single(e => e.Name == "ConvNet");
            using Stream stream = entry.Open();
            stream.SetLength(stream.Length - 10);
        }

        StringAssert.Contains(Assert.ThrowsExactly<ModelFormatException>(() => _ml.Model.LoadConvNet(path, out _)).Message, "damaged");
    }

    [TestMethod]
    public void OurLoaderLoadsNoOnnxModel()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Pictures.Load(_ml, 16, 2);
        string path = folder.File("model.zip");
        TransformerChain<ConvNetTransformer> model = SignsPipeline.Create(_ml, new() { Epochs = 0 }).Fit(data);
        _ml.Model.Save(model, data.Schema, path);
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            foreach (ZipArchiveEntry entry in archive.Entries.Where(e => e.Name == "OnnxModel").ToArray())
            {
                using Stream stream = entry.Open();
                stream.SetLength(1);
            }
        }

        Assert.Throws<Exception>(() => _ml.Model.Load(path, out _));
        EstimatorContract.AssertSameRows(model.Transform(data), _ml.Model.LoadConvNet(path, out _).Transform(_ml.Transforms.LabelToKey("Label").Fit(data).Transform(data)));
    }

    [TestMethod]
    public void SavingAndOurLoaderLeaveNoFilesBehind()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Pictures.Load(_ml, 16, 2);

        // The temporary folder is shared with other processes: ours is told by the column's name in the ONNX model.
        string column = $"Features{Guid.NewGuid():N}";
        TransformerChain<ConvNetTransformer> model = SignsPipeline.Create(_ml, new() { Epochs = 0, FeatureColumnName = column }).Fit(data);
        _ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        _ml.Model.LoadConvNet(folder.File("model.zip"), out _);

        Assert.IsEmpty(Directory.EnumerateFiles(Path.GetTempPath(), "????????.???", SearchOption.TopDirectoryOnly).Where(file => Mentions(file, column)));
    }

    private static bool Mentions(string file, string text)
    {
        try
        {
            return File.ReadAllText(file).Contains(text, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string WriteImages(TemporaryFolder folder, int count, int classes)
    {
        string path = folder.File("images.bin");
        File.WriteAllBytes(path, [.. Pictures.Draw(count, classes, seed: 5).SelectMany(p => p.Image)]);
        return path;
    }

    private static void AssertClose(float[] expected, float[] actual, string what)
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-5f, $"{what}, place {i}");
    }
}
