using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>The loop of <c>Fit</c>: epochs, steps, validation, callbacks.</summary>
internal sealed class FitLoop
{
    // Streams below this are the weights'.
    private const long ShuffleStreams = 1L << 32;

    private readonly CompiledModel _model;
    private readonly Dataset _data;
    private readonly Dataset? _validation;
    private readonly FitOptions _options;
    private readonly long _seed;
    private readonly Callback[] _callbacks;
    private readonly float[]? _classWeights;
    private readonly TrainingState _state;
    private IBatchReader? _reader;
    private long _passes;

    public FitLoop(CompiledModel model, Dataset data, Dataset? validation, FitOptions options, long seed)
    {
        (_model, _data, _validation, _options, _seed) = (model, data, validation, options, seed);
        _callbacks = [.. options.Callbacks];
        if (options.Verbose != Verbosity.Silent)
            _callbacks = [.. _callbacks, new ProgressPrinter(Console.Out, options.Verbose)];
        _classWeights = ClassWeights(options.ClassWeights);
        int? steps = options.StepsPerEpoch ?? (data.Count is int count ? (count + options.BatchSize - 1) / options.BatchSize : null);
        _state = new TrainingState(model, options, steps, _callbacks) { Epoch = options.InitialEpoch, NextEpoch = options.InitialEpoch, Validates = validation is not null };
    }

    public History Run()
    {
        Batch batch = _model.BatchFor(_options.BatchSize, training: true, _data.Count);
        if (_options.ResumeFrom is { } checkpoint)
            _state.Resume(Checkpoint.Read(checkpoint), checkpoint);
        foreach (Callback callback in _callbacks)
            callback.OnTrainBegin(_state);
        try
        {
            SkipBatches(batch);
            while (_state.NextEpoch < _options.Epochs && !_state.StopTraining)
            {
                if (!RunEpoch(batch))
                {
                    _state.History.WasCancelled = true;
                    break;
                }
            }
        }
        finally
        {
            _reader?.Dispose();
        }
        _model.Executor.UseAveragedWeights();
        foreach (Callback callback in _callbacks)
            callback.OnTrainEnd(_state);
        return _state.History;
    }

    /// <returns>False when training was cancelled.</returns>
    private bool RunEpoch(Batch batch)
    {
        _state.Epoch = _state.NextEpoch;

        // An epoch that is resumed in its midst has begun already.
        if (_state.NextStep == 0)
        {
            foreach (Callback callback in _callbacks)
                callback.OnEpochBegin(_state);
        }
        if (!TrainEpoch(batch))
            return false;
        Dictionary<string, double> logs = _model.Metrics.Results();
        _state.IsValidated = _validation is not null && (_state.Epoch + 1) % _options.ValidationFrequency == 0;
        if (_state.IsValidated)
        {
            var evaluation = new InferenceOptions { BatchSize = _options.ValidationBatchSize ?? _options.BatchSize, Steps = _options.ValidationSteps, Callbacks = _callbacks };
            foreach ((string name, double value) in _model.EvaluatePrepared(_validation!, evaluation))
                logs[$"val_{name}"] = value;
        }
        _state.Complete(logs);
        foreach (Callback callback in _callbacks)
            callback.OnEpochEnd(_state, logs);
        foreach (Callback callback in _callbacks)
            callback.OnEpochOver(_state, logs);
        return true;
    }

