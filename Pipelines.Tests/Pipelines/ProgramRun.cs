using System.Text.Json;

namespace ConvNets.Pipelines.Tests.Pipelines;

/// <summary>What a run of the program in this process gave.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it wrote on standard output.</param>
/// <param name="Error">What it wrote on standard error.</param>
internal sealed record ProgramRun(int Code, string Output, string Error)
{
    /// <summary>Runs a command line.</summary>
    public static async Task<ProgramRun> Of(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(args, output, error);
        return new ProgramRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command line that must succeed, with <c>--json</c>, and gives the JSON too.</summary>
    public static async Task<(ProgramRun Run, JsonElement Json)> WithJson(TemporaryFolder folder, params string[] args)
    {
        string path = folder.File("report.json");
        ProgramRun run = await Of([.. args, "--json", path]);
        Assert.AreEqual(0, run.Code, run.Error);
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(path));
        return (run, document.RootElement.Clone());
    }

    /// <summary>The run failed, with one line on standard error that has all of the parts.</summary>
    public void AssertFailed(int code, params string[] parts)
    {
        Assert.AreEqual(code, Code, Output + Error);
        Assert.AreEqual(1, Error.TrimEnd().Split('\n').Length, Error);
        Assert.StartsWith("convnets: ", Error);
        foreach (string part in parts)
            Assert.Contains(part, Error);
    }
}
