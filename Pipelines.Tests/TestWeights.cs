using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests;

/// <summary>Values for tests: none of them is special, as initializers' zeros and ones are.</summary>
internal static class TestWeights
{
    /// <summary>Weights of a model: standard normal, scaled so that activations stay near 1; variances positive.</summary>
    public static ModelWeights Random(Model model, long seed) => new(model.WeightSlots.Select((slot, i) =>
    {
        var random = new Philox(seed, i);
        TensorShape shape = slot.Spec.Shape;
        float scale = shape.Rank > 1 ? 1 / MathF.Sqrt(shape.Size / shape[^1]) : 0.3f;
        float[] values = new float[shape.Size];
        foreach (ref float value in values.AsSpan())
            value = slot.Spec.Name.Contains("variance", StringComparison.Ordinal) ? 0.2f + random.NextSingle() : scale * random.NextNormal();
        return new WeightTensor(slot.Path, shape, values, slot.Trainable);
    }));

    /// <summary>Standard normal values.</summary>
    public static float[] Normal(int count, long seed)
    {
        var random = new Philox(seed, stream: -1);
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan())
            value = random.NextNormal();
        return values;
    }
}
