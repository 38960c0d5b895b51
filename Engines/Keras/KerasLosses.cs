using System.Text.Json;

namespace ConvNets.Engines;

/// <summary>Losses from Keras's configuration (<c>keras.losses.serialize</c>).</summary>
internal static class KerasLosses
{
    /// <summary>The loss of a serialized one.</summary>
    /// <exception cref="ArgumentException">Its class is unknown.</exception>
    /// <exception cref="NotSupportedException">An argument is unknown or has a value that is not supported.</exception>
    public static Loss Parse(JsonElement serialized) => KerasConfig.Parse(serialized, Losses, "loss");

    private static readonly Dictionary<string, Func<KerasConfig, Loss>> Losses = new(StringComparer.Ordinal)
    {
        ["BinaryCrossentropy"] = static c => new BinaryCrossentropy(c.Flag("from_logits"), c.Number("label_smoothing", 0)) { Reduction = Common(c) },
        ["BinaryFocalCrossentropy"] = static c => new BinaryFocalCrossentropy(
            c.Flag("apply_class_balancing"), c.Number("alpha", 0.25), c.Number("gamma", 2), c.Flag("from_logits"), c.Number("label_smoothing", 0))
        { Reduction = Common(c) },
        ["CategoricalCrossentropy"] = static c => new CategoricalCrossentropy(c.Flag("from_logits"), c.Number("label_smoothing", 0)) { Reduction = Common(c) },
        ["CategoricalFocalCrossentropy"] = static c => new CategoricalFocalCrossentropy(c.Number("alpha", 0.25), c.Number("gamma", 2), c.Flag("from_logits"), c.Number("label_smoothing", 0))
        { Reduction = Common(c) },
        ["SparseCategoricalCrossentropy"] = static c => new SparseCategoricalCrossentropy(c.Flag("from_logits"), c.Find("ignore_class")?.GetInt32()) { Reduction = Common(c) },
        ["MeanSquaredError"] = static c => new MeanSquaredError { Reduction = Common(c) },
        ["MeanAbsoluteError"] = static c => new MeanAbsoluteError { Reduction = Common(c) },
        ["MeanAbsolutePercentageError"] = static c => new MeanAbsolutePercentageError { Reduction = Common(c) },
        ["MeanSquaredLogarithmicError"] = static c => new MeanSquaredLogarithmicError { Reduction = Common(c) },
        ["Huber"] = static c => new Huber(c.Number("delta", 1)) { Reduction = Common(c) },
        ["LogCosh"] = static c => new LogCosh { Reduction = Common(c) },
        ["Poisson"] = static c => new Poisson { Reduction = Common(c) },
        ["KLDivergence"] = static c => new KLDivergence { Reduction = Common(c) },
        ["Hinge"] = static c => new Hinge { Reduction = Common(c) },
        ["SquaredHinge"] = static c => new SquaredHinge { Reduction = Common(c) },
        ["CategoricalHinge"] = static c => new CategoricalHinge { Reduction = Common(c) },
        ["CosineSimilarity"] = static c => new CosineSimilarity { Reduction = Common(c) },
    };

    /// <summary>What all losses' configurations have: the reduction, and the axis, which must be the last.</summary>
    private static LossReduction Common(KerasConfig config)
    {
        config.Ignore("name", "dtype");
        if (config.Integer("axis", -1) != -1)
            throw new NotSupportedException("A loss is taken over the last axis; its configuration names another.");
        string? reduction = config.Find("reduction")?.GetString();
        return reduction switch
        {
            null or "sum_over_batch_size" or "mean" => LossReduction.SumOverBatchSize,
            "sum" => LossReduction.Sum,
            "mean_with_sample_weight" => LossReduction.MeanWithSampleWeight,
            _ => throw new NotSupportedException($"The loss's reduction is \"{reduction}\"; expected sum_over_batch_size, sum, mean or mean_with_sample_weight."),
        };
    }
}
