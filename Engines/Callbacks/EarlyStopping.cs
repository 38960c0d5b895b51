using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Ends training when a figure has stopped getting better.</summary>
/// <param name="monitor">The figure.</param>
/// <param name="minDelta">By how much more than this it must get better to count.</param>
/// <param name="patience">After how many epochs without that training ends.</param>
/// <param name="mode">Which way is better.</param>
/// <param name="baseline">A value that must be passed for an epoch to count as better; null for none.</param>
/// <param name="restoreBestWeights">Whether the model gets the best epoch's weights in the end.</param>
/// <param name="startFromEpoch">The first epoch that is looked at, from 0.</param>
public sealed class EarlyStopping(string monitor = "val_loss", double minDelta = 0, int patience = 0, MonitorMode mode = MonitorMode.Auto, double? baseline = null,
    bool restoreBestWeights = false, int startFromEpoch = 0) : MonitorCallback(monitor, mode, minDelta)
{
    private readonly int _patience = Checked.AtLeast(patience, 0);
    private ModelWeights? _bestWeights;
    private int _wait;

    /// <summary>The epoch whose value was the best, from 0.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>The epoch after which training was ended, from 0; null if it was not.</summary>
    public int? StoppedEpoch { get; private set; }

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingState training)
    {
        base.OnTrainBegin(training);
        (_bestWeights, _wait, BestEpoch, StoppedEpoch) = (null, 0, 0, null);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(logs);
        if (Find(training, logs) is not double value || training.Epoch < startFromEpoch)
            return;
        if (restoreBestWeights && _bestWeights is null)
            (_bestWeights, BestEpoch) = (training.Model.GetWeights(), training.Epoch);
        _wait++;
        if (IsBetter(training, value, Best))
        {
            (Best, BestEpoch) = (value, training.Epoch);
            if (restoreBestWeights)
                _bestWeights = training.Model.GetWeights();
            if (baseline is null || IsBetter(training, value, baseline))
                _wait = 0;
        }
        else if (_wait >= _patience && training.Epoch > 0)
        {
            StoppedEpoch = training.Epoch;
            training.StopTraining = true;
        }
    }

    /// <inheritdoc/>
    public override void OnTrainEnd(TrainingState training)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (_bestWeights is not null)
            training.Model.SetWeights(_bestWeights);
    }

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer)
    {
        base.SaveState(writer);
        writer.Write(_wait);
        writer.Write(BestEpoch);
        writer.Write(_bestWeights is not null);
        if (_bestWeights is not null)
            WeightFile.Write(writer, _bestWeights);
    }

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader)
    {
        base.RestoreState(reader);
        (_wait, BestEpoch) = (reader.ReadInt32(), reader.ReadInt32());
        _bestWeights = reader.ReadBoolean() ? WeightFile.Read(reader) : null;
    }
}
