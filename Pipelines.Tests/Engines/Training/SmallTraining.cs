using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>A model and data small enough to be trained in milliseconds.</summary>
internal static class SmallTraining
{
    public static Tensor X { get; } = new(TestWeights.Normal(40 * 6, seed: 5), [6]);

    /// <summary>1 where the first two inputs' sum is positive.</summary>
    public static Tensor Y { get; } = new(Enumerable.Range(0, 40).Select(i => X.Sample(i)[0] + X.Sample(i)[1] > 0 ? 1f : 0f).ToArray(), [1]);

    public static Sequential Model() => new([new InputLayer([6]), new Dense(16, ActivationFunction.Relu), new Dense(1, ActivationFunction.Sigmoid)]);

    public static CompiledModel Compile(Optimizer? optimizer = null, CompileOptions? options = null) => Model().Compile(optimizer ?? new Adam(0.01), new BinaryCrossentropy(), ["accuracy"], options);

    /// <summary>Asserts that two models have the same weights, bit by bit.</summary>
    public static void AssertSameBits(ModelWeights expected, ModelWeights found)
    {
        for (int i = 0; i < expected.Count; i++)
            Assert.IsTrue(expected[i].Values.AsSpan().SequenceEqual(found[i].Values), $"{expected[i].Path} differs");
    }
}
