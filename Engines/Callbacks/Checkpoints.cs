using System.Globalization;
using System.Text.RegularExpressions;

namespace ConvNets.Engines;

/// <summary>
/// Writes a checkpoint after epochs or steps: weights, what the optimizer remembers, epoch, random numbers and history, from which <see cref="FitOptions.ResumeFrom"/> goes on and
/// <see cref="CompiledModel.LoadCheckpoint"/> restores the model; or the weights alone.
/// </summary>
/// <param name="filePath">The file. <c>{epoch}</c> and <c>{batch}</c> in it stand for the epoch's and the step's number from 1, and any figure's name for its value, with .NET's formats: <c>{val_loss:0.000}</c>.</param>
/// <param name="monitor">The figure that says which epoch is the best.</param>
/// <param name="saveBestOnly">Whether only epochs that are better than all before are written.</param>
/// <param name="mode">Which way is better.</param>
/// <param name="initialValueThreshold">What the first epoch must be better than; null for nothing.</param>
/// <param name="saveWeightsOnly">Whether the weights alone are written, from which training cannot go on.</param>
/// <param name="saveFrequency">After how many steps it is written (<paramref name="monitor"/> is then a figure of the epoch so far); null for after each epoch.</param>
/// <param name="save">What writes the file in place of that, in a format of its own, e.g. Keras's; null for a checkpoint.</param>
public sealed partial class ModelCheckpoint(string filePath, string monitor = "val_loss", bool saveBestOnly = false, MonitorMode mode = MonitorMode.Auto, double? initialValueThreshold = null,
    bool saveWeightsOnly = false, int? saveFrequency = null, Action<CompiledModel, string>? save = null) : MonitorCallback(monitor, mode, minDelta: 0, initialValueThreshold)
{
    private readonly int? _saveFrequency = Checked.AtLeast(saveFrequency, 1);
    private int _steps;

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingState training)
    {
        base.OnTrainBegin(training);
        _steps = 0;
    }

    /// <inheritdoc/>
    public override void OnTrainBatchEnd(TrainingState training)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (_saveFrequency is not int frequency || ++_steps < frequency)
            return;
        _steps = 0;
        Save(training, training.Metrics());
    }

    internal override void OnEpochOver(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        if (_saveFrequency is null)
            Save(training, logs);
    }

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer)
    {
        base.SaveState(writer);
        writer.Write(_steps);
    }

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader)
    {
        base.RestoreState(reader);
        _steps = reader.ReadInt32();
    }

    private void Save(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        if (saveBestOnly)
        {
            if (Find(training, logs) is not double value || !IsBetter(training, value, Best))
                return;
            Best = value;
        }
        string path = PathOf(training, logs);
        if (save is not null)
            save(training.Model, path);
        else if (saveWeightsOnly)
            training.SaveWeights(path);
        else
            training.SaveCheckpoint(path);
    }

    private string PathOf(TrainingState training, IReadOnlyDictionary<string, double> logs) => Placeholder().Replace(filePath, match =>
    {
        string name = match.Groups["name"].Value, format = match.Groups["format"].Value;
        if (name is "epoch" or "batch")
            return ((name == "epoch" ? training.Epoch : training.Step) + 1).ToString(format, CultureInfo.InvariantCulture);
        return logs.TryGetValue(name, out double value)
            ? value.ToString(format, CultureInfo.InvariantCulture)
            : throw new TrainingException($"The checkpoint's path \"{filePath}\" names \"{name}\", which is not measured; there are epoch, batch, {string.Join(", ", logs.Keys)}.");
    });

    [GeneratedRegex(@"\{(?<name>\w+)(:(?<format>[^}]*))?\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}

/// <summary>
/// Keeps a checkpoint while training runs, and goes on from it when the same training is started again after it was killed: with the bits of the uninterrupted run.
/// </summary>
/// <param name="backupFolder">The folder of the checkpoint, for this training alone.</param>
/// <param name="everySteps">After how many steps of an epoch it is written besides; null for only after each epoch.</param>
/// <param name="deleteCheckpoint">Whether it is deleted when training is over.</param>
public sealed class BackupAndRestore(string backupFolder, int? everySteps = null, bool deleteCheckpoint = true) : Callback
{
    private readonly string _path = Path.Combine(backupFolder, "latest.checkpoint");
    private readonly int? _everySteps = Checked.AtLeast(everySteps, 1);

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingState training)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (File.Exists(_path))
            training.Resume(Checkpoint.Read(_path), _path);
    }

    internal override void OnEpochOver(TrainingState training, IReadOnlyDictionary<string, double> logs) => training.SaveCheckpoint(_path);

    /// <inheritdoc/>
    public override void OnTrainBatchEnd(TrainingState training)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (_everySteps is int every && (training.Step + 1) % every == 0)
            training.SaveCheckpoint(_path);
    }

    /// <inheritdoc/>
    public override void OnTrainEnd(TrainingState training)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (deleteCheckpoint && !training.History.WasCancelled)
            File.Delete(_path);
    }
}

/// <summary>Ends training, in place of an error, when the loss is not finite.</summary>
public sealed class TerminateOnNaN : Callback
{
    /// <inheritdoc/>
    public override bool OnLossNotFinite(TrainingState training)
    {
        ArgumentNullException.ThrowIfNull(training);
        training.StopTraining = true;
        return true;
    }
}
