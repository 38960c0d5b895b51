using System.Text.Json;
using ConvNets.Data.Hdf5;
using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Tests.Engines.TensorFlow;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>Every loss and metric against Keras: values with and without weights, and derivatives.</summary>
[TestClass]
[TestCategory("Oracle")]
public sealed class LossOracleTests
{
    private const double Tolerance = 1e-6;

    /// <summary>The groups <c>losses</c> and <c>metrics</c> of each group of data.</summary>
    public static IEnumerable<(string Path, string Group)> LossCases => Cases("losses");

    public static IEnumerable<(string Path, string Group)> MetricCases => Cases("metrics");

    [TestMethod]
    [DynamicData(nameof(LossCases))]
    public void LossesAreKeras(string path, string group)
    {
        using Hdf5File file = Hdf5File.Open(path);
        Hdf5Group found = file.Group(group);
        (float[] targets, float[] predictions, float[] weights) = Data(file, group);
        float[] expected = file.Dataset($"{group}/grad").Read<float>(), gradients = new float[predictions.Length];
        Loss loss = LossOf(found, expected);
        double value = Compute(loss, targets, predictions, [], gradients, weights.Length);
        AssertClose(found.Attribute("value")!.Read<double>()[0], value, "value");
        double weighted = Compute(loss, targets, predictions, weights, [], weights.Length);
        AssertClose(found.Attribute("weighted")!.Read<double>()[0], weighted, "weighted");
        AssertClose(expected, gradients);
    }

    public static IEnumerable<(string Path, string Group, string Engine)> LossCasesOfEngines => LossCases.SelectMany(c => new[] { (c.Path, c.Group, "managed"), (c.Path, c.Group, "tensorflow") });

    /// <summary>A model that gives out what comes in, so that its inputs' derivatives are the loss's.</summary>
    [TestMethod]
    [DynamicData(nameof(LossCasesOfEngines))]
    public void LossesOfEnginesAreKeras(string path, string group, string engine)
    {
        using Hdf5File file = Hdf5File.Open(path);
        Hdf5Group found = file.Group(group);
        (float[] targets, float[] predictions, float[] weights) = Data(file, group);
        float[] expected = file.Dataset($"{group}/grad").Read<float>();
        Loss loss = LossOf(found, expected);
        var model = new Sequential([new InputLayer([predictions.Length / weights.Length]), new Flatten()]);
        using Executor executor = NativeTensorFlow.Engine(engine).CreateExecutor(new ExecutorRequest(model, new Sgd(), [loss], [1], Threads: 1, Seed: 1) { InputGradients = true });
        using Batch batch = executor.CreateBatch(weights.Length, training: true);
        batch.Count = weights.Length;
        predictions.CopyTo(batch.Input(0));
        targets.CopyTo(batch.Target(0));
        AssertClose(found.Attribute("value")!.Read<double>()[0], executor.ComputeGradients(batch, out _)[0], "value");
        AssertClose(expected, executor.InputGradient(batch, 0));

        // Three times the gradient where every sample counts 3, unless the sum is divided by the weights.
        float factor = loss.Reduction == LossReduction.MeanWithSampleWeight ? 1 : 3;
        batch.HasSampleWeights = true;
        batch.SampleWeights.Fill(3);
        executor.ComputeGradients(batch, out _);
        AssertClose([.. expected.Select(v => factor * v)], executor.InputGradient(batch, 0));
        weights.CopyTo(batch.SampleWeights);
        AssertClose(found.Attribute("weighted")!.Read<double>()[0], executor.ComputeGradients(batch, out _)[0], "weighted");
    }

    [TestMethod]
    [DynamicData(nameof(MetricCases))]
    public void MetricsAreKeras(string path, string group)
    {
        using Hdf5File file = Hdf5File.Open(path);
        Hdf5Group found = file.Group(group);
        (float[] targets, float[] predictions, float[] weights) = Data(file, group);
        AssertClose(found.Attribute("value")!.Read<double>()[0], Measure(found.Name, targets, predictions, [], weights.Length), "value");
        AssertClose(found.Attribute("weighted")!.Read<double>()[0], Measure(found.Name, targets, predictions, weights, weights.Length), "weighted");
    }

