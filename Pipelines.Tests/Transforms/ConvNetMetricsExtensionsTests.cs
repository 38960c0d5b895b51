using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Transforms;

[TestClass]
public sealed class ConvNetMetricsExtensionsTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void TheTableBearsTheRightNames()
    {
        // 30 of the class "no", 3 of them taken for "yes"; 10 of the class "yes", all found.
        IEnumerable<Scored> rows = Enumerable.Range(0, 40).Select(i => new Scored { Label = i < 30 ? 0u : 1u, Score = i < 27 ? -1 : 1, Probability = i < 27 ? 0.2f : 0.8f, PredictedLabel = i >= 27 });
        var definition = SchemaDefinition.Create(typeof(Scored));
        definition["Label"].AddAnnotation("KeyValues", new VBuffer<ReadOnlyMemory<char>>(2, ["no".AsMemory(), "yes".AsMemory()]), new VectorDataViewType(TextDataViewType.Instance, 2));

        CalibratedBinaryClassificationMetrics metrics = _ml.BinaryClassification.Evaluate(_ml.Data.LoadFromEnumerable(rows, definition));

        string[] expected =
        [
            "          |     no |    yes | Recall",
            "no        |     27 |      3 | 0.9000",
            "yes       |      0 |     10 | 1.0000",
            "Precision | 1.0000 | 0.7692 |",
            "",
        ];
        Assert.AreEqual(string.Join('\n', expected), metrics.FormatConfusionTable(["no", "yes"]));
        Assert.ThrowsExactly<ArgumentException>(() => metrics.FormatConfusionTable(["no"]));
    }

    private sealed class Scored
    {
        [KeyType(2)]
        public uint Label { get; set; }

        public float Score { get; set; }

        public float Probability { get; set; }

        public bool PredictedLabel { get; set; }
    }
}
