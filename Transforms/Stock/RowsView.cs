using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>A view of a few rows, each column of which a function gives: histories, and what stock estimators are fitted on that only need a schema, or a few values.</summary>
internal sealed class RowsView : IDataView
{
    private readonly long _rows;
    private readonly IReadOnlyList<Delegate> _values;

    /// <summary>Makes a view.</summary>
    /// <param name="schema">The columns.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="values">What gives each column's value in a row (<c>Func&lt;long, T&gt;</c>); none where there are no rows.</param>
    public RowsView(DataViewSchema schema, long rows = 0, params IReadOnlyList<Delegate> values) => (Schema, _rows, _values) = (schema, rows, values);

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    /// <summary>A view without rows that has one column.</summary>
    public static RowsView Empty(string name, DataViewType type)
    {
        var schema = new DataViewSchema.Builder();
        schema.AddColumn(name, type);
        return new RowsView(schema.ToSchema());
    }

    private sealed class Cursor(RowsView view) : DataViewRowCursor
    {
        private long _position = -1;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override bool MoveNext()
        {
            if (_position + 1 >= view._rows)
            {
                _position = -1;
                return false;
            }
            _position++;
            return true;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (view._rows == 0)
                return static (ref TValue value) => { };
            var values = (Func<long, TValue>)view._values[column.Index];
            return (ref TValue value) => value = values(_position);
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);
    }
}
