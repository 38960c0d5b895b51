using System.Globalization;
using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace ConvNets.Transforms;

/// <summary>A type that labels come in: how its values are ordered and written as text.</summary>
internal abstract class LabelType
{
    /// <summary>The type of a label column.</summary>
    /// <exception cref="ColumnException">Labels do not come in this type.</exception>
    public static LabelType Of(ColumnFacts column)
    {
        if (column is { Kind: VectorKind.Scalar, IsKey: false } && Of(column.ItemType) is { } type)
            return type;
        string hint = column.IsKey ? " A key column is ordered already: give it to the trainer as it is." : "";
        throw new ColumnException(column.Name, $"found {column}; expected a label: a number, a Boolean or a text.{hint}");
    }

    /// <summary>The classes of a label column.</summary>
    /// <param name="label">The column.</param>
    /// <param name="data">What the classes are learned from where neither names nor a number of them are given.</param>
    /// <param name="names">The classes' names, by which label i is class i; empty where there are none.</param>
    /// <param name="count">The number of classes, by which label i is class i; null where none is given.</param>
    public abstract LabelClasses Classes(DataViewSchema.Column label, IDataView data, IReadOnlyList<string> names, int? count);

    /// <summary>Some class, for what is promised before data are seen.</summary>
    public abstract LabelClasses AnyClass { get; }

    private static LabelType? Of(DataViewType type) => Type.GetTypeCode(type.RawType) switch
    {
        TypeCode.SByte => Number<sbyte>(type),
        TypeCode.Byte => Number<byte>(type),
        TypeCode.Int16 => Number<short>(type),
        TypeCode.UInt16 => Number<ushort>(type),
        TypeCode.Int32 => Number<int>(type),
        TypeCode.UInt32 => Number<uint>(type),
        TypeCode.Int64 => Number<long>(type),
        TypeCode.UInt64 => Number<ulong>(type),
        TypeCode.Single => Number<float>(type),
        TypeCode.Double => Number<double>(type),
        TypeCode.Boolean => new LabelType<bool>(type, false, index => index == 1, Comparer<bool>.Default, value => value ? "true" : "false", _ => false),
        _ => type is TextDataViewType ? new LabelType<string>(type, "", null, StringComparer.Ordinal, value => value, string.IsNullOrEmpty) : null,
    };

    private static LabelType<T> Number<T>(DataViewType type) where T : struct, INumber<T> =>
        new(type, T.Zero, T.CreateChecked, Comparer<T>.Default, value => value.ToString(null, CultureInfo.InvariantCulture), T.IsNaN);
}

/// <inheritdoc cref="LabelType"/>
/// <param name="type">The type in ML.NET's terms.</param>
/// <param name="any">Any label.</param>
/// <param name="ofIndex">The label of class i; null where labels are no numbers.</param>
/// <param name="order">The order of the labels.</param>
/// <param name="toText">What a class is called that has no name.</param>
/// <param name="isMissing">Whether a value stands for none.</param>
internal sealed class LabelType<T>(DataViewType type, T any, Func<int, T>? ofIndex, IComparer<T> order, Func<T, string> toText, Predicate<T> isMissing) : LabelType where T : notnull
{
    public override LabelClasses AnyClass => new LabelClasses<T>(type, [any], [""]);

    public override LabelClasses Classes(DataViewSchema.Column label, IDataView data, IReadOnlyList<string> names, int? count)
    {
        T[] values = names.Count > 0 || count is not null ? Indices(label.Name, names.Count > 0 ? names.Count : count!.Value) : Learn(data, label.Name);
        return new LabelClasses<T>(type, values, names.Count > 0 ? [.. names] : Array.ConvertAll(values, value => toText(value)));
    }

    private T[] Indices(string column, int count)
    {
        if (ofIndex is null)
            throw new ColumnException(column, $"found texts; the {count} classes that are asked for have no order among them. Leave the number of classes out: they are then learned.");
        if (typeof(T) == typeof(bool) && count != 2)
            throw new ColumnException(column, $"found Boolean, which has 2 classes; expected {count}.");
        T[] values = new T[count];
        for (int i = 0; i < count; i++)
            values[i] = ofIndex(i);
        return values;
    }

    private T[] Learn(IDataView data, string column)
    {
        T[] values = [.. data.GetColumn<T>(column).Where(value => !isMissing(value)).Distinct().Order(order)];
        return values.Length > 0 ? values : throw new ColumnException(column, "there are no labels to learn the classes from.");
    }
}
