using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>
/// Labels as keys or one-hot vectors. Scoring needs no labels: unless the scope includes <see cref="TransformerScope.Scoring"/>, rows without the label column
/// pass through, and a saved model leaves this step out.
/// </summary>
public sealed class LabelTransformer : ITransformer
{
    private static readonly ITransformer Nothing = new TransformerChain<ITransformer>();
    private readonly ITransformer _mapping;
    private readonly Func<ITransformer> _stock;
    private readonly string _inputColumnName;
    private readonly bool _scoring;

    /// <param name="mapping">What maps.</param>
    /// <param name="stock">Makes the same of ML.NET's own parts, to be saved.</param>
    /// <param name="inputColumnName">The label column.</param>
    /// <param name="scope">Where the step is needed.</param>
    internal LabelTransformer(ITransformer mapping, Func<ITransformer> stock, string inputColumnName, TransformerScope scope)
    {
        _mapping = mapping;
        _stock = stock;
        _inputColumnName = inputColumnName;
        _scoring = scope.HasFlag(TransformerScope.Scoring);
    }

    /// <inheritdoc/>
    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => For(inputSchema).GetOutputSchema(inputSchema);

    /// <summary>Maps the labels.</summary>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return For(input.Schema).Transform(input);
    }

    /// <inheritdoc/>
    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => For(inputSchema).GetRowToRowMapper(inputSchema);

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx) => (_scoring ? _stock() : Nothing).Save(ctx);

    private ITransformer For(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return _scoring || schema.GetColumnOrNull(_inputColumnName) is not null ? _mapping : Nothing;
    }
}
