using System.Diagnostics;

namespace ConvNets.Pipelines.Tests.Pipelines;

/// <summary>The program as a user starts it: its exit codes.</summary>
[TestClass]
public sealed class ChildProcessTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "convnets.exe" : "convnets");

    [TestMethod]
    [DataRow("summary signs", 0)]
    [DataRow("inspect absent.h5", 1)]
    [DataRow("train smiles", 2)]
    public async Task ExitCodes(string arguments, int code)
    {
        using Process process = Start(arguments);
        string output = await process.StandardOutput.ReadToEndAsync(), error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.AreEqual(code, process.ExitCode, output + error);
        Assert.AreEqual(code == 0, error.Length == 0, error);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public async Task AnInterruptEndsTrainingAndWritesNothing()
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = CourseFiles.Signs(folder);
        using Process process = Start($"train signs --train {train} --test {test} --epochs 1000000 --save {folder.File("model.zip")}");
        while (await process.StandardOutput.ReadLineAsync() is { } line && !line.StartsWith("Epoch 2/", StringComparison.Ordinal))
        {
            // Until training is under way.
        }
        Task rest = process.StandardOutput.ReadToEndAsync();

        using (Process kill = System.Diagnostics.Process.Start("kill", ["-INT", $"{process.Id}"]))
            await kill.WaitForExitAsync();
        await process.WaitForExitAsync();
        await rest;

        Assert.AreEqual(130, process.ExitCode);
        CollectionAssert.AreEquivalent(new[] { train, test }, Directory.GetFileSystemEntries(folder.Path));
    }

    private static Process Start(string arguments) =>
        System.Diagnostics.Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
}
