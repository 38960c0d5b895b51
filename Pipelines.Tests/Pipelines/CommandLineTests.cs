namespace ConvNets.Pipelines.Tests.Pipelines;

[TestClass]
public sealed class CommandLineTests
{
    [TestMethod]
    [DataRow("tran", "tran")]
    [DataRow("summary", "Required argument")]
    [DataRow("summary hapy", "Unknown model 'hapy'")]
    [DataRow("inspect a.h5 --digset", "--digset")]
    [DataRow("train smiles", "smiles")]
    [DataRow("train happy --optimizer adom", "adom")]
    [DataRow("train happy --engine tpu", "tpu")]
    [DataRow("train happy --batch-size 0", "--batch-size: expected a whole number from 1, found 0")]
    [DataRow("train happy --epochs -1", "--epochs: expected a whole number from 0, found -1")]
    [DataRow("train happy --epochs two", "--epochs: expected a whole number from 0, found two")]
    [DataRow("train happy --learning-rate -1", "--learning-rate")]
    [DataRow("train happy --learning-rate NaN", "--learning-rate")]
    [DataRow("train happy --shuffle --no-shuffle", "exclude each other")]
    [DataRow("train happy --train a.h5", "--test")]
    [DataRow("train happy --seed x", "--seed")]
    [DataRow("evaluate a.zip", "--test")]
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
        foreach (string command in new[] { "train", "evaluate", "predict", "summary", "inspect" })
            Assert.Contains($"  {command} ", run.Output);
    }
}
