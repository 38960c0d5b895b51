using System.Text.Json;
using ConvNets.Data.Hdf5;
using ConvNets.Engines;

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
        Loss loss = LossOf(found.Name, found.Attribute("config")!.ReadString());

        // Keras leaves Huber's delta out of the configuration; it is the steepest derivative of any element.
        if (loss is Huber)
            loss = new Huber(expected.Max(Math.Abs) * (double)expected.Length);

        double value = Compute(loss, targets, predictions, [], gradients, weights.Length);
        AssertClose(found.Attribute("value")!.Read<double>()[0], value, "value");
        double weighted = Compute(loss, targets, predictions, weights, [], weights.Length);
        AssertClose(found.Attribute("weighted")!.Read<double>()[0], weighted, "weighted");
        double difference = Math.Sqrt(expected.Zip(gradients, (a, b) => Math.Pow(a - b, 2)).Sum()), size = Math.Sqrt(expected.Sum(v => (double)v * v));
        Assert.IsLessThanOrEqualTo(Tolerance * size, difference, "gradient");
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

    private static void AssertClose(double expected, double found, string what) => Assert.AreEqual(expected, found, Tolerance * Math.Max(Math.Abs(expected), 0.1), what);
}
