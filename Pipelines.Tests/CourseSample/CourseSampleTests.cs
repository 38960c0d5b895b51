using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ConvNets.Pipelines.Tests.CourseSample;

/// <summary>samples/course.cs, run as a user runs it.</summary>
[TestClass]
public sealed class CourseSampleTests
{
    // The samples are built in the configuration of these tests, so that what they refer to is built already.
    private static readonly string Configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";

    [TestMethod]
    public async Task TheCourseStepByStep()
    {
        if (SharedFiles.Repository is not { } root)
            throw new AssertInconclusiveException("The tests do not run in the repository, where the sample is.");
        using var folder = new TemporaryFolder();

        string output = await Run(folder.Path, "run", "-c", Configuration, Path.Combine(root, "samples", "course.cs"));

        StringAssert.Contains(output, """
            number of training examples = 600
            number of test examples = 150
            X_train shape: (600, 64, 64, 3)
            Y_train shape: (600, 1)
            X_test shape: (150, 64, 64, 3)
            Y_test shape: (150, 1)
            """);
        StringAssert.Contains(output, """
            number of training examples = 1080
            number of test examples = 120
            X_train shape: (1080, 64, 64, 3)
            Y_train shape: (1080, 6)
            X_test shape: (120, 64, 64, 3)
            Y_test shape: (120, 6)
            """);
        StringAssert.Contains(output, "['ZeroPadding2D', (None, 70, 70, 3), 0, ((3, 3), (3, 3))]");
        StringAssert.Contains(output, "['Dense', (None, 6), 390, 'softmax']");
        Assert.AreEqual(2, Count(output, "All tests passed!"));
        StringAssert.Contains(output, "Total params: 37,633\nTrainable params: 37,569\nNon-trainable params: 64\n");
        StringAssert.Contains(output, "Total params: 1,310\nTrainable params: 1,310\nNon-trainable params: 0\n");
        StringAssert.Contains(output, "Epoch 10/10\n38/38 [==============================] - ");
        StringAssert.Contains(output, "Epoch 100/100\n17/17 [==============================] - ");
        StringAssert.Contains(output, "epoch  loss  accuracy  val_loss  val_accuracy\n");
        foreach (string name in new[] { "loss", "accuracy", "val_loss", "val_accuracy" })
            Assert.AreEqual(100, List(name).Match(output).Groups["values"].Value.Split(", ").Length, name);
        foreach (string file in new[] { "happy-125.png", "signs-9.png", "loss.png", "accuracy.png" })
            Assert.IsTrue(File.Exists(Path.Combine(folder.Path, "output", "course", file)), file);
    }

    private static async Task<string> Run(string workingFolder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = workingFolder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.AreEqual(0, process.ExitCode, output + await error);
        return output.ReplaceLineEndings("\n");
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static Regex List(string name) => new($"^'{name}': \\[(?<values>.*)\\]$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
}
