using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

/// <summary>A list of layers: adding, removing, building at the first data, and what does not fit in a list.</summary>
[TestClass]
public sealed class SequentialTests
{
    private const string FunctionalForm = "new Model(inputs, outputs)";

    [TestMethod]
    public void AddAndPopWorkAsOnAList()
    {
        var model = new Sequential();
        model.Add(new Flatten { InputShape = [2, 3, 4] });
        model.Add(new Dense(5));
        model.Add(new ReLU());
        Assert.AreEqual("(None, 5)", model.Outputs[0].Shape.ToString());

        Assert.IsInstanceOfType<ReLU>(model.Pop());
        var dense = (Dense)model.Pop();
        model.Add(new Dense(7));

        Assert.AreEqual("dense", dense.Name);
        Assert.AreEqual("['Flatten', (None, 24), 0] ['Dense', (None, 7), 175, 'linear']", string.Join(' ', model.LayerDescriptors()));
    }

    [TestMethod]
    public void APoppedLayerCanComeBack()
    {
        var model = new Sequential([new Dense(3) { InputShape = [4] }, new ReLU()]);

        Layer last = model.Pop();
        model.Add(new Dense(2));
        model.Add(last);

        Assert.AreEqual("dense dense_1 re_lu", string.Join(' ', model.Layers.Select(l => l.Name)));
        Assert.AreEqual(23, model.CountParameters());
    }

    [TestMethod]
    public void PoppedToTheLastLayerItTakesAnotherInput()
    {
        var model = new Sequential([new Dense(3) { InputShape = [4] }]);

        model.Pop();
        Assert.AreEqual("Model \"sequential\" has no layers to remove.", Assert.ThrowsExactly<ModelException>(model.Pop).Message);
        model.Add(new Dense(3) { InputShape = [9] });

        Assert.AreEqual(30, model.CountParameters());
    }

    [TestMethod]
    public void WithAnInputLayerTheLayersAreTheSameAsWithAnInputShape()
    {
        var withLayer = new Sequential([new InputLayer([4]), new Dense(3)]);
        var withShape = new Sequential([new Dense(3) { InputShape = [4] }]);

        Assert.AreEqual(withShape.Summary(), withLayer.Summary());
        Assert.HasCount(1, withLayer.Layers);
    }

    [TestMethod]
    public void WithoutInputShapeItIsBuiltAtTheFirstData()
    {
        var model = new Sequential([new Conv2D(4, 3), new Flatten(), new Dense(2)]);
        Assert.IsFalse(model.IsBuilt);
        Assert.IsEmpty(model.Layers[0].Weights);
        ModelException e = Assert.ThrowsExactly<ModelException>(() => model.Summary());
        Assert.AreEqual("Model \"sequential\" is not built: its shapes are not known. Give its first layer an InputShape, begin with an InputLayer, or call EnsureInput or Fit with data first.", e.Message);

        model.EnsureInput([8, 8, 3]);

        Assert.IsTrue(model.IsBuilt);
        Assert.AreEqual("conv2d/kernel conv2d/bias dense/kernel dense/bias", string.Join(' ', model.WeightSlots.Select(s => s.Path)));
        Assert.AreEqual("(None, 2)", model.Outputs[0].Shape.ToString());
        model.EnsureInput([8, 8, 3]);
        Assert.Contains("takes inputs of shape (None, 8, 8, 3); received (None, 9, 8, 3)", Assert.ThrowsExactly<ModelException>(() => model.EnsureInput([9, 8, 3])).Message);
    }

    [TestMethod]
    public void ALayerAddedAfterBuildingIsBuiltToo()
    {
        var model = new Sequential([new Dense(3)]);
        model.EnsureInput([4]);

        model.Add(new Dense(2));

        Assert.AreEqual(23, model.CountParameters());
    }

    [TestMethod]
    public void ASecondInputIsRefused()
    {
        var model = new Sequential([new Dense(3) { InputShape = [4] }]);

        ModelException e = Assert.ThrowsExactly<ModelException>(() => model.Add(new InputLayer([4])));

        Assert.Contains(FunctionalForm, e.Message);
        Assert.HasCount(1, model.Layers);
    }

    [TestMethod]
    public void ALayerOfSeveralInputsIsRefused()
    {
        var model = new Sequential([new Dense(3) { InputShape = [4] }]);

        Assert.Contains(FunctionalForm, Assert.ThrowsExactly<ModelException>(() => model.Add(new Merge())).Message);
    }

    [TestMethod]
    public void AModelOfSeveralOutputsIsRefused()
    {
        KerasTensor input = new InputLayer([4]).Output;
        var branching = new Model([input], [new Dense(3).Call(input), new Dense(2).Call(input)]);

        Assert.Contains(FunctionalForm, Assert.ThrowsExactly<ModelException>(() => new Sequential([branching])).Message);
    }

    [TestMethod]
    public void TheSameLayerTwiceIsRefused()
    {
        var relu = new ReLU();

        Assert.Contains(FunctionalForm, Assert.ThrowsExactly<ModelException>(() => new Sequential([relu, relu])).Message);
    }

    [TestMethod]
    public void ANameIsTakenOnce()
    {
        ModelException e = Assert.ThrowsExactly<ModelException>(() => new Sequential([new ReLU(name: "a"), new Flatten("a")]));

        Assert.Contains("\"a\"", e.Message);
    }

    [TestMethod]
    public void ALayerThatDoesNotFitLeavesTheModelAsItWas()
    {
        var model = new Sequential([new Flatten { InputShape = [4, 4, 1] }]);
        var convolution = new Conv2D(2, 3);

        ModelException e = Assert.ThrowsExactly<ModelException>(() => model.Add(convolution));

        Assert.AreEqual("Conv2D \"conv2d\" received an input of shape (None, 16); it expects images (None, height, width, channels).", e.Message);
        Assert.HasCount(1, model.Layers);
        Assert.IsNull(convolution.Name);
    }

    [TestMethod]
    public void ABuiltModelInFrontGivesItsInputShape()
    {
        var inner = new Sequential([new Dense(3) { InputShape = [4] }]);

        var model = new Sequential([inner, new Dense(2)]);

        Assert.AreEqual("sequential/dense/kernel sequential/dense/bias dense/kernel dense/bias", string.Join(' ', model.WeightSlots.Select(s => s.Path)));
        Assert.AreEqual("(None, 4)", model.Inputs[0].Shape.ToString());
    }

    [TestMethod]
    public void CalledInAnotherModelItIsBuilt()
    {
        var block = new Sequential([new Dense(3), new ReLU()]);
        KerasTensor input = new InputLayer([4]).Output;

        var model = new Model(input, block.Call(input));

        Assert.IsTrue(block.IsBuilt);
        Assert.AreEqual(15, model.CountParameters());
    }
}
