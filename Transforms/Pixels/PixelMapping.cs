using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>The row-wise division of pixels.</summary>
internal static class PixelMapping
{
    /// <summary>The transformer for a column's type.</summary>
    public static ColumnMapping Create(string outputColumnName, string inputColumnName, VectorDataViewType inputType, float divisor) =>
        new(inputColumnName, inputType, Output(outputColumnName, inputType), inputType.ItemType == NumberDataViewType.Byte ? Getter(DivideBytes(divisor)) : Getter(DivideFloats(divisor)));

    private static DataViewSchema.DetachedColumn Output(string name, VectorDataViewType inputType) => new(name, new VectorDataViewType(NumberDataViewType.Single, inputType.Dimensions));

    private static Func<DataViewRow, DataViewSchema.Column, Delegate> Getter<T>(Division<T> divide) => (row, column) =>
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> values = default, dense = default;
        return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> quotients) =>
        {
            getter(ref values);
            if (!values.IsDense)
                values.CopyToDense(ref dense);
            VBufferEditor<float> editor = VBufferEditor.Create(ref quotients, values.Length);
            divide((values.IsDense ? values : dense).GetValues(), editor.Values);
            quotients = editor.Commit();
        });
    };

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

    private delegate void Division<T>(ReadOnlySpan<T> from, Span<float> to);
}
