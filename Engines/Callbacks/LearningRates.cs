namespace ConvNets.Engines;

/// <summary>Makes the learning rate smaller when a figure has stopped getting better. The history has it as <c>learning_rate</c>.</summary>
/// <param name="monitor">The figure.</param>
/// <param name="factor">What the learning rate is multiplied by, below 1.</param>
/// <param name="patience">After how many epochs without getting better.</param>
/// <param name="mode">Which way is better.</param>
/// <param name="minDelta">By how much more than this it must get better to count.</param>
/// <param name="cooldown">For how many epochs after that it is not looked at.</param>
/// <param name="minLearningRate">Below which the learning rate is not made.</param>
public sealed class ReduceLROnPlateau(string monitor = "val_loss", double factor = 0.1, int patience = 10, MonitorMode mode = MonitorMode.Auto, double minDelta = 1e-4,
    int cooldown = 0, double minLearningRate = 0) : MonitorCallback(monitor, mode, minDelta)
{
    private readonly double _factor = Checked.Decay(factor);
    private int _cooling;
    private int _wait;

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingState training)
    {
        base.OnTrainBegin(training);
        (_cooling, _wait) = (0, 0);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(logs);
        training.Log("learning_rate", training.Model.LearningRate);
        if (Find(training, logs) is not double value)
            return;
        if (_cooling > 0)
            (_cooling, _wait) = (_cooling - 1, 0);
        if (IsBetter(training, value, Best))
            (Best, _wait) = (value, 0);
        else if (_cooling == 0 && ++_wait >= patience && training.Model.LearningRate > minLearningRate)
        {
            training.Model.LearningRate = Math.Max(training.Model.LearningRate * _factor, minLearningRate);
            (_cooling, _wait) = (cooldown, 0);
        }
    }

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer)
    {
        base.SaveState(writer);
        writer.Write(_cooling);
        writer.Write(_wait);
    }

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader)
    {
        base.RestoreState(reader);
        (_cooling, _wait) = (reader.ReadInt32(), reader.ReadInt32());
    }
}

/// <summary>Sets the learning rate before each epoch. The history has it as <c>learning_rate</c>.</summary>
/// <param name="schedule">Gives the learning rate of an epoch (from 0) out of the one before it.</param>
public sealed class LearningRateScheduler(Func<int, double, double> schedule) : Callback
{
    /// <inheritdoc/>
    public override void OnEpochBegin(TrainingState training)
    {
        ArgumentNullException.ThrowIfNull(training);
        training.Model.LearningRate = schedule(training.Epoch, training.Model.LearningRate);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        ArgumentNullException.ThrowIfNull(training);
        training.Log("learning_rate", training.Model.LearningRate);
    }
}
