using System.Text.Json;

namespace ConvNets.Engines;

/// <summary>Metrics from Keras's configuration (<c>keras.metrics.serialize</c>).</summary>
internal static class KerasMetrics
{
    /// <summary>The metric of a serialized one.</summary>
    /// <exception cref="ArgumentException">Its class is unknown.</exception>
    /// <exception cref="NotSupportedException">An argument is unknown or has a value that is not supported.</exception>
    public static Metric Parse(JsonElement serialized) => KerasConfig.Parse(serialized, Metrics, "metric");

    private static readonly Dictionary<string, Func<KerasConfig, Metric>> Metrics = new(StringComparer.Ordinal)
    {
        ["BinaryAccuracy"] = static c => new BinaryAccuracy((float)c.Number("threshold", 0.5), Name(c, "binary_accuracy")),
        ["CategoricalAccuracy"] = static c => new CategoricalAccuracy(Name(c, "categorical_accuracy")),
        ["SparseCategoricalAccuracy"] = static c => new SparseCategoricalAccuracy(Name(c, "sparse_categorical_accuracy")),
        ["TopKCategoricalAccuracy"] = static c => new TopKCategoricalAccuracy(c.Integer("k", 5), Name(c, "top_k_categorical_accuracy")),
        ["SparseTopKCategoricalAccuracy"] = static c => new SparseTopKCategoricalAccuracy(c.Integer("k", 5), Name(c, "sparse_top_k_categorical_accuracy")),
        ["Precision"] = static c => new Precision(Threshold(c), c.Find("top_k")?.GetInt32(), c.Find("class_id")?.GetInt32(), Name(c, "precision")),
        ["Recall"] = static c => new Recall(Threshold(c), c.Find("top_k")?.GetInt32(), c.Find("class_id")?.GetInt32(), Name(c, "recall")),
        ["F1Score"] = static c => new F1Score(Average(c), (float?)c.Find("threshold")?.GetDouble(), Name(c, "f1_score")),
        ["AUC"] = static c => Auc(c),
        ["BinaryCrossentropy"] = static c => OfLoss(c, new BinaryCrossentropy(c.Flag("from_logits"), c.Number("label_smoothing", 0))),
        ["CategoricalCrossentropy"] = static c => OfLoss(c, new CategoricalCrossentropy(c.Flag("from_logits"), c.Number("label_smoothing", 0))),
        ["SparseCategoricalCrossentropy"] = static c => OfLoss(c, new SparseCategoricalCrossentropy(c.Flag("from_logits"))),
        ["KLDivergence"] = static c => OfLoss(c, new KLDivergence()),
        ["Poisson"] = static c => OfLoss(c, new Poisson()),
        ["MeanSquaredError"] = static c => OfLoss(c, new MeanSquaredError()),
        ["RootMeanSquaredError"] = static c => new RootMeanSquaredError(Name(c, "root_mean_squared_error")),
        ["MeanAbsoluteError"] = static c => OfLoss(c, new MeanAbsoluteError()),
        ["MeanAbsolutePercentageError"] = static c => OfLoss(c, new MeanAbsolutePercentageError()),
        ["MeanSquaredLogarithmicError"] = static c => OfLoss(c, new MeanSquaredLogarithmicError()),
        ["LogCoshError"] = static c => OfLoss(c, new LogCosh()),
        ["Hinge"] = static c => OfLoss(c, new Hinge()),
        ["SquaredHinge"] = static c => OfLoss(c, new SquaredHinge()),
        ["CategoricalHinge"] = static c => OfLoss(c, new CategoricalHinge()),
        ["CosineSimilarity"] = static c => new CosineSimilarityMetric(Name(LastAxis(c), "cosine_similarity")),
        ["R2Score"] = static c => R2(c),
    };

    private static string Name(KerasConfig config, string otherwise)
    {
        config.Ignore("dtype");
        return config.Find("name")?.GetString() ?? otherwise;
    }

    private static LossMetric OfLoss(KerasConfig config, Loss loss) => new(loss, Name(LastAxis(config), loss.Name));

    private static KerasConfig LastAxis(KerasConfig config) =>
        config.Integer("axis", -1) == -1 ? config : throw new NotSupportedException("A metric is taken over the last axis; its configuration names another.");

    /// <summary>One threshold; with several, Keras's metric is no number.</summary>
    private static float? Threshold(KerasConfig config) => config.Find("thresholds") switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() != 1 => throw new NotSupportedException($"A metric has one threshold; its configuration has {list}."),
        { ValueKind: JsonValueKind.Array } list => (float)list[0].GetDouble(),
        { } threshold => (float)threshold.GetDouble(),
    };

    private static ScoreAverage Average(KerasConfig config) => config.Find("average")?.GetString() switch
    {
        "macro" => ScoreAverage.Macro,
        "micro" => ScoreAverage.Micro,
        "weighted" => ScoreAverage.Weighted,
        var average => throw new NotSupportedException($"The F1 score's average is \"{average ?? "None"}\"; expected macro, micro or weighted, which give one number."),
    };

    private static Auc Auc(KerasConfig config)
    {
        string? curve = config.Find("curve")?.GetString(), summation = config.Find("summation_method")?.GetString();
        if (curve is not (null or "ROC" or "PR") || summation is not (null or "interpolation"))
            throw new NotSupportedException($"The area is under the curve \"{curve}\", summed by \"{summation}\"; expected ROC or PR, and interpolation.");
        if (config.Flag("multi_label") || config.Flag("from_logits"))
            throw new NotSupportedException("The area under a curve of several labels, or of logits, is not known here; expected multi_label and from_logits to be false.");
        return new Auc(curve == "PR" ? AucCurve.PrecisionRecall : AucCurve.Roc, config.Integer("num_thresholds", 200), Name(config, "auc"));
    }

    private static R2Score R2(KerasConfig config)
    {
        if (config.Find("class_aggregation")?.GetString() is { } aggregation and not "uniform_average" || config.Integer("num_regressors", 0) != 0)
            throw new NotSupportedException("An R² score is the plain mean of its columns' here; expected class_aggregation uniform_average and num_regressors 0.");
        return new R2Score(Name(config, "r2_score"));
    }
}
