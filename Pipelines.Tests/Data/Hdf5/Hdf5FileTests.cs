using ConvNets.Data.Hdf5;

namespace ConvNets.Pipelines.Tests.Data.Hdf5;

/// <summary>Reads Files/old.h5 and Files/new.h5, which Files/make_files.py made with h5py.</summary>
[TestClass]
public sealed class Hdf5FileTests
{
    private const int Rows = 10, Columns = 7, Depth = 3;

    public static IEnumerable<object[]> NumericDatasets =>
        from file in new[] { "old.h5", "new.h5" }
        from name in new[] { "plain", "gzip", "all", "lzf", "fletcher", "limited", "grows", "grows_two", "one" }
        select new object[] { file, name };

    internal static string FileNamed(string name) => Path.Combine(AppContext.BaseDirectory, "Data", "Hdf5", "Files", name);

    [TestMethod]
    [DynamicData(nameof(NumericDatasets))]
    public void ChunkedValuesAreRead(string name, string path)
    {
        using var file = Hdf5File.Open(FileNamed(name));
        var dataset = file.Dataset(path);

        Assert.AreEqual(Hdf5Layout.Chunked, dataset.Layout);
        CollectionAssert.AreEqual(new long[] { Rows, Columns, Depth }, dataset.Shape.ToArray());
        double[] expected = [.. Enumerable.Range(0, Rows * Columns * Depth).Select(i => (double)(7 * i % 251))];
        CollectionAssert.AreEqual(expected, dataset.Read<double>());
    }

    [TestMethod]
    [DynamicData(nameof(NumericDatasets))]
    public void BlocksOfRowsAreRowsOfTheWhole(string name, string path)
    {
        using var file = Hdf5File.Open(FileNamed(name));
        var dataset = file.Dataset(path);
        int rowBytes = Columns * Depth * dataset.ElementSize;
        var whole = new byte[Rows * rowBytes];
        dataset.Read(whole);

        foreach (int count in new[] { 1, 2, 3, 4, 7, Rows })
        {
            for (int first = Rows - count; first >= 0; first -= count)
            {
                var block = new byte[count * rowBytes];
                dataset.ReadRows(first, count, block);
                CollectionAssert.AreEqual(whole[(first * rowBytes)..((first + count) * rowBytes)], block, $"{count} rows from {first}");
            }
        }
    }

    [TestMethod]
    [DataRow("old.h5")]
    [DataRow("new.h5")]
    public void WhatWasNeverWrittenHasTheFillValue(string name)
    {
        using var file = Hdf5File.Open(FileNamed(name));

        int[] holes = file.Dataset("holes").Read<int>();
        for (int i = 0; i < holes.Length; i++)
            Assert.AreEqual(i / (Columns * Depth) is 4 or 5 ? 7 * i % 251 : -5, holes[i]);
        CollectionAssert.AreEqual(Enumerable.Repeat(2.5f, 6).ToArray(), file.Dataset("unwritten").Read<float>());
    }

    [TestMethod]
    [DataRow("old.h5")]
    [DataRow("new.h5")]
    public void TheTreeTellsWhatTheFileHolds(string name)
    {
        using var file = Hdf5File.Open(FileNamed(name));
        var entries = file.Walk().ToDictionary(e => e.Path, StringComparer.Ordinal);

        var all = (Hdf5Dataset)entries["/all"];
        CollectionAssert.AreEqual(new[] { "shuffle", "gzip", "fletcher32" }, all.Filters.Select(f => f.Name).ToArray());
        CollectionAssert.AreEqual(new long[] { 3, 7, 3 }, all.ChunkShape.ToArray());
        Assert.AreEqual("float64", all.Type.ToString());
        Assert.AreEqual("int32 (big-endian)", ((Hdf5Dataset)entries["/plain"]).Type.ToString());
        Assert.AreEqual(Hdf5TypeClass.Enumeration, ((Hdf5Dataset)entries["/bool"]).Type.Class);
        Assert.Contains("compound", entries["/compound"].Error!);
        Assert.IsTrue(((Hdf5Link)entries["/elsewhere"]).IsExternal);
        Assert.AreEqual("/g/inner", ((Hdf5Link)entries["/soft"]).Target);
        CollectionAssert.AreEqual(new long[] { 0 }, ((Hdf5Dataset)entries["/empty"]).Shape.ToArray());
        // The group holds itself and the root: neither leads in circles.
        Assert.IsInstanceOfType<Hdf5Group>(entries["/g/self"]);
        Assert.IsFalse(entries.ContainsKey("/g/self/inner"));
        Assert.IsTrue(entries.ContainsKey("/g/root/all"));
        Assert.IsFalse(entries.ContainsKey("/g/root/g/inner"));
    }

    [TestMethod]
    [DataRow("old.h5")]
    [DataRow("new.h5")]
    public void StringsBooleansAndAttributesAreRead(string name)
    {
        using var file = Hdf5File.Open(FileNamed(name));

        CollectionAssert.AreEqual(new[] { "ab", "c" }, file.Dataset("fixed").ReadStrings());
        CollectionAssert.AreEqual(new[] { "x", "yy", "" }, file.Dataset("vlen").ReadStrings());
        CollectionAssert.AreEqual(new long[] { 1, 0 }, file.Dataset("bool").Read<long>());
        for (int i = 0; i < 12; i++)
            Assert.AreEqual(i, file.Root.Attribute($"a{i}")!.Read<long>().Single());
        Assert.AreEqual("text", file.Root.Attribute("s")!.ReadString());
        CollectionAssert.AreEqual(new float[] { 0, 1, 2 }, file.Root.Attribute("v")!.Read<float>());
        Assert.IsNull(file.Root.Attribute("no such attribute"));
    }

