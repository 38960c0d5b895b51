using ConvNets.Engines;
using ConvNets.Formats;
using ConvNets.ModelDefs;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace ConvNets.Transforms;

/// <summary>What the trainers of networks have in common. Progress (a line an epoch) and warnings go to <c>MLContext.Log</c>.</summary>
public abstract class ConvNetTrainer : ITrainerEstimator<ConvNetTransformer, ConvNetModelParameters>
{
    private readonly IHostEnvironment _environment;
    private readonly ScoringTask _task;
    private readonly ConvNetTrainerOptions _options;

    private protected ConvNetTrainer(IHostEnvironment environment, ScoringTask task, ConvNetTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        (_environment, _task, _options) = (environment, task, options.Validated(nameof(options)));
    }

    /// <summary>What ML.NET asks of trainers: this one needs no normalized features, no calibration and no caching, since it reads the data once.</summary>
    public TrainerInfo Info => field ??= new MLContext(0).BinaryClassification.Trainers.LbfgsLogisticRegression().Info;

    /// <summary>Trains a network.</summary>
    /// <param name="input">The training data.</param>
    /// <returns>The trained network; when training was cancelled, as it was then.</returns>
    /// <exception cref="ColumnException">A column is absent or of another type, or a value cannot be trained on.</exception>
    /// <exception cref="ModelException">The model does not fit the features or the classes.</exception>
    /// <exception cref="TrainingException">There are no rows, or the loss is not finite any more.</exception>
    public ConvNetTransformer Fit(IDataView input) => Fit(input, _options.ValidationSet);

    /// <summary>Trains a network and evaluates it after each epoch.</summary>
    /// <param name="trainData">The training data.</param>
    /// <param name="validationData">The data that it is evaluated on; none when null.</param>
    /// <inheritdoc cref="Fit(IDataView)"/>
    public ConvNetTransformer Fit(IDataView trainData, IDataView? validationData)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        IHost host = _environment.Register("ConvNet");
        using IChannel channel = host.Start("Training");

        DataViewSchema.Column feature = ColumnFacts.Find(trainData.Schema, _options.FeatureColumnName);
        DataViewSchema.Column label = ColumnFacts.Find(trainData.Schema, _options.LabelColumnName);
        ColumnFacts.Of(feature).RequirePixels();
        int classes = _task.CountClasses(label);
        if (((VectorDataViewType)feature.Type).ItemType == NumberDataViewType.Byte)
            channel.Warning(MessageSensitivity.None, $"Column \"{feature.Name}\" holds bytes, and the network is trained on them as they are, 0 to 255. Networks learn better from values near 1: put ScalePixels before the trainer.");

        // It takes as long as reading a small data set, and needs nothing of it.
        Task<(ITransformer Head, float Scale, float Shift)> fitHead = Task.Run(() => _task.FitHead(label, Columns));
        Loss loss = _options.Loss ?? _task.DefaultLoss;
        Model model = NetworkFactory.Create(_options, _task, loss, feature, classes);
        TensorShape shape = model.Inputs[0].Shape;
        LabelTargets labels = _task.CreateTargets(label.Name, classes, LabelTargets.Names(label), loss);
        Dataset Rows(IDataView view)
        {
            if (_options.ExampleWeightColumnName is { } weight)
                ViewRows.RequireWeight(view.Schema, weight);
            return DataViewDataset.Create(new ViewRows(view, [new FeatureColumn(feature.Name, shape)], [labels], _options.ExampleWeightColumnName), _options.InMemory);
        }
        Dataset data = Rows(trainData);
        var compileOptions = new CompileOptions { Engine = _options.Engine, Seed = _options.Seed, Threads = _options.Threads };
        var objective = new OutputObjective(loss) { Metrics = [.. _options.Metrics.Select(Metric.FromName)], WeightedMetrics = [.. _options.WeightedMetrics.Select(Metric.FromName)] };
        using CompiledModel compiled = model.Compile(_options.Optimizer, [objective], compileOptions);
        History history = compiled.Fit(data, new FitOptions
        {
            Epochs = _options.Epochs,
            InitialEpoch = _options.InitialEpoch,
            BatchSize = _options.BatchSize,
            StepsPerEpoch = _options.StepsPerEpoch,
            Shuffle = _options.Shuffle,
            ClassWeights = _options.ClassWeights,
            ValidationData = validationData is null ? null : Rows(validationData),
            ValidationSplit = validationData is null ? _options.ValidationFraction : 0,
            ValidationFrequency = _options.ValidationFrequency,
            Callbacks = _options.Verbosity == Verbosity.Silent ? _options.Callbacks : [.. _options.Callbacks, new EpochLog(channel, _options.Verbosity)],
            ResumeFrom = _options.ResumeFrom,
            CancellationToken = _options.CancellationToken,
        });
        if (history.WasCancelled)
            channel.Warning(MessageSensitivity.None, $"Training was cancelled in epoch {history.Epochs.Count + 1} of {_options.Epochs}; the network stays as it is.");

        (ITransformer head, float scale, float offset) = fitHead.GetAwaiter().GetResult();
        var network = new ConvNetTransformer(new TrainedNetwork
        {
            Model = new ConvNetModelParameters(model, compiled.GetWeights()),
            Task = _task,
            Classes = classes,
            ClassNames = labels.ClassNames,
            Loss = loss,
            Metrics = _options.Metrics,
            FeatureColumnName = feature.Name,
            FeatureColumnType = (VectorDataViewType)feature.Type,
            Scale = scale,
            Shift = offset,
            Options = compileOptions,
        }, head, history);
        WarnUnlessSavable(network, channel);
        return network;
    }

    /// <summary>The schema that the trained network will deliver.</summary>
    /// <exception cref="ColumnException">A column is absent or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ColumnFacts.Of(inputSchema, _options.FeatureColumnName).RequirePixels();
        _task.RequireLabel(ColumnFacts.Of(inputSchema, _options.LabelColumnName));
        if (_options.ExampleWeightColumnName is { } weight)
            ColumnFacts.Of(inputSchema, weight).RequireWeight();
        return _task.Promise(inputSchema, inputSchema.Last(column => column.Name == _options.LabelColumnName), Columns);
    }

    /// <summary>Model.Save empties its target before it comes to the network: what cannot be saved is better known now.</summary>
    private static void WarnUnlessSavable(ConvNetTransformer network, IChannel channel)
    {
        try
        {
            network.RequireOnnx();
        }
        catch (ModelFormatException exception)
        {
            channel.Warning(MessageSensitivity.None, $"The network can be used but not be saved as a .zip: {exception.Message}");
        }
    }

    private ScoreColumns Columns => new(_options.ScoreColumnName, _options.PredictedLabelColumnName);
}
