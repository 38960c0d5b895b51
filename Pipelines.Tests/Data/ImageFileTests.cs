using ConvNets.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Data;

[TestClass]
public sealed class ImageFileTests
{
    // 2 x 3 pixels, bottom row first, blue green red, rows padded to 12 bytes, as the format has it.
    private static readonly byte[] Bitmap =
    [
        (byte)'B', (byte)'M', 78, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0,
        40, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        12, 11, 10, 15, 14, 13, 18, 17, 16, 0, 0, 0,
        3, 2, 1, 6, 5, 4, 9, 8, 7, 0, 0, 0,
    ];

    [TestMethod]
    public void APngHoldsExactlyTheBytesOfARow()
    {
        using TemporaryFolder folder = new();
        ImageDataset images = GeneratedData.Signs(3, 1).Train;
        for (int i = 0; i < images.Count; i++)
        {
            ImageFile.SavePng(folder.File("a.png"), images.Image(i), 64, 64);
            CollectionAssert.AreEqual(images.Image(i).ToArray(), ImageFile.Load(folder.File("a.png"), 64, 64));
        }

        Assert.AreEqual((64, 64), ImageFile.Size(folder.File("a.png")));
        CollectionAssert.AreEqual(new[] { folder.File("a.png") }, Directory.GetFiles(folder.Path), "No temporary file is left.");
    }

