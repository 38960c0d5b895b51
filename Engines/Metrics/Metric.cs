namespace ConvNets.Engines;

/// <summary>A figure of how good predictions are, gathered over a whole epoch or data set.</summary>
public abstract class Metric
{
    /// <summary>The name under which <see cref="History"/> keeps it.</summary>
    public abstract string Name { get; }

    /// <summary>Forgets what was gathered.</summary>
    public abstract void Reset();

    /// <summary>Takes in the predictions of a batch.</summary>
    /// <param name="rows">Targets, predictions and weights.</param>
    public abstract void Update(in MetricRows rows);

    /// <summary>The figure over all that was gathered.</summary>
    public abstract double Result { get; }

    /// <summary>The metric of a Keras name. "accuracy" becomes the binary, categorical or sparse one by the loss and the output's width.</summary>
    /// <param name="name">Keras's name.</param>
    /// <param name="loss">The model's loss.</param>
    /// <param name="width">The size of the model's output along its last axis.</param>
    /// <exception cref="ArgumentException">The name is unknown.</exception>
    public static Metric Get(string name, Loss loss, int width)
    {
        ArgumentNullException.ThrowIfNull(loss);
        if (name is "accuracy" or "acc")
        {
            return loss switch
            {
                SparseCategoricalCrossentropy => new SparseCategoricalAccuracy(name),
                _ when width == 1 || loss is BinaryCrossentropy => new BinaryAccuracy(name: name),
                _ => new CategoricalAccuracy(name),
            };
        }
        return NameLookup.Find(ByName, name, "metric")();
    }

    private static readonly Dictionary<string, Func<Metric>> ByName = new(StringComparer.Ordinal)
    {
        ["accuracy"] = static () => new CategoricalAccuracy(),
        ["binary_accuracy"] = static () => new BinaryAccuracy(),
        ["categorical_accuracy"] = static () => new CategoricalAccuracy(),
        ["sparse_categorical_accuracy"] = static () => new SparseCategoricalAccuracy(),
    };
}

/// <summary>A batch as a metric sees it: rows of values.</summary>
public readonly ref struct MetricRows
{
    /// <summary>The number of rows.</summary>
    public required int Count { get; init; }

    /// <summary>The values in a row of predictions.</summary>
    public required int Width { get; init; }

    /// <summary>The targets: as wide as the predictions, or class numbers, one a row.</summary>
    public required ReadOnlySpan<float> Targets { get; init; }

    /// <summary>The model's outputs.</summary>
    public required ReadOnlySpan<float> Predictions { get; init; }

    /// <summary>What each row counts; empty for 1.</summary>
    public required ReadOnlySpan<float> Weights { get; init; }

    /// <summary>What a row counts.</summary>
    public float Weight(int row) => Weights.IsEmpty ? 1 : Weights[row];
}
