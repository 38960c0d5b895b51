using Microsoft.ML;

namespace ConvNets.Transforms;

/// <summary>A view with the column of logits.</summary>
internal sealed class LogitsView(LogitsTransformer transformer, IDataView input, DataViewSchema schema) : IDataView
{
    public DataViewSchema Schema => schema;

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        DataViewRowCursor rows = input.GetRowCursor(transformer.Dependencies(input.Schema, columns), rand);
        return new LogitsCursor(transformer, rows, schema, columns);
    }

    /// <summary>One cursor: the network itself uses the cores.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];
}
