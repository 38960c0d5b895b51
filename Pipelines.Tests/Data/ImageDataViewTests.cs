using System.Security.Cryptography;
using ConvNets.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Data;

/// <summary>
/// What ML.NET asks of a view, for each of the three sources: each row is an image with its own label, whichever way it is reached.
/// </summary>
[TestClass]
public sealed class ImageDataViewTests
{
    private const string Memory = "memory";
    private const string Hdf5 = "hdf5";
    private const string Folder = "folder";

    // 200 rows of 12,288 bytes are several blocks of the view.
    private static readonly ImageDataset Images = InOrderOfClasses(GeneratedData.Signs(200, 6, seed: 3).Train);
    private static readonly string[] Rows = [.. Enumerable.Range(0, Images.Count).Select(i => Key(Images.Labels[i], Images.Image(i)))];

    private static TemporaryFolder _folder = null!;

    private sealed class Row
    {
        public long Label { get; set; }

        public byte[] Image { get; set; } = [];
    }

    [ClassInitialize]
    public static void WriteFiles(TestContext context)
    {
        _folder = new TemporaryFolder();
        Images.SaveHdf5(_folder.File("images.h5"));
        Images.SavePngs(_folder.File("pngs"));
    }

    [ClassCleanup]
    public static void RemoveFiles() => _folder.Dispose();

