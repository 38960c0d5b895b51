using System.Text.Json;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Pipelines;

[TestClass]
public sealed class SummaryCommandTests
{
    [TestMethod]
    [DataRow("happy", 37_633, 37_569, 7)]
    [DataRow("signs", 1_310, 1_310, 9)]
    public async Task ShowsTheTableAndCountsParameters(string name, int parameters, int trainable, int layers)
    {
        using var folder = new TemporaryFolder();

        (ProgramRun run, JsonElement json) = await ProgramRun.WithJson(folder, "summary", name);

        Model model = name == "happy" ? Architectures.HappyModel() : Architectures.ConvolutionalModel([64, 64, 3]);
        Assert.AreEqual(model.Summary(), run.Output);
        Assert.AreEqual(parameters, json.GetProperty("parameters").GetInt32());
        Assert.AreEqual(trainable, json.GetProperty("trainable_parameters").GetInt32());
        Assert.AreEqual(layers, json.GetProperty("layers").GetArrayLength());
    }

    [TestMethod]
    public async Task ShowsOtherStyles()
    {
        Model model = Architectures.HappyModel();
        Assert.AreEqual(model.Summary(new KerasSummaryOptions()), (await ProgramRun.Of("summary", "happy", "--style", "keras3")).Output);
        Assert.AreEqual(model.ToMermaid(), (await ProgramRun.Of("summary", "happy", "--style", "mermaid")).Output);
        Assert.AreEqual(model.ToDot(), (await ProgramRun.Of("summary", "happy", "--style", "dot")).Output);
        Assert.AreEqual(2, (await ProgramRun.Of("summary", "happy", "--style", "keras4")).Code);
    }
}
