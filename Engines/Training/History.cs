namespace ConvNets.Engines;

/// <summary>
/// What <c>Fit</c> saw, epoch by epoch: Keras's <c>History</c>. <c>loss</c> and metrics are means over the epoch's samples while the weights moved;
/// those that begin with <c>val_</c> are of the validation data after the epoch.
/// </summary>
public sealed class History
{
    private readonly Dictionary<string, List<double>> _metrics = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly List<int> _epochs = [];
    private readonly Dictionary<string, int> _lastEpoch = new(StringComparer.Ordinal);

    /// <summary>The epochs' numbers, from 0.</summary>
    public IReadOnlyList<int> Epochs => _epochs;

    /// <summary>The names of what was measured, in the order of Keras's lines: loss, metrics, and both of the validation data.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Whether training ended before its last epoch because it was cancelled.</summary>
    public bool WasCancelled { get; internal set; }

    /// <summary>The values of one name, an epoch each.</summary>
    /// <exception cref="KeyNotFoundException">Nothing of this name was measured; the message lists what was.</exception>
    public IReadOnlyList<double> this[string name] => _metrics.TryGetValue(name, out List<double>? values)
        ? values
        : throw new KeyNotFoundException($"The history has no \"{name}\"; it has {string.Join(", ", _names)}.");

    /// <summary>All values by name: Keras's <c>history.history</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> ToDictionary() => _names.ToDictionary(name => name, name => (IReadOnlyList<double>)_metrics[name], StringComparer.Ordinal);

    internal void Add(int epoch, IReadOnlyDictionary<string, double> logs)
    {
        _epochs.Add(epoch);
        foreach ((string name, double value) in logs)
            Set(epoch, name, value);
    }

    /// <summary>Sets a figure of the last epoch.</summary>
    internal void Set(int epoch, string name, double value)
    {
        if (!_metrics.TryGetValue(name, out List<double>? values))
        {
            _names.Add(name);
            _metrics[name] = values = [];
        }
        if (_lastEpoch.TryGetValue(name, out int last) && last == epoch)
            values[^1] = value;
        else
            values.Add(value);
        _lastEpoch[name] = epoch;
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(_epochs.Count);
        _epochs.ForEach(writer.Write);
        writer.Write(_names.Count);
        foreach (string name in _names)
        {
            writer.Write(name);
            writer.Write(_metrics[name].Count);
            _metrics[name].ForEach(writer.Write);
        }
    }

    internal static History Read(BinaryReader reader)
    {
        var history = new History();
        for (int left = reader.ReadInt32(); left > 0; left--)
            history._epochs.Add(reader.ReadInt32());
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            string name = reader.ReadString();
            history._names.Add(name);
            history._metrics[name] = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadDouble())];
        }
        return history;
    }
}
