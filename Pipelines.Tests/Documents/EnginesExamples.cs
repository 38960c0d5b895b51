using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Documents;

/// <summary>The code of docs/engines.md, which the document must show as it stands here.</summary>
[TestClass]
public sealed class EnginesExamples
{
    [TestMethod]
    public void SumsInTensorFlowsOrder()
    {
        var options = new CompileOptions { Engine = Engine.ManagedWith(new ManagedOptions { Rounding = Rounding.TensorFlow }) };
        using CompiledModel model = Architectures.HappyModel().Compile(new Adam(), new BinaryCrossentropy(), ["accuracy"], options);

        using CompiledModel fastest = Architectures.HappyModel().Compile(new Adam(), new BinaryCrossentropy(), ["accuracy"]);
        var x = new Tensor(TestWeights.Normal(8 * 64 * 64 * 3, seed: 3), [64, 64, 3]);
        var y = new Tensor(new float[] { 0, 1, 1, 0, 1, 0, 0, 1 }, [1]);
        double[] Losses(CompiledModel m) => [.. m.Fit(x, y, new FitOptions { Epochs = 3, BatchSize = 4, Shuffle = false })["loss"]];
        double[] one = Losses(model), other = Losses(fastest);
        for (int epoch = 0; epoch < one.Length; epoch++)
            Assert.AreEqual(one[epoch], other[epoch], 1e-3, $"epoch {epoch}");
        CollectionAssert.AreNotEqual(model.GetWeights()[0].Values, fastest.GetWeights()[0].Values, "the option changes nothing");
    }
}