    private static IEnumerable<(string Path, string Group)> Cases(string kind) =>
        SharedFiles.Glob("golden", "losses_metrics*.h5").Append(KerasOracles.PathOf("losses_more.h5")).SelectMany(path =>
        {
            using Hdf5File file = Hdf5File.Open(path);
            return file.Root.Groups.SelectMany(g => g.Groups.Where(k => k.Name == kind).SelectMany(k => k.Groups)).Select(g => (path, g.Path)).ToArray();
        });

    private static (float[] Targets, float[] Predictions, float[] Weights) Data(Hdf5File file, string group)
    {
        string data = group.TrimStart('/').Split('/')[0];
        return (file.Dataset($"{data}/y_true").Read<float>(), file.Dataset($"{data}/y_pred").Read<float>(), file.Dataset($"{data}/sample_weight").Read<float>());
    }

    private static Loss LossOf(Hdf5Group found, float[] gradient)
    {
        Loss loss = LossOf(found.Name, found.Attribute("config")!.ReadString());

        // Keras leaves Huber's delta out of the configuration; it is the steepest derivative of any element.
        return loss is Huber ? new Huber(gradient.Max(Math.Abs) * (double)gradient.Length) : loss;
    }

    /// <summary>The name in the file is a number and Keras's name of the instance; the configuration is that of the class.</summary>
    private static Loss LossOf(string name, string config)
    {
        string snake = name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..];
        using var document = JsonDocument.Parse($"{{\"class_name\": \"{Loss.Get(snake).GetType().Name}\", \"config\": {config}}}");
        return KerasLosses.Parse(document.RootElement);
    }

    private static Metric MetricOf(string name)
    {
        string snake = name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..];
        return snake switch
        {
            "auc_pr" => new Auc(AucCurve.PrecisionRecall),
            "precision_top_2" => new Precision(topK: 2),
            "recall_class_1" => new Recall(threshold: 0.3f, classId: 1),
            "f1_micro" => new F1Score(ScoreAverage.Micro, threshold: 0.25f),
            "f1_weighted" => new F1Score(ScoreAverage.Weighted),

            // The golden files' top-k metrics look at two classes.
            "top_k_categorical_accuracy" => new TopKCategoricalAccuracy(k: 2),
            "sparse_top_k_categorical_accuracy" => new SparseTopKCategoricalAccuracy(k: 2),
            _ => Metric.Get(snake, new MeanSquaredError(), 1),
        };
    }

    private static double Measure(string name, float[] targets, float[] predictions, float[] weights, int rows)
    {
        Metric metric = MetricOf(name);

        // In two parts: a metric is over all that was gathered, not a mean of batches.
        int width = predictions.Length / rows, targetWidth = targets.Length / rows, first = rows / 3;
        foreach ((int from, int to) in new[] { (0, first), (first, rows) })
        {
            metric.Update(new MetricRows
            {
                Count = to - from,
                Width = width,
                Targets = targets.AsSpan(from * targetWidth, (to - from) * targetWidth),
                Predictions = predictions.AsSpan(from * width, (to - from) * width),
                Weights = weights.Length == 0 ? [] : weights.AsSpan(from, to - from),
            });
        }
        return metric.Result;
    }

    private static double Compute(Loss loss, float[] targets, float[] predictions, float[] weights, float[] gradients, int rows) => LossReducer.Compute(loss, new LossRows
    {
        Count = rows,
        Width = predictions.Length / rows,
        Targets = targets,
        Predictions = predictions,
        FromLogits = false,
        Losses = new double[rows],
        Gradients = gradients,
    }, weights);

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        double difference = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow(expected[i] - found[i], 2);
            size += Math.Pow(expected[i], 2);
        }
        Assert.IsLessThanOrEqualTo(Tolerance * Math.Sqrt(size), Math.Sqrt(difference), "gradient");
    }

    private static void AssertClose(double expected, double found, string what) => Assert.AreEqual(expected, found, Tolerance * Math.Max(Math.Abs(expected), 0.1), what);
}
