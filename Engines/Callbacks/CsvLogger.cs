using System.Globalization;

namespace ConvNets.Engines;

/// <summary>Writes a line of figures an epoch to a CSV file: the epoch's number from 0, then the figures in order of their names, as Keras's CSVLogger.</summary>
/// <param name="fileName">The file.</param>
/// <param name="separator">What stands between two values.</param>
/// <param name="append">Whether lines are added to a file that is there.</param>
public sealed class CsvLogger(string fileName, string separator = ",", bool append = false) : Callback
{
    private string[]? _names;

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingState training)
    {
        _names = null;
        if (!append)
            File.Delete(fileName);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(logs);
        if (_names is null)
        {
            _names = [.. logs.Keys.Order(StringComparer.Ordinal)];

            // Epochs without validation leave these columns empty.
            if (training.Validates && !training.IsValidated)
                _names = [.. _names, .. _names.Select(name => $"val_{name}")];
            if (!File.Exists(fileName) || new FileInfo(fileName).Length == 0)
                File.WriteAllText(fileName, string.Join(separator, _names.Prepend("epoch")) + "\n");
        }
        IEnumerable<string> values = _names.Select(name => logs.TryGetValue(name, out double value) ? value.ToString("R", CultureInfo.InvariantCulture) : "NA");
        File.AppendAllText(fileName, string.Join(separator, values.Prepend(training.Epoch.ToString(CultureInfo.InvariantCulture))) + "\n");
    }

    /// <summary>A resumed run adds to the lines of the run before it.</summary>
    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(File.Exists(fileName) ? File.ReadAllText(fileName) : "");
        writer.Write(_names?.Length ?? 0);
        foreach (string name in _names ?? [])
            writer.Write(name);
    }

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        File.WriteAllText(fileName, reader.ReadString());
        string[] names = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString())];
        _names = names.Length == 0 ? null : names;
    }
}
