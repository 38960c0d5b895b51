using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>Adds the logits to single rows, as a prediction engine asks for them.</summary>
internal sealed class LogitsMapper(LogitsTransformer transformer, DataViewSchema inputSchema, DataViewSchema outputSchema) : IRowToRowMapper
{
    public DataViewSchema InputSchema => inputSchema;

    public DataViewSchema OutputSchema => outputSchema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => transformer.Dependencies(inputSchema, dependingColumns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new Row(transformer, input, outputSchema, [.. activeColumns.Select(c => c.Index)]);

    private sealed class Row(LogitsTransformer transformer, DataViewRow input, DataViewSchema schema, HashSet<int> active) : DataViewRow
    {
        private LogitsScorer? _scorer;
        private RowReader? _readFeatures;
        private long _computed = -1;

        public override DataViewSchema Schema => schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (column.Index < input.Schema.Count)
                return input.GetGetter<TValue>(input.Schema[column.Index]);
            _scorer ??= transformer.CreateRowScorer();
            _readFeatures ??= FeatureReader.Create(input, transformer.Feature(input.Schema));
            return (Delegate)(ValueGetter<VBuffer<float>>)GetLogits as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"Column \"{column.Name}\" is of type {column.Type}; it cannot be read as {typeof(TValue)}.");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _scorer?.Dispose();
                input.Dispose();
            }
            base.Dispose(disposing);
        }

        private void GetLogits(ref VBuffer<float> value)
        {
            if (_computed != input.Position)
            {
                _readFeatures!(_scorer!.Features(0));
                _scorer.Run(1);
                _computed = input.Position;
            }
            _scorer!.CopyLogits(0, ref value);
        }
    }
}
