using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Documents;

/// <summary>The code of docs/sequential-or-functional.md, which the document must show as it stands here.</summary>
[TestClass]
public sealed class SequentialOrFunctionalExamples
{
    [TestMethod]
    public void ASequentialIsTheHappyModel()
    {
        var model = new Sequential(
        [
            new ZeroPadding2D(3) { InputShape = [64, 64, 3] },
            new Conv2D(32, 7, strides: 1),
            new BatchNormalization(axis: 3),
            new ReLU(),
            new MaxPooling2D(),
            new Flatten(),
            new Dense(1, ActivationFunction.Sigmoid),
        ]);

        Assert.AreEqual(Architectures.HappyModel().Summary(), model.Summary());
    }

    [TestMethod]
    public void AFunctionalModelIsWhatLiesBetweenItsInputsAndOutputs()
    {
        KerasTensor input = new InputLayer([64, 64, 3]).Output;
        KerasTensor x = new Conv2D(8, 4, padding: Padding.Same).Call(input);
        x = new ReLU().Call(x);
        x = new MaxPooling2D(8, strides: 8, padding: Padding.Same).Call(x);
        x = new Flatten().Call(x);
        var model = new Model(input, new Dense(6, ActivationFunction.Softmax).Call(x));

        Assert.AreEqual("(None, 6)", model.Outputs[0].Shape.ToString());
        Assert.AreEqual(392, model.Layers.OfType<Conv2D>().Single().CountParameters());
    }

    [TestMethod]
    public void FlattenTakesTheExampleOfTheCourse() =>
        Assert.AreEqual("(None, 24)", new Flatten().Call(new InputLayer([2, 3, 4]).Output).Shape.ToString());
}
