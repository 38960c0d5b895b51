namespace ConvNets.Engines;

/// <summary>A callback made of functions, for what is not worth a class.</summary>
/// <param name="onTrainBegin">See <see cref="Callback.OnTrainBegin"/>.</param>
/// <param name="onTrainEnd">See <see cref="Callback.OnTrainEnd"/>.</param>
/// <param name="onEpochBegin">See <see cref="Callback.OnEpochBegin"/>.</param>
/// <param name="onEpochEnd">See <see cref="Callback.OnEpochEnd"/>.</param>
/// <param name="onTrainBatchBegin">See <see cref="Callback.OnTrainBatchBegin"/>.</param>
/// <param name="onTrainBatchEnd">See <see cref="Callback.OnTrainBatchEnd"/>.</param>
/// <example>
/// <code>
/// new LambdaCallback(onEpochEnd: (training, logs) => Console.WriteLine($"epoch {training.Epoch}: {logs["loss"]}"))
/// </code>
/// </example>
public sealed class LambdaCallback(Action<TrainingState>? onTrainBegin = null, Action<TrainingState>? onTrainEnd = null, Action<TrainingState>? onEpochBegin = null,
    Action<TrainingState, IReadOnlyDictionary<string, double>>? onEpochEnd = null, Action<TrainingState>? onTrainBatchBegin = null, Action<TrainingState>? onTrainBatchEnd = null) : Callback
{
    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingState training) => onTrainBegin?.Invoke(training);

    /// <inheritdoc/>
    public override void OnTrainEnd(TrainingState training) => onTrainEnd?.Invoke(training);

    /// <inheritdoc/>
    public override void OnEpochBegin(TrainingState training) => onEpochBegin?.Invoke(training);

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingState training, IReadOnlyDictionary<string, double> logs) => onEpochEnd?.Invoke(training, logs);

    /// <inheritdoc/>
    public override void OnTrainBatchBegin(TrainingState training) => onTrainBatchBegin?.Invoke(training);

    /// <inheritdoc/>
    public override void OnTrainBatchEnd(TrainingState training) => onTrainBatchEnd?.Invoke(training);
}
