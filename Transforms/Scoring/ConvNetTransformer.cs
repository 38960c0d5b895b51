using ConvNets.Engines;
using ConvNets.Formats;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>
/// A trained network that scores rows on our engine. Binary classification adds <c>PredictedLabel</c> (Boolean), <c>Score</c> (the logit) and <c>Probability</c>;
/// multiclass classification <c>PredictedLabel</c> (a key) and <c>Score</c> (the classes' probabilities, slots named). Saved into a .zip, it scores with ML.NET's own
/// parts. Any number of threads may use it at once; a <see cref="PredictionEngine{TSrc, TDst}"/> of it is one thread's, as always.
/// </summary>
public sealed class ConvNetTransformer : ISingleFeaturePredictionTransformer<ConvNetModelParameters>
{
    private readonly ScoringTask _task;
    private readonly int _classes;
    private readonly Loss _loss;
    private readonly IReadOnlyList<string> _metrics;
    private readonly ITransformer _head;
    private readonly LogitsNetwork _network;
    private readonly ITransformer _scoring;

    internal ConvNetTransformer(TrainedNetwork trained, ITransformer head, History history)
    {
        (_task, _classes, _loss, _metrics, _head) = (trained.Task, trained.Classes, trained.Loss, trained.Metrics, head);
        (Model, ClassNames, FeatureColumnName, FeatureColumnType, History) = (trained.Model, trained.ClassNames, trained.FeatureColumnName, trained.FeatureColumnType, history);
        _network = new LogitsNetwork(Logits.Of(Model.Definition).Model, Model.Weights, trained.Scale, trained.Shift, trained.Options);
        _scoring = new TransformerChain<ITransformer>(new LogitsTransformer(_network, FeatureColumnName), head);
    }

    /// <summary>The network and its weights.</summary>
    public ConvNetModelParameters Model { get; }

    /// <summary>The figures of each epoch of its training; without epochs where it was loaded from a file.</summary>
    public History History { get; }

    /// <summary>The names of the classes, in the order of the scores; empty where they have none.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The column of the features.</summary>
    public string FeatureColumnName { get; }

    /// <summary>That column's type in the training data.</summary>
    public DataViewType FeatureColumnType { get; }

    /// <inheritdoc/>
    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The schema with the columns of scores.</summary>
    /// <exception cref="ColumnException">The feature column is absent, or is not what the network takes.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _scoring.GetOutputSchema(inputSchema);

    /// <summary>Adds the columns of scores; rows are scored while a cursor moves over them.</summary>
    /// <exception cref="ColumnException">The feature column is absent, or is not what the network takes.</exception>
    public IDataView Transform(IDataView input) => _scoring.Transform(input);

    /// <inheritdoc/>
    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _scoring.GetRowToRowMapper(inputSchema);

    /// <summary>The loss (in nats) and the metrics that the network was trained with, as Keras's <c>evaluate</c> gives them.</summary>
    /// <param name="data">Rows with the features and their labels: what the steps before the network make of test data.</param>
    /// <param name="labelColumnName">The column of labels, of a type that the trainer takes.</param>
    /// <param name="batchSize">Rows a step.</param>
    /// <returns>The figures by name, <c>loss</c> first.</returns>
    /// <exception cref="ColumnException">A column is absent or of another type, or a value cannot be used.</exception>
    public IReadOnlyDictionary<string, double> Evaluate(IDataView data, string labelColumnName = "Label", int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(data);
        LabelTargets labels = _task.CreateTargets(labelColumnName, _classes, ClassNames, _loss);
        using CompiledModel model = Model.Compile(loss: _loss, metrics: _metrics, options: _network.Options);
        return model.Evaluate(new DataViewDataset(data, FeatureColumnName, _network.InputShape, labels), batchSize);
    }

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        byte[] onnx = OnnxExport.ToBytes(_network.Model, _network.Weights, new OnnxExportOptions
        {
            InputType = ((VectorDataViewType)FeatureColumnType).ItemType == NumberDataViewType.Byte ? OnnxElementType.UInt8 : OnnxElementType.Float,
            InputShape = OnnxShape.Sample,
            OutputShape = OnnxShape.Vector,
            OutputScale = _network.Scale,
            OutputShift = _network.Shift,
            InputNames = [FeatureColumnName],
            OutputNames = [LogitsTransformer.ColumnName],
        });
        StockOnnx.Save(ctx, StockOnnx.Apply(new MLContext(0), onnx, LogitsTransformer.ColumnName, FeatureColumnName), FeatureColumnName, FeatureColumnType, _head);
    }
}
