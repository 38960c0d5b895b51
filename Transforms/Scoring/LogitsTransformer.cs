using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>Adds the column of a network's logits, computed by our engine.</summary>
internal sealed class LogitsTransformer(LogitsNetwork network, string featureColumnName) : ITransformer
{
    /// <summary>The column that is added.</summary>
    public const string ColumnName = "ConvNetLogits";

    // A batch large enough that all cores have work, small enough that reading ahead costs little memory.
    private const int ReadAhead = 32;

    public bool IsRowToRowMapper => true;

    /// <summary>The schema with the logits at its end.</summary>
    /// <exception cref="ColumnException">The feature column is absent, or is not what the network takes.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        DataViewSchema.Column feature = ColumnFacts.Find(inputSchema, featureColumnName);
        ColumnFacts.Of(feature).RequirePixels();
        if (((VectorDataViewType)feature.Type).Size != network.InputShape.Size)
            throw new ColumnException(featureColumnName, $"found {feature.Type}; the network takes {string.Join(" × ", network.InputShape)} values.");
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(inputSchema);
        schema.AddColumn(ColumnName, new VectorDataViewType(NumberDataViewType.Single, network.Width));
        return schema.ToSchema();
    }

    public IDataView Transform(IDataView input) => new LogitsView(this, input, GetOutputSchema(input.Schema));

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new LogitsMapper(this, inputSchema, GetOutputSchema(inputSchema));

    /// <summary>The features' column in an input schema.</summary>
    public DataViewSchema.Column Feature(DataViewSchema inputSchema) => inputSchema[featureColumnName];

    /// <summary>The input's columns that are needed for some of the output's.</summary>
    public IEnumerable<DataViewSchema.Column> Dependencies(DataViewSchema inputSchema, IEnumerable<DataViewSchema.Column> outputColumns) =>
        ColumnFacts.Dependencies(inputSchema, Feature(inputSchema), outputColumns);

    /// <summary>A network for a cursor that reads ahead.</summary>
    public LogitsScorer CreateBatchScorer() => new(network, ReadAhead);

    /// <summary>A network for single rows.</summary>
    public LogitsScorer CreateRowScorer() => new(network, 1);

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException($"{nameof(ConvNetTransformer)} saves the network as ONNX.");
}
