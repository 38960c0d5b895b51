using System.Runtime.Intrinsics;
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

    private static Division<byte> DivideBytes(float divisor) => (from, to) =>
    {
        int i = 0;
        for (var by = Vector128.Create(divisor); i <= to.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            (Vector128<ushort> left, Vector128<ushort> right) = Vector128.Widen(Vector128.Create(from.Slice(i, Vector128<byte>.Count)));
            Span<float> quotients = to.Slice(i, Vector128<byte>.Count);
            (Convert(Vector128.WidenLower(left)) / by).CopyTo(quotients);
            (Convert(Vector128.WidenUpper(left)) / by).CopyTo(quotients[4..]);
            (Convert(Vector128.WidenLower(right)) / by).CopyTo(quotients[8..]);
            (Convert(Vector128.WidenUpper(right)) / by).CopyTo(quotients[12..]);
        }
        for (; i < to.Length; i++)
            to[i] = from[i] / divisor;
    };

    private static Vector128<float> Convert(Vector128<uint> values) => Vector128.ConvertToSingle(values.AsInt32());

    private static Division<float> DivideFloats(float divisor) => (from, to) =>
    {
        for (int i = 0; i < to.Length; i++)
            to[i] = from[i] / divisor;
    };

    private delegate void Division<T>(ReadOnlySpan<T> from, Span<float> to);
}
