using System.Security.Cryptography;
using System.Text.Json;
using ConvNets.Data.Hdf5;

namespace ConvNets.Pipelines.Tests.Pipelines;

[TestClass]
public sealed class InspectCommandTests
{
    [TestMethod]
    public async Task ShowsGroupsDatasetsAndAttributes()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.h5");
        var root = new Hdf5GroupBuilder();
        root.Add("model/kernel", new float[] { 1, 2, 3, 4, 5, 6 }, 2, 3).SetAttribute("axis", new long[] { 3 });
        root.AddStrings("list_classes", ["no", "yes"]);
        root.SetAttribute("backend", "tensor\u001b[31mflow");
        Hdf5Writer.Write(path, root);

        (ProgramRun run, JsonElement json) = await ProgramRun.WithJson(folder, "inspect", path);

        Assert.Contains("@backend: ", run.Output);
        Assert.Contains("\"tensor?[31mflow\"", run.Output, "a file's text must not give orders to the terminal");
        Assert.Contains("  model/\n", run.Output);
        Assert.Contains("    kernel: float32 (2, 3), ", run.Output);
        Assert.Contains("@axis: int64 () = 3", run.Output.Replace("(1,)", "()"));
        Assert.Contains("  list_classes: ", run.Output);
        string[] paths = [.. json.GetProperty("datasets").EnumerateArray().Select(d => d.GetProperty("path").GetString()!)];
        CollectionAssert.AreEqual(new[] { "/list_classes", "/model/kernel" }, paths);
        Assert.IsFalse(json.GetProperty("datasets")[1].TryGetProperty("sha256", out _), "no digest was asked for");
    }

    [TestMethod]
    public async Task DigestIsTheHashOfTheLittleEndianValues()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.h5");
        var root = new Hdf5GroupBuilder();
        root.Add("labels", new long[] { 1, -2, 3 }, 3);
        root.AddStrings("names", ["a"]);
        Hdf5Writer.Write(path, root);

        (ProgramRun run, JsonElement json) = await ProgramRun.WithJson(folder, "inspect", path, "--digest");

        byte[] values = [1, 0, 0, 0, 0, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0];
        string expected = Convert.ToHexStringLower(SHA256.HashData(values));
        JsonElement labels = json.GetProperty("datasets")[0];
        Assert.AreEqual("/labels", labels.GetProperty("path").GetString());
        Assert.AreEqual(3, labels.GetProperty("shape")[0].GetInt64());
        Assert.AreEqual("int64", labels.GetProperty("type").GetString());
        Assert.AreEqual(expected, labels.GetProperty("sha256").GetString());
        Assert.Contains(expected, run.Output);
        Assert.IsFalse(json.GetProperty("datasets")[1].TryGetProperty("sha256", out _), "strings have no digest");
    }

    [TestMethod]
    public async Task AMissingFileAndAnotherFormatAreFailures()
    {
        using var folder = new TemporaryFolder();
        string text = folder.File("text.h5");
        await File.WriteAllTextAsync(text, "no HDF5");

        (await ProgramRun.Of("inspect", folder.File("absent.h5"))).AssertFailed(1, "absent.h5");
        (await ProgramRun.Of("inspect", text)).AssertFailed(1, "text.h5", "HDF5");
    }
}
