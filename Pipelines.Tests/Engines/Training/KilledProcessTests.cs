using System.Diagnostics;
using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>A process that is killed while it trains, and a second one that goes on: together they give the bits of one that was left alone.</summary>
[TestClass]
public sealed class KilledProcessTests
{
    private const string FolderVariable = "CONVNETS_KILLED_PROCESS_FOLDER";
    private const int KilledAfterSteps = 23;

    /// <summary>What the process that is killed does; in a run of all tests, nothing.</summary>
    [TestMethod]
    public void TrainsUntilItIsKilled()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is not { Length: > 0 } folder)
            return;
        Train(folder, new LambdaCallback(onTrainBatchEnd: _ =>
        {
            File.AppendAllText(Path.Combine(folder, "steps"), ".");
            Thread.Sleep(20);
        }));
    }

    [TestMethod]
    public async Task AKilledAndResumedRunHasTheBitsOfTheWholeOne()
    {
        using TemporaryFolder folder = new(), untouched = new();
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "ConvNets.Pipelines.Tests.exe" : "ConvNets.Pipelines.Tests"), steps = folder.File("steps");
        var start = new ProcessStartInfo(program, ["--filter", $"FullyQualifiedName~{nameof(KilledProcessTests)}.{nameof(TrainsUntilItIsKilled)}", "--results-directory", folder.File("results")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment[FolderVariable] = folder.Path;
        using (Process process = Process.Start(start)!)
        {
            while (!process.HasExited && (!File.Exists(steps) || new FileInfo(steps).Length < KilledAfterSteps))
                await Task.Delay(10);
            Assert.IsFalse(process.HasExited, "The process ended before it was killed.");
            process.Kill();
            await process.WaitForExitAsync();
        }
        Assert.IsTrue(File.Exists(folder.File("backup/latest.checkpoint")));

        (ModelWeights weights, History history) = Train(folder.Path);
        (ModelWeights expectedWeights, History expected) = Train(untouched.Path);
        SmallTraining.AssertSameBits(expectedWeights, weights);
        CollectionAssert.AreEqual(expected.Names.ToArray(), history.Names.ToArray());
        foreach (string name in expected.Names)
            CollectionAssert.AreEqual(expected[name].ToArray(), history[name].ToArray(), name);
        Assert.AreEqual(File.ReadAllText(untouched.File("log.csv")), File.ReadAllText(folder.File("log.csv")));
    }

    /// <summary>Dropout, shuffling, a moving average and figures that steer: all that a resumed run must go on with. A backup is written every third step.</summary>
    private static (ModelWeights Weights, History History) Train(string folder, params Callback[] more)
    {
        var layers = new Sequential([new InputLayer([6]), new Dense(16, ActivationFunction.Relu), new Dropout(0.3), new Dense(1, ActivationFunction.Sigmoid)]);
        using CompiledModel model = layers.Compile(new Adam(0.02, amsgrad: true) { UseEma = true, GlobalClipNorm = 0.5 }, [new(new BinaryCrossentropy()) { Metrics = ["accuracy", "auc"], WeightedMetrics = ["mae"] }]);
        History history = model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions
        {
            Epochs = 6,
            BatchSize = 4,
            ValidationSplit = 0.2,
            ClassWeights = new Dictionary<int, double> { [1] = 2 },
            Callbacks =
            [
                new ReduceLROnPlateau("loss", patience: 0, minDelta: 0.02), new EarlyStopping("val_auc", patience: 20, restoreBestWeights: true), new CsvLogger(Path.Combine(folder, "log.csv")),
                new BackupAndRestore(Path.Combine(folder, "backup"), everySteps: 3), .. more,
            ],
        });
        return (model.GetWeights(), history);
    }
}
