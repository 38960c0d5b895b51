using ConvNets.Engines;
using ConvNets.ModelDefs;
using Microsoft.ML;

namespace ConvNets.Transforms;

/// <summary>What the trainers of networks have in common: which columns, which model, and how it is trained. A trainer copies them when it is made.</summary>
public abstract class ConvNetTrainerOptions
{
    private protected ConvNetTrainerOptions(int epochs, int batchSize, bool shuffle) => (Epochs, BatchSize, Shuffle) = (epochs, batchSize, shuffle);

    /// <summary>The column of labels. Default: <c>Label</c>.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The column of features: a vector of Single, or of Byte (which are not scaled). Default: <c>Features</c>.</summary>
    public string FeatureColumnName { get; set; } = "Features";

    /// <summary>The column, of Single, of what each row counts in the loss, in the validation data too. Default: null, every row counts 1.</summary>
    public string? ExampleWeightColumnName { get; set; }

    /// <summary>The column of scores that the trained network adds. Default: <c>Score</c>.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>The column of predicted classes that the trained network adds. Default: <c>PredictedLabel</c>.</summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>The network; the course's for the task when both this and <see cref="ModelFactory"/> are null, the default. Every training starts from its initializers.</summary>
    public Model? Model { get; set; }

    /// <summary>Makes the network from the features' shape and the number of classes. Default: null.</summary>
    public Func<TensorShape, int, Model>? ModelFactory { get; set; }

    /// <summary>How the weights follow their gradients. Default: Adam with a step size of 0.001.</summary>
    public Optimizer Optimizer { get; set; } = new Adam();

    /// <summary>What training makes small; the task's cross-entropy when null, the default.</summary>
    public Loss? Loss { get; set; }

    /// <summary>Keras's names of what is measured besides the loss. Default: <c>accuracy</c>.</summary>
    public IReadOnlyList<string> Metrics { get; set; } = ["accuracy"];

    /// <summary>Keras's names of what is measured with each row counting its weight. Default: none.</summary>
    public IReadOnlyList<string> WeightedMetrics { get; set; } = [];

    /// <summary>What the rows of each class count in the loss, by class number from 0 (a key's first value is class 0); classes that are not named count 1. Default: null.</summary>
    public IReadOnlyDictionary<int, double>? ClassWeights { get; set; }

    /// <summary>How often the data are gone through: 0 or more.</summary>
    public int Epochs { get; set; }

    /// <summary>The number of the first epoch, from 0. Default: 0.</summary>
    public int InitialEpoch { get; set; }

    /// <summary>Steps of an epoch; the rows are gone through further from epoch to epoch, and begun anew where they end. Default: null, all rows in each epoch.</summary>
    public int? StepsPerEpoch { get; set; }

    /// <summary>Rows a step: 1 or more. The last, smaller batch of an epoch is trained on too.</summary>
    public int BatchSize { get; set; }

    /// <summary>Whether each epoch goes through the rows in an order of its own.</summary>
    public bool Shuffle { get; set; }

    /// <summary>What first weights and orders are drawn from: the same seed gives the same bits. Default: 1.</summary>
    public long Seed { get; set; } = 1;

    /// <summary>What runs the network. Default: <see cref="Engine.Managed"/>.</summary>
    public Engine Engine { get; set; } = Engine.Managed;

    /// <summary>How many threads compute: 1 or more; all processors when null, the default.</summary>
    public int? Threads { get; set; }

    /// <summary>Data that the network is evaluated on after each epoch, with the same columns as the training data. Default: null.</summary>
    public IDataView? ValidationSet { get; set; }

    /// <summary>The part of the training data, its last rows, that is not trained on but evaluated after each epoch, where there is no <see cref="ValidationSet"/>. Default: 0.</summary>
    public double ValidationFraction { get; set; }

    /// <summary>After how many epochs each evaluation comes: 1 or more. Default: 1.</summary>
    public int ValidationFrequency { get; set; } = 1;

    /// <summary>Whether rows are read once, into memory. Otherwise each epoch reads them anew and shuffles them as far as the view can: for data larger than memory. Default: true.</summary>
    public bool InMemory { get; set; } = true;

    /// <summary>What <c>MLContext.Log</c> hears of each epoch. Default: a line with a bar, as Keras prints it.</summary>
    public Verbosity Verbosity { get; set; } = Verbosity.ProgressBar;

