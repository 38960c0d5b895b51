using System.Text.Json;
using ConvNets.Formats.TensorFlow;
using ProtoBuf;

namespace ConvNets.Pipelines.Tests.Pipelines;

[TestClass]
public sealed class ExportCommandTests
{
    [TestMethod]
    public async Task WritesAFrozenGraphOrASavedModel()
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = CourseFiles.Happy(folder);
        string zip = folder.File("happy.zip"), frozen = folder.File("happy.pb"), saved = folder.File("happy");
        await ProgramRun.WithJson(folder, "train", "happy", "--train", train, "--test", test, "--epochs", "1", "--save", zip);

        (ProgramRun run, JsonElement json) = await ProgramRun.WithJson(folder, "export", zip, "--to", frozen);
        Assert.Contains($"frozen graph saved: {frozen}\n", run.Output);
        GraphDef graph = Serializer.Deserialize<GraphDef>(new MemoryStream(File.ReadAllBytes(frozen)));
        foreach (JsonElement name in json.GetProperty("inputs").EnumerateArray().Concat(json.GetProperty("outputs").EnumerateArray()))
            Assert.IsTrue(graph.Node.Exists(node => node.Name == name.GetString()), name.GetString());

        (run, _) = await ProgramRun.WithJson(folder, "export", zip, "--to", saved);
        Assert.Contains($"SavedModel saved: {saved}\n", run.Output);
        Assert.IsTrue(File.Exists(Path.Combine(saved, "variables", "variables.index")));
    }

    [TestMethod]
    public async Task WhatCannotBeWrittenIsOneLine()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("no-model.zip");
        File.WriteAllText(model, "not a model");
        (await ProgramRun.Of("export", model, "--to", folder.File("m.pb"))).AssertFailed(1, model, "is no saved ML.NET model");
        Assert.IsFalse(File.Exists(folder.File("m.pb")));
        (await ProgramRun.Of("export", model)).AssertFailed(2, "--to");
    }

    /// <summary>Here the packages are missing, or the pretrained network that they download; where both are there, the baseline is trained.</summary>
    [TestMethod]
    public async Task TheBaselineIsTrainedOrSaysWhatItLacks()
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = CourseFiles.Happy(folder);
        ProgramRun run = await ProgramRun.Of("baseline", "happy", "--train", train, "--test", test, "--epochs", "1");
        if (run.Code == 0)
            Assert.Contains("ML.NET: MicroAccuracy ", run.Output);
        else
            run.AssertFailed(1, "Microsoft.ML.Vision");
    }
}