    [TestMethod]
    public void ChannelsAreRedGreenBlueAndRowsGoDownwards()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("a.bmp"), Bitmap);
        Assert.AreEqual((2, 3), ImageFile.Size(folder.File("a.bmp")));
        CollectionAssert.AreEqual(Enumerable.Range(1, 18).Select(i => (byte)i).ToArray(), ImageFile.Load(folder.File("a.bmp"), 2, 3));
    }

    [TestMethod]
    public void MLNetReadsTheSamePixels()
    {
        using TemporaryFolder folder = new();
        byte[] expected = GeneratedData.Happy(2, 1).Train.Image(1).ToArray();
        ImageFile.SavePng(folder.File("a.png"), expected, 64, 64);
        using MLImage image = MLImage.CreateFromFile(folder.File("a.png"));
        int[] rgb = image.PixelFormat == MLPixelFormat.Bgra32 ? [2, 1, 0] : [0, 1, 2];
        byte[] pixels = image.Pixels.ToArray();
        CollectionAssert.AreEqual(expected, Enumerable.Range(0, expected.Length).Select(i => pixels[(i / 3 * 4) + rgb[i % 3]]).ToArray());
    }

    [TestMethod]
    public void AnotherSizeIsResizedByMeansOfTheNeighbours()
    {
        using TemporaryFolder folder = new();
        // Left half black, right half white, with stripes of one pixel that a proper shrinking averages away.
        byte[] pixels = new byte[256 * 256 * 3];
        for (int i = 0; i < 256 * 256; i++)
        {
            bool white = i % 256 >= 128;
            byte value = (i / 256 % 2) == 0 ? (byte)(white ? 200 : 100) : (byte)(white ? 240 : 60);
            pixels.AsSpan(i * 3, 3).Fill(value);
        }

        ImageFile.SavePng(folder.File("a.png"), pixels, 256, 256);
        byte[] small = ImageFile.Load(folder.File("a.png"), 32, 64);
        Assert.HasCount(32 * 64 * 3, small);
        Assert.AreEqual(80, small[((16 * 64) + 10) * 3], 2.0);
        Assert.AreEqual(220, small[((16 * 64) + 50) * 3], 2.0);
    }

    [TestMethod]
    public void WhatIsNoImageIsRefusedByName()
    {
        using TemporaryFolder folder = new();
        Refused("missing.png", "missing.png");
        File.WriteAllText(folder.File("text.png"), "no image");
        Refused("text.png", "expected a PNG, JPEG or BMP image");
        File.WriteAllBytes(folder.File("empty.png"), []);
        Refused("empty.png", "found 0 bytes");

        ImageFile.SavePng(folder.File("whole.png"), GeneratedData.Signs(1, 1).Train.Image(0), 64, 64);
        byte[] whole = File.ReadAllBytes(folder.File("whole.png"));
        File.WriteAllBytes(folder.File("half.png"), whole[..(whole.Length / 2)]);
        Refused("half.png", "cannot be decoded");
        byte[] huge = [.. Bitmap];
        (huge[20], huge[21], huge[24], huge[25]) = (1, 1, 1, 1);
        File.WriteAllBytes(folder.File("huge.bmp"), huge);
        Refused("huge.bmp", "");

        void Refused(string name, string reason)
        {
            DatasetException error = Assert.ThrowsExactly<DatasetException>(() => ImageFile.Load(folder.File(name), 64, 64));
            StringAssert.Contains(error.Message, folder.File(name));
            StringAssert.Contains(error.Message, reason);
        }
    }

    [TestMethod]
    public void APngThatCannotBeWrittenLeavesNothing()
    {
        using TemporaryFolder folder = new();
        string path = folder.File(Path.Combine("no", "a.png"));
        DatasetException error = Assert.ThrowsExactly<DatasetException>(() => ImageFile.SavePng(path, new byte[12], 2, 2));
        StringAssert.Contains(error.Message, path);
        Directory.CreateDirectory(folder.File("a.png"));
        _ = Assert.ThrowsExactly<DatasetException>(() => ImageFile.SavePng(folder.File("a.png"), new byte[12], 2, 2));
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
        _ = Assert.ThrowsExactly<ArgumentException>(() => ImageFile.SavePng(folder.File("b.png"), new byte[11], 2, 2));
    }

    [TestMethod]
    public void AFolderOfImagesHasSortedClassesAndResizesAndNamesABadImage()
    {
        using TemporaryFolder folder = new();
        MLContext ml = new();
        DatasetException missing = Assert.ThrowsExactly<DatasetException>(() => ml.Data.LoadFromImageFolder(folder.File("none"), 2, 2));
        StringAssert.Contains(missing.Message, folder.File("none"));
        DatasetException empty = Assert.ThrowsExactly<DatasetException>(() => ml.Data.LoadFromImageFolder(folder.Path, 2, 2));
        StringAssert.Contains(empty.Message, "found 0 sub-folders");

        (string Name, byte Value)[] files = [("dog/1.png", 9), ("dog/0.PNG", 7), ("cat/z.png", 5), ("cat/notes.txt", 0)];
        foreach ((string name, byte value) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            ImageFile.SavePng(folder.File(name), Enumerable.Repeat(value, 4 * 6 * 3).ToArray(), 4, 6);
        }

        Directory.CreateDirectory(folder.File("ant"));
        IDataView view = ml.Data.LoadFromImageFolder(folder.Path, 3, 2);
        CollectionAssert.AreEqual(new[] { "ant", "cat", "dog" }, ClassNamesAnnotation.Get(view.Schema["Label"]).ToArray());
        CollectionAssert.AreEqual(new long[] { 1, 2, 2 }, view.GetColumn<long>("Label").ToArray());
        byte[][] rows = [.. view.GetColumn<byte[]>("Image")];
        CollectionAssert.AreEqual(new byte[] { 5, 7, 9 }, rows.Select(row => row[0]).ToArray());
        Assert.IsTrue(rows.All(row => row.Length == 3 * 2 * 3 && row.Distinct().Count() == 1));

        File.WriteAllText(folder.File("cat/bad.jpg"), "no image");
        IDataView bad = ml.Data.LoadFromImageFolder(folder.Path, 3, 2);
        DatasetException error = Assert.ThrowsExactly<DatasetException>(() => bad.GetColumn<byte[]>("Image").Count());
        StringAssert.Contains(error.Message, "bad.jpg");
    }

    [TestMethod]
    public void AClassNameThatWouldLeaveTheFolderIsRefused()
    {
        using TemporaryFolder folder = new();
        ImageDataset images = new(new byte[12], 2, 2, 3, [0], ["../outside"]);
        DatasetException error = Assert.ThrowsExactly<DatasetException>(() => images.SavePngs(folder.File("inside")));
        StringAssert.Contains(error.Message, "'../outside'");
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }
}
