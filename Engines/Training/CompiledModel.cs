using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// A model with weights, an optimizer, a loss and metrics on an engine: what Keras's <c>compile</c> makes of a model, ready for <see cref="Fit(Tensor, Tensor, FitOptions?)"/>,
/// <see cref="Evaluate(Tensor, Tensor, int)"/> and <see cref="Predict(Tensor, int)"/>. Its first weights come from the model's initializers. Not thread-safe.
/// </summary>
/// <example>
/// <code>
/// using CompiledModel model = Architectures.HappyModel().Compile("adam", "binary_crossentropy", "accuracy");
/// History history = model.Fit(x, y, new FitOptions { Epochs = 10, BatchSize = 16 });
/// IReadOnlyDictionary&lt;string, double&gt; evaluation = model.Evaluate(xTest, yTest);
/// </code>
/// </example>
public sealed class CompiledModel : IDisposable
{
    private readonly CompileOptions _options;
    private readonly IReadOnlyList<OutputObjective> _objectives;
    private readonly Dictionary<(bool Training, int Capacity), (Batch Batch, int? Samples)> _batches = [];
    private Executor? _executor;
    private MetricSet? _metrics;

    internal CompiledModel(Model model, Optimizer optimizer, IReadOnlyList<OutputObjective> objectives, CompileOptions? options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        Optimizer.Validate(optimizer);
        _options = options ?? new CompileOptions();
        if (_options.Threads is < 1)
            throw new ArgumentOutOfRangeException(nameof(options), _options.Threads, "The number of threads must be at least 1.");
        if (objectives.Count == 0)
            throw new ArgumentException("There must be a loss for at least one output; received none.", nameof(objectives));
        foreach (OutputObjective objective in objectives)
        {
            // An unknown name is refused here already, not at the first batch.
            foreach (Metric metric in (IEnumerable<Metric>)[.. objective.Metrics, .. objective.WeightedMetrics])
                metric.Resolve(objective.Loss, 1);
        }
        (Model, Optimizer, _objectives) = (model, optimizer, objectives);
    }

    /// <summary>The model's description.</summary>
    public Model Model { get; }

    /// <summary>How the weights follow their gradients.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>What training makes small; of the first output, where there are several.</summary>
    public Loss Loss => _objectives[0].Loss;

    /// <summary>What is asked of each output. A model of several outputs that was given one loss has it for each.</summary>
    /// <exception cref="ModelException">The model is not built yet, or has fewer outputs than losses.</exception>
    public IReadOnlyList<OutputObjective> Objectives
    {
        get
        {
            int outputs = Model.Outputs.Count;
            if (_objectives.Count > outputs)
                throw new ModelException($"Received {_objectives.Count} losses; model \"{Model.DisplayName}\" has {outputs} outputs.");
            return _objectives.Count == 1 && outputs > 1 ? [.. Enumerable.Repeat(_objectives[0], outputs)] : _objectives;
        }
    }

    /// <summary>What runs the model.</summary>
    public Engine Engine => _options.Engine;

    /// <summary>The step size from the next step on.</summary>
    public double LearningRate
    {
        get => Executor.LearningRate;
        set => Executor.LearningRate = value;
    }

    /// <summary>A copy of the weights as they are.</summary>
    /// <exception cref="ModelException">The model is not built yet.</exception>
    public ModelWeights GetWeights() => Executor.GetWeights();

    /// <summary>Takes over weights, in the model's order.</summary>
    /// <exception cref="ModelException">They are not this model's: their number or a shape differs.</exception>
    public void SetWeights(ModelWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        weights.CheckFits(Model);
        Executor.SetWeights(weights);
    }

    /// <summary>
    /// The same model with the weights as they are and a new optimizer: what Keras's second <c>compile</c> does. Layers whose <see cref="Layer.Trainable"/> was changed are trained, or frozen,
    /// from then on; this compiled model goes on as it was made.
    /// </summary>
    /// <param name="optimizer">How the weights follow their gradients.</param>
    /// <param name="objectives">What is asked of each output; as before when null.</param>
    public CompiledModel Recompile(Optimizer optimizer, IReadOnlyList<OutputObjective>? objectives = null)
    {
        var model = new CompiledModel(Model, optimizer, objectives ?? _objectives, _options);
        model.SetWeights(GetWeights());
        return model;
    }

    /// <summary>Writes weights and what the optimizer remembers to a file, from which <see cref="LoadCheckpoint"/> restores both.</summary>
    /// <param name="path">The file; it is there whole, or as it was before.</param>
    public void SaveCheckpoint(string path) => Checkpoint.Of(this).Write(path);

    /// <summary>Restores weights and what the optimizer remembers from a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TrainingException">The file is no checkpoint, damaged, or of another model, optimizer or seed.</exception>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public void LoadCheckpoint(string path) => Checkpoint.Read(path).Restore(this, path);

