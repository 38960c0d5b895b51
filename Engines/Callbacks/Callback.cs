namespace ConvNets.Engines;

/// <summary>Something that is told how training goes, and may stop it: derive from it and override what is wanted.</summary>
public abstract class Callback
{
    /// <summary>Before the first epoch.</summary>
    /// <param name="training">What is trained, and how far it is.</param>
    public virtual void OnTrainBegin(TrainingState training)
    {
    }

    /// <summary>After the last epoch, also when training was stopped or cancelled.</summary>
    /// <param name="training">What is trained, and how far it is.</param>
    public virtual void OnTrainEnd(TrainingState training)
    {
    }

    /// <summary>Before an epoch.</summary>
    /// <param name="training">What is trained, and how far it is.</param>
    public virtual void OnEpochBegin(TrainingState training)
    {
    }

    /// <summary>After an epoch and its validation.</summary>
    /// <param name="training">What is trained, and how far it is.</param>
    /// <param name="logs">The epoch's figures by name.</param>
    public virtual void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
    }

    /// <summary>Before a step.</summary>
    /// <param name="training">What is trained, and how far it is.</param>
    public virtual void OnTrainBatchBegin(TrainingState training)
    {
    }

    /// <summary>After a step.</summary>
    /// <param name="training">What is trained, and how far it is.</param>
    public virtual void OnTrainBatchEnd(TrainingState training)
    {
    }
}

/// <summary>What is being trained, and how far it is.</summary>
public sealed class TrainingState
{
    internal TrainingState(CompiledModel model, FitOptions options, int? stepsPerEpoch)
    {
        Model = model;
        Options = options;
        StepsPerEpoch = stepsPerEpoch;
    }

    /// <summary>The model.</summary>
    public CompiledModel Model { get; }

    /// <summary>How it is trained.</summary>
    public FitOptions Options { get; }

    /// <summary>The steps of an epoch, where they are known beforehand.</summary>
    public int? StepsPerEpoch { get; internal set; }

    /// <summary>The epoch's number, from 0.</summary>
    public int Epoch { get; internal set; }

    /// <summary>The step's number in its epoch, from 0.</summary>
    public int Step { get; internal set; }

    /// <summary>The mean loss of the epoch's samples so far.</summary>
    public double Loss { get; internal set; }

    /// <summary>Set to true, training ends after this epoch.</summary>
    public bool StopTraining { get; set; }
}
