using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Tests.Engines.TensorFlow;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>
/// Both architectures on every engine against Keras: gradients, forty steps of Adam, predictions, a whole fit and its evaluation. The managed engine takes its sums in TensorFlow's order here;
/// in the order that is fastest it stays near.
/// </summary>
[TestClass]
[TestCategory("Oracle")]
public sealed class GoldenTrainingTests
{
    public static IEnumerable<(string Path, string Architecture, string Engine)> Cases =>
        GoldenTraining.All.SelectMany(file => new[] { (file.Path, file.Architecture, "managed"), (file.Path, file.Architecture, "tensorflow") });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void FirstGradientsAreKeras(string file, string kind, string engine)
    {
        using var golden = new GoldenTraining(file, kind);
        using CompiledModel model = Compile(golden, engine);
        Batch batch = BatchOf(golden, model, step: 0);
        model.Executor.ComputeGradients(batch, out ModelWeights gradients);
        AssertWeights(golden, "gradient_1", gradients);
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void FortyStepsAreKeras(string file, string kind, string engine)
    {
        using var golden = new GoldenTraining(file, kind);
        using CompiledModel model = Compile(golden, engine);
        AssertClose(golden, "predict_0", PredictEight(golden, model));
        double[] losses = new double[40];
        for (int step = 0; step < 40; step++)
        {
            Batch batch = BatchOf(golden, model, step);
            losses[step] = model.Executor.Train(batch)[0];
            if (step + 1 is 1 or 10 or 40)
                AssertWeights(golden, $"after_{step + 1}", model.GetWeights());
        }
        AssertSeries(golden, "losses", losses);
        AssertClose(golden, "predict_40", PredictEight(golden, model));
    }

    public static IEnumerable<(string Path, string Architecture)> Files => GoldenTraining.All;

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void EnginesAgreeOnTheFirstLosses(string file, string kind)
    {
        using var golden = new GoldenTraining(file, kind);
        double[] tolerances = golden.Values("losses_tolerance"), managed = FirstLosses(golden, "managed"), tensorFlow = FirstLosses(golden, "tensorflow");
        AssertWithin(managed, tensorFlow, i => tolerances[i], "losses");
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void FitAndEvaluateAreKeras(string file, string kind, string engine)
    {
        using var golden = new GoldenTraining(file, kind);
        using CompiledModel model = Compile(golden, engine);
        History history = model.Fit(golden.X, golden.Y, new FitOptions
        {
            Epochs = golden.Epochs,
            BatchSize = golden.BatchSize,
            Shuffle = false,
            ValidationData = Dataset.FromTensors(golden.Xv, golden.Yv),
        });
        foreach (string name in new[] { "loss", "accuracy", "val_loss", "val_accuracy" })
            AssertSeries(golden, $"fit/{name}", [.. history[name]]);
        IReadOnlyDictionary<string, double> evaluation = model.Evaluate(golden.Xv, golden.Yv);
        AssertClose(golden, "evaluate_loss", [evaluation["loss"]]);
        AssertClose(golden, "evaluate_accuracy", [evaluation["accuracy"]]);
    }

    /// <summary>
    /// Other last bits: a window's derivative may go to another of two nearly equal pixels, and Adam takes a whole step along a gradient near 0, whatever its sign. Nothing of that changes how
    /// training goes.
    /// </summary>
    [TestMethod]
    [DynamicData(nameof(Files))]
    public void TheFastestRoundingStaysNear(string file, string kind)
    {
        using var golden = new GoldenTraining(file, kind);
        using CompiledModel model = Compile(golden, Engine.Managed);
        string[] paths = [.. golden.Model.WeightSlots.Select(slot => slot.Path)];
        model.Executor.ComputeGradients(BatchOf(golden, model, step: 0), out ModelWeights gradients);
        double error = 0, norm = 0;
        foreach (WeightTensor gradient in gradients)
        {
            double[] expected = golden.Values($"gradient_1/{Array.IndexOf(paths, gradient.Path):00}");
            error += expected.Zip(gradient.Values, (e, f) => (e - f) * (e - f)).Sum();
            norm += expected.Sum(e => e * e);
        }
        Assert.IsLessThan(1e-4, Math.Sqrt(error / norm), "gradients");

        model.SetWeights(golden.Weights("start"));
        double[] losses = golden.Values("losses");
        for (int step = 0; step < 10; step++)
            Assert.AreEqual(losses[step], model.Executor.Train(BatchOf(golden, model, step))[0], 1e-3, $"loss of step {step}");
    }

    private static Engine AsTensorFlow => Engine.ManagedWith(new ManagedOptions { Rounding = Rounding.TensorFlow });

    private static CompiledModel Compile(GoldenTraining golden, string engine) => Compile(golden, engine == "managed" ? AsTensorFlow : NativeTensorFlow.Engine(engine));

    private static CompiledModel Compile(GoldenTraining golden, Engine engine)
    {
        CompiledModel model = golden.Model.Compile(Optimizer.Get("adam"), Loss.Get(golden.IsHappy ? "binary_crossentropy" : "categorical_crossentropy"), ["accuracy"],
            new CompileOptions { Engine = engine });
        model.SetWeights(golden.Weights("start"));
        return model;
    }

    private static double[] FirstLosses(GoldenTraining golden, string engine)
    {
        using CompiledModel model = Compile(golden, engine);
        return [.. Enumerable.Range(0, 10).Select(step => model.Executor.Train(BatchOf(golden, model, step))[0])];
    }

    /// <summary>Step s takes the rows from (s·batch) mod (n − batch + 1).</summary>
    private static Batch BatchOf(GoldenTraining golden, CompiledModel model, int step)
    {
        int first = step * golden.BatchSize % (golden.X.Count - golden.BatchSize + 1);
        Batch batch = model.BatchFor(golden.BatchSize, training: true, golden.X.Count);
        batch.Count = golden.BatchSize;
        golden.X.Slice(first, golden.BatchSize).Values.Span.CopyTo(batch.Input(0));
        golden.Y.Slice(first, golden.BatchSize).Values.Span.CopyTo(batch.Target(0));
        return batch;
    }

    private static double[] PredictEight(GoldenTraining golden, CompiledModel model) => [.. model.Predict(golden.Xv.Slice(0, 8)).Values.ToArray().Select(v => (double)v)];

    private static void AssertWeights(GoldenTraining golden, string group, ModelWeights weights)
    {
        string[] paths = [.. golden.Model.WeightSlots.Select(slot => slot.Path)];
        foreach (WeightTensor weight in weights)
            AssertClose(golden, $"{group}/{Array.IndexOf(paths, weight.Path):00}", [.. weight.Values.Select(v => (double)v)]);
    }

    private static void AssertClose(GoldenTraining golden, string name, double[] found)
    {
        double tolerance = golden.Tolerance(name);
        AssertWithin(golden.Values(name), found, _ => tolerance, name);
    }

    private static void AssertSeries(GoldenTraining golden, string name, double[] found)
    {
        double[] tolerances = golden.Values($"{name}_tolerance");
        AssertWithin(golden.Values(name), found, i => tolerances[i], name);
    }

    private static void AssertWithin(double[] expected, double[] found, Func<int, double> tolerance, string name)
    {
        Assert.HasCount(expected.Length, found, name);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], found[i], tolerance(i), $"{name}, element {i}");
    }
}