    /// <summary>Trains on arrays.</summary>
    /// <param name="x">The inputs.</param>
    /// <param name="y">The targets.</param>
    /// <param name="options">How.</param>
    /// <returns>The figures of each epoch.</returns>
    /// <exception cref="TrainingException">The data do not suit the model or the loss, or the loss is not finite.</exception>
    /// <exception cref="ModelException">The inputs' shape is not the model's.</exception>
    public History Fit(Tensor x, Tensor y, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return Fit([x], [y], options);
    }

    /// <summary>Trains on arrays, for a model of several inputs or outputs.</summary>
    /// <param name="x">An array for each input.</param>
    /// <param name="y">An array for each output that has a loss.</param>
    /// <param name="options">How.</param>
    /// <inheritdoc cref="Fit(Tensor, Tensor, FitOptions?)"/>
    public History Fit(IReadOnlyList<Tensor> x, IReadOnlyList<Tensor> y, FitOptions? options = null) =>
        Fit(Dataset.FromTensors(x, y, options?.SampleWeights), options is null ? null : options with { SampleWeights = null });

    /// <summary>Trains on batches that are made or loaded one after the other, so that the data may be larger than memory.</summary>
    /// <param name="batches">The batches: see <see cref="Dataset.FromBatches(IEnumerable{Samples})"/>.</param>
    /// <param name="options">How.</param>
    /// <inheritdoc cref="Fit(Tensor, Tensor, FitOptions?)"/>
    public History Fit(IEnumerable<Samples> batches, FitOptions? options = null) => Fit(Dataset.FromBatches(batches), options);

    /// <summary>Trains on batches that come asynchronously, on a thread of the pool.</summary>
    /// <inheritdoc cref="Fit(IEnumerable{Samples}, FitOptions?)"/>
    public Task<History> FitAsync(IAsyncEnumerable<Samples> batches, FitOptions? options = null) => Task.Run(() => Fit(Dataset.FromBatches(batches), options));

    /// <summary>Trains on a data set.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="options">How.</param>
    /// <inheritdoc cref="Fit(Tensor, Tensor, FitOptions?)"/>
    public History Fit(Dataset data, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new FitOptions();
        FitOptions.Validate(options);
        if (options.SampleWeights is not null)
            throw new ArgumentException($"{nameof(FitOptions.SampleWeights)} are for data given as arrays; a {nameof(Dataset)} has its samples' weights itself.", nameof(options));
        Dataset? validation = options.ValidationData;
        if (options.ValidationSplit > 0)
            (data, validation) = Split(data, options.ValidationSplit);
        Prepare(data, needsTargets: true);
        if (validation is not null)
            Prepare(validation, needsTargets: true);
        if (options.ClassWeights is not null && Model.Outputs.Count > 1)
            throw new ArgumentException($"{nameof(FitOptions.ClassWeights)} are for a model of one output; this one has {Model.Outputs.Count}. Give weights to the samples.", nameof(options));
        return new FitLoop(this, data, validation, options, _options.Seed).Run();
    }

    /// <summary>The loss and the metrics of the model as it is, in inference mode, on arrays.</summary>
    /// <param name="x">The inputs.</param>
    /// <param name="y">The targets.</param>
    /// <param name="batchSize">Samples a step.</param>
    /// <returns>The figures by name, <c>loss</c> first.</returns>
    public IReadOnlyDictionary<string, double> Evaluate(Tensor x, Tensor y, int batchSize = 32) => Evaluate(Dataset.FromTensors(x, y), batchSize);

    /// <summary>The loss and the metrics of the model as it is, in inference mode, on a data set.</summary>
    /// <inheritdoc cref="Evaluate(Tensor, Tensor, int)"/>
    public IReadOnlyDictionary<string, double> Evaluate(Dataset data, int batchSize = 32) => Evaluate(data, new InferenceOptions { BatchSize = batchSize });

    /// <summary>The loss and the metrics of the model as it is, in inference mode, on a data set.</summary>
    /// <param name="data">The samples, with their weights where they have some.</param>
    /// <param name="options">How.</param>
    /// <returns>The figures by name, <c>loss</c> first.</returns>
    public IReadOnlyDictionary<string, double> Evaluate(Dataset data, InferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        InferenceOptions.Validate(options);
        Prepare(data, needsTargets: true);
        return EvaluatePrepared(data, options);
    }

