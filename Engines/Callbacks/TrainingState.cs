namespace ConvNets.Engines;

/// <summary>What is being trained, and how far it is.</summary>
public sealed class TrainingState
{
    private readonly Callback[] _callbacks;
    private Dictionary<string, double> _logs = [];

    internal TrainingState(CompiledModel model, FitOptions options, int? stepsPerEpoch, Callback[] callbacks)
    {
        Model = model;
        Options = options;
        StepsPerEpoch = stepsPerEpoch;
        _callbacks = callbacks;
    }

    /// <summary>The model.</summary>
    public CompiledModel Model { get; }

    /// <summary>How it is trained.</summary>
    public FitOptions Options { get; }

    /// <summary>The figures of the epochs so far.</summary>
    public History History { get; private set; } = new();

    /// <summary>The steps of an epoch, where they are known beforehand.</summary>
    public int? StepsPerEpoch { get; }

    /// <summary>The epoch's number, from 0.</summary>
    public int Epoch { get; internal set; }

    /// <summary>The step's number in its epoch, from 0.</summary>
    public int Step { get; internal set; }

    /// <summary>The mean loss of the epoch's samples so far.</summary>
    public double Loss { get; internal set; }

    /// <summary>The loss of the last step.</summary>
    public double BatchLoss { get; internal set; }

    /// <summary>Whether the epoch that ended was followed by an evaluation of the validation data.</summary>
    public bool IsValidated { get; internal set; }

    /// <summary>Set to true, training ends after this step; the epoch's validation and the callbacks still follow.</summary>
    public bool StopTraining { get; set; }

    /// <summary>The epoch's figures so far, by name.</summary>
    public IReadOnlyDictionary<string, double> Metrics() => Model.Metrics.Results();

    /// <summary>Adds a figure to those of the epoch that ended; for use in <see cref="Callback.OnEpochEnd"/>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public void Log(string name, double value)
    {
        _logs[name] = value;
        History.Set(Epoch, name, value);
    }

    /// <summary>Writes a checkpoint: weights, what the optimizer and the callbacks remember, how far training is, and its history. The file is there whole, or as it was before.</summary>
    /// <param name="path">The file.</param>
    public void SaveCheckpoint(string path) => Checkpoint.Of(Model, this, _callbacks).Write(path);

    /// <summary>Writes the weights alone, without what a run needs to go on; <see cref="CompiledModel.LoadCheckpoint"/> reads them.</summary>
    /// <param name="path">The file.</param>
    public void SaveWeights(string path) => Checkpoint.Of(Model, weightsOnly: true).Write(path);

    /// <summary>The epoch that comes next, and the step in it: what a resumed run begins with.</summary>
    internal int NextEpoch { get; set; }

    internal int NextStep { get; set; }

    /// <summary>What an epoch that was begun before goes on from.</summary>
    internal Checkpoint? Resumed { get; set; }

    /// <summary>Whether there are validation data.</summary>
    internal bool Validates { get; init; }

    /// <summary>Takes in the figures of an epoch that is over.</summary>
    internal void Complete(Dictionary<string, double> logs)
    {
        _logs = logs;
        (NextEpoch, NextStep) = (Epoch + 1, 0);
        History.Add(Epoch, logs);
    }

    /// <summary>Goes on from a checkpoint.</summary>
    /// <exception cref="TrainingException">It does not suit the model.</exception>
    internal void Resume(Checkpoint checkpoint, string path)
    {
        if (checkpoint.Optimizer is null)
            throw new TrainingException($"The checkpoint {path} holds weights alone, from which training cannot go on as it was; load them with {nameof(CompiledModel.LoadCheckpoint)}.");
        checkpoint.Restore(Model, path);
        Resumed = checkpoint;
        (NextEpoch, NextStep, History) = (checkpoint.Epoch, checkpoint.Step, checkpoint.History);
        Epoch = NextEpoch;
        checkpoint.RestoreCallbacks(_callbacks);
    }
}
