using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Layers that run as one operation against the same layers one by one.</summary>
[TestClass]
public sealed class FusionTests
{
    public static IEnumerable<object[]> Cases =>
        from kernels in KernelSets.Names
        from normalize in new[] { false, true }
        from rectify in new[] { false, true }
        from pool in new[] { 2, 3, 5 }
        from padding in new[] { Padding.Valid, Padding.Same }
        select new object[] { kernels, normalize, rectify, pool, padding };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void FusedAndSeparateLayersGiveTheSameGradients(string kernels, bool normalize, bool rectify, int pool, Padding padding)
    {
        const int Count = 4;
        var random = new Philox(5);
        float[] x = [.. Enumerable.Range(0, Count * 13 * 11 * 3).Select(_ => random.NextSingle())];
        Model fused = Make(normalize, rectify, pool, padding, separate: false), separate = Make(normalize, rectify, pool, padding, separate: true);
        float[] t = [.. Enumerable.Range(0, Count * fused.Outputs[0].Shape.Size).Select(_ => random.NextSingle())];
        ModelWeights weights = ModelWeights.Initialize(fused, 7);
        using var one = new EngineRun(fused, new MeanSquaredError(), KernelSets.Get(kernels), weights);
        using var other = new EngineRun(separate, new MeanSquaredError(), KernelSets.Get(kernels), weights);
        (float[] y, ModelWeights gradients) = one.Learn(Count, x, t);
        (float[] expected, ModelWeights expectedGradients) = other.Learn(Count, x, t);
        Near.AssertClose([.. expected.Select(v => (double)v)], y, 1e-6, "output");
        double scale = expectedGradients.Max(g => g.Values.Max(Math.Abs));
        for (int i = 0; i < gradients.Count; i++)
        {
            for (int k = 0; k < gradients[i].Values.Length; k++)
                Assert.AreEqual(expectedGradients[i].Values[k], gradients[i].Values[k], 2e-6 * scale, $"{gradients[i].Path}, element {k}");
        }
    }

    /// <summary>Two rounds of convolution and pooling. A tensor that the model gives out besides is one that no operation may take in.</summary>
    private static Model Make(bool normalize, bool rectify, int pool, Padding padding, bool separate)
    {
        KerasTensor input = new InputLayer([13, 11, 3]).Output, x = input;
        var outputs = new List<KerasTensor>();
        foreach (int filters in new[] { 6, 16 })
        {
            x = new Conv2D(filters, 3, padding: Padding.Same).Call(x);
            outputs.Add(x);
            if (normalize)
            {
                x = new BatchNormalization().Call(x);
                outputs.Add(x);
            }
            if (rectify)
            {
                x = new ReLU().Call(x);
                outputs.Add(x);
            }
            x = new MaxPooling2D(filters == 6 ? 2 : pool, padding: padding == Padding.Same || filters == 16 ? Padding.Same : Padding.Valid).Call(x);
        }
        KerasTensor y = new Dense(2).Call(new Flatten().Call(x));
        return new Model([input], separate ? [y, .. outputs] : [y]);
    }
}
