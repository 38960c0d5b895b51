using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>Reads rows ahead and computes their logits as one batch. What else the rows hold is kept until the cursor comes to them.</summary>
internal sealed class LogitsCursor : DataViewRowCursor
{
    private const int ReadAheadWithoutLogits = 1;
    private readonly DataViewRowCursor _input;
    private readonly LogitsScorer? _scorer;
    private readonly RowReader? _readFeatures;
    private readonly ColumnBuffer?[] _columns;
    private readonly ValueGetter<DataViewRowId> _inputId;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;
    private long _position = -1;
    private int _slot = -1;
    private int _filled;

    public LogitsCursor(LogitsTransformer transformer, DataViewRowCursor input, DataViewSchema schema, IReadOnlyCollection<DataViewSchema.Column> active)
    {
        _input = input;
        Schema = schema;
        if (active.Any(c => c.Index == input.Schema.Count))
        {
            _scorer = transformer.CreateBatchScorer();
            _readFeatures = FeatureReader.Create(input, transformer.Feature(input.Schema));
        }
        int capacity = _scorer?.Capacity ?? ReadAheadWithoutLogits;
        _columns = new ColumnBuffer?[input.Schema.Count];
        foreach (DataViewSchema.Column column in active.Where(c => c.Index < _columns.Length))
            _columns[column.Index] = ColumnBuffer.Create(input, input.Schema[column.Index], capacity, () => _slot);
        _inputId = input.GetIdGetter();
        _ids = new DataViewRowId[capacity];
        _batches = new long[capacity];
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _position;

    public override long Batch => _position < 0 ? _input.Batch : _batches[_slot];

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _columns.Length ? _columns[column.Index] is not null : _scorer is not null;

    public override bool MoveNext()
    {
        if (_slot + 1 >= _filled)
            Fill();
        else
            _slot++;
        _position = _filled == 0 ? -1 : _position + 1;
        return _filled > 0;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
            throw new InvalidOperationException($"Column \"{column.Name}\" was not asked for when the cursor was made.");
        Delegate getter = column.Index < _columns.Length ? _columns[column.Index]!.Getter : (ValueGetter<VBuffer<float>>)GetLogits;
        return getter as ValueGetter<TValue> ?? throw new InvalidOperationException($"Column \"{column.Name}\" is of type {column.Type}; it cannot be read as {typeof(TValue)}.");
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[_slot];

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _scorer?.Dispose();
            _input.Dispose();
        }
        base.Dispose(disposing);
    }

    private void GetLogits(ref VBuffer<float> value) => _scorer!.CopyLogits(_slot, ref value);

    private void Fill()
    {
        for (_filled = 0; _filled < _ids.Length && _input.MoveNext(); _filled++)
        {
            _readFeatures?.Invoke(_scorer!.Features(_filled));
            foreach (ColumnBuffer? column in _columns)
                column?.Read(_filled);
            _inputId(ref _ids[_filled]);
            _batches[_filled] = _input.Batch;
        }
        if (_filled > 0)
            _scorer?.Run(_filled);
        _slot = 0;
    }
}
