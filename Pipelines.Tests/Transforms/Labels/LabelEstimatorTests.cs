using ConvNets.Data;
using ConvNets.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Transforms.Labels;

[TestClass]
public sealed class LabelEstimatorTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void KeysAreInTheOrderOfTheValuesNotOfOccurrence()
    {
        IDataView data = Labels(30L, 10L, 20L, 10L);

        IDataView keys = _ml.Transforms.LabelToKey("Label").Fit(data).Transform(data);

        CollectionAssert.AreEqual(new uint[] { 3, 1, 2, 1 }, keys.GetColumn<uint>("Label").ToArray());
        CollectionAssert.AreEqual(new[] { "10", "20", "30" }, KeyValues(keys, "Label"));
    }

    [TestMethod]
    public void TextsAreOrderedToo()
    {
        IDataView data = Labels("b", "a", "", "c");

        IDataView keys = _ml.Transforms.LabelToKey("Key", "Label").Fit(data).Transform(data);

        CollectionAssert.AreEqual(new uint[] { 2, 1, 0, 3 }, keys.GetColumn<uint>("Key").ToArray(), "an empty text is a missing label");
        CollectionAssert.AreEqual(new[] { "a", "b", "c" }, KeyValues(keys, "Key"));
    }

    [TestMethod]
    public void NumbersAreOrderedAsNumbers()
    {
        IDataView data = Labels(10f, 9f, float.NaN, 100f);

        IDataView keys = _ml.Transforms.LabelToKey("Label").Fit(data).Transform(data);

        CollectionAssert.AreEqual(new uint[] { 2, 1, 0, 3 }, keys.GetColumn<uint>("Label").ToArray());
        CollectionAssert.AreEqual(new[] { "9", "10", "100" }, KeyValues(keys, "Label"));
    }

    [TestMethod]
    public void NamesGiveTheClassesThoughOneBeAbsent()
    {
        IDataView data = Named(["zero", "one", "two"], 2, 0, 5);

        IDataView keys = _ml.Transforms.LabelToKey("Label").Fit(data).Transform(data);

        CollectionAssert.AreEqual(new uint[] { 3, 1, 0 }, keys.GetColumn<uint>("Label").ToArray(), "5 is no class");
        CollectionAssert.AreEqual(new[] { "zero", "one", "two" }, KeyValues(keys, "Label"));
    }

    [TestMethod]
    public void OneHotHasTheNumberOfClassesAskedFor()
    {
        IDataView data = Labels(2L, 0L);

        IDataView oneHot = _ml.Transforms.LabelToOneHot("Target", "Label", classes: 4).Fit(data).Transform(data);

        Assert.AreEqual("Vector<Single, 4>", oneHot.Schema["Target"].Type.ToString());
        float[][] rows = [.. oneHot.GetColumn<float[]>("Target")];
        CollectionAssert.AreEqual(new float[] { 0, 0, 1, 0 }, rows[0]);
        CollectionAssert.AreEqual(new float[] { 1, 0, 0, 0 }, rows[1]);
    }

    [TestMethod]
    public void OneHotSlotsBearTheNames()
    {
        IDataView data = Named(["no", "yes"], 1, 0);

        IDataView oneHot = _ml.Transforms.LabelToOneHot("Label").Fit(data).Transform(data);

        VBuffer<ReadOnlyMemory<char>> names = default;
        oneHot.Schema["Label"].Annotations.GetValue("SlotNames", ref names);
        CollectionAssert.AreEqual(new[] { "no", "yes" }, names.DenseValues().Select(n => n.ToString()).ToArray());
    }

    [TestMethod]
    [DataRow(TransformerScope.TrainTest)]
    [DataRow(TransformerScope.Everything)]
    public void OnlyAScopeOfScoringKeepsTheStepInASavedModel(TransformerScope scope)
    {
        IDataView data = Labels(1L, 0L);
        LabelTransformer transformer = _ml.Transforms.LabelToKey("Label", scope: scope).Fit(data);

        using var stream = new MemoryStream();
        _ml.Model.Save(transformer, data.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = _ml.Model.Load(stream, out _);

        Assert.AreEqual(scope == TransformerScope.Everything, loaded.Transform(data).Schema["Label"].Type is KeyDataViewType);
    }

    [TestMethod]
    public void RowsWithoutALabelPassThrough()
    {
        IDataView data = Labels(1L, 0L);
        IDataView unlabelled = _ml.Data.LoadFromEnumerable(new[] { new { Other = 1f } });

        LabelTransformer transformer = _ml.Transforms.LabelToKey("Label").Fit(data);

        Assert.AreEqual("Other", string.Join(",", transformer.Transform(unlabelled).Schema.Select(c => c.Name)));
        Assert.ThrowsExactly<ColumnException>(() => _ml.Transforms.LabelToKey("Label", scope: TransformerScope.Everything).Fit(data).Transform(unlabelled));
    }

    [TestMethod]
    public void LabelsOfAnotherTypeThanFittedOnAreRefused() => Assert.AreEqual("Column \"Label\": found Int32; expected Int64, which the transformer was fitted on.",
        Assert.ThrowsExactly<ColumnException>(() => _ml.Transforms.LabelToKey("Label").Fit(Labels(1L)).Transform(Labels(1))).Message);

    [TestMethod]
    public void TheContractHoldsForEveryTypeOfLabel()
    {
        IDataView[] bad = [_ml.Data.LoadFromEnumerable(new[] { new { Other = 1f } }), _ml.Data.LoadFromEnumerable(new[] { new { Label = new float[] { 1, 2 } } })];
        IDataView[] valid = [Labels(1L, 0L, 7L), Labels(1, 0), Labels((byte)1, (byte)3), Labels(1.5f, 0f), Labels(1.5, 0.0), Labels(true, false), Labels("b", "a"), Named(["no", "yes"], 0, 1)];
        foreach (IDataView data in valid)
        {
            EstimatorContract.Check(_ml, _ml.Transforms.LabelToKey("Label", scope: TransformerScope.Everything), data, bad);
            EstimatorContract.Check(_ml, _ml.Transforms.LabelToKey("Key", "Label", scope: TransformerScope.Everything), data, bad);
            EstimatorContract.Check(_ml, _ml.Transforms.LabelToOneHot("Label", scope: TransformerScope.Everything), data, bad);
            EstimatorContract.Check(_ml, _ml.Transforms.LabelToOneHot("Target", "Label", scope: TransformerScope.Everything), data, bad);
        }
    }

    [TestMethod]
    public void ClassesThatDoNotFitAreRefused()
    {
        Assert.AreEqual("Column \"Label\": found the names of 2 classes (no, yes); expected 3.",
            Assert.ThrowsExactly<ColumnException>(() => _ml.Transforms.LabelToKey("Label", classes: 3).Fit(Named(["no", "yes"], 0, 1))).Message);
        Assert.AreEqual("Column \"Label\": expected classes of different names, found no, no.",
            Assert.ThrowsExactly<ColumnException>(() => _ml.Transforms.LabelToKey("Label").Fit(Named(["no", "no"], 0, 1))).Message);
        StringAssert.Contains(Assert.ThrowsExactly<ColumnException>(() => _ml.Transforms.LabelToKey("Label", classes: 2).Fit(Labels("a", "b"))).Message, "have no order");
        StringAssert.Contains(Assert.ThrowsExactly<ColumnException>(() => _ml.Transforms.LabelToKey("Label").Fit(Labels(float.NaN))).Message, "no labels");
        Assert.AreEqual("Column \"Lable\": there is no such column; there are Label.",
            Assert.ThrowsExactly<ColumnException>(() => _ml.Transforms.LabelToKey("Lable").Fit(Labels(1L))).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ml.Transforms.LabelToOneHot("Label", classes: 0));
    }

    internal static string[] KeyValues(IDataView view, string column)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        view.Schema[column].Annotations.GetValue("KeyValues", ref values);
        return [.. values.DenseValues().Select(v => v.ToString())];
    }

    private IDataView Labels<T>(params T[] labels) => _ml.Data.LoadFromEnumerable(labels.Select(label => new { Label = label }).ToArray());

    private IDataView Named(string[] names, params long[] labels)
    {
        var definition = SchemaDefinition.Create(typeof(Labelled));
        definition[0].AddAnnotation(ClassNamesAnnotation.Kind, new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names.Select(n => n.AsMemory())]), new VectorDataViewType(TextDataViewType.Instance, names.Length));
        return _ml.Data.LoadFromEnumerable(labels.Select(label => new Labelled { Label = label }), definition);
    }

    private sealed class Labelled
    {
        public long Label { get; set; }
    }
}
