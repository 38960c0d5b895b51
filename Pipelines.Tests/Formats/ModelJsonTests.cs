using ConvNets.Formats;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Formats;

[TestClass]
public sealed class ModelJsonTests
{
    [TestMethod]
    public void BothModelsOfTheCourseComeBack()
    {
        AssertComesBack(Architectures.HappyModel());
        AssertComesBack(Architectures.ConvolutionalModel([64, 64, 3], 6));
    }

    [TestMethod]
    public void SharedLayersNestedModelsAndTrainableComeBack()
    {
        KerasTensor input = new InputLayer([8, 8, 3], "picture").Output;
        var shared = new Conv2D(3, 3, padding: Padding.Same, activation: ActivationFunction.Relu, useBias: false) { Trainable = false };
        var nested = new Sequential([new Flatten { InputShape = [8, 8, 3] }, new Dense(5, kernelInitializer: new Zeros())], "head") { Trainable = false };
        var model = new Model(input, nested.Call(shared.Call(shared.Call(input))), "twice");

        Model back = AssertComesBack(model);

        Assert.HasCount(4, back.Nodes);
        Assert.HasCount(3, back.WeightSlots);
        Assert.IsFalse(back.WeightSlots.Any(slot => slot.Trainable));
        Assert.IsInstanceOfType<Zeros>(((Dense)((Model)back.Layers[^1]).Layers[^1]).KernelInitializer);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("[]")]
    [DataRow("{}")]
    [DataRow("""{"class_name":"Sequential","name":null,"trainable":true,"layers":[{"class_name":"File","trainable":true,"config":{}}],"calls":[],"inputs":[],"outputs":[]}""")]
    [DataRow("""{"class_name":"Sequential","name":null,"trainable":true,"layers":[{"class_name":"Dense","trainable":true,"config":{"units":"many"}}],"calls":[],"inputs":[],"outputs":[]}""")]
    public void WhatDescribesNoModelIsRefused(string json) => Assert.ThrowsExactly<ModelFormatException>(() => ModelJson.Read(json));

    [TestMethod]
    public void ALayerOfOnesOwnIsRefused()
    {
        var model = new Sequential([new Doubling { InputShape = [2] }]);

        StringAssert.Contains(Assert.ThrowsExactly<ModelFormatException>(() => ModelJson.Write(model)).Message, "Doubling");
    }

    private static Model AssertComesBack(Model model)
    {
        Model back = ModelJson.Read(ModelJson.Write(model));
        Assert.AreEqual(model.Summary(), back.Summary());
        CollectionAssert.AreEqual(model.LayerDescriptors().ToArray(), back.LayerDescriptors().ToArray());
        CollectionAssert.AreEqual(model.WeightSlots.Select(s => s.Path).ToArray(), back.WeightSlots.Select(s => s.Path).ToArray());
        Assert.AreEqual(model.ClassName, back.ClassName);
        return back;
    }

    private sealed class Doubling() : Layer(null)
    {
        public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
    }
}
