using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>A run that was killed and is resumed has the bits of the uninterrupted one; damaged and foreign files are refused.</summary>
[TestClass]
public sealed class CheckpointTests
{
    public static IEnumerable<(string Name, Func<Optimizer> Optimizer, FitOptions Options, int KilledAt)> Runs =>
    [
        ("between epochs", () => new Adam(0.01, amsgrad: true), new FitOptions { Epochs = 5, BatchSize = 8 }, 12),
        ("in an epoch", () => new Sgd(0.05, momentum: 0.9) { UseEma = true, GradientAccumulationSteps = 2 }, new FitOptions { Epochs = 4, BatchSize = 7 }, 9),
        ("in steps over the data", () => new Nadam(0.01) { Schedule = new CosineDecay(0.01, 30) }, new FitOptions { Epochs = 5, BatchSize = 8, StepsPerEpoch = 3 }, 8),
    ];

    [TestMethod]
    [DynamicData(nameof(Runs))]
    public void KilledAndResumedHasTheBitsOfTheWholeRun(string name, Func<Optimizer> optimizer, FitOptions options, int killedAt)
    {
        using var folder = new TemporaryFolder();
        int? everySteps = name == "in an epoch" ? 2 : null;
        options = options with { ValidationSplit = 0.25 };
        Callback[] Callbacks(params Callback[] more) =>
        [
            .. optimizer().Schedule is null ? [new LearningRateScheduler((epoch, rate) => epoch == 0 ? rate : rate * 0.8)] : Array.Empty<Callback>(),
            new EarlyStopping(patience: 3, restoreBestWeights: true), .. more,
        ];

        using CompiledModel whole = SmallTraining.Compile(optimizer());
        History expected = whole.Fit(SmallTraining.X, SmallTraining.Y, options with { Callbacks = Callbacks() });

        using (CompiledModel killed = SmallTraining.Compile(optimizer()))
        {
            Assert.ThrowsExactly<InvalidOperationException>(() =>
                killed.Fit(SmallTraining.X, SmallTraining.Y, options with { Callbacks = Callbacks(new BackupAndRestore(folder.Path, everySteps), new Killer(killedAt)) }));
        }

        using CompiledModel resumed = SmallTraining.Compile(optimizer());
        History found = resumed.Fit(SmallTraining.X, SmallTraining.Y, options with { Callbacks = Callbacks(new BackupAndRestore(folder.Path, everySteps)) });
        SmallTraining.AssertSameBits(whole.GetWeights(), resumed.GetWeights());
        CollectionAssert.AreEqual(expected.Epochs.ToArray(), found.Epochs.ToArray());
        CollectionAssert.AreEqual(expected["val_loss"].ToArray(), found["val_loss"].ToArray());
        Assert.IsEmpty(Directory.GetFiles(folder.Path), "The backup is deleted when training is over.");
    }

    [TestMethod]
    public void ResumesFromAModelCheckpoint()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "model-{epoch:00}.checkpoint");
        using CompiledModel whole = SmallTraining.Compile();
        whole.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Epochs = 4, Callbacks = [new ModelCheckpoint(path)] });
        Assert.HasCount(4, Directory.GetFiles(folder.Path));

        using CompiledModel resumed = SmallTraining.Compile();
        History history = resumed.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions { Epochs = 4, ResumeFrom = Path.Combine(folder.Path, "model-02.checkpoint") });
        Assert.HasCount(4, history.Epochs);
        SmallTraining.AssertSameBits(whole.GetWeights(), resumed.GetWeights());
    }

    [TestMethod]
    public void OnlyBetterEpochsAreWritten()
    {
        using var folder = new TemporaryFolder();
        using CompiledModel model = SmallTraining.Compile(new Sgd(0.5));
        History history = model.Fit(SmallTraining.X, SmallTraining.Y, new FitOptions
        {
            Epochs = 12,
            ValidationSplit = 0.5,
            Callbacks = [new ModelCheckpoint(Path.Combine(folder.Path, "{epoch:00}"), saveBestOnly: true)],
        });
        double best = double.PositiveInfinity;
        var expected = new List<string>();
        for (int i = 0; i < 12; i++)
        {
            if (history["val_loss"][i] < best)
                expected.Add($"{i + 1:00}");
            best = Math.Min(best, history["val_loss"][i]);
        }
        CollectionAssert.AreEquivalent(expected, Directory.GetFiles(folder.Path).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void DamagedAndForeignFilesAreRefused()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "a.checkpoint");
        using CompiledModel model = SmallTraining.Compile();
        model.Fit(SmallTraining.X, SmallTraining.Y);
        model.SaveCheckpoint(path);
        byte[] whole = File.ReadAllBytes(path);
        foreach (int length in new[] { 0, 5, 40, whole.Length - 1 })
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.ThrowsExactly<TrainingException>(() => model.LoadCheckpoint(path), $"the first {length} bytes");
        }
        whole[whole.Length / 2] ^= 1;
        File.WriteAllBytes(path, whole);
        Assert.Contains("damaged", Assert.ThrowsExactly<TrainingException>(() => model.LoadCheckpoint(path)).Message);

        model.SaveCheckpoint(path);
        using CompiledModel other = SmallTraining.Compile(new Sgd());
        Assert.Contains("trained with adam", Assert.ThrowsExactly<TrainingException>(() => other.LoadCheckpoint(path)).Message);
        using CompiledModel seeded = SmallTraining.Compile(options: new CompileOptions { Seed = 2 });
        Assert.Contains("seed", Assert.ThrowsExactly<TrainingException>(() => seeded.LoadCheckpoint(path)).Message);
        using CompiledModel wider = new Sequential([new InputLayer([6]), new Dense(2)]).Compile(new Adam(), new MeanSquaredError());
        Assert.Contains("another model", Assert.ThrowsExactly<TrainingException>(() => wider.LoadCheckpoint(path)).Message);
    }

    /// <summary>Ends the run after a number of steps, as if the process had been killed.</summary>
    private sealed class Killer(int after) : Callback
    {
        private int _steps;

        public override void OnTrainBatchEnd(TrainingState training)
        {
            if (++_steps == after)
                throw new InvalidOperationException("killed");
        }
    }
}