    [TestMethod]
    public void SoftLinksAreFollowedWithinTheFileOnly()
    {
        using var file = Hdf5File.Open(FileNamed("new.h5"));

        CollectionAssert.AreEqual(new byte[] { 1, 2, 3 }, file.Dataset("soft").Read<byte>());
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3 }, file.Dataset("/g/self/self/root/soft").Read<byte>());
        Assert.IsFalse(file.TryGetDataset("dangling", out _));
        Assert.Contains("links", Assert.ThrowsExactly<Hdf5Exception>(() => file.Dataset("loop")).Message);
        Assert.Contains("another file", Assert.ThrowsExactly<Hdf5Exception>(() => file.Dataset("elsewhere")).Message);
    }

    [TestMethod]
    public void AMissingDatasetIsNamedWithThoseThatExist()
    {
        using var file = Hdf5File.Open(FileNamed("old.h5"));

        string message = Assert.ThrowsExactly<Hdf5Exception>(() => file.Dataset("train_set_x")).Message;
        Assert.Contains("old.h5", message);
        Assert.Contains("'train_set_x'", message);
        Assert.Contains("gzip", message);
        Assert.Contains("is no dataset", Assert.ThrowsExactly<Hdf5Exception>(() => file.Dataset("g")).Message);
        Assert.Contains("is no group", Assert.ThrowsExactly<Hdf5Exception>(() => file.Group("gzip")).Message);
    }

    [TestMethod]
    public void AnotherTypeThanStoredIsRefusedUnlessNothingIsLost()
    {
        using var file = Hdf5File.Open(FileNamed("old.h5"));

        Assert.Contains("float64", Assert.ThrowsExactly<Hdf5Exception>(() => file.Dataset("all").Read<int>()).Message);
        Assert.Contains("uint16", Assert.ThrowsExactly<Hdf5Exception>(() => file.Dataset("lzf").Read<byte>()).Message);
        Assert.Contains("string", Assert.ThrowsExactly<Hdf5Exception>(() => file.Dataset("fixed").Read<byte>()).Message);
        Assert.Contains("expected strings", Assert.ThrowsExactly<Hdf5Exception>(() => file.Dataset("lzf").ReadStrings()).Message);
        Assert.AreEqual(7, file.Dataset("lzf").Read<long>()[1]);
        Assert.AreEqual(7f, file.Dataset("all").Read<float>()[1]);
        Assert.AreEqual(7, file.Dataset("gzip").Read<short>()[1]);
    }

    [TestMethod]
    public void WhatIsNoHdf5FileIsRefused()
    {
        string missing = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.h5");
        Assert.Contains(missing, Assert.ThrowsExactly<Hdf5Exception>(() => Hdf5File.Open(missing)).Message);
        Assert.ThrowsExactly<Hdf5Exception>(() => Hdf5File.Open(Path.GetTempPath()));
        string text = FileNamed("make_files.py");
        Assert.Contains("not an HDF5 file", Assert.ThrowsExactly<Hdf5Exception>(() => Hdf5File.Open(text)).Message);
    }

    [TestMethod]
    public void LimitsAndCancellationAreKept()
    {
        using (var file = Hdf5File.Open(FileNamed("old.h5"), new Hdf5ReadOptions { MaxDatasetBytes = 1000 }))
        {
            Assert.Contains("1000", Assert.ThrowsExactly<Hdf5Exception>(() => file.Dataset("all").Read<double>()).Message);
            Assert.HasCount(Rows * Columns * Depth, file.Dataset("gzip").Read<byte>());
        }

        using var source = new CancellationTokenSource();
        using (var file = Hdf5File.Open(FileNamed("old.h5"), new Hdf5ReadOptions { CancellationToken = source.Token }))
        {
            var dataset = file.Dataset("all");
            source.Cancel();
            Assert.ThrowsExactly<OperationCanceledException>(() => dataset.Read<double>());
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Hdf5ReadOptions { MaxDatasetBytes = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Hdf5ReadOptions { Timeout = TimeSpan.Zero });
    }

    [TestMethod]
    public void AUserBlockOfAnySizeMayStandBefore()
    {
        byte[] content = File.ReadAllBytes(FileNamed("new.h5"));
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.h5");
        try
        {
            foreach (int size in new[] { 512, 1024, 4096 })
            {
                File.WriteAllBytes(path, [.. new byte[size], .. content]);
                using var file = Hdf5File.Open(path);
                Assert.AreEqual(7, file.Dataset("gzip").Read<byte>()[1]);
                Assert.AreEqual(1, file.Dataset("g/inner").Read<byte>()[0]);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void SeveralThreadsReadOneFile()
    {
        using var file = Hdf5File.Open(FileNamed("new.h5"));
        Parallel.For(0, 64, i =>
        {
            var dataset = file.Dataset(i % 2 == 0 ? "all" : "grows");
            Assert.AreEqual(7L * 200 % 251, (long)dataset.Read<double>()[200]);
        });
    }
}
