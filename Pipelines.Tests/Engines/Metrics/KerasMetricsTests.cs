using System.Text.Json;
using ConvNets.Data.Hdf5;
using ConvNets.Engines;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>Metrics read from Keras's configurations give Keras's values, whatever their arguments; what is not known is refused.</summary>
[TestClass]
public sealed class KerasMetricsTests
{
    // Keras subtracts sums in single precision for R²: its own value is right to some 2e-6. All others agree to 1e-6.
    private const double Tolerance = 1e-6, OfR2 = 2e-6;

    public static IEnumerable<(string Group, string Name)> Cases
    {
        get
        {
            using Hdf5File file = Hdf5File.Open(KerasOracles.PathOf("metrics.h5"));
            return [.. file.Root.Groups.SelectMany(group => group.Groups.Select(metric => (group.Name, metric.Name)))];
        }
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void ValuesAreKeras(string group, string name)
    {
        using Hdf5File file = Hdf5File.Open(KerasOracles.PathOf("metrics.h5"));
        Hdf5Group entry = file.Group($"{group}/{name}");
        float[] targets = file.Dataset($"{group}/y_true").Read<float>(), predictions = file.Dataset($"{group}/y_pred").Read<float>(), weights = file.Dataset($"{group}/sample_weight").Read<float>();
        using var config = JsonDocument.Parse(entry.Attribute("config")!.ReadString());

        foreach ((string attribute, float[] given) in new[] { ("value", (float[])[]), ("weighted", weights) })
        {
            Metric metric = KerasMetrics.Parse(config.RootElement);
            metric.Update(new MetricRows { Count = weights.Length, Width = predictions.Length / weights.Length, Targets = targets, Predictions = predictions, Weights = given });

            double expected = entry.Attribute(attribute)!.Read<double>()[0];
            Assert.AreEqual(expected, metric.Result, (name.EndsWith("R2Score", StringComparison.Ordinal) ? OfR2 : Tolerance) * Math.Abs(expected), attribute);
            Assert.AreEqual(config.RootElement.GetProperty("config").GetProperty("name").GetString(), metric.Name);
        }
    }

    [TestMethod]
    [DataRow("""{"class_name": "F1Score", "config": {"average": null}}""", "macro, micro or weighted")]
    [DataRow("""{"class_name": "AUC", "config": {"multi_label": true}}""", "multi_label")]
    [DataRow("""{"class_name": "AUC", "config": {"summation_method": "minoring"}}""", "minoring")]
    [DataRow("""{"class_name": "Precision", "config": {"thresholds": [0.1, 0.5]}}""", "one threshold")]
    [DataRow("""{"class_name": "SparseTopKCategoricalAccuracy", "config": {"from_sorted_ids": true}}""", "from_sorted_ids")]
    [DataRow("""{"class_name": "MeanSquaredError", "config": {"swirl": 1}}""", "swirl")]
    public void WhatIsNotKnownIsRefused(string serialized, string named)
    {
        using var config = JsonDocument.Parse(serialized);
        NotSupportedException e = Assert.ThrowsExactly<NotSupportedException>(() => KerasMetrics.Parse(config.RootElement));
        StringAssert.Contains(e.Message, named);
    }
}
