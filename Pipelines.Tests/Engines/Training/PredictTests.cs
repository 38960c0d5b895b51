using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Training;

/// <summary>Predictions from the caller's memory into the caller's: of any number of samples, wherever they lie, without an allocation.</summary>
[TestClass]
public sealed class PredictTests
{
    private const int Count = 37;

    /// <summary>A convolution reads the caller's samples where they lie; a dense layer reads a copy. The first is so large that a batch goes through in parts.</summary>
    public static IEnumerable<object[]> Models =>
    [
        ["convolution", (Func<Model>)(() => new Sequential([new Conv2D(32, 3, padding: Padding.Same) { InputShape = [48, 48, 3] }, new GlobalAveragePooling2D(), new Dense(3)]))],
        ["pool", (Func<Model>)(() => new Sequential([new Conv2D(8, 4, padding: Padding.Same) { InputShape = [64, 64, 3] }, new ReLU(), new MaxPooling2D(8), new Flatten(), new Dense(3)]))],
        ["dense", (Func<Model>)(() => new Sequential([new Flatten() { InputShape = [5, 7, 1] }, new Dense(9, ActivationFunction.Relu), new Dense(3, ActivationFunction.Softmax)]))],
        ["nothing", (Func<Model>)(() => new Sequential([new Flatten() { InputShape = [3, 1, 1] }]))],
    ];

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void SamplesTogetherGiveWhatEachGivesAlone(string name, Func<Model> make)
    {
        Model description = make();
        using CompiledModel model = description.Compile("adam", "mse");
        TensorShape shape = description.Inputs[0].Shape;
        var random = new Philox(1);

        // One float off any alignment.
        float[] memory = [.. Enumerable.Range(0, Count * shape.Size + 1).Select(_ => random.NextSingle())];
        var x = new Tensor(memory.AsMemory(1), shape);
        float[] together = new float[Count * 3], inBatches = new float[Count * 3], alone = new float[3];
        model.Predict(x, together, Count);
        model.Predict(x, inBatches, 10);
        for (int i = 0; i < Count; i++)
        {
            model.Predict(x.Slice(i, 1), alone, 1);
            for (int k = 0; k < 3; k++)
            {
                Assert.AreEqual(alone[k], together[i * 3 + k], 1e-6f, $"{name}: sample {i} of all");
                Assert.AreEqual(alone[k], inBatches[i * 3 + k], 1e-6f, $"{name}: sample {i} of ten");
            }
        }

        // The batch's own buffers are in place again.
        IReadOnlyDictionary<string, double> evaluation = model.Evaluate(x, new Tensor(together, [3]), Count);
        Assert.AreEqual(0, evaluation["loss"], 1e-10, name);
    }
}
