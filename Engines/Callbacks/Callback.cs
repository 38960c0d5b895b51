namespace ConvNets.Engines;

/// <summary>Something that is told how training goes, and may stop it: derive from it and override what is wanted.</summary>
public abstract class Callback
{
    /// <summary>Before the first epoch.</summary>
    /// <param name="training">What is trained, and how far it is.</param>
    public virtual void OnTrainBegin(TrainingState training)
    {
    }

    /// <summary>After the last epoch, also when training was stopped or cancelled, but not when it failed.</summary>
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
    /// <param name="logs">The epoch's figures by name; <see cref="TrainingState.Log"/> adds to them.</param>
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

    /// <summary>Before an evaluation: that of the validation data in <c>Fit</c>, or one of its own.</summary>
    /// <param name="model">The model.</param>
    public virtual void OnTestBegin(CompiledModel model)
    {
    }

    /// <summary>After an evaluation.</summary>
    /// <param name="model">The model.</param>
    /// <param name="logs">Its figures by name.</param>
    public virtual void OnTestEnd(CompiledModel model, IReadOnlyDictionary<string, double> logs)
    {
    }

    /// <summary>Before a step of an evaluation.</summary>
    /// <param name="model">The model.</param>
    /// <param name="step">The step's number, from 0.</param>
    public virtual void OnTestBatchBegin(CompiledModel model, int step)
    {
    }

    /// <summary>After a step of an evaluation.</summary>
    /// <param name="model">The model.</param>
    /// <param name="step">The step's number, from 0.</param>
    public virtual void OnTestBatchEnd(CompiledModel model, int step)
    {
    }

    /// <summary>Before predictions.</summary>
    /// <param name="model">The model.</param>
    public virtual void OnPredictBegin(CompiledModel model)
    {
    }

    /// <summary>After predictions.</summary>
    /// <param name="model">The model.</param>
    public virtual void OnPredictEnd(CompiledModel model)
    {
    }

    /// <summary>Before a step of predictions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="step">The step's number, from 0.</param>
    public virtual void OnPredictBatchBegin(CompiledModel model, int step)
    {
    }

    /// <summary>After a step of predictions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="step">The step's number, from 0.</param>
    public virtual void OnPredictBatchEnd(CompiledModel model, int step)
    {
    }

    /// <summary>After every callback has been told of an epoch's end: the time to write what a resumed run begins with.</summary>
    internal virtual void OnEpochOver(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
    }

    /// <summary>After a step whose loss is not finite.</summary>
    /// <param name="training">What is trained, and how far it is.</param>
    /// <returns>True if training need not fail for that; <see cref="TrainingState.StopTraining"/> ends it.</returns>
    public virtual bool OnLossNotFinite(TrainingState training) => false;

    /// <summary>Writes what the callback remembers into a checkpoint, so that a resumed run goes on as if it had not ended; nothing.</summary>
    /// <param name="writer">Where to.</param>
    public virtual void SaveState(BinaryWriter writer)
    {
    }

    /// <summary>Reads what <see cref="SaveState"/> wrote; called after <see cref="OnTrainBegin"/>'s turn to forget, where a run is resumed.</summary>
    /// <param name="reader">Where from.</param>
    public virtual void RestoreState(BinaryReader reader)
    {
    }
}
