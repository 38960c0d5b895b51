using System.Diagnostics;
using ConvNets.Data.Hdf5;

namespace ConvNets.Pipelines.Tests.Data.Hdf5;

[TestClass]
public sealed class Hdf5WriterTests
{
    private static readonly byte[] Pixels = [.. Enumerable.Range(0, 2 * 3 * 4).Select(i => (byte)(i * 7))];
    private static readonly float[] Weights = [1.5f, -2, float.NaN, float.Epsilon];

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string FilePath => Path.Combine(_folder, "written.h5");

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void WhatIsWrittenIsReadBack()
    {
        Hdf5Writer.Write(FilePath, Example());

        using var file = Hdf5File.Open(FilePath);
        var x = file.Dataset("/train_set_x");
        CollectionAssert.AreEqual(new long[] { 2, 3, 4 }, x.Shape.ToArray());
        CollectionAssert.AreEqual(Pixels, x.Read<byte>());
        var row = new byte[12];
        x.ReadRows(1, 1, row);
        CollectionAssert.AreEqual(Pixels[12..], row);
        CollectionAssert.AreEqual(new long[] { 1, long.MinValue }, file.Dataset("train_set_y").Read<long>());
        Assert.IsEmpty(file.Dataset("scalar").Shape);
        CollectionAssert.AreEqual(new[] { Math.PI }, file.Dataset("scalar").Read<double>());
        CollectionAssert.AreEqual(new[] { "smile", "", "grün ☺" }, file.Dataset("list_classes").ReadStrings());
        Assert.IsEmpty(file.Dataset("no_strings").ReadStrings());
        Assert.IsEmpty(file.Dataset("no_numbers").Read<float>());
        CollectionAssert.AreEqual(new[] { (Half)0.5f, Half.MaxValue }, file.Dataset("half").Read<Half>());
        var kernel = file.Dataset("model/dense/kernel");
        CollectionAssert.AreEqual(Weights, kernel.Read<float>());
        CollectionAssert.AreEqual(Weights, file.Dataset("model/dense/kernel again").Read<float>());
        Assert.AreEqual("none", kernel.Attribute("unit")!.ReadString());
        Assert.AreEqual("tensorflow", file.Root.Attribute("backend")!.ReadString());
        Assert.AreEqual(100_000, file.Root.Attribute("model_config")!.ReadString().Length);
        var model = file.Group("model");
        CollectionAssert.AreEqual(new[] { "a", "longer name" }, model.Attribute("layer_names")!.ReadStrings());
        Assert.AreEqual(0, model.Attribute("none")!.Length);
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, model.Attribute("numbers")!.Read<int>());
        Assert.HasCount(8000, model.Attribute("many")!.Read<double>());
        Assert.AreEqual(0.5, model.Attribute("one")!.Read<double>().Single());
    }

    [TestMethod]
    [TestCategory("Oracle")]
    public void H5pyReadsWhatIsWritten()
    {
        string python = SharedFiles.Require("peers/keras.sh");
        Hdf5Writer.Write(FilePath, Example());
        string script = Path.Combine(_folder, "check.py");
        File.WriteAllText(script, """
            import h5py, math, numpy as np, sys
            print("begun")
            f = h5py.File(sys.argv[1])
            assert f["train_set_x"].dtype == np.uint8 and f["train_set_x"].shape == (2, 3, 4)
            assert (f["train_set_x"][:].ravel() == np.arange(24) * 7 % 256).all()
            assert f["train_set_y"].dtype == np.int64 and f["train_set_y"][:].tolist() == [1, -2**63]
            assert f["scalar"].shape == () and f["scalar"][()] == math.pi
            assert f["list_classes"].asstr()[:].tolist() == ["smile", "", "grün ☺"]
            assert f["no_strings"].shape == (0,) and f["no_numbers"].shape == (0, 3)
            assert f["half"].dtype == np.float16 and f["half"][:].tolist() == [0.5, 65504]
            k = f["model/dense/kernel"]
            assert k.dtype == np.float32 and k.shape == (2, 2) and k.attrs["unit"] == "none"
            assert np.array_equal(k[:].ravel(), np.array([1.5, -2, np.nan, 2**-149], "f4"), equal_nan=True)
            assert np.array_equal(f["model/dense/kernel again"][:], k[:], equal_nan=True)
            assert f.attrs["backend"] == "tensorflow" and f.attrs["model_config"] == "x" * 100000
            a = f["model"].attrs
            assert list(a["layer_names"]) == ["a", "longer name"] and len(a["none"]) == 0
            assert a["numbers"].tolist() == [1, 2, 3] and len(a["many"]) == 8000 and a["one"] == 0.5
            """);

        using var process = Process.Start(new ProcessStartInfo("bash", [python, script, FilePath]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd(), errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (!output.Contains("begun"))
            Assert.Inconclusive($"h5py does not run here: {errors}");
        Assert.AreEqual(0, process.ExitCode, errors);
    }

    [TestMethod]
    public void WhatCannotBeStoredIsRefusedAtOnce()
    {
        var root = new Hdf5GroupBuilder();
        root.Add("taken", new byte[1], 1);

        Assert.Contains("6 elements", Assert.ThrowsExactly<ArgumentException>(() => root.Add("x", new byte[5], 2, 3)).Message);
        Assert.Contains("taken", Assert.ThrowsExactly<ArgumentException>(() => root.Add("taken", new byte[1], 1)).Message);
        Assert.Contains("is a dataset", Assert.ThrowsExactly<ArgumentException>(() => root.Add("taken/x", new byte[1], 1)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => root.Add("a/../b", new byte[1], 1));
        Assert.ThrowsExactly<ArgumentException>(() => root.Add("/", new byte[1], 1));
        Assert.ThrowsExactly<NotSupportedException>(() => root.Add("x", new bool[1], 1));
        Assert.Contains("U+0000", Assert.ThrowsExactly<ArgumentException>(() => root.AddStrings("x", ["a\0b"])).Message);
        Assert.Contains("64000", Assert.ThrowsExactly<ArgumentException>(() => root.SetAttribute("x", new double[8001], 8001)).Message);
        Assert.Contains("64000", Assert.ThrowsExactly<ArgumentException>(() => root.SetAttribute("x", Enumerable.Repeat("", 4001).ToArray())).Message);
    }

    [TestMethod]
    public void AFailedWriteLeavesWhatWasThere()
    {
        File.WriteAllText(FilePath, "before");
        string inNoFolder = Path.Combine(_folder, "missing", "written.h5");

        Assert.Contains(inNoFolder, Assert.ThrowsExactly<Hdf5Exception>(() => Hdf5Writer.Write(inNoFolder, Example())).Message);
        // A folder stands where the file should: it is written beside, and then cannot be moved there.
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "folder.h5")).FullName;
        Assert.ThrowsExactly<Hdf5Exception>(() => Hdf5Writer.Write(folder, Example()));
        CollectionAssert.AreEquivalent(new[] { FilePath, folder }, Directory.GetFileSystemEntries(_folder));
        Assert.AreEqual("before", File.ReadAllText(FilePath));

        Hdf5Writer.Write(FilePath, Example());
        using var file = Hdf5File.Open(FilePath);
        Assert.IsTrue(file.TryGetDataset("train_set_x", out _));
    }

    private static Hdf5GroupBuilder Example()
    {
        var root = new Hdf5GroupBuilder();
        root.Add("train_set_x", Pixels, 2, 3, 4);
        root.Add("train_set_y", new long[] { 1, long.MinValue }, 2);
        root.Add("scalar", new double[] { Math.PI });
        root.Add("half", new[] { (Half)0.5f, Half.MaxValue }, 2);
        root.Add("no_numbers", Array.Empty<float>(), 0, 3);
        root.AddStrings("list_classes", ["smile", "", "grün ☺"]);
        root.AddStrings("no_strings", []);
        root.Add("model/dense/kernel", Weights, 2, 2).SetAttribute("unit", "none");
        // The same array twice is two datasets.
        root.Add("model/dense/kernel again", Weights, 2, 2);
        root.SetAttribute("backend", "tensorflow");
        root.SetAttribute("model_config", new string('x', 100_000));
        var model = root.Group("model");
        model.SetAttribute("layer_names", ["a", "longer name"]);
        model.SetAttribute("none", Array.Empty<string>());
        model.SetAttribute("numbers", new[] { 1, 2, 3 }, 3);
        model.SetAttribute("many", new double[8000], 8000);
        model.SetAttribute("one", new[] { 0.5 });
        return root;
    }
}
