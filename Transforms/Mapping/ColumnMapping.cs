using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>
/// Computes a column from another, row by row. ML.NET's custom mapping does so too, but by reflection and code that it generates at run time, which takes longer than a
/// small data set takes to be read; and it reads with several cursors, whose rows lie in memory a second time until they are in order again.
/// </summary>
/// <param name="inputColumnName">The column that is read.</param>
/// <param name="inputType">Its type.</param>
/// <param name="output">The column that is added: its name, type and annotations.</param>
/// <param name="createGetter">Makes the getter of its value, a <see cref="ValueGetter{TValue}"/>, from a row and the row's column that is read.</param>
internal sealed class ColumnMapping(string inputColumnName, DataViewType inputType, DataViewSchema.DetachedColumn output, Func<DataViewRow, DataViewSchema.Column, Delegate> createGetter) : ITransformer, IEstimator<ITransformer>
{
    public bool IsRowToRowMapper => true;

    /// <summary>The schema with the column at its end.</summary>
    /// <exception cref="ColumnException">The column that is read is absent or of another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Input(inputSchema);
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(inputSchema);
        schema.AddColumn(output.Name, output.Type, output.Annotations);
        return schema.ToSchema();
    }

    public IDataView Transform(IDataView input) => new MappedView(this, input, GetOutputSchema(input.Schema));

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new RowMapper(this, inputSchema, GetOutputSchema(inputSchema));

    /// <summary>Promises the column that is added; nothing is asked of the others.</summary>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var added = new DataViewSchema.Builder();
        added.AddColumn(output.Name, output.Type, output.Annotations);
        return new SchemaShape(inputSchema.Where(column => column.Name != output.Name).Concat(MLNetInternals.Shape(added.ToSchema())));
    }

    public ITransformer Fit(IDataView input)
    {
        Input(input.Schema);
        return this;
    }

    /// <summary>The input's columns that are needed for some of the output's.</summary>
    public IEnumerable<DataViewSchema.Column> Dependencies(DataViewSchema inputSchema, IEnumerable<DataViewSchema.Column> outputColumns) =>
        ColumnFacts.Dependencies(inputSchema, Input(inputSchema), outputColumns);

    /// <summary>The getter of a column of the output in a row of the input.</summary>
    public ValueGetter<TValue> Getter<TValue>(DataViewRow input, DataViewSchema.Column column) => column.Index < input.Schema.Count
        ? input.GetGetter<TValue>(input.Schema[column.Index])
        : createGetter(input, Input(input.Schema)) as ValueGetter<TValue> ?? throw new InvalidOperationException($"Column \"{column.Name}\" is of type {column.Type}; it cannot be read as {typeof(TValue)}.");

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException("What it is part of saves ML.NET's own parts.");

    private DataViewSchema.Column Input(DataViewSchema schema)
    {
        DataViewSchema.Column column = ColumnFacts.Find(schema, inputColumnName);
        return column.Type.Equals(inputType) ? column : throw new ColumnException(inputColumnName, $"found {column.Type}; expected {inputType}, which the transformer was fitted on.");
    }

    /// <summary>Adds the column to single rows, as a prediction engine asks for them.</summary>
    private sealed class RowMapper(ColumnMapping mapping, DataViewSchema inputSchema, DataViewSchema outputSchema) : IRowToRowMapper
    {
        public DataViewSchema InputSchema => inputSchema;

        public DataViewSchema OutputSchema => outputSchema;

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => mapping.Dependencies(inputSchema, dependingColumns);

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new MappedRow(mapping, input, outputSchema, [.. activeColumns.Select(column => column.Index)]);
    }
}
