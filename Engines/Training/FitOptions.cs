namespace ConvNets.Engines;

/// <summary>How <see cref="CompiledModel.Fit(Dataset, FitOptions?)"/> trains; names and defaults are Keras's.</summary>
public sealed record FitOptions
{
    /// <summary>The number of the epoch at which training ends, so how often the data are gone through; 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>The number of the first epoch, from 0, to go on where an earlier <c>Fit</c> ended; 0.</summary>
    public int InitialEpoch { get; init; }

    /// <summary>Samples a step; 32. The last, smaller batch of an epoch is trained on too.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Steps of an epoch: the data are gone through further from epoch to epoch, and begun anew where they end. Null for all the data in each epoch.</summary>
    public int? StepsPerEpoch { get; init; }

    /// <summary>Whether each epoch goes through the data in an order of its own; true. Batches of a sequence keep their order.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>What each sample counts in the loss, for data given as arrays; null for 1.</summary>
    public float[]? SampleWeights { get; init; }

    /// <summary>What the samples of each class count in the loss, by class number; classes that are not named count 1. It multiplies the samples' own weights.</summary>
    public IReadOnlyDictionary<int, double>? ClassWeights { get; init; }

    /// <summary>Data that the model is evaluated on after an epoch; none.</summary>
    public Dataset? ValidationData { get; init; }

    /// <summary>The part of the data, taken from their end before they are shuffled, that is not trained on but evaluated after an epoch; 0.</summary>
    public double ValidationSplit { get; init; }

    /// <summary>Samples a step of that evaluation; <see cref="BatchSize"/> when null.</summary>
    public int? ValidationBatchSize { get; init; }

    /// <summary>Steps of that evaluation; null for all the data.</summary>
    public int? ValidationSteps { get; init; }

    /// <summary>After how many epochs each evaluation comes; 1.</summary>
    public int ValidationFrequency { get; init; } = 1;

    /// <summary>What is told of epochs and steps; none.</summary>
    public IReadOnlyList<Callback> Callbacks { get; init; } = [];

    /// <summary>What is printed to the console; nothing.</summary>
    public Verbosity Verbose { get; init; } = Verbosity.Silent;

    /// <summary>
    /// A checkpoint that training goes on from, written by <see cref="ModelCheckpoint"/>: weights, optimizer, epoch, random numbers and history are as they were. Null to start anew.
    /// </summary>
    public string? ResumeFrom { get; init; }

    /// <summary>Ends training after the current step; the model and the history so far remain.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="ArgumentException">Options exclude one another.</exception>
    internal static void Validate(FitOptions options)
    {
        Checked.AtLeast(options.Epochs, 0, nameof(Epochs));
        Checked.AtLeast(options.InitialEpoch, 0, nameof(InitialEpoch));
        Checked.AtLeast(options.BatchSize, 1, nameof(BatchSize));
        Checked.AtLeast(options.StepsPerEpoch, 1, nameof(StepsPerEpoch));
        Checked.AtLeast(options.ValidationBatchSize, 1, nameof(ValidationBatchSize));
        Checked.AtLeast(options.ValidationSteps, 1, nameof(ValidationSteps));
        Checked.AtLeast(options.ValidationFrequency, 1, nameof(ValidationFrequency));
        Checked.Decay(options.ValidationSplit, nameof(ValidationSplit));
        if (options.ValidationSplit > 0 && options.ValidationData is not null)
            throw new ArgumentException($"Only one of {nameof(ValidationSplit)} and {nameof(ValidationData)} can be given.", nameof(options));
    }
}

/// <summary>How a model is evaluated on data, or predicts.</summary>
public sealed record InferenceOptions
{
    /// <summary>Samples a step; 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>After how many steps it ends; null for all the data.</summary>
    public int? Steps { get; init; }

    /// <summary>What is told of the steps; none.</summary>
    public IReadOnlyList<Callback> Callbacks { get; init; } = [];

    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    internal static void Validate(InferenceOptions options)
    {
        Checked.AtLeast(options.BatchSize, 1, nameof(BatchSize));
        Checked.AtLeast(options.Steps, 1, nameof(Steps));
    }
}

/// <summary>What <c>Fit</c> prints.</summary>
public enum Verbosity
{
    /// <summary>Nothing.</summary>
    Silent,

    /// <summary>Two lines an epoch, of which the second follows the steps where it is shown on a terminal.</summary>
    ProgressBar,

    /// <summary>Two lines an epoch, without a bar, as suits a log.</summary>
    OneLine,
}

/// <summary>What a model is compiled with besides optimizer, loss and metrics.</summary>
public sealed record CompileOptions
{
    /// <summary>What runs the model; <see cref="Engine.Managed"/>.</summary>
    public Engine Engine { get; init; } = Engine.Managed;

    /// <summary>What first weights, shuffling and random layers are drawn from; 1. The same seed gives the same bits on any number of threads.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>How many threads compute; all processors when null.</summary>
    public int? Threads { get; init; }
}
