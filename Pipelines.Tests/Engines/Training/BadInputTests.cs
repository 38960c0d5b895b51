using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>What cannot be built or trained is refused with what was received, what is expected, and where.</summary>
[TestClass]
public sealed class BadInputTests
{
    [TestMethod]
    [DataRow("optimizer", "adamm", "adam")]
    [DataRow("loss", "binary_crossentropie", "binary_crossentropy")]
    [DataRow("metric", "acuracy", "accuracy")]
    [DataRow("activation", "rellu", "relu")]
    [DataRow("initializer", "he_normale", "he_normal")]
    [DataRow("padding", "sames", "same")]
    [DataRow("engine", "maneged", "managed")]
    public void AnUnknownNameListsTheNearest(string what, string name, string nearest)
    {
        ArgumentException found = Assert.ThrowsExactly<ArgumentException>(() =>
        {
            object _ = what switch
            {
                "optimizer" => Optimizer.Get(name),
                "loss" => Loss.Get(name),
                "metric" => Metric.Get(name, new MeanSquaredError(), 1),
                "activation" => KerasNames.ParseActivation(name),
                "initializer" => Initializer.Get(name),
                "padding" => KerasNames.ParsePadding(name),
                _ => Engine.Get(name),
            };
        });
        Assert.Contains($"Unknown {what} \"{name}\"", found.Message);
        Assert.Contains($"Did you mean {nearest}", found.Message);
        Assert.Contains("Known are", Assert.ThrowsExactly<ArgumentException>(() => KerasNames.ParseActivation("zzzzzzzz")).Message);
    }

    [TestMethod]
    public void ShapesThatDoNotFitNameLayerReceivedAndExpected()
    {
        ModelException flat = Assert.ThrowsExactly<ModelException>(() => new Conv2D(2, 3, name: "first").Call(new InputLayer([10]).Output));
        AssertSays(flat, "Conv2D \"first\"", "(None, 10)", "(None, height, width, channels)");
        ModelException small = Assert.ThrowsExactly<ModelException>(() => new Conv2D(2, 7, name: "wide").Call(new InputLayer([4, 4, 1]).Output));
        AssertSays(small, "Conv2D \"wide\"", "(None, 4, 4, 1)");
        KerasTensor a = new InputLayer([4]).Output, b = new InputLayer([5]).Output;
        AssertSays(Assert.ThrowsExactly<ModelException>(() => new Add(name: "sum").Call(a, b)), "Add \"sum\"", "(None, 4)", "(None, 5)");
        AssertSays(Assert.ThrowsExactly<ModelException>(() => new Reshape([3, 3], name: "square").Call(new InputLayer([8]).Output)), "Reshape \"square\"", "(None, 8)");
        var shared = new Dense(2, name: "shared");
        shared.Call(a);
        AssertSays(Assert.ThrowsExactly<ModelException>(() => shared.Call(b)), "Dense \"shared\"", "(None, 4)", "(None, 5)");
    }

    [TestMethod]
    public void ADisconnectedGraphIsRefusedWhenItIsBuilt()
    {
        KerasTensor a = new InputLayer([4]).Output, b = new InputLayer([4]).Output;
        KerasTensor y = new Dense(2).Call(a);
        AssertSays(Assert.ThrowsExactly<ModelException>(() => new Model(b, y)), "depends");
        AssertSays(Assert.ThrowsExactly<ModelException>(() => new Model([a], [new Add().Call(a, b)])), "disconnected");
        AssertSays(Assert.ThrowsExactly<ModelException>(() => new Model([a, b], [y])), "No output of the model depends on its input");
        AssertSays(Assert.ThrowsExactly<ModelException>(() => new Model([y], [new Dense(1).Call(y)])), "InputLayer");
    }

    /// <summary>A tensor comes from a call, whose inputs were there before it: only a model put into itself could go round in a circle.</summary>
    [TestMethod]
    public void AModelInItselfIsRefusedWhenItIsBuilt()
    {
        var model = new Sequential([new InputLayer([4]), new Dense(4)], name: "snake");
        AssertSays(Assert.ThrowsExactly<ModelException>(() => model.Add(model)), "snake");
        var outer = new Sequential([new InputLayer([4]), model], name: "outer");
        AssertSays(Assert.ThrowsExactly<ModelException>(() => model.Add(outer)), "outer", "snake");
    }

    private static void AssertSays(Exception exception, params string[] parts)
    {
        foreach (string part in parts)
            Assert.Contains(part, exception.Message);
    }
}
