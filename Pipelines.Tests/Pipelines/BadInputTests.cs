using System.IO.Compression;
using ConvNets.Data;
using ConvNets.Data.Hdf5;

namespace ConvNets.Pipelines.Tests.Pipelines;

/// <summary>What the program says of files that it cannot use: one line that names the file, what was expected and what was found; exit code 1; nothing written.</summary>
[TestClass]
public sealed class BadInputTests
{
    private const int Count = 12;

    private static readonly byte[] Images = new byte[Count * 64 * 64 * 3];
    private static readonly long[] Labels = [.. Enumerable.Range(0, Count).Select(i => i % 6L)];

    /// <summary>A file's content, and what the message must have.</summary>
    public static IEnumerable<(string Name, Action<Hdf5GroupBuilder> Fill, string[] Expected)> BadFiles =>
    [
        ("no labels", root => root.Add("train_set_x", Images, Count, 64, 64, 3), ["train_set_y", "expected", "found"]),
        ("images of rank 2", root => Fill(root, r => r.Add("train_set_x", Images, Count, 64 * 64 * 3)), ["train_set_x", "expected", "(n, height, width, channels)", "found", "(12, 12288)"]),
        ("images of floats", root => Fill(root, r => r.Add("train_set_x", new float[Images.Length], Count, 64, 64, 3)), ["train_set_x", "expected", "uint8", "found", "float32"]),
        ("grey images", root => Fill(root, r => r.Add("train_set_x", new byte[Count * 64 * 64], Count, 64, 64, 1)), ["train_set_x", "expected", "3 channels", "found 1"]),
        ("a label out of range", root => Fill(root, labels: [.. Labels[..^1], 6]), ["train_set_y", "expected", "0 to 5", "found 6", "row 11"]),
        ("a negative label", root => Fill(root, labels: [-1, .. Labels[1..]]), ["train_set_y", "expected", "found -1", "row 0"]),
        ("fewer labels than images", root => Fill(root, labels: Labels[..^1]), ["train_set_y", "expected 12", "found 11"]),
        ("labels of rank 2", root => Fill(root, r => r.Add("train_set_y", new long[Count * 6], Count, 6)), ["train_set_y", "expected", "found", "(12, 6)"]),
        ("no images", root => Fill(root, r => r.Add("train_set_x", Array.Empty<byte>(), 0, 64, 64, 3), []), ["train_set_x", "expected", "at least one", "found none"]),
        ("NaN as label", root => Fill(root, r => r.Add("train_set_y", new float[] { float.NaN, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5 }, Count)), ["train_set_y", "expected", "whole numbers", "found NaN", "row 0"]),
        ("strings as labels", root => Fill(root, r => r.AddStrings("train_set_y", [.. Labels.Select(l => $"{l}")])), ["train_set_y", "expected", "found string"]),
    ];

    [TestMethod]
    [DynamicData(nameof(BadFiles))]
    public async Task ATrainingFileThatCannotBeUsed(string name, Action<Hdf5GroupBuilder> fill, string[] expected)
    {
        using var folder = new TemporaryFolder();
        string train = CourseFiles.Write(folder, "bad.h5", fill);
        string test = CourseFiles.Write(folder, "test.h5", root => Fill(root, split: "test"));

        ProgramRun run = await ProgramRun.Of("train", "signs", "--train", train, "--test", test, "--save", folder.File("model.zip"), "--json", folder.File("report.json"));

        run.AssertFailed(1, [train, .. expected]);
        AssertHolds(folder, "bad.h5", "test.h5");
        Assert.DoesNotContain("Epoch", run.Output, name);
    }

    [TestMethod]
    public async Task AMissingFileAndOneThatIsNoHdf5()
    {
        using var folder = new TemporaryFolder();
        string text = folder.File("text.h5");
        await File.WriteAllTextAsync(text, "no HDF5");

        (await ProgramRun.Of("train", "signs", "--train", folder.File("absent.h5"), "--test", text)).AssertFailed(1, "absent.h5");
        (await ProgramRun.Of("train", "signs", "--train", text, "--test", text)).AssertFailed(1, text, "HDF5");
    }

    [TestMethod]
    public async Task OtherClassesThanTheModelHas()
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = CourseFiles.Signs(folder);
        string two = CourseFiles.Write(folder, "two", GeneratedData.Happy(8, 8).Test);

        ProgramRun happy = await ProgramRun.Of("train", "happy", "--train", train, "--test", test), signs = await ProgramRun.Of("train", "signs", "--train", train, "--test", two);

        happy.AssertFailed(1, train, "train_set_y", "expected", "2 classes", "found 6");
        signs.AssertFailed(1, two, "two_set_y", "expected", "6 classes", "found 2");
        Assert.DoesNotContain("Epoch", happy.Output + signs.Output);
    }

    [TestMethod]
    public async Task AModelThatIsNone()
    {
        using var folder = new TemporaryFolder();
        string text = folder.File("text.zip"), empty = folder.File("empty.zip");
        string test = CourseFiles.Write(folder, "test.h5", root => Fill(root, split: "test"));
        await File.WriteAllTextAsync(text, "no zip");
        using (ZipArchive archive = ZipFile.Open(empty, ZipArchiveMode.Create))
            archive.CreateEntry("a.txt");

        foreach (string model in new[] { text, empty, folder.File("absent.zip") })
        {
            (await ProgramRun.Of("evaluate", model, "--test", test)).AssertFailed(1, model);
            (await ProgramRun.Of("predict", model, "--data", test, "--index", "0")).AssertFailed(1, model);
            (await ProgramRun.Of("summary", model)).AssertFailed(1, model);
        }
    }

    [TestMethod]
    public async Task AnOutputThatCannotBeWritten()
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = CourseFiles.Signs(folder);
        string[] command = ["train", "signs", "--train", train, "--test", test, "--epochs", "1"];

        foreach (string[] output in new string[][] { ["--save", folder.File("no/such/model.zip")], ["--save", folder.Path], ["--plot", train], ["--json", folder.File("no/such/a.json")] })
        {
            ProgramRun run = await ProgramRun.Of([.. command, .. output]);

            run.AssertFailed(1, output[1]);
            Assert.DoesNotContain("Epoch", run.Output, "an output that cannot be written is found out before training");
        }
        AssertHolds(folder, "test.h5", "train.h5");
    }

    private static void AssertHolds(TemporaryFolder folder, params string[] names) =>
        CollectionAssert.AreEqual(names, Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());

    /// <summary>Fills a file rightly, but for the datasets that a test adds first.</summary>
    private static void Fill(Hdf5GroupBuilder root, Action<Hdf5GroupBuilder>? wrong = null, long[]? labels = null, string split = "train")
    {
        wrong?.Invoke(root);
        AddIfAbsent(() => root.Add($"{split}_set_x", Images, Count, 64, 64, 3));
        AddIfAbsent(() => root.Add($"{split}_set_y", labels ?? Labels, (labels ?? Labels).Length));
        root.AddStrings("list_classes", ["0", "1", "2", "3", "4", "5"]);

        static void AddIfAbsent(Action add)
        {
            try
            {
                add();
            }
            catch (ArgumentException)
            {
                // The test has put a wrong one there.
            }
        }
    }
}
