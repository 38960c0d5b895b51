using System.Globalization;
using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace ConvNets.Transforms;

/// <summary>A type that labels come in: how its values are ordered, written as text, and mapped to keys by ML.NET's own transformer.</summary>
internal abstract class LabelType
{
    private static readonly Dictionary<DataViewType, LabelType> ByType = new()
    {
        [NumberDataViewType.SByte] = Number<sbyte>(),
        [NumberDataViewType.Byte] = Number<byte>(),
        [NumberDataViewType.Int16] = Number<short>(),
        [NumberDataViewType.UInt16] = Number<ushort>(),
        [NumberDataViewType.Int32] = Number<int>(),
        [NumberDataViewType.UInt32] = Number<uint>(),
        [NumberDataViewType.Int64] = Number<long>(),
        [NumberDataViewType.UInt64] = Number<ulong>(),
        [NumberDataViewType.Single] = Number<float>(),
        [NumberDataViewType.Double] = Number<double>(),
        [BooleanDataViewType.Instance] = new LabelType<bool>(false, index => index == 1, Comparer<bool>.Default, value => value ? "true" : "false", _ => false),
        [TextDataViewType.Instance] = new LabelType<string>("", null, StringComparer.Ordinal, value => value, string.IsNullOrEmpty),
    };

    /// <summary>The type of a label column.</summary>
    /// <exception cref="ColumnException">Labels do not come in this type.</exception>
    public static LabelType Of(ColumnFacts column)
    {
        if (column is { Kind: VectorKind.Scalar, IsKey: false } && ByType.TryGetValue(column.ItemType, out LabelType? type))
            return type;
        string hint = column.IsKey ? " A key column is ordered already: give it to the trainer as it is." : "";
        throw new ColumnException(column.Name, $"found {column}; expected a label: a number, a Boolean or a text.{hint}");
    }

    /// <summary>Maps the values of a column to keys in the order of the values.</summary>
    /// <param name="context">Where the estimator is made.</param>
    /// <param name="outputColumnName">The key column.</param>
    /// <param name="label">The label column.</param>
    /// <param name="data">What the values are learned from where neither names nor a number of classes are given.</param>
    /// <param name="names">The classes' names, by which label i is class i; empty where there are none.</param>
    /// <param name="classes">The number of classes, by which label i is class i; null where none is given.</param>
    public abstract IEstimator<ITransformer> MapToKey(MLContext context, string outputColumnName, DataViewSchema.Column label, IDataView data, IReadOnlyList<string> names, int? classes);

    /// <summary>An estimator that promises the same schema as <see cref="MapToKey"/>, before data are seen.</summary>
    public abstract IEstimator<ITransformer> Promise(MLContext context, string outputColumnName, string inputColumnName);

    private static LabelType<T> Number<T>() where T : struct, INumber<T> =>
        new(T.Zero, T.CreateChecked, Comparer<T>.Default, value => value.ToString(null, CultureInfo.InvariantCulture), T.IsNaN);
}

/// <inheritdoc cref="LabelType"/>
/// <param name="any">Any label.</param>
/// <param name="ofIndex">The label of class i; null where labels are no numbers.</param>
/// <param name="order">The order of the labels.</param>
/// <param name="toText">What a class is called that has no name.</param>
/// <param name="isMissing">Whether a value stands for none.</param>
internal sealed class LabelType<T>(T any, Func<int, T>? ofIndex, IComparer<T> order, Func<T, string> toText, Predicate<T> isMissing) : LabelType
{
    public override IEstimator<ITransformer> MapToKey(MLContext context, string outputColumnName, DataViewSchema.Column label, IDataView data, IReadOnlyList<string> names, int? classes)
    {
        T[] values = names.Count > 0 || classes is not null ? Indices(label.Name, names.Count > 0 ? names.Count : classes!.Value) : Learn(data, label.Name);
        IEnumerable<string> keys = names.Count > 0 ? names : values.Select(toText);
        return context.Transforms.Conversion.MapValue(outputColumnName, values.Zip(keys, KeyValuePair.Create).ToArray(), label.Name, treatValuesAsKeyType: true);
    }

    public override IEstimator<ITransformer> Promise(MLContext context, string outputColumnName, string inputColumnName) =>
        context.Transforms.Conversion.MapValue(outputColumnName, [KeyValuePair.Create(any, "")], inputColumnName, treatValuesAsKeyType: true);

    private T[] Indices(string column, int count)
    {
        if (ofIndex is null)
            throw new ColumnException(column, $"found texts; the {count} classes that are asked for have no order among them. Leave the number of classes out: they are then learned.");
        if (typeof(T) == typeof(bool) && count != 2)
            throw new ColumnException(column, $"found Boolean, which has 2 classes; expected {count}.");
        return [.. Enumerable.Range(0, count).Select(ofIndex)];
    }

    private T[] Learn(IDataView data, string column)
    {
        T[] values = [.. data.GetColumn<T>(column).Where(value => !isMissing(value)).Distinct().Order(order)];
        return values.Length > 0 ? values : throw new ColumnException(column, "there are no labels to learn the classes from.");
    }
}
