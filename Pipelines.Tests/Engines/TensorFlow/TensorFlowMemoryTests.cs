using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.TensorFlow;

/// <summary>What TensorFlow gave is given back, and memory does not grow. Not beside other tests, which make handles too.</summary>
[TestClass]
[TestCategory("Oracle")]
[DoNotParallelize]
public sealed class TensorFlowMemoryTests
{
    private static readonly Tensor X = new(TestWeights.Normal(8 * 48, 1), [4, 4, 3]);
    private static readonly Tensor Y = new(TestWeights.Normal(8 * 2, 2), [2]);

    [TestInitialize]
    public void RequireLibrary() => NativeTensorFlow.Require();

    [TestMethod]
    public void ADisposedModelLeavesNoHandle()
    {
        Use(epochs: 1);
        long before = TensorFlowHandle.Alive;
        Use(epochs: 3);
        Assert.AreEqual(before, TensorFlowHandle.Alive);
    }

    [TestMethod]
    public void AModelThatCannotBeMadeLeavesNoHandle()
    {
        long before = TensorFlowHandle.Alive;
        using (CompiledModel model = Tiny(Engine.TensorFlow(new TensorFlowOptions { Device = "/GPU:9" })))
            Assert.ThrowsExactly<TensorFlowException>(() => model.Predict(X));
        Assert.AreEqual(before, TensorFlowHandle.Alive);
    }

    [TestMethod]
    public void TenThousandStepsDoNotGrow()
    {
        using CompiledModel model = Tiny(Engine.TensorFlow());
        model.Fit(X, Y, new FitOptions { Epochs = 1000, BatchSize = 4 });
        long handles = TensorFlowHandle.Alive, memory = ResidentMegabytes();
        model.Fit(X, Y, new FitOptions { Epochs = 5000, BatchSize = 4 });
        Assert.AreEqual(handles, TensorFlowHandle.Alive);
        Assert.IsLessThan(memory + 16, ResidentMegabytes());
    }

    [TestMethod]
    public void TwoHundredModelsDoNotGrow()
    {
        for (int i = 0; i < 20; i++)
            Use(epochs: 1);
        long handles = TensorFlowHandle.Alive, memory = ResidentMegabytes();
        for (int i = 0; i < 200; i++)
            Use(epochs: 1);
        Assert.AreEqual(handles, TensorFlowHandle.Alive);
        Assert.IsLessThan(memory + 32, ResidentMegabytes());
    }

    private static void Use(int epochs)
    {
        using CompiledModel model = Tiny(Engine.TensorFlow());
        model.Fit(X, Y, new FitOptions { Epochs = epochs, BatchSize = 5, ValidationData = Dataset.FromTensors(X, Y) });
        model.SetWeights(model.GetWeights());
        model.Predict(X);
    }

    private static CompiledModel Tiny(Engine engine) => new Sequential(
    [
        new Conv2D(3, 2, activation: ActivationFunction.Relu) { InputShape = [4, 4, 3] },
        new BatchNormalization(),
        new Flatten(),
        new Dense(2),
    ]).Compile(new Adam(), new MeanSquaredError(), ["binary_accuracy"], new CompileOptions { Engine = engine });

    private static long ResidentMegabytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64 >> 20;
    }
}
