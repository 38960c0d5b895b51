using System.Globalization;
using System.Text.RegularExpressions;

namespace ConvNets.Engines;

/// <summary>
/// Writes a checkpoint after epochs: weights, what the optimizer remembers, epoch, random numbers and history, from which <see cref="FitOptions.ResumeFrom"/> goes on and
/// <see cref="CompiledModel.LoadCheckpoint"/> restores the model.
/// </summary>
/// <param name="filePath">The file. <c>{epoch}</c> in it stands for the epoch's number from 1, and any figure's name for its value, with .NET's formats: <c>{val_loss:0.000}</c>.</param>
/// <param name="monitor">The figure that says which epoch is the best.</param>
/// <param name="saveBestOnly">Whether only epochs that are better than all before are written.</param>
/// <param name="mode">Which way is better.</param>
/// <param name="initialValueThreshold">What the first epoch must be better than; null for nothing.</param>
public sealed partial class ModelCheckpoint(string filePath, string monitor = "val_loss", bool saveBestOnly = false, MonitorMode mode = MonitorMode.Auto, double? initialValueThreshold = null)
    : MonitorCallback(monitor, mode, minDelta: 0, initialValueThreshold)
{
    internal override void OnEpochOver(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        if (saveBestOnly)
        {
            if (Find(training, logs) is not double value || !IsBetter(training, value, Best))
                return;
            Best = value;
        }
        training.SaveCheckpoint(PathOf(training, logs));
    }

    private string PathOf(TrainingState training, IReadOnlyDictionary<string, double> logs) => Placeholder().Replace(filePath, match =>
    {
        string name = match.Groups["name"].Value, format = match.Groups["format"].Value;
        if (name == "epoch")
            return (training.Epoch + 1).ToString(format, CultureInfo.InvariantCulture);
        return logs.TryGetValue(name, out double value)
            ? value.ToString(format, CultureInfo.InvariantCulture)
            : throw new TrainingException($"The checkpoint's path \"{filePath}\" names \"{name}\", which is not measured; there are epoch, {string.Join(", ", logs.Keys)}.");
    });

    [GeneratedRegex(@"\{(?<name>\w+)(:(?<format>[^}]*))?\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}

/// <summary>
/// Keeps a checkpoint while training runs, and goes on from it when the same training is started again after it was killed: with the bits of the uninterrupted run. The figures of an
/// epoch that was resumed in its midst are those of its remaining steps.
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
