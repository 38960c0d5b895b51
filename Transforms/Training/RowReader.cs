using ConvNets.ModelDefs;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>Writes the value that a row has in one column as floats.</summary>
/// <param name="destination">Where they go.</param>
/// <returns>What is wrong with the value; null for nothing.</returns>
internal delegate string? RowReader(Span<float> destination);

/// <summary>Reads vectors of Byte or Single.</summary>
internal static class FeatureReader
{
    /// <summary>Makes a reader of a row's column.</summary>
    /// <param name="row">The row, or the cursor that moves over rows.</param>
    /// <param name="column">A column of pixels (<see cref="ColumnFacts.IsPixels"/>).</param>
    public static RowReader Create(DataViewRow row, DataViewSchema.Column column) => ((VectorDataViewType)column.Type).ItemType == NumberDataViewType.Byte
        ? Create<byte>(row, column, Widen)
        : Create<float>(row, column, static (from, to) => from.CopyTo(to));

    /// <summary>The shape of one sample. The leading 1 that OnnxTransformer gives images is the batch and no dimension of a sample.</summary>
    /// <exception cref="ColumnException">The column holds no pixels.</exception>
    public static TensorShape Shape(DataViewSchema.Column column)
    {
        ColumnFacts.Of(column).RequirePixels();
        IReadOnlyList<int> dimensions = ((VectorDataViewType)column.Type).Dimensions;
        return dimensions is [1, _, _, _] ? [.. dimensions.Skip(1)] : [.. dimensions];
    }

    private static RowReader Create<T>(DataViewRow row, DataViewSchema.Column column, Copy<T> copy)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        VBuffer<T> dense = default;
        return destination =>
        {
            getter(ref value);
            if (value.IsDense)
            {
                copy(value.GetValues(), destination);
                return null;
            }
            value.CopyToDense(ref dense);
            copy(dense.GetValues(), destination);
            return null;
        };
    }

    private static void Widen(ReadOnlySpan<byte> from, Span<float> to)
    {
        for (int i = 0; i < from.Length; i++)
            to[i] = from[i];
    }

    private delegate void Copy<T>(ReadOnlySpan<T> from, Span<float> to);
}
