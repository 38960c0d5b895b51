namespace ConvNets.Engines;

/// <summary>How <see cref="CompiledModel.Fit(Dataset, FitOptions?)"/> trains; names and defaults are Keras's.</summary>
public sealed record FitOptions
{
    /// <summary>How often the data are gone through; 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Samples a step; 32. The last, smaller batch of an epoch is trained on too.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Whether each epoch goes through the data in an order of its own; true.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Data that the model is evaluated on after each epoch; none.</summary>
    public Dataset? ValidationData { get; init; }

    /// <summary>Samples a step of that evaluation; <see cref="BatchSize"/> when null.</summary>
    public int? ValidationBatchSize { get; init; }

    /// <summary>What is told of epochs and steps; none.</summary>
    public IReadOnlyList<Callback> Callbacks { get; init; } = [];

    /// <summary>Ends training after the current step; the model and the history so far remain.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    internal static void Validate(FitOptions options)
    {
        if (options.Epochs < 0)
            throw new ArgumentOutOfRangeException(nameof(options), options.Epochs, $"{nameof(Epochs)} must not be negative.");
        if (options.BatchSize < 1)
            throw new ArgumentOutOfRangeException(nameof(options), options.BatchSize, $"{nameof(BatchSize)} must be at least 1.");
        if (options.ValidationBatchSize is < 1)
            throw new ArgumentOutOfRangeException(nameof(options), options.ValidationBatchSize, $"{nameof(ValidationBatchSize)} must be at least 1.");
    }
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