    /// <summary>A checkpoint that training goes on from, written by <see cref="ModelCheckpoint"/>; <see cref="BackupAndRestore"/> finds its own. Default: null.</summary>
    public string? ResumeFrom { get; set; }

    /// <summary>What is told of epochs and steps, and may stop training: <see cref="EarlyStopping"/>, <see cref="ModelCheckpoint"/> and the like. Default: none.</summary>
    public IReadOnlyList<Callback> Callbacks { get; set; } = [];

    /// <summary>Ends training after the current step; <c>Fit</c> then returns the network as it is. Default: none.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>A copy, which later changes do not reach.</summary>
    /// <param name="parameterName">What the options are called where they were given.</param>
    /// <exception cref="ArgumentException">Values are out of range; the message names them all.</exception>
    internal ConvNetTrainerOptions Validated(string parameterName)
    {
        string[] problems = [.. Problems()];
        return problems.Length == 0
            ? (ConvNetTrainerOptions)MemberwiseClone()
            : throw new ArgumentException($"The options cannot be used: {string.Join("; ", problems)}.", parameterName);
    }

    private IEnumerable<string> Problems()
    {
        (string Name, string Value)[] columns =
        [
            (nameof(LabelColumnName), LabelColumnName), (nameof(FeatureColumnName), FeatureColumnName),
            (nameof(ScoreColumnName), ScoreColumnName), (nameof(PredictedLabelColumnName), PredictedLabelColumnName),
        ];
        foreach ((string name, string value) in columns)
        {
            if (string.IsNullOrEmpty(value))
                yield return $"{name} must not be empty";
        }
        if (Model is not null && ModelFactory is not null)
            yield return $"{nameof(Model)} and {nameof(ModelFactory)} exclude each other";
        if (Epochs < 0)
            yield return $"{nameof(Epochs)} must be at least 0, received {Epochs}";
        if (InitialEpoch < 0)
            yield return $"{nameof(InitialEpoch)} must be at least 0, received {InitialEpoch}";
        if (StepsPerEpoch is < 1)
            yield return $"{nameof(StepsPerEpoch)} must be at least 1, received {StepsPerEpoch}";
        if (ValidationFraction is not (>= 0 and < 1))
            yield return $"{nameof(ValidationFraction)} must be at least 0 and below 1, received {ValidationFraction}";
        if (ValidationFraction > 0 && ValidationSet is not null)
            yield return $"{nameof(ValidationFraction)} and {nameof(ValidationSet)} exclude each other";
        if (ValidationFraction > 0 && !InMemory)
            yield return $"{nameof(ValidationFraction)} needs {nameof(InMemory)}; give a {nameof(ValidationSet)}";
        if (ValidationFrequency < 1)
            yield return $"{nameof(ValidationFrequency)} must be at least 1, received {ValidationFrequency}";
        if (ExampleWeightColumnName is { Length: 0 })
            yield return $"{nameof(ExampleWeightColumnName)} must not be empty";
        foreach ((int label, double weight) in ClassWeights ?? new Dictionary<int, double>())
        {
            if (label < 0 || weight is not (>= 0 and < double.PositiveInfinity))
                yield return $"{nameof(ClassWeights)} must be finite, not negative, and by class number from 0; received {weight} for {label}";
        }
        if (BatchSize < 1)
            yield return $"{nameof(BatchSize)} must be at least 1, received {BatchSize}";
        if (Threads is < 1)
            yield return $"{nameof(Threads)} must be at least 1, received {Threads}";
        if (Optimizer is null)
            yield return $"{nameof(Optimizer)} must not be null";
        if (Engine is null)
            yield return $"{nameof(Engine)} must not be null";
        if (Callbacks is null || Callbacks.Contains(null!))
            yield return $"{nameof(Callbacks)} must not be null";
        if (Metrics is null || WeightedMetrics is null)
            yield return $"{nameof(Metrics)} and {nameof(WeightedMetrics)} must not be null";
        foreach (string? problem in (Metrics ?? []).Concat(WeightedMetrics ?? []).Select(UnknownMetric).Where(p => p is not null))
            yield return problem!;
    }

    private static string? UnknownMetric(string name)
    {
        try
        {
            Metric.Get(name, new BinaryCrossentropy(), 1);
            return null;
        }
        catch (ArgumentException exception)
        {
            return $"{nameof(Metrics)}: {exception.Message.TrimEnd('.')}";
        }
    }
}
