using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// A figure of how good predictions are, gathered over a whole epoch or data set. A name of Keras's stands for a metric too: it becomes one where the model's loss and outputs are
/// known. A metric belongs to one compiled model.
/// </summary>
/// <remarks>Derive from <see cref="MeanMetric"/> to make another out of a value for each row, or from this class where the figure is no mean.</remarks>
public abstract class Metric
{
    /// <summary>The name under which <see cref="History"/> keeps it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether more is better (true) or less (false), for callbacks that watch the metric; null where neither is.</summary>
    public virtual bool? HigherIsBetter => null;

    /// <summary>Forgets what was gathered.</summary>
    public abstract void Reset();

    /// <summary>Takes in the predictions of a batch.</summary>
    /// <param name="rows">Targets, predictions and weights.</param>
    public abstract void Update(in MetricRows rows);

    /// <summary>The figure over all that was gathered.</summary>
    public abstract double Result { get; }

    /// <summary>Writes what was gathered into a checkpoint; nothing. A run that is resumed in the midst of an epoch has the figures of the whole epoch where this and <see cref="RestoreState"/> are overridden.</summary>
    /// <param name="writer">Where to.</param>
    public virtual void SaveState(BinaryWriter writer)
    {
    }

    /// <summary>Reads what <see cref="SaveState"/> wrote.</summary>
    /// <param name="reader">Where from.</param>
    public virtual void RestoreState(BinaryReader reader)
    {
    }

    /// <summary>The metric of a Keras name. "accuracy" becomes the sparse one for class numbers, else the binary one for a single output and the categorical one for several.</summary>
    /// <param name="name">Keras's name.</param>
    /// <param name="loss">The model's loss.</param>
    /// <param name="width">The size of the model's output along its last axis.</param>
    /// <exception cref="ArgumentException">The name is unknown; the message lists the nearest.</exception>
    public static Metric Get(string name, Loss loss, int width)
    {
        ArgumentNullException.ThrowIfNull(loss);
        if (name is "accuracy" or "acc")
        {
            return loss switch
            {
                SparseCategoricalCrossentropy => new SparseCategoricalAccuracy(name),
                _ when width == 1 => new BinaryAccuracy(name: name),
                _ => new CategoricalAccuracy(name),
            };
        }
        return NameLookup.Find(ByName, name, "metric")(name);
    }

    /// <summary>The metric of a Keras name.</summary>
    public static implicit operator Metric(string name) => FromName(name);

    /// <summary>The metric of a Keras name, which becomes one where it is compiled.</summary>
    public static Metric FromName(string name) => new NamedMetric(name);

    /// <summary>Every known name.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>The metric itself; for a name, what it stands for.</summary>
    internal virtual Metric Resolve(Loss loss, int width) => this;

    private static readonly Dictionary<string, Func<string, Metric>> ByName = new(StringComparer.Ordinal)
    {
        ["accuracy"] = static name => new CategoricalAccuracy(name),
        ["acc"] = static name => new CategoricalAccuracy(name),
        ["binary_accuracy"] = static name => new BinaryAccuracy(name: name),
        ["categorical_accuracy"] = static name => new CategoricalAccuracy(name),
        ["sparse_categorical_accuracy"] = static name => new SparseCategoricalAccuracy(name),
        ["top_k_categorical_accuracy"] = static name => new TopKCategoricalAccuracy(name: name),
        ["sparse_top_k_categorical_accuracy"] = static name => new SparseTopKCategoricalAccuracy(name: name),
        ["precision"] = static name => new Precision(name: name),
        ["recall"] = static name => new Recall(name: name),
        ["f1_score"] = static name => new F1Score(name: name),
        ["auc"] = static name => new Auc(name: name),
        ["mean_squared_error"] = static name => new LossMetric(new MeanSquaredError(), name),
        ["mse"] = static name => new LossMetric(new MeanSquaredError(), name),
        ["root_mean_squared_error"] = static name => new RootMeanSquaredError(name),
        ["mean_absolute_error"] = static name => new LossMetric(new MeanAbsoluteError(), name),
        ["mae"] = static name => new LossMetric(new MeanAbsoluteError(), name),
        ["mean_absolute_percentage_error"] = static name => new LossMetric(new MeanAbsolutePercentageError(), name),
        ["mape"] = static name => new LossMetric(new MeanAbsolutePercentageError(), name),
        ["mean_squared_logarithmic_error"] = static name => new LossMetric(new MeanSquaredLogarithmicError(), name),
        ["msle"] = static name => new LossMetric(new MeanSquaredLogarithmicError(), name),
        ["log_cosh_error"] = static name => new LossMetric(new LogCosh(), name),
        ["logcosh"] = static name => new LossMetric(new LogCosh(), name),
        ["huber"] = static name => new LossMetric(new Huber(), name),
        ["poisson"] = static name => new LossMetric(new Poisson(), name),
        ["kl_divergence"] = static name => new LossMetric(new KLDivergence(), name),
        ["binary_crossentropy"] = static name => new LossMetric(new BinaryCrossentropy(), name),
        ["bce"] = static name => new LossMetric(new BinaryCrossentropy(), name),
        ["categorical_crossentropy"] = static name => new LossMetric(new CategoricalCrossentropy(), name),
        ["sparse_categorical_crossentropy"] = static name => new LossMetric(new SparseCategoricalCrossentropy(), name),
        ["hinge"] = static name => new LossMetric(new Hinge(), name),
        ["squared_hinge"] = static name => new LossMetric(new SquaredHinge(), name),
        ["categorical_hinge"] = static name => new LossMetric(new CategoricalHinge(), name),
        ["cosine_similarity"] = static name => new CosineSimilarityMetric(name),
        ["r2_score"] = static name => new R2Score(name),
    };

    /// <summary>A name that stands for a metric until the model is known.</summary>
    private sealed class NamedMetric(string name) : Metric
    {
        public override string Name => name;

        public override double Result => throw Unresolved();

        public override void Reset() => throw Unresolved();

        public override void Update(in MetricRows rows) => throw Unresolved();

        internal override Metric Resolve(Loss loss, int width) => Get(name, loss, width);

        private InvalidOperationException Unresolved() => new($"\"{name}\" is a name of a metric; give it to Compile, or make one with Metric.Get.");
    }
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

    /// <summary>What each sample counts; empty for 1.</summary>
    public required ReadOnlySpan<float> Weights { get; init; }

    /// <summary>How many rows belong to one sample; 0 and 1 for one.</summary>
    public int RowsPerSample { get; init; }

    /// <summary>What a row counts: its sample's weight.</summary>
    public float Weight(int row) => Weights.IsEmpty ? 1 : Weights[RowsPerSample > 1 ? row / RowsPerSample : row];

    /// <summary>The targets of one row, where they are as wide as the predictions.</summary>
    public ReadOnlySpan<float> Target(int row) => Targets.Slice(row * Width, Width);

    /// <summary>The predictions of one row.</summary>
    public ReadOnlySpan<float> Prediction(int row) => Predictions.Slice(row * Width, Width);

    /// <summary>The class of a row's target: the number itself, or where one-hot targets have their greatest value.</summary>
    internal int TargetClass(int row) => Targets.Length == Count ? (Width == 1 ? (int)MathF.Round(Targets[row]) : (int)Targets[row]) : MeanMetric.ArgMax(Target(row));
}
