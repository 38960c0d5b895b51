using System.Text.Json;
using ConvNets.Pipelines.Tests.Engines.TensorFlow;

namespace ConvNets.Pipelines.Tests.Pipelines;

[TestClass]
public sealed class TrainCommandTests
{
    [TestMethod]
    [DataRow("happy", 37_633, 37_569, 2)]
    [DataRow("signs", 1_310, 1_310, 6)]
    public async Task TrainsEvaluatesSavesAndPlots(string model, int parameters, int trainable, int classes)
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = model == "happy" ? CourseFiles.Happy(folder) : CourseFiles.Signs(folder);
        string zip = folder.File("model.zip"), plots = folder.File("plots");

        (ProgramRun run, JsonElement json) = await ProgramRun.WithJson(folder,
            "train", model, "--train", train, "--test", test, "--epochs", "2", "--save", zip, "--plot", plots);

        string shape = model == "happy" ? "(32, 1)" : "(48, 6)";
        Assert.Contains($"Y_train shape: {shape}\n", run.Output);
        Assert.Contains("Epoch 2/2\n", run.Output);
        Assert.Contains(" - loss: ", run.Output);
        Assert.Contains("Confusion table", run.Output);
        Assert.AreEqual(parameters, json.GetProperty("parameters").GetInt32());
        Assert.AreEqual(trainable, json.GetProperty("trainable_parameters").GetInt32());
        Assert.IsGreaterThan(0, json.GetProperty("seconds").GetDouble());
        string[] series = [.. json.GetProperty("history").EnumerateObject().Select(p => p.Name)];
        CollectionAssert.AreEqual(model == "happy" ? new[] { "loss", "accuracy" } : ["loss", "accuracy", "val_loss", "val_accuracy"], series);
        Assert.AreEqual(2, json.GetProperty("history").GetProperty("loss").GetArrayLength());
        Assert.AreEqual(classes, json.GetProperty("evaluation").GetProperty("recall").GetArrayLength());
        CollectionAssert.AreEquivalent(new[] { "loss.png", "accuracy.png" }, Directory.GetFiles(plots).Select(Path.GetFileName).ToArray());

        // What was evaluated after training is what is evaluated of the file.
        (_, JsonElement evaluation) = await ProgramRun.WithJson(folder, "evaluate", zip, "--test", test);
        AssertSame(json.GetProperty("evaluation"), evaluation, "loss");
        AssertSame(json.GetProperty("evaluation"), evaluation, "accuracy");

        ProgramRun summary = await ProgramRun.Of("summary", zip);
        Assert.AreEqual((await ProgramRun.Of("summary", model)).Output, summary.Output);
    }

    [TestMethod]
    public async Task TheSameSeedGivesTheSameFigures()
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = CourseFiles.Signs(folder);

        async Task<string> Losses(string seed) =>
            (await ProgramRun.WithJson(folder, "train", "signs", "--train", train, "--test", test, "--epochs", "2", "--seed", seed)).Json.GetProperty("history").GetProperty("loss").ToString();

        string first = await Losses("3");
        Assert.AreEqual(first, await Losses("3"));
        Assert.AreNotEqual(first, await Losses("4"));
    }

    [TestMethod]
    public async Task OptionsReachTheTraining()
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = CourseFiles.Signs(folder);
        string[] command = ["train", "signs", "--train", train, "--test", test, "--epochs", "1"];

        async Task<double> Loss(params string[] options) =>
            (await ProgramRun.WithJson(folder, [.. command, .. options])).Json.GetProperty("evaluation").GetProperty("loss").GetDouble();

        double usual = await Loss();
        Assert.AreEqual(usual, await Loss("--optimizer", "adam", "--learning-rate", "0.001", "--batch-size", "64", "--no-shuffle", "--engine", "managed", "--seed", "1"));
        foreach (string[] option in new string[][] { ["--optimizer", "sgd"], ["--learning-rate", "0.01"], ["--batch-size", "7"], ["--shuffle", "--batch-size", "8"] })
            Assert.AreNotEqual(usual, await Loss(option), string.Join(' ', option));
    }

    [TestMethod]
    [TestCategory("Oracle")]
    public async Task BothEnginesTrainAlikeAndWriteTheSameKindOfFile()
    {
        NativeTensorFlow.Require();
        using var folder = new TemporaryFolder();
        (string train, string test) = CourseFiles.Signs(folder);
        string zip = folder.File("tensorflow.zip");
        string[] command = ["train", "signs", "--train", train, "--test", test, "--epochs", "2", "--batch-size", "16"];
        (_, JsonElement managed) = await ProgramRun.WithJson(folder, command);
        (_, JsonElement tensorFlow) = await ProgramRun.WithJson(folder, [.. command, "--engine", "tensorflow", "--save", zip]);
        foreach (string series in new[] { "loss", "val_loss" })
        {
            for (int epoch = 0; epoch < 2; epoch++)
                Assert.AreEqual(managed.GetProperty("history").GetProperty(series)[epoch].GetDouble(), tensorFlow.GetProperty("history").GetProperty(series)[epoch].GetDouble(), 1e-4, series);
        }

        // The file is evaluated on the managed engine.
        (_, JsonElement evaluation) = await ProgramRun.WithJson(folder, "evaluate", zip, "--test", test);
        Assert.AreEqual(tensorFlow.GetProperty("evaluation").GetProperty("loss").GetDouble(), evaluation.GetProperty("loss").GetDouble(), 1e-5);
    }

    [TestMethod]
    public async Task NoEpochsLeaveTheFirstWeights()
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = CourseFiles.Signs(folder);

        (ProgramRun run, JsonElement json) = await ProgramRun.WithJson(folder, "train", "signs", "--train", train, "--test", test, "--epochs", "0");

        Assert.DoesNotContain("Epoch", run.Output);
        Assert.IsEmpty(json.GetProperty("history").EnumerateObject());
        Assert.AreEqual(Math.Log(6), json.GetProperty("evaluation").GetProperty("loss").GetDouble(), 0.5, "an untrained softmax of six classes");
    }

    private static void AssertSame(JsonElement a, JsonElement b, string name) =>
        Assert.AreEqual(a.GetProperty(name).GetDouble(), b.GetProperty(name).GetDouble(), 1e-6, name);
}
