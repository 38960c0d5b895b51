using ConvNets.Data;
using ConvNets.Data.Hdf5;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Data;

/// <summary>Which files are accepted, and what is said about the others.</summary>
[TestClass]
public sealed class LoadFromHdf5Tests
{
    private static readonly byte[] Pixels = [.. Enumerable.Range(0, 3 * 2 * 4 * 3).Select(i => (byte)(i * 3))];

    [TestMethod]
    public void LabelsOfAnyNumberTypeAndOfThreeShapesAreTheSameLabels()
    {
        Accepted(root => root.Add("train_set_y", new byte[] { 0, 2, 1 }, 3));
        Accepted(root => root.Add("train_set_y", new short[] { 0, 2, 1 }, 3, 1));
        Accepted(root => root.Add("train_set_y", new uint[] { 0, 2, 1 }, 1, 3));
        Accepted(root => root.Add("train_set_y", new ulong[] { 0, 2, 1 }, 3));
        Accepted(root => root.Add("train_set_y", new float[] { 0, 2, 1 }, 3));
        Accepted(root => root.Add("train_set_y", new double[] { 0, 2, 1 }, 1, 3));
        Accepted(root => root.Add("train_set_y", new Half[] { (Half)0, (Half)2, (Half)1 }, 3));

        static void Accepted(Action<Hdf5GroupBuilder> addLabels)
        {
            using TemporaryFolder folder = new();
            string path = Write(folder, AddImages, addLabels, root => root.AddStrings("list_classes", ["a", "b", "ç"]));
            IDataView view = new MLContext().Data.LoadFromHdf5(path);
            Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Byte, 2, 4, 3), view.Schema["Image"].Type);
            CollectionAssert.AreEqual(new long[] { 0, 2, 1 }, view.GetColumn<long>("Label").ToArray());
            CollectionAssert.AreEqual(Pixels, view.GetColumn<byte[]>("Image").SelectMany(row => row).ToArray());
            CollectionAssert.AreEqual(new[] { "a", "b", "ç" }, ClassNamesAnnotation.Get(view.Schema["Label"]).ToArray());
        }
    }

    [TestMethod]
    public void ClassNamesMayBeNumbersOrMissing()
    {
        using TemporaryFolder folder = new();
        string numbers = Write(folder, AddImages, AddLabels, root => root.Add("list_classes", new long[] { 0, 1, 2 }, 3));
        CollectionAssert.AreEqual(new[] { "0", "1", "2" }, ImageDataset.LoadHdf5(numbers).ClassNames.ToArray());
        Assert.IsEmpty(ImageDataset.LoadHdf5(numbers, classes: null).ClassNames);
        string missing = Write(folder, AddImages, AddLabels);
        Assert.IsEmpty(ClassNamesAnnotation.Get(new MLContext().Data.LoadFromHdf5(missing).Schema["Label"]));
    }

    [TestMethod]
    public void WhatIsWrongIsSaidWithFileDatasetExpectedAndFound()
    {
        const string Images = "dataset train_set_x: expected ";
        Refused<Hdf5Exception>("no dataset 'train_set_x'", AddLabels);
        Refused<DatasetException>(
            Images + "images of shape (n, height, width, channels), found shape (3, 24).",
            root => root.Add("train_set_x", Pixels, 3, 24),
            AddLabels);
        Refused<DatasetException>(
            Images + "images of type uint8, 0 to 255, found float32",
            root => root.Add("train_set_x", new float[72], 3, 2, 4, 3),
            AddLabels);
        Refused<DatasetException>(
            Images + "at least one image, found none",
            root => root.Add("train_set_x", Array.Empty<byte>(), 0, 2, 4, 3),
            root => root.Add("train_set_y", Array.Empty<long>(), 0));

        const string Labels = "dataset train_set_y: expected ";
        Refused<Hdf5Exception>("no dataset 'train_set_y'", AddImages);
        Refused<DatasetException>(
            Labels + "3 labels, as many as train_set_x has images, found 2.", AddImages, root => root.Add("train_set_y", new long[2], 2));
        Refused<DatasetException>(
            Labels + "labels of shape (n), (n, 1) or (1, n), found shape (3, 6).",
            AddImages,
            root => root.Add("train_set_y", new long[18], 3, 6));
        Refused<DatasetException>(
            Labels + "labels of an integer or floating-point type", AddImages, root => root.AddStrings("train_set_y", ["a", "b", "c"]));
        Refused<DatasetException>(
            Labels + "whole numbers as labels, found 1.5 in row 2.", AddImages, root => root.Add("train_set_y", new[] { 0, 1, 1.5 }, 3));
        Refused<DatasetException>(
            Labels + "whole numbers as labels, found NaN in row 0.",
            AddImages,
            root => root.Add("train_set_y", new[] { float.NaN, 1, 2 }, 3));
        Refused<DatasetException>(
            Labels + "labels 0 to 1 (2 classes), found 2 in row 1.",
            AddImages,
            AddLabels,
            root => root.AddStrings("list_classes", ["a", "b"]));
        Refused<DatasetException>(
            Labels + "labels from 0, found -1 in row 2.", AddImages, root => root.Add("train_set_y", new long[] { 0, 1, -1 }, 3));

        static void Refused<TException>(string message, params Action<Hdf5GroupBuilder>[] add)
            where TException : Exception
        {
            using TemporaryFolder folder = new();
            string path = Write(folder, add);
            TException fromView = Assert.ThrowsExactly<TException>(() => new MLContext().Data.LoadFromHdf5(path));
            StringAssert.Contains(fromView.Message, path);
            StringAssert.Contains(fromView.Message, message);
            TException fromArrays = Assert.ThrowsExactly<TException>(() => ImageDataset.LoadHdf5(path));
            Assert.AreEqual(fromView.Message, fromArrays.Message);
        }
    }

    [TestMethod]
    public void AMissingFileAndAFileThatIsNotHdf5AreNamed()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("text.h5"), "not HDF5, but long enough to hold a signature");
        foreach (string path in new[] { folder.File("missing.h5"), folder.File("text.h5") })
        {
            Hdf5Exception error = Assert.ThrowsExactly<Hdf5Exception>(() => new MLContext().Data.LoadFromHdf5(path));
            StringAssert.Contains(error.Message, path);
        }
    }

    [TestMethod]
    [DataRow("happy")]
    [DataRow("signs")]
    public void WhatIsSavedComesBack(string name)
    {
        using TemporaryFolder folder = new();
        ImageDataset saved = name == "happy" ? GeneratedData.Happy(4, 6).Test : GeneratedData.Signs(4, 6).Test;
        saved.SaveHdf5(folder.File("a.h5"), "test");
        ImageDataset loaded = ImageDataset.LoadHdf5(folder.File("a.h5"), "test_set_x", "test_set_y");
        Assert.AreEqual((64, 64, 3), (loaded.Height, loaded.Width, loaded.Channels));
        CollectionAssert.AreEqual(saved.Images, loaded.Images);
        CollectionAssert.AreEqual(saved.Labels, loaded.Labels);
        CollectionAssert.AreEqual(saved.ClassNames.ToArray(), loaded.ClassNames.ToArray());
        using Hdf5File file = Hdf5File.Open(folder.File("a.h5"));
        Assert.AreEqual(name == "signs" ? Hdf5NumberType.Int64 : null, file.Dataset("list_classes").Type.Number);
        Assert.AreEqual(Hdf5NumberType.Int64, file.Dataset("test_set_y").Type.Number);
    }

    [TestMethod]
    public void ImagesOfAnotherSizeAreResizedAsPicturesAre()
    {
        using TemporaryFolder folder = new();
        ImageDataset saved = GeneratedData.Signs(2, 3).Test;
        string path = folder.File("a.h5"), png = folder.File("a.png");
        saved.SaveHdf5(path);

        IDataView view = new MLContext().Data.LoadFromHdf5(path, height: 20, width: 30);

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Byte, 20, 30, 3), view.Schema["Image"].Type);
        byte[][] resized = [.. view.GetColumn<byte[]>("Image")];
        for (int i = 0; i < saved.Count; i++)
        {
            ImageFile.SavePng(png, saved.Image(i), saved.Height, saved.Width);
            CollectionAssert.AreEqual(ImageFile.Load(png, 20, 30), resized[i]);
        }
    }

    [TestMethod]
    public void TheSplitThatAFileHoldsIsFound()
    {
        using TemporaryFolder folder = new();
        string train = Write(folder, AddImages, AddLabels);
        CollectionAssert.AreEqual(new[] { "train" }, Hdf5Splits.Find(train).ToArray());
        Assert.AreEqual("train", Hdf5Splits.Choose(train, "test"));
        string both = Write(
            folder, AddImages, AddLabels, root => root.Add("test_set_x", Pixels, 3, 2, 4, 3), root => root.Add("test_set_y", new long[3], 3));
        Assert.AreEqual("test", Hdf5Splits.Choose(both, "test"));
        DatasetException error = Assert.ThrowsExactly<DatasetException>(() => Hdf5Splits.Choose(both, "dev"));
        StringAssert.Contains(error.Message, "expected datasets dev_set_x and dev_set_y");
        string none = Write(folder, AddImages);
        StringAssert.Contains(Assert.ThrowsExactly<DatasetException>(() => Hdf5Splits.Choose(none, "test")).Message, "found no split");
    }

    [TestMethod]
    public void ArraysThatDoNotFitTogetherAreRefused()
    {
        _ = Assert.ThrowsExactly<ArgumentException>(() => new ImageDataset(new byte[11], 2, 2, 3, [0], []));
        _ = Assert.ThrowsExactly<ArgumentException>(() => new ImageDataset(new byte[12], 2, 2, 3, [1], ["only"]));
        _ = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ImageDataset([], 0, 2, 3, [], []));
        ImageDataset none = new([], 2, 2, 3, [], []);
        _ = Assert.ThrowsExactly<ArgumentException>(() => new MLContext().Data.LoadFromImages(none));
    }

    private static void AddImages(Hdf5GroupBuilder root) => root.Add("train_set_x", Pixels, 3, 2, 4, 3);

    private static void AddLabels(Hdf5GroupBuilder root) => root.Add("train_set_y", new long[] { 0, 2, 1 }, 3);

    private static string Write(TemporaryFolder folder, params Action<Hdf5GroupBuilder>[] add)
    {
        Hdf5GroupBuilder root = new();
        foreach (Action<Hdf5GroupBuilder> part in add)
            part(root);
        string path = folder.File(Path.GetRandomFileName() + ".h5");
        Hdf5Writer.Write(path, root);
        return path;
    }
}