    /// <summary>The same, of data and options that were checked: what is evaluated after each epoch is checked once.</summary>
    internal Dictionary<string, double> EvaluatePrepared(Dataset data, InferenceOptions options)
    {
        MetricSet metrics = Metrics;
        metrics.Reset();
        Batch batch = BatchFor(options.BatchSize, training: false, data.Count);
        foreach (Callback callback in options.Callbacks)
            callback.OnTestBegin(this);
        using IBatchReader reader = data.Read(shuffle: null);
        for (int step = 0; (options.Steps is null || step < options.Steps) && reader.Next(batch); step++)
        {
            foreach (Callback callback in options.Callbacks)
                callback.OnTestBatchBegin(this, step);
            metrics.Update(batch, Executor.Evaluate(batch), Executor.RegularizationLoss);
            foreach (Callback callback in options.Callbacks)
                callback.OnTestBatchEnd(this, step);
        }
        Dictionary<string, double> results = metrics.Results();
        foreach (Callback callback in options.Callbacks)
            callback.OnTestEnd(this, results);
        return results;
    }

    /// <summary>The model's outputs, in inference mode.</summary>
    /// <param name="x">The inputs.</param>
    /// <param name="batchSize">Samples a step.</param>
    /// <returns>The outputs of all samples.</returns>
    public Tensor Predict(Tensor x, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(x);
        float[] values = new float[x.Count * OutputShape(x.SampleShape).Size];
        Predict(x, values, batchSize);
        return new Tensor(values, Model.Outputs[0].Shape);
    }

    /// <summary>The model's outputs, in inference mode, of a model of several inputs or outputs.</summary>
    /// <param name="x">An array for each input.</param>
    /// <param name="batchSize">Samples a step.</param>
    /// <returns>An array for each output.</returns>
    public IReadOnlyList<Tensor> Predict(IReadOnlyList<Tensor> x, int batchSize = 32) => Predict(Dataset.FromTensors(x, []), new InferenceOptions { BatchSize = batchSize });

    /// <summary>The model's outputs, in inference mode, of a data set.</summary>
    /// <param name="data">The samples; their targets, where they have some, are not looked at.</param>
    /// <param name="options">How.</param>
    /// <returns>An array for each output.</returns>
    public IReadOnlyList<Tensor> Predict(Dataset data, InferenceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new InferenceOptions();
        InferenceOptions.Validate(options);
        Prepare(data, needsTargets: false);
        int samples = options.Steps is null ? data.Count ?? 0 : 0;
        List<float>[] outputs = [.. Model.Outputs.Select(t => new List<float>(samples * t.Shape.Size))];
        Batch batch = BatchFor(options.BatchSize, training: false, data.Count);
        foreach (Callback callback in options.Callbacks)
            callback.OnPredictBegin(this);
        using IBatchReader reader = data.Read(shuffle: null);
        for (int step = 0; (options.Steps is null || step < options.Steps) && reader.Next(batch); step++)
        {
            foreach (Callback callback in options.Callbacks)
                callback.OnPredictBatchBegin(this, step);
            Executor.Predict(batch);
            for (int i = 0; i < outputs.Length; i++)
                outputs[i].AddRange(batch.Output(i));
            foreach (Callback callback in options.Callbacks)
                callback.OnPredictBatchEnd(this, step);
        }
        foreach (Callback callback in options.Callbacks)
            callback.OnPredictEnd(this);
        return [.. outputs.Select((values, i) => new Tensor(values.ToArray(), Model.Outputs[i].Shape))];
    }

