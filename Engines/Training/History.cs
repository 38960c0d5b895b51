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
        {
            if (!_metrics.TryGetValue(name, out List<double>? values))
            {
                _names.Add(name);
                _metrics[name] = values = [];
            }
            values.Add(value);
        }
    }
}