    [TestMethod]
    [DataRow(Memory)]
    [DataRow(Hdf5)]
    [DataRow(Folder)]
    public void SchemaHasTheImagesShapeTheLabelAndTheClassNames(string source)
    {
        IDataView view = Load(new MLContext(), source);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Byte, 64, 64, 3), view.Schema["Image"].Type);
        Assert.AreEqual(NumberDataViewType.Int64, view.Schema["Label"].Type);
        CollectionAssert.AreEqual(Images.ClassNames.ToArray(), ClassNamesAnnotation.Get(view.Schema["Label"]).ToArray());
        Assert.IsEmpty(ClassNamesAnnotation.Get(view.Schema["Image"]));
        Assert.AreEqual(200, view.GetRowCount());
    }

    [TestMethod]
    [DataRow(Memory)]
    [DataRow(Hdf5)]
    [DataRow(Folder)]
    public void RowsComeInTheSourcesOrder(string source)
    {
        MLContext ml = new();
        CollectionAssert.AreEqual(Rows, Read(ml, Load(ml, source)));
    }

    [TestMethod]
    [DataRow(Memory)]
    [DataRow(Hdf5)]
    [DataRow(Folder)]
    public void MLNetsOwnViewsOverItKeepEachRowWhole(string source)
    {
        MLContext ml = new(seed: 1);
        IDataView view = Load(ml, source);
        CollectionAssert.AreEqual(Rows, Read(ml, ml.Data.Cache(view)));
        CollectionAssert.AreEqual(Rows[150..], Read(ml, ml.Data.SkipRows(view, 150)));
        CollectionAssert.AreEqual(Rows[..90], Read(ml, ml.Data.TakeRows(view, 90)));
        AssertShuffled(Rows, Read(ml, ml.Data.ShuffleRows(view, shufflePoolSize: 50)));
        AssertShuffled(Rows, Read(ml, ml.Data.ShuffleRows(ml.Data.Cache(view))));

        DataOperationsCatalog.TrainTestData split = ml.Data.TrainTestSplit(view, testFraction: 0.25);
        AssertSame(Rows, [.. Read(ml, split.TrainSet), .. Read(ml, split.TestSet)]);
        AssertSame(Rows, [.. ml.Data.CrossValidationSplit(view, numberOfFolds: 3).SelectMany(fold => Read(ml, fold.TestSet))]);

        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(view).Transform(view);
        string[] filtered = Read(ml, ml.Data.FilterRowsByKeyColumnFraction(keyed, "Key", 0, 0.5));
        AssertSame([.. Rows.Where((_, i) => Images.Labels[i] < 3)], filtered);
    }

    [TestMethod]
    [DataRow(Memory)]
    [DataRow(Hdf5)]
    public void SurvivesABinaryFileWithItsClassNames(string source)
    {
        MLContext ml = new();
        using MemoryStream stream = new();
        ml.Data.SaveAsBinary(Load(ml, source), stream);
        string path = _folder.File(source + ".idv");
        File.WriteAllBytes(path, stream.ToArray());
        IDataView loaded = ml.Data.LoadFromBinary(path);
        CollectionAssert.AreEqual(Rows, Read(ml, loaded));
        CollectionAssert.AreEqual(Images.ClassNames.ToArray(), ClassNamesAnnotation.Get(loaded.Schema["Label"]).ToArray());
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Byte, 64, 64, 3), loaded.Schema["Image"].Type);
    }

    [TestMethod]
    [DataRow(Memory)]
    [DataRow(Hdf5)]
    [DataRow(Folder)]
    public void CursorsOfASetReadAtOnceAndBatchPutsTheirRowsBackInOrder(string source)
    {
        IDataView view = Load(new MLContext(), source);
        DataViewRowCursor[] cursors = view.GetRowCursorSet(view.Schema, 3);
        Assert.HasCount(3, cursors);
        List<(long Batch, string Row)>[] read = new List<(long, string)>[cursors.Length];
        Parallel.For(0, cursors.Length, i => read[i] = ReadCursor(cursors[i]));
        foreach (List<(long Batch, string Row)> rows in read)
            CollectionAssert.AreEqual(rows.Select(row => row.Batch).Order().ToArray(), rows.Select(row => row.Batch).ToArray());
        long[] blocks = [.. read.SelectMany(rows => rows.Select(row => row.Batch).Distinct())];
        Assert.HasCount(blocks.Length, blocks.Distinct(), "A block is one cursor's.");
        CollectionAssert.AreEqual(Rows, read.SelectMany(rows => rows).OrderBy(row => row.Batch).Select(row => row.Row).ToArray());
    }

    [TestMethod]
    [DataRow(Memory)]
    [DataRow(Hdf5)]
    [DataRow(Folder)]
    public void AShuffledSetIsOneRandomOrderOfAllRowsGivenBySeed(string source)
    {
        IDataView view = Load(new MLContext(), source);
        Assert.IsTrue(view.CanShuffle);
        string[] alone = Shuffled(1, seed: 5);
        AssertShuffled(Rows, alone);
        CollectionAssert.AreEqual(alone, Shuffled(2, seed: 5));
        CollectionAssert.AreNotEqual(alone, Shuffled(1, seed: 6));

        string[] Shuffled(int cursors, int seed)
        {
            DataViewRowCursor[] set = view.GetRowCursorSet(view.Schema, cursors, new Random(seed));
            return [.. set.SelectMany(ReadCursor).OrderBy(row => row.Batch).Select(row => row.Row)];
        }
    }

    [TestMethod]
    public void AnIdIsTheRowOfTheSourceAlsoWhenShuffled()
    {
        IDataView view = Load(new MLContext(), Memory);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema, new Random(1));
        ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
        ValueGetter<long> getLabel = cursor.GetGetter<long>(view.Schema["Label"]);
        HashSet<ulong> ids = [];
        while (cursor.MoveNext())
        {
            DataViewRowId id = default;
            long label = 0;
            getId(ref id);
            getLabel(ref label);
            Assert.AreEqual(Images.Labels[(int)id.Low], label);
            Assert.IsTrue(ids.Add(id.Low));
        }

        Assert.HasCount(Rows.Length, ids);
    }

    [TestMethod]
    public void AColumnNotAskedForIsNeitherActiveNorRead()
    {
        IDataView view = Load(new MLContext(), Folder);
        File.Copy(_folder.File("images.h5"), _folder.File("gone.h5"));
        IDataView gone = new MLContext().Data.LoadFromHdf5(_folder.File("gone.h5"));
        File.Delete(_folder.File("gone.h5"));
        CollectionAssert.AreEqual(Images.Labels, gone.GetColumn<long>("Label").ToArray());

        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Label"]]);
        Assert.IsFalse(cursor.IsColumnActive(view.Schema["Image"]));
        _ = Assert.ThrowsExactly<ArgumentException>(() => cursor.GetGetter<VBuffer<byte>>(view.Schema["Image"]));
        _ = Assert.ThrowsExactly<ArgumentException>(() => cursor.GetGetter<float>(view.Schema["Label"]));
        ValueGetter<long> getLabel = cursor.GetGetter<long>(view.Schema["Label"]);
        long label = 0;
        _ = Assert.ThrowsExactly<InvalidOperationException>(() => getLabel(ref label));
    }

    [TestMethod]
    public void PreviewShowsRows()
    {
        DataDebuggerPreview preview = Load(new MLContext(), Hdf5).Preview(maxRows: 5);
        Assert.HasCount(5, preview.RowView);
        Assert.AreEqual(Images.Labels[4], preview.RowView[4].Values.Single(pair => pair.Key == "Label").Value);
    }

    [TestMethod]
    public void AFileCanBeReplacedOrRemovedBetweenTwoPasses()
    {
        MLContext ml = new();
        string path = _folder.File("changing.h5");
        Images.SaveHdf5(path);
        IDataView view = ml.Data.LoadFromHdf5(path);
        CollectionAssert.AreEqual(Rows[..1], Read(ml, ml.Data.TakeRows(view, 1)));
        GeneratedData.Signs(30, 6).Train.SaveHdf5(path);
        DatasetException error = Assert.ThrowsExactly<DatasetException>(() => Read(ml, view));
        StringAssert.Contains(error.Message, "changing.h5: dataset train_set_x: expected uint8 (200, 64, 64, 3)");
    }

    private static IDataView Load(MLContext ml, string source) => source switch
    {
        Memory => ml.Data.LoadFromImages(Images),
        Hdf5 => ml.Data.LoadFromHdf5(_folder.File("images.h5")),
        _ => ml.Data.LoadFromImageFolder(_folder.File("pngs"), 64, 64),
    };

    private static string[] Read(MLContext ml, IDataView view) =>
        [.. ml.Data.CreateEnumerable<Row>(view, reuseRowObject: false).Select(row => Key(row.Label, row.Image))];

    private static List<(long Batch, string Row)> ReadCursor(DataViewRowCursor cursor)
    {
        using (cursor)
        {
            ValueGetter<VBuffer<byte>> getImage = cursor.GetGetter<VBuffer<byte>>(cursor.Schema["Image"]);
            ValueGetter<long> getLabel = cursor.GetGetter<long>(cursor.Schema["Label"]);
            List<(long, string)> rows = [];
            VBuffer<byte> image = default;
            while (cursor.MoveNext())
            {
                long label = 0;
                getImage(ref image);
                getLabel(ref label);
                rows.Add((cursor.Batch, Key(label, image.GetValues())));
            }

            Assert.AreEqual(-1, cursor.Position);
            return rows;
        }
    }

    private static string Key(long label, ReadOnlySpan<byte> image) => $"{label} {Convert.ToHexString(SHA256.HashData(image))}";

    private static void AssertSame(string[] expected, string[] actual) =>
        CollectionAssert.AreEqual(expected.Order(StringComparer.Ordinal).ToArray(), actual.Order(StringComparer.Ordinal).ToArray());

    /// <summary>All rows are there, and few are where they were.</summary>
    private static void AssertShuffled(string[] expected, string[] actual)
    {
        AssertSame(expected, actual);
        Assert.IsLessThan(expected.Length / 5, expected.Zip(actual).Count(pair => pair.First == pair.Second));
    }

    /// <summary>The order that a folder of classes has.</summary>
    private static ImageDataset InOrderOfClasses(ImageDataset images)
    {
        int[] order = [.. Enumerable.Range(0, images.Count).OrderBy(i => images.Labels[i])];
        byte[] pixels = [.. order.SelectMany(i => images.Image(i).ToArray())];
        long[] labels = [.. order.Select(i => images.Labels[i])];
        return new ImageDataset(pixels, images.Height, images.Width, images.Channels, labels, images.ClassNames);
    }
}
