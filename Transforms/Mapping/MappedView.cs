using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>A view with a column that is computed from another. Its cursors are the input's: as many, and reading only the columns that are needed.</summary>
internal sealed class MappedView(ColumnMapping mapping, IDataView input, DataViewSchema schema) : IDataView
{
    public DataViewSchema Schema => schema;

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return new Cursor(mapping, input.GetRowCursor(mapping.Dependencies(input.Schema, columns), rand), schema, columns);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return Array.ConvertAll(input.GetRowCursorSet(mapping.Dependencies(input.Schema, columns), n, rand), rows => (DataViewRowCursor)new Cursor(mapping, rows, schema, columns));
    }

    private sealed class Cursor(ColumnMapping mapping, DataViewRowCursor input, DataViewSchema schema, DataViewSchema.Column[] active) : DataViewRowCursor
    {
        public override DataViewSchema Schema => schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool MoveNext() => input.MoveNext();

        public override bool IsColumnActive(DataViewSchema.Column column) => Array.Exists(active, other => other.Index == column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => IsColumnActive(column)
            ? mapping.Getter<TValue>(input, column)
            : throw new InvalidOperationException($"Column \"{column.Name}\" was not asked for when the cursor was made.");

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }
    }
}
