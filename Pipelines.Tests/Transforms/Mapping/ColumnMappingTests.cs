using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Transforms.Mapping;

[TestClass]
public sealed class ColumnMappingTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    [DataRow("Key", "Label")]
    [DataRow("Features", "Image")]
    [DataRow("Label,Features", "Image,Label")]
    [DataRow("", "")]
    public void OnlyTheColumnsAreReadThatAreNeeded(string asked, string read)
    {
        var source = new Watched(Rows());
        IDataView view = Prepared(source);

        using (view.GetRowCursor(view.Schema.Where(column => asked.Split(',').Contains(column.Name))))
            Assert.AreEqual(read, source.Read);
        foreach (DataViewRowCursor cursor in view.GetRowCursorSet(view.Schema.Where(column => asked.Split(',').Contains(column.Name)), 2))
            cursor.Dispose();
        Assert.AreEqual(read, source.Read);
    }

    [TestMethod]
    public void AsManyCursorsAreMadeAsTheInputGives()
    {
        var source = new Watched(Rows());
        IDataView view = Prepared(source);

        view.GetRowCursor(view.Schema).Dispose();
        Assert.AreEqual(1, source.Cursors, "one that goes through the rows in order, not several whose rows must be brought into order");
        foreach (DataViewRowCursor cursor in view.GetRowCursorSet(view.Schema, 3))
            cursor.Dispose();
        Assert.AreEqual(3, source.Cursors);
    }

    [TestMethod]
    public void SingleRowsAreMappedAsViewsAre()
    {
        var chain = new TransformerChain<ITransformer>(_ml.Transforms.LabelToKey("Key", "Label").Fit(Rows()), _ml.Transforms.ScalePixels("Features", "Image").Fit(Rows()));
        using PredictionEngine<Picture, Result> engine = _ml.Model.CreatePredictionEngine<Picture, Result>(chain);

        Result prepared = engine.Predict(new Picture { Image = [0, 255], Label = 7 });

        Assert.AreEqual(2u, prepared.Key);
        CollectionAssert.AreEqual(new float[] { 0, 1 }, prepared.Features);
    }

    [TestMethod]
    public void AColumnThatWasNotAskedForIsRefused()
    {
        IDataView view = Prepared(Rows());

        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Key"]]);

        Assert.IsTrue(cursor.IsColumnActive(view.Schema["Key"]));
        Assert.IsFalse(cursor.IsColumnActive(view.Schema["Features"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(view.Schema["Features"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<long>(view.Schema["Key"]));
    }

    private IDataView Rows() => _ml.Data.LoadFromEnumerable(new Picture[] { new() { Image = [0, 51], Label = 7 }, new() { Image = [102, 255], Label = 3 } });

    private IDataView Prepared(IDataView rows)
    {
        IDataView keys = _ml.Transforms.LabelToKey("Key", "Label").Fit(Rows()).Transform(rows);
        return _ml.Transforms.ScalePixels("Features", "Image").Fit(Rows()).Transform(keys);
    }

    private sealed class Picture
    {
        [VectorType(2)]
        public byte[] Image { get; set; } = [];

        public long Label { get; set; }
    }

    private sealed class Result
    {
        [KeyType(2)]
        public uint Key { get; set; }

        public float[] Features { get; set; } = [];
    }

    /// <summary>Tells which columns are asked for, and of how many cursors.</summary>
    private sealed class Watched(IDataView view) : IDataView
    {
        public string? Read { get; private set; }

        public int Cursors { get; private set; }

        public DataViewSchema Schema => view.Schema;

        public bool CanShuffle => view.CanShuffle;

        public long? GetRowCount() => view.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => GetRowCursorSet(columnsNeeded, 1, rand)[0];

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        {
            DataViewSchema.Column[] columns = [.. columnsNeeded];
            (Read, Cursors) = (string.Join(',', columns.Select(column => column.Name)), n);
            return [.. Enumerable.Range(0, n).Select(_ => view.GetRowCursor(columns, rand))];
        }
    }
}
