using Microsoft.ML;
using Microsoft.ML.Data;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace ConvNets.Transforms;

/// <summary>Labels of two classes: Boolean, a key of two values (the second is the positive class), or numbers that are 0 or 1.</summary>
internal sealed class BinaryTargets(string columnName, IReadOnlyList<string> classNames) : LabelTargets(columnName, width: 1, classNames)
{
    private const string Expected = "expected Boolean, a key of 2 values, or numbers that are 0 or 1";

    /// <summary>Throws unless a column can hold such labels.</summary>
    /// <exception cref="ColumnException">It cannot.</exception>
    public static ColumnFacts Require(ColumnFacts column) =>
        column.Kind == VectorKind.Scalar && (column.ItemType is BooleanDataViewType || (column.IsKey ? column.ItemType == NumberDataViewType.UInt32 : column.ItemType is NumberDataViewType))
            ? column
            : throw new ColumnException(column.Name, $"found {column}; {Expected}.");

    public override RowReader CreateReader(DataViewRow row, DataViewSchema.Column label)
    {
        CountClasses(label);
        if (label.Type is KeyDataViewType)
        {
            ValueGetter<uint> key = row.GetGetter<uint>(label);
            uint value = 0;
            return destination =>
            {
                key(ref value);
                destination[0] = value - 1f;
                return value == 0 ? $"the label is missing; {Expected}." : null;
            };
        }
        return label.Type.RawType switch
        {
            var type when type == typeof(bool) => Number<bool>(row, label, value => value ? 1 : 0),
            var type when type == typeof(float) => Number<float>(row, label, value => value),
            var type when type == typeof(double) => Number<double>(row, label, value => value),
            var type when type == typeof(long) => Number<long>(row, label, value => value),
            var type when type == typeof(ulong) => Number<ulong>(row, label, value => value),
            var type when type == typeof(int) => Number<int>(row, label, value => value),
            var type when type == typeof(uint) => Number<uint>(row, label, value => value),
            var type when type == typeof(short) => Number<short>(row, label, value => value),
            var type when type == typeof(ushort) => Number<ushort>(row, label, value => value),
            var type when type == typeof(sbyte) => Number<sbyte>(row, label, value => value),
            _ => Number<byte>(row, label, value => value),
        };
    }

    /// <summary>The number of classes of a label column: two.</summary>
    /// <exception cref="ColumnException">It has another number, or is no label.</exception>
    public static int CountClasses(DataViewSchema.Column label)
    {
        Require(ColumnFacts.Of(label));
        return label.Type is KeyDataViewType { Count: not 2 } key
            ? throw new ColumnException(label.Name, $"found a key of {key.Count} values; {Expected}. More classes are for MulticlassClassification.")
            : 2;
    }

    private static RowReader Number<T>(DataViewRow row, DataViewSchema.Column label, Func<T, double> convert) where T : struct
    {
        ValueGetter<T> getter = row.GetGetter<T>(label);
        T value = default;
        return destination =>
        {
            getter(ref value);
            double number = convert(value);
            destination[0] = (float)number;
            return number is 0 or 1 ? null : $"found the label {number}; {Expected}.";
        };
    }
}
