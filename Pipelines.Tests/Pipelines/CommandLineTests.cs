namespace ConvNets.Pipelines.Tests.Pipelines;

[TestClass]
public sealed class CommandLineTests
{
    [TestMethod]
    [DataRow("tran", "tran")]
    [DataRow("summary", "Required argument")]
    [DataRow("summary hapy", "Unknown model 'hapy'")]
    [DataRow("inspect a.h5 --digset", "--digset")]
    public async Task AWrongCommandLineEndsWithTwo(string line, string reason)
    {
        ProgramRun run = await ProgramRun.Of(line.Split(' '));

        run.AssertFailed(2, reason);
        Assert.AreEqual("", run.Output);
    }

    [TestMethod]
    public async Task AnUnwritableOutputEndsWithOneBeforeAnyWork()
    {
        using var folder = new TemporaryFolder();

        (await ProgramRun.Of("summary", "happy", "--json", folder.File("no/such/folder/a.json"))).AssertFailed(1, "a.json", "cannot be written");
        ProgramRun run = await ProgramRun.Of("summary", "happy", "--json", folder.Path);

        run.AssertFailed(1, folder.Path, "cannot be written");
        Assert.AreEqual("", run.Output);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public async Task HelpListsEveryCommand()
    {
        ProgramRun run = await ProgramRun.Of("--help");

        Assert.AreEqual(0, run.Code);
        foreach (string command in new[] { "summary", "inspect" })
            Assert.Contains($"  {command} ", run.Output);
    }
}
