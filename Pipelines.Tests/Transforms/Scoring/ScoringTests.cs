using ConvNets.Engines;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ConvNets.Pipelines.Tests.Transforms.Scoring;

/// <summary>A trained network in the ways that ML.NET uses transformers.</summary>
[TestClass]
public sealed class ScoringTests
{
    private static readonly MLContext Context = new(1);
    private static readonly IDataView Train = Pictures.Load(Context, 100, 4);
    private static readonly Lazy<TransformerChain<ConvNetTransformer>> Trained = new(() => SignsPipeline.Create(Context, new() { Epochs = 5, BatchSize = 16 }).Fit(Train));

    [TestMethod]
    public void ScoresAreTheNetworksOwnPredictions()
    {
        ConvNetTransformer network = Trained.Value.LastTransformer;
        Picture[] pictures = Pictures.Draw(70, 4, seed: 3);

        float[][] scores = [.. Trained.Value.Transform(Context.Data.LoadFromEnumerable(pictures)).GetColumn<float[]>("Score")];

        using CompiledModel model = network.Model.Compile();
        Tensor predictions = model.Predict(Tensor.FromBytes([.. pictures.SelectMany(p => p.Image)], [Pictures.Size, Pictures.Size, 3]));
        for (int row = 0; row < pictures.Length; row++)
        {
            for (int i = 0; i < 4; i++)
                Assert.AreEqual(predictions.Sample(row)[i], scores[row][i], 1e-6f, $"row {row}");
        }
    }

    [TestMethod]
    public void APredictionEngineScoresPicturesWithoutLabels()
    {
        Picture[] pictures = Pictures.Draw(40, 4, seed: 3);
        MulticlassPrediction[] expected = [.. Context.Data.CreateEnumerable<MulticlassPrediction>(Trained.Value.Transform(Context.Data.LoadFromEnumerable(pictures)), reuseRowObject: false)];

        using PredictionEngine<Unlabelled, MulticlassPrediction> engine = Context.Model.CreatePredictionEngine<Unlabelled, MulticlassPrediction>(Trained.Value, new PredictionEngineOptions { OwnsTransformer = false });

        for (int row = 0; row < pictures.Length; row++)
        {
            MulticlassPrediction prediction = engine.Predict(new Unlabelled { Image = pictures[row].Image });
            Assert.AreEqual(expected[row].PredictedLabel, prediction.PredictedLabel);
            for (int i = 0; i < 4; i++)
                Assert.AreEqual(expected[row].Score[i], prediction.Score[i], 1e-6f);
        }
    }

    [TestMethod]
    public void OtherColumnsStayWithTheirRows()
    {
        Picture[] pictures = Pictures.Draw(75, 4, seed: 3);
        IDataView scored = Trained.Value.Transform(Context.Data.LoadFromEnumerable(pictures));

        int row = 0;
        foreach (Whole whole in Context.Data.CreateEnumerable<Whole>(scored, reuseRowObject: true))
        {
            CollectionAssert.AreEqual(pictures[row].Image, whole.Image, $"row {row}");
            Assert.AreEqual((uint)pictures[row].Label + 1, whole.Label, $"row {row}");
            row++;
        }
        Assert.AreEqual(75, row);
    }

