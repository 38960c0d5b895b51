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
    private readonly TrainedNetwork _trained;
    private readonly ITransformer _head;
    private readonly LogitsNetwork _network;
    private readonly ITransformer _scoring;

    internal ConvNetTransformer(TrainedNetwork trained, ITransformer head, History history)
    {
        (_trained, _head, History) = (trained, head, history);
        _network = new LogitsNetwork(Logits.Of(Model.Definition).Model, Model.Weights, trained.Scale, trained.Shift, trained.Options);
        _scoring = new TransformerChain<ITransformer>(new LogitsTransformer(_network, FeatureColumnName), head);
    }

    /// <summary>The network and its weights.</summary>
    public ConvNetModelParameters Model => _trained.Model;

    /// <summary>The figures of each epoch of its training; without epochs where it was loaded from a file.</summary>
    public History History { get; }

    /// <summary>The names of the classes, in the order of the scores; empty where they have none.</summary>
    public IReadOnlyList<string> ClassNames => _trained.ClassNames;

    /// <summary>The column of the features.</summary>
    public string FeatureColumnName => _trained.FeatureColumnName;

    /// <summary>That column's type in the training data.</summary>
    public DataViewType FeatureColumnType => _trained.FeatureColumnType;

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
        LabelTargets labels = _trained.Task.CreateTargets(labelColumnName, _trained.Classes, ClassNames, _trained.Loss);
        using CompiledModel model = Model.Compile(loss: _trained.Loss, metrics: _trained.Metrics, options: _network.Options);
        var rows = new ViewRows(data, [new FeatureColumn(FeatureColumnName, _network.InputShape)], [labels], weight: null);
        return model.Evaluate(DataViewDataset.Create(rows, inMemory: true), batchSize);
    }

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        using var stock = new StockOnnx();
        StockOnnx.Save(ctx, stock.Apply(ToOnnx(), LogitsTransformer.ColumnName, FeatureColumnName), FeatureColumnName, FeatureColumnType, _head);
        MLNetInternals.SaveBinaryStream(ctx, NetworkEntry.Name, writer => NetworkEntry.Write(writer, _trained));
    }

    /// <summary>The network up to its logits, as a saved model runs it.</summary>
    /// <exception cref="ModelFormatException">A layer has no counterpart in ONNX.</exception>
    internal byte[] ToOnnx() => OnnxExport.ToBytes(_network.Model, _network.Weights, ExportOptions);

    /// <summary>Throws what <see cref="ToOnnx"/> would throw.</summary>
    /// <exception cref="ModelFormatException">A layer has no counterpart in ONNX.</exception>
    internal void RequireOnnx() => OnnxExport.Check(_network.Model, _network.Weights, ExportOptions);

    private OnnxExportOptions ExportOptions => new()
    {
        InputType = _trained.FeatureColumnType.ItemType == NumberDataViewType.Byte ? OnnxElementType.UInt8 : OnnxElementType.Float,
        InputShape = OnnxShape.Sample,
        OutputShape = OnnxShape.Vector,
        OutputScale = _network.Scale,
        OutputShift = _network.Shift,
        InputNames = [FeatureColumnName],
        OutputNames = [LogitsTransformer.ColumnName],
    };
}
