namespace ConvNets.Engines;

/// <summary>Which way a watched figure gets better.</summary>
public enum MonitorMode
{
    /// <summary>Losses and errors downwards, accuracies and scores upwards; a figure of which neither is known is refused.</summary>
    Auto,

    /// <summary>Downwards.</summary>
    Min,

    /// <summary>Upwards.</summary>
    Max,
}

/// <summary>A callback that watches one of the epochs' figures.</summary>
public abstract class MonitorCallback : Callback
{
    private readonly MonitorMode _mode;
    private readonly double _minDelta;
    private readonly double? _baseline;
    private bool? _upwards;

    private protected MonitorCallback(string monitor, MonitorMode mode, double minDelta, double? baseline = null)
    {
        ArgumentNullException.ThrowIfNull(monitor);
        (Monitor, _mode, _minDelta, _baseline, Best) = (monitor, mode, Math.Abs(minDelta), baseline, baseline);
    }

    /// <summary>The name of the figure, e.g. <c>val_loss</c>.</summary>
    public string Monitor { get; }

    /// <summary>The best value so far; null for none.</summary>
    public double? Best { get; private protected set; }

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingState training) => Best = _baseline;

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(Best ?? double.NaN);
    }

    /// <inheritdoc/>
    public override void RestoreState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        double best = reader.ReadDouble();
        Best = double.IsNaN(best) ? null : best;
    }

    /// <summary>The figure's value; null in an epoch that was not followed by the evaluation that it is of.</summary>
    /// <exception cref="TrainingException">No figure has the name; the message lists those there are.</exception>
    private protected double? Find(TrainingState training, IReadOnlyDictionary<string, double> logs)
    {
        if (logs.TryGetValue(Monitor, out double value))
            return value;
        if (Monitor.StartsWith("val_", StringComparison.Ordinal) && training.Validates && !training.IsValidated)
            return null;
        string hint = Monitor.StartsWith("val_", StringComparison.Ordinal) && !training.Validates ? " There are no validation data." : "";
        throw new TrainingException($"{GetType().Name} watches \"{Monitor}\", which is not measured; there are {string.Join(", ", logs.Keys)}.{hint}");
    }

    /// <summary>Whether a value is better than another by more than the least difference that counts; anything is better than nothing.</summary>
    private protected bool IsBetter(TrainingState training, double value, double? than)
    {
        _upwards ??= _mode == MonitorMode.Auto ? Direction(training) : _mode == MonitorMode.Max;
        return than is not double other || (_upwards.Value ? value - _minDelta > other : value + _minDelta < other);
    }

    /// <exception cref="TrainingException">It is not known which way is better.</exception>
    private bool Direction(TrainingState training)
    {
        string name = Monitor.StartsWith("val_", StringComparison.Ordinal) ? Monitor[4..] : Monitor;
        if (name == "loss" || name.EndsWith("_loss", StringComparison.Ordinal))
            return false;
        bool? up = training.Model.Metrics.Metrics.FirstOrDefault(m => m.Name == name).Metric?.HigherIsBetter;
        return up ?? throw new TrainingException($"{GetType().Name} watches \"{Monitor}\", of which it is not known whether more is better; give {nameof(MonitorMode)}.{nameof(MonitorMode.Min)} or {nameof(MonitorMode)}.{nameof(MonitorMode.Max)}.");
    }
}
