using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The loop of <c>Fit</c>: epochs, steps, validation, callbacks.</summary>
internal sealed class FitLoop(CompiledModel model, Dataset data, FitOptions options, long seed)
{
    public History Run()
    {
        var history = new History();
        int? steps = data.Count is int count ? (count + options.BatchSize - 1) / options.BatchSize : null;
        var state = new TrainingState(model, options, steps);
        Batch batch = model.BatchFor(options.BatchSize, training: true, data.Count);

        foreach (Callback callback in options.Callbacks)
            callback.OnTrainBegin(state);
        for (int epoch = 0; epoch < options.Epochs && !state.StopTraining; epoch++)
        {
            state.Epoch = epoch;
            foreach (Callback callback in options.Callbacks)
                callback.OnEpochBegin(state);
            if (!TrainEpoch(state, batch))
            {
                history.WasCancelled = true;
                break;
            }
            Dictionary<string, double> logs = model.Metrics.Results();
            if (options.ValidationData is not null)
            {
                foreach ((string name, double value) in model.Evaluate(options.ValidationData, options.ValidationBatchSize ?? options.BatchSize))
                    logs[$"val_{name}"] = value;
            }
            history.Add(epoch, logs);
            foreach (Callback callback in options.Callbacks)
                callback.OnEpochEnd(state, logs);
        }
        foreach (Callback callback in options.Callbacks)
            callback.OnTrainEnd(state);
        return history;
    }

    /// <returns>False when training was cancelled.</returns>
    private bool TrainEpoch(TrainingState state, Batch batch)
    {
        MetricSet metrics = model.Metrics;
        metrics.Reset();

        // Each epoch's order has a stream of its own, so that a run resumed at an epoch draws what the whole run would have drawn.
        Philox? shuffle = options.Shuffle ? new Philox(seed, ShuffleStreams + state.Epoch) : null;
        using IBatchReader reader = data.Read(shuffle);
        state.Step = -1;
        while (reader.Next(batch))
        {
            if (options.CancellationToken.IsCancellationRequested)
                return false;
            state.Step++;
            foreach (Callback callback in options.Callbacks)
                callback.OnTrainBatchBegin(state);
            ReadOnlySpan<double> losses = model.Executor.Train(batch);
            metrics.Update(batch, losses, model.Executor.RegularizationLoss);
            state.Loss = metrics.Loss;
            if (!double.IsFinite(losses[0]))
                throw new TrainingException($"The loss became {losses[0]} at step {state.Step + 1} of epoch {state.Epoch + 1}. Lower the learning rate ({model.LearningRate}), and look for values in the data that are not finite or not scaled.");
            foreach (Callback callback in options.Callbacks)
                callback.OnTrainBatchEnd(state);
        }
        return true;
    }

    // Streams below this are the weights'.
    private const long ShuffleStreams = 1L << 32;
}