    private bool TrainEpoch(Batch batch)
    {
        MetricSet metrics = _model.Metrics;
        metrics.Reset();
        if (_state.NextStep > 0)
            _state.Resumed?.RestoreMetrics(_model);
        _state.Step = _state.NextStep - 1;
        while ((_options.StepsPerEpoch is not int steps || _state.Step + 1 < steps) && Next(batch))
        {
            if (_options.CancellationToken.IsCancellationRequested)
                return false;
            _state.Step++;
            foreach (Callback callback in _callbacks)
                callback.OnTrainBatchBegin(_state);
            WeighClasses(batch);
            metrics.Update(batch, _model.Executor.Train(batch), _model.Executor.RegularizationLoss);
            _state.Loss = metrics.Loss;
            _state.BatchLoss = metrics.BatchLoss;
            _state.NextStep = _state.Step + 1;
            if (!double.IsFinite(metrics.BatchLoss))
                ReportNotFinite(batch);
            foreach (Callback callback in _callbacks)
                callback.OnTrainBatchEnd(_state);
            if (_state.StopTraining)
                break;
        }
        if (_options.StepsPerEpoch is null)
            EndPass();
        return true;
    }

    /// <summary>Reads the next batch. An epoch of a given number of steps goes on in the data where the last one ended.</summary>
    private bool Next(Batch batch)
    {
        if (_reader is null)
            StartPass();
        if (_reader!.Next(batch))
            return true;
        if (_options.StepsPerEpoch is null)
            return false;
        EndPass();
        StartPass();
        return _reader.Next(batch) ? true : throw new TrainingException("The data ended, and gave no samples when they were begun anew.");
    }

    /// <summary>Each pass over the data has an order of its own, so that a run resumed at an epoch draws what the whole run would have drawn.</summary>
    private void StartPass()
    {
        long pass = _options.StepsPerEpoch is null ? _state.NextEpoch : _passes++;
        _reader = _data.Read(_options.Shuffle ? new Philox(_seed, ShuffleStreams + pass) : null);
    }

    private void EndPass()
    {
        _reader?.Dispose();
        _reader = null;
    }

    /// <summary>Goes to where a resumed run ended.</summary>
    private void SkipBatches(Batch batch)
    {
        long skipped = _state.NextStep + (_options.StepsPerEpoch is int steps ? (long)_state.NextEpoch * steps : 0);
        for (long i = 0; i < skipped && Next(batch); i++)
        {
        }
    }

    private void WeighClasses(Batch batch)
    {
        if (_classWeights is null)
            return;
        Span<float> weights = batch.SampleWeights[..batch.Count];
        if (!batch.HasSampleWeights)
            weights.Fill(1);
        batch.HasSampleWeights = true;
        int width = batch.TargetShapes[0].Size;
        for (int i = 0; i < batch.Count; i++)
        {
            ReadOnlySpan<float> target = batch.Target(0).Slice(i * width, width);
            int label = width == 1 ? (int)MathF.Round(target[0]) : MeanMetric.ArgMax(target);
            if ((uint)label < (uint)_classWeights.Length)
                weights[i] *= _classWeights[label];
        }
    }

    private static float[]? ClassWeights(IReadOnlyDictionary<int, double>? byClass)
    {
        if (byClass is null || byClass.Count == 0)
            return null;
        if (byClass.Keys.Min() < 0)
            throw new TrainingException($"Class weights are by class number, from 0; received {byClass.Keys.Min()}.");
        float[] weights = new float[byClass.Keys.Max() + 1];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = (float)byClass.GetValueOrDefault(i, 1);
        return weights;
    }

    /// <exception cref="TrainingException">The loss is not finite, and no callback ends training for that.</exception>
    private void ReportNotFinite(Batch batch)
    {
        bool handled = false;
        foreach (Callback callback in _callbacks)
            handled |= callback.OnLossNotFinite(_state);
        if (handled)
            return;
        string where = _model.Executor.FindNotFinite(batch) is { } name
            ? $"The first values that are not finite are those of {name}."
            : "Every layer's output is finite; look for targets or sample weights that are not, or that the loss has no value for.";
        throw new TrainingException($"The loss became {_state.BatchLoss} at step {_state.Step + 1} of epoch {_state.Epoch + 1}. {where} "
            + $"Lower the learning rate ({_model.LearningRate}), bound the gradients ({nameof(Optimizer.GlobalClipNorm)}), and look for data that are not scaled.");
    }
}