    [TestMethod]
    public void ACursorTellsPositionBatchAndIdOfTheRowItIsAt()
    {
        IDataView pictures = Context.Data.LoadFromEnumerable(Pictures.Draw(70, 4, seed: 3));
        IDataView scored = Trained.Value.Transform(pictures);
        using DataViewRowCursor expected = pictures.GetRowCursor([]);
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]);
        ValueGetter<DataViewRowId> expectedId = expected.GetIdGetter();
        ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
        ValueGetter<VBuffer<float>> score = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);

        Assert.AreEqual(-1, cursor.Position);
        DataViewRowId a = default;
        DataViewRowId b = default;
        VBuffer<float> scores = default;
        while (cursor.MoveNext())
        {
            Assert.IsTrue(expected.MoveNext());
            expectedId(ref a);
            id(ref b);
            score(ref scores);
            Assert.AreEqual(expected.Position, cursor.Position);
            Assert.AreEqual(expected.Batch, cursor.Batch);
            Assert.AreEqual(a, b);
            Assert.AreEqual(1, scores.DenseValues().Sum(), 1e-5f);
        }
        Assert.IsFalse(expected.MoveNext());
        Assert.AreEqual(-1, cursor.Position);
        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    public void ManyThreadsScoreAtOnce()
    {
        IDataView scored = Trained.Value.Transform(Context.Data.LoadFromEnumerable(Pictures.Draw(50, 4, seed: 3)));
        float[] expected = [.. scored.GetColumn<float[]>("Score").SelectMany(s => s)];

        Parallel.For(0, 6, _ => CollectionAssert.AreEqual(expected, scored.GetColumn<float[]>("Score").SelectMany(s => s).ToArray()));
    }

    [TestMethod]
    public void CacheShuffleSplitAndCheckpointWork()
    {
        TrainTestData();
        IDataView cached = Context.Data.Cache(Train);
        IDataView shuffled = Context.Data.ShuffleRows(Context.Data.Cache(Trained.Value.Transform(cached)), seed: 3);
        Assert.HasCount(100, shuffled.GetColumn<float[]>("Score").ToArray());
        Assert.AreEqual(Accuracy(Trained.Value.Transform(Train)), Accuracy(shuffled));
        Assert.AreEqual(Accuracy(Trained.Value.Transform(Train)), Accuracy(Trained.Value.Transform(Context.Data.ShuffleRows(Train, seed: 5))));

        EstimatorChain<ConvNetTransformer> pipeline = Context.Transforms.LabelToKey("Label").Append(Context.Transforms.ScalePixels("Features", "Image"))
            .AppendCacheCheckpoint(Context).Append(Context.MulticlassClassification.Trainers.ConvNet(new ConvNetMulticlassTrainer.Options { Epochs = 5, BatchSize = 16 }));
        CollectionAssert.AreEqual(Trained.Value.LastTransformer.Model.Weights[0].Values, pipeline.Fit(Train).LastTransformer.Model.Weights[0].Values);

        static void TrainTestData()
        {
            DataOperationsCatalog.TrainTestData split = Context.Data.TrainTestSplit(Train, testFraction: 0.25, seed: 1);
            TransformerChain<ConvNetTransformer> model = SignsPipeline.Create(Context, new() { Epochs = 10, BatchSize = 8, Shuffle = true, Optimizer = new Adam(0.01f) }).Fit(split.TrainSet);
            Assert.IsGreaterThan(0.8, Accuracy(model.Transform(split.TestSet)));
        }
    }

    [TestMethod]
    public void CrossValidationWorksForBothTasks()
    {
        var signs = Context.MulticlassClassification.CrossValidate(Train, SignsPipeline.Create(Context, new() { Epochs = 10, BatchSize = 8, Optimizer = new Adam(0.01f) }), numberOfFolds: 3);
        Assert.IsGreaterThan(0.8, signs.Average(fold => fold.Metrics.MicroAccuracy));

        var happy = Context.BinaryClassification.CrossValidate(Pictures.Load(Context, 90, 2), HappyPipeline.Create(Context, new() { Epochs = 2 }), numberOfFolds: 3);
        Assert.HasCount(3, happy);
        Assert.IsGreaterThan(0.7, happy.Average(fold => fold.Metrics.AreaUnderRocCurve));
    }

    [TestMethod]
    public void MoreStepsCanBeAppended()
    {
        TransformerChain<KeyToValueMappingTransformer> model = SignsPipeline.Create(Context, new() { Epochs = 1 }).Append(Context.Transforms.Conversion.MapKeyToValue("Answer", "PredictedLabel")).Fit(Train);

        string[] answers = [.. model.Transform(Train).GetColumn<string>("Answer")];

        Assert.IsTrue(answers.All(answer => answer is "0" or "1" or "2" or "3"));
        Assert.HasCount(100, answers);
    }

    [TestMethod]
    public void FeaturesOfAnotherSizeAreRefused()
    {
        IDataView other = Context.Data.LoadFromEnumerable(new[] { new { Features = new float[] { 1, 2 } } });
        var definition = SchemaDefinition.Create(typeof(Small));
        IDataView small = Context.Data.LoadFromEnumerable(new[] { new Small() }, definition);

        StringAssert.Contains(Assert.ThrowsExactly<ColumnException>(() => Trained.Value.LastTransformer.Transform(other)).Message, "of unknown size");
        StringAssert.Contains(Assert.ThrowsExactly<ColumnException>(() => Trained.Value.LastTransformer.Transform(small)).Message, "the network takes 16 × 16 × 3 values");
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(6)]
    [DataRow(100)]
    public void TheStockPredictorTreatsAllClassesAlike(int classes)
    {
        var definition = SchemaDefinition.Create(typeof(Labelled));
        definition["Label"].ColumnType = new KeyDataViewType(typeof(uint), classes);
        DataViewSchema.Column label = Context.Data.LoadFromEnumerable(Array.Empty<Labelled>(), definition).Schema["Label"];
        (ITransformer head, float scale, float shift) = ScoringTask.Multiclass.FitHead(label, new ScoreColumns("Score", "PredictedLabel"));
        float[] logits = TestWeights.Normal(classes, seed: 4);
        var rows = SchemaDefinition.Create(typeof(LogitsRow));
        rows["ConvNetLogits"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, classes);

        float[] scores = head.Transform(Context.Data.LoadFromEnumerable(new[] { new LogitsRow { ConvNetLogits = [.. logits.Select(z => (5 * z * scale) + shift)] } }, rows)).GetColumn<float[]>("Score").Single();

        double sum = logits.Sum(z => Math.Exp(5 * z));
        for (int i = 0; i < classes; i++)
            Assert.AreEqual(Math.Exp(5 * logits[i]) / sum, scores[i], 2e-6);
    }

    private static double Accuracy(IDataView scored) => Context.MulticlassClassification.Evaluate(scored).MicroAccuracy;

    private sealed class Whole
    {
        public byte[] Image { get; set; } = [];

        public uint Label { get; set; }

        public float[] Score { get; set; } = [];
    }

    private sealed class Small
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [1, 2, 3, 4];
    }

    private sealed class Labelled
    {
        public uint Label { get; set; }
    }

    private sealed class LogitsRow
    {
        public float[] ConvNetLogits { get; set; } = [];
    }
}
