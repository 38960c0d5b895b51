using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ConvNets.Transforms;

/// <summary>The row-wise division of pixels, as one of ML.NET's custom mappings: it brings cursors, row mappers and schemas along.</summary>
internal static class PixelMapping
{
    /// <summary>The transformer for a column's type.</summary>
    public static ITransformer Create(string outputColumnName, string inputColumnName, VectorDataViewType inputType, float divisor) => inputType.ItemType == NumberDataViewType.Byte
        ? Create(outputColumnName, inputColumnName, inputType, DivideBytes(divisor))
        : Create(outputColumnName, inputColumnName, inputType, DivideFloats(divisor));

    /// <summary>An estimator that promises the output column.</summary>
    public static IEstimator<ITransformer> Promise(string outputColumnName) =>
        new MLContext(0).Transforms.CustomMapping<Nothing, Pixels<float>>(static (_, _) => { }, null, null, Define<float>(outputColumnName, new VectorDataViewType(NumberDataViewType.Single, 1)));

    private static CustomMappingTransformer<Pixels<T>, Pixels<float>> Create<T>(string outputColumnName, string inputColumnName, VectorDataViewType inputType, Division<T> divide) =>
        new MLContext(0).Transforms.CustomMapping<Pixels<T>, Pixels<float>>((from, to) => Map(from, to, divide), null,
                Define<T>(inputColumnName, inputType),
                Define<float>(outputColumnName, new VectorDataViewType(NumberDataViewType.Single, inputType.Dimensions)))
            .Fit(RowsView.Empty(inputColumnName, inputType));

    private static void Map<T>(Pixels<T> from, Pixels<float> to, Division<T> divide)
    {
        VBuffer<T> values = from.Values;
        if (!values.IsDense)
        {
            VBuffer<T> dense = default;
            values.CopyToDense(ref dense);
            values = dense;
        }
        VBufferEditor<float> editor = VBufferEditor.Create(ref to.Values, values.Length);
        divide(values.GetValues(), editor.Values);
        to.Values = editor.Commit();
    }

    // A byte has 256 quotients: they are looked up.
    private static Division<byte> DivideBytes(float divisor)
    {
        float[] quotients = [.. Enumerable.Range(0, 256).Select(value => value / divisor)];
        return (from, to) =>
        {
            for (int i = 0; i < to.Length; i++)
                to[i] = quotients[from[i]];
        };
    }

    private static Division<float> DivideFloats(float divisor) => (from, to) =>
    {
        for (int i = 0; i < to.Length; i++)
            to[i] = from[i] / divisor;
    };

    private static SchemaDefinition Define<T>(string columnName, VectorDataViewType type)
    {
        var definition = SchemaDefinition.Create(typeof(Pixels<T>));
        SchemaDefinition.Column column = definition[nameof(Pixels<T>.Values)];
        (column.ColumnName, column.ColumnType) = (columnName, type);
        return definition;
    }

    private delegate void Division<T>(ReadOnlySpan<T> from, Span<float> to);

    private sealed class Pixels<T>
    {
        public VBuffer<T> Values;
    }

    private sealed class Nothing;
}
