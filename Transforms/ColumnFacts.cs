using Microsoft.ML;
using Microsoft.ML.Data;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace ConvNets.Transforms;

/// <summary>What is known of a column both before data are seen (<see cref="SchemaShape"/>) and after (<see cref="DataViewSchema"/>), so that one check serves both.</summary>
internal readonly record struct ColumnFacts(string Name, VectorKind Kind, DataViewType ItemType, bool IsKey)
{
    /// <summary>The column of a promised schema.</summary>
    /// <exception cref="ColumnException">There is none; the message lists those there are.</exception>
    public static ColumnFacts Of(SchemaShape schema, string name)
    {
        ArgumentNullException.ThrowIfNull(schema);
        foreach (SchemaShape.Column column in schema)
        {
            if (column.Name == name)
                return new ColumnFacts(name, column.Kind, column.ItemType, column.IsKey);
        }
        throw Missing(name, schema.Select(c => c.Name));
    }

    /// <summary>The column of a schema.</summary>
    /// <exception cref="ColumnException">There is none; the message lists those there are.</exception>
    public static ColumnFacts Of(DataViewSchema schema, string name) => Of(Find(schema, name));

    /// <inheritdoc cref="Of(DataViewSchema, string)"/>
    public static ColumnFacts Of(DataViewSchema.Column column)
    {
        var vector = column.Type as VectorDataViewType;
        DataViewType item = vector?.ItemType ?? column.Type;
        VectorKind kind = vector is null ? VectorKind.Scalar : vector.IsKnownSize ? VectorKind.Vector : VectorKind.VariableVector;
        return item is KeyDataViewType key
            ? new ColumnFacts(column.Name, kind, key.RawType == typeof(uint) ? NumberDataViewType.UInt32 : key, IsKey: true)
            : new ColumnFacts(column.Name, kind, item, IsKey: false);
    }

    /// <summary>The column of a name.</summary>
    /// <exception cref="ColumnException">There is none; the message lists those there are.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return schema.GetColumnOrNull(name) ?? throw Missing(name, schema.Where(c => !c.IsHidden).Select(c => c.Name));
    }

    /// <summary>The input's columns that are needed for some of the output's, which are the input's and one more that is computed from one of them.</summary>
    /// <param name="inputSchema">The input.</param>
    /// <param name="source">The column that the added one is computed from.</param>
    /// <param name="outputColumns">What is asked for.</param>
    public static IEnumerable<DataViewSchema.Column> Dependencies(DataViewSchema inputSchema, DataViewSchema.Column source, IEnumerable<DataViewSchema.Column> outputColumns)
    {
        bool[] needed = new bool[inputSchema.Count + 1];
        foreach (DataViewSchema.Column column in outputColumns)
            needed[column.Index] = true;
        needed[source.Index] |= needed[inputSchema.Count];
        return inputSchema.Where(column => needed[column.Index]);
    }

    /// <summary>Whether it is a vector of known size of bytes or floats: pixels.</summary>
    public bool IsPixels => Kind == VectorKind.Vector && !IsKey && (ItemType == NumberDataViewType.Byte || ItemType == NumberDataViewType.Single);

    /// <summary>Throws unless the column holds pixels.</summary>
    /// <exception cref="ColumnException">It does not.</exception>
    public ColumnFacts RequirePixels() => IsPixels ? this : throw new ColumnException(Name, $"found {this}; expected a vector of known size of Byte or Single, as image columns are.");

    /// <summary>Throws unless the column holds what rows count.</summary>
    /// <exception cref="ColumnException">It does not.</exception>
    public ColumnFacts RequireWeight() => Kind == VectorKind.Scalar && !IsKey && ItemType == NumberDataViewType.Single
        ? this
        : throw new ColumnException(Name, $"found {this}; expected Single, what each row counts.");

    /// <summary>The type in words.</summary>
    public override string ToString()
    {
        string item = IsKey ? $"Key<{ItemType}>" : ItemType.ToString()!;
        return Kind switch
        {
            VectorKind.Scalar => item,
            VectorKind.Vector => $"Vector<{item}> of known size",
            _ => $"Vector<{item}> of unknown size",
        };
    }

    private static ColumnException Missing(string name, IEnumerable<string> columns) => new(name, $"there is no such column; there are {string.Join(", ", columns)}.");
}
