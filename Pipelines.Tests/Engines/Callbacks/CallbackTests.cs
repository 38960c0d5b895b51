using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>Callbacks steer and record training as Keras's do.</summary>
[TestClass]
public sealed class CallbackTests
{
    [TestMethod]
    public void EarlyStoppingRestoresTheBestWeights()
    {
        var weights = new List<ModelWeights>();
        var stopping = new EarlyStopping(patience: 3, restoreBestWeights: true);
        using CompiledModel model = SmallTraining.Compile(new Adam(0.05));
        History history = model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Epochs = 300, ValidationSplit = 0.6, Callbacks = [stopping, new AtEpochEnd(t => weights.Add(t.Model.GetWeights()))] });
        int best = history["val_loss"].ToList().IndexOf(history["val_loss"].Min());
        Assert.AreEqual(best, stopping.BestEpoch);
        Assert.AreEqual(best + 3, stopping.StoppedEpoch);
        Assert.HasCount(best + 4, history.Epochs);
        SmallTraining.AssertSameBits(weights[best], model.GetWeights());
    }

    [TestMethod]
    public void ReduceLROnPlateauLowersTheLearningRate()
    {
        using CompiledModel model = SmallTraining.Compile(new Sgd(0.1));

        // No epoch is better by 100 than the one before it: after the first, two of patience, and one of cooling.
        History history = model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Epochs = 8, Callbacks = [new ReduceLROnPlateau("loss", 0.5, patience: 2, minDelta: 100, cooldown: 1, minLearningRate: 0.03)] });
        double[] expected = [0.1, 0.1, 0.1, 0.05, 0.05, 0.03, 0.03, 0.03];
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], history["learning_rate"][i], 1e-12, $"epoch {i}");
    }

    [TestMethod]
    public void LearningRateSchedulerSetsEachEpochs()
    {
        using CompiledModel model = SmallTraining.Compile(new Sgd(0.1));
        History history = model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Epochs = 3, Callbacks = [new LearningRateScheduler((epoch, rate) => epoch == 0 ? rate : rate / 2)] });
        CollectionAssert.AreEqual(new[] { 0.1, 0.05, 0.025 }, history["learning_rate"].ToArray());
    }

    [TestMethod]
    public void CsvLoggerWritesKerasColumns()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "log.csv");
        using CompiledModel model = SmallTraining.Compile();
        History history = model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Epochs = 2, ValidationSplit = 0.25, Callbacks = [new CsvLogger(path)] });
        string[] lines = File.ReadAllLines(path);
        Assert.AreEqual("epoch,accuracy,loss,val_accuracy,val_loss", lines[0]);
        Assert.HasCount(3, lines);
        Assert.AreEqual(history["loss"][1], double.Parse(lines[2].Split(',')[2], CultureInfo.InvariantCulture));
        model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Epochs = 1, ValidationSplit = 0.25, Callbacks = [new CsvLogger(path, append: true)] });
        Assert.HasCount(4, File.ReadAllLines(path));
    }

    [TestMethod]
    public void TensorBoardFilesAreRecordsOfEvents()
    {
        using var folder = new TemporaryFolder();
        using CompiledModel model = SmallTraining.Compile();
        model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Epochs = 3, ValidationSplit = 0.25, Callbacks = [new TensorBoard(folder.Path, everySteps: 1)] });
        foreach ((string run, string[] tags, int records) in new[] { ("train", new[] { "epoch_loss", "epoch_accuracy", "epoch_learning_rate", "batch_loss" }, 1 + 3 + 3), ("validation", ["epoch_loss", "epoch_accuracy"], 1 + 3) })
        {
            byte[] file = File.ReadAllBytes(Directory.GetFiles(Path.Combine(folder.Path, run)).Single());
            int found = 0;
            for (int at = 0; at < file.Length; found++)
                at += 16 + (int)BitConverter.ToInt64(file, at);
            Assert.AreEqual(records, found, run);
            string text = System.Text.Encoding.Latin1.GetString(file);
            foreach (string tag in tags)
                Assert.Contains(tag, text);
        }
    }

    [TestMethod]
    [TestCategory("Oracle")]
    public async Task TensorBoardReadsItsFiles()
    {
        string keras = SharedFiles.Require("peers/keras.sh"), script = Path.Combine(SharedFiles.Repository!, "Pipelines.Tests", "Engines", "Keras", "read_events.py");
        using var folder = new TemporaryFolder();
        using CompiledModel model = SmallTraining.Compile();
        History history = model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Epochs = 3, ValidationSplit = 0.25, Callbacks = [new TensorBoard(folder.Path, everySteps: 1)] });

        using Process process = Process.Start(new ProcessStartInfo(keras, [script, folder.Path]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.AreEqual(0, process.ExitCode, await error);
        JsonElement runs = JsonDocument.Parse(output).RootElement;
        foreach ((string run, string tag, string name) in new[] { ("train", "epoch_loss", "loss"), ("train", "epoch_accuracy", "accuracy"), ("validation", "epoch_loss", "val_loss"), ("validation", "epoch_accuracy", "val_accuracy") })
        {
            JsonElement values = runs.GetProperty(run).GetProperty(tag);
            Assert.AreEqual(3, values.GetArrayLength());
            for (int i = 0; i < 3; i++)
            {
                Assert.AreEqual(i, values[i][0].GetInt32());
                Assert.AreEqual(history[name][i], values[i][1].GetDouble(), 1e-6, $"{run} {tag} {i}");
            }
        }
        Assert.AreEqual(3, runs.GetProperty("train").GetProperty("batch_loss").GetArrayLength());
    }

    [TestMethod]
    public void CheckpointsOfWeightsAloneOfStepsAndOfOnesOwn()
    {
        using var folder = new TemporaryFolder();
        var saved = new List<string>();
        using CompiledModel model = SmallTraining.Compile();
        model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions
        {
            Epochs = 2,
            BatchSize = 8,
            Callbacks =
            [
                new ModelCheckpoint(folder.File("weights-{epoch:00}-{loss:0.00}"), saveWeightsOnly: true),
                new ModelCheckpoint(folder.File("step-{epoch}-{batch}"), saveFrequency: 4),
                new ModelCheckpoint("{epoch}.mine", save: (trained, path) => saved.Add($"{path} {trained.Model.DisplayName}")),
            ],
        });
        CollectionAssert.AreEqual(new[] { "1.mine sequential", "2.mine sequential" }, saved);

        // Ten steps: after the fourth and the eighth.
        CollectionAssert.AreEquivalent(new[] { "step-1-4", "step-2-3" }, Directory.GetFiles(folder.Path, "step-*").Select(Path.GetFileName).ToArray());
        string weights = Directory.GetFiles(folder.Path, "weights-02-*").Single();
        using CompiledModel other = SmallTraining.Compile(new Sgd(), new CompileOptions { Seed = 5 });
        other.LoadCheckpoint(weights);
        SmallTraining.AssertSameBits(model.GetWeights(), other.GetWeights());
        Assert.Contains("weights alone", Assert.ThrowsExactly<TrainingException>(() => other.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { ResumeFrom = weights })).Message);
    }

    private sealed class AtEpochEnd(Action<TrainingState> act) : Callback
    {
        public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs) => act(training);
    }
}