    /// <summary>The model's outputs, in inference mode, into memory of the caller's: nothing is allocated after the first call of a batch size.</summary>
    /// <param name="x">The inputs.</param>
    /// <param name="destination">Where the outputs of all samples go.</param>
    /// <param name="batchSize">Samples a step.</param>
    public unsafe void Predict(Tensor x, Span<float> destination, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        int width = OutputShape(x.SampleShape).Size;
        if (destination.Length < x.Count * width)
            throw new ArgumentException($"The destination holds {destination.Length} values; {x.Count} samples give {x.Count * width}.", nameof(destination));
        Batch batch = BatchFor(batchSize, training: false, x.Count);
        fixed (float* values = x.Values.Span)
        {
            for (int first = 0; first < x.Count; first += batch.Count)
            {
                batch.Count = Math.Min(batch.Capacity, x.Count - first);
                batch.Lend(0, values + (long)first * x.SampleShape.Size, x.FloatsBehind(first + batch.Count));
                Executor.Predict(batch);
                batch.Output(0).CopyTo(destination[(first * width)..]);
            }
            batch.Return();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((Batch batch, _) in _batches.Values)
            batch.Dispose();
        _batches.Clear();
        _executor?.Dispose();
    }

    /// <summary>What first weights, shuffling and random layers are drawn from.</summary>
    internal long Seed => _options.Seed;

    internal Executor Executor
    {
        get
        {
            if (_executor is null)
            {
                _executor = _options.Engine.CreateExecutor(new ExecutorRequest(Model, Optimizer, [.. Objectives.Select(o => o.Loss)], [.. Objectives.Select(o => (float)o.Weight)], _options.Threads ?? Environment.ProcessorCount, _options.Seed));
                _executor.SetWeights(ModelWeights.Initialize(Model, _options.Seed));
            }
            return _executor;
        }
    }

    internal MetricSet Metrics => _metrics ??= new MetricSet(Model, Objectives);

    /// <summary>A batch of a size, made once and kept; no larger than the data.</summary>
    internal Batch BatchFor(int batchSize, bool training, int? samples)
    {
        int capacity = Math.Min(batchSize, samples ?? batchSize);
        if (_batches.TryGetValue((training, capacity), out (Batch Batch, int? Samples) made))
        {
            // What a plan for training remembers is made for the whole of the data.
            if (!training || made.Samples == samples)
                return made.Batch;
            made.Batch.Dispose();
        }
        Batch batch = Executor.CreateBatch(capacity, training, samples);
        _batches[(training, capacity)] = (batch, samples);
        return batch;
    }

    private TensorShape OutputShape(TensorShape inputShape)
    {
        Model.EnsureInput(inputShape);
        return Model.Outputs[0].Shape;
    }

    /// <summary>The first samples, and the part at the end that is not trained on.</summary>
    private static (Dataset Training, Dataset Validation) Split(Dataset data, double part)
    {
        // The count is asked for by Slice where it is unknown: it says that such data cannot be split.
        int count = data.Count ?? 0, first = (int)Math.Floor(count * (1 - part));
        if (data.Count is not null && (first == 0 || first == count))
            throw new TrainingException($"A validation split of {part} leaves no samples to {(first == 0 ? "train on" : "evaluate")}: there are {count}.");
        return (data.Slice(0, first), data.Slice(first, count - first));
    }

    private void Prepare(Dataset data, bool needsTargets)
    {
        if (data.InputShapes.Count == 1)
            Model.EnsureInput(data.InputShapes[0]);
        if (data.InputShapes.Count != Model.Inputs.Count || !data.InputShapes.Select(s => s.Size).SequenceEqual(Model.Inputs.Select(t => t.Shape.Size)))
            throw new TrainingException($"The model \"{Model.DisplayName}\" takes inputs of shape {string.Join(", ", Model.Inputs.Select(t => t.Shape))}; received {string.Join(", ", data.InputShapes)}.");
        if (!needsTargets)
            return;
        IReadOnlyList<OutputObjective> objectives = Objectives;
        for (int i = 0; i < objectives.Count; i++)
        {
            TensorShape output = Model.Outputs[i].Shape, expected = objectives[i].Loss.TargetShape(output);
            if (data.TargetShapes.Count == objectives.Count && data.TargetShapes[i].Size == expected.Size)
                continue;
            string received = data.TargetShapes.Count == 0 ? "no targets" : data.TargetShapes.Count != objectives.Count
                ? $"targets for {data.TargetShapes.Count} of {objectives.Count} losses" : $"targets of shape {data.TargetShapes[i]}";
            throw new TrainingException($"The loss {objectives[i].Loss.Name} needs targets of shape {expected} for the model's output of shape {output}; received {received}.");
        }
    }
}

/// <summary>Keras's <c>compile</c>.</summary>
public static class ModelCompilation
{
    /// <summary>Gives a model an optimizer, a loss and metrics, and makes it ready to run.</summary>
    /// <param name="model">The model; a <see cref="Sequential"/> without an input shape is built at the first data.</param>
    /// <param name="optimizer">How the weights follow their gradients.</param>
    /// <param name="loss">What training makes small.</param>
    /// <param name="metrics">Keras's names of what is measured besides, e.g. <c>accuracy</c>.</param>
    /// <param name="options">Engine, seed and threads.</param>
    public static CompiledModel Compile(this Model model, Optimizer optimizer, Loss loss, IReadOnlyList<string>? metrics = null, CompileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return new(model, optimizer, [new OutputObjective(loss) { Metrics = [.. (metrics ?? []).Select(Metric.FromName)] }], options);
    }

    /// <summary>Gives a model an optimizer, a loss and metrics by Keras's names.</summary>
    /// <exception cref="ArgumentException">A name is unknown; the message lists the nearest.</exception>
    public static CompiledModel Compile(this Model model, string optimizer, string loss, params IReadOnlyList<string> metrics) => model.Compile(Optimizer.Get(optimizer), Loss.Get(loss), metrics);

    /// <summary>Gives a model an optimizer, and each of its outputs a loss with its weight and metrics, which may be of one's own.</summary>
    /// <param name="model">The model.</param>
    /// <param name="optimizer">How the weights follow their gradients.</param>
    /// <param name="objectives">What is asked of each output; outputs beyond these have no loss.</param>
    /// <param name="options">Engine, seed and threads.</param>
    public static CompiledModel Compile(this Model model, Optimizer optimizer, IReadOnlyList<OutputObjective> objectives, CompileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(objectives);
        return new(model, optimizer, objectives, options);
    }
}
