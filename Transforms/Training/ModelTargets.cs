using ConvNets.ModelDefs;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>A column as the targets of a model of any kind: vectors as they are, numbers and Booleans as one value, keys as class numbers from 0, or one-hot where the loss takes those.</summary>
internal sealed class ModelTargets : LabelTargets
{
    private readonly TensorShape _shape;

    /// <param name="column">The column.</param>
    /// <param name="shape">The shape of one target that the loss takes.</param>
    /// <exception cref="ColumnException">The column cannot be such a target.</exception>
    public ModelTargets(DataViewSchema.Column column, TensorShape shape) : base(column.Name, shape.Size, Names(column))
    {
        _shape = shape;
        ColumnFacts facts = ColumnFacts.Of(column);
        bool fits = column.Type switch
        {
            KeyDataViewType key => facts.ItemType == NumberDataViewType.UInt32 && (Width == 1 || (ulong)Width == key.Count),
            VectorDataViewType vector => facts.IsPixels && vector.Size == Width,
            _ => Width == 1 && column.Type is BooleanDataViewType or NumberDataViewType,
        };
        if (!fits)
            throw new ColumnException(column.Name, $"found {facts}{(column.Type is VectorDataViewType { Size: > 0 } v ? $" ({v.Size} values)" : "")}; the loss takes targets of shape {shape}.");
    }

    public override RowReader CreateReader(DataViewRow row, DataViewSchema.Column label) => label.Type switch
    {
        KeyDataViewType => Key(row, label),
        VectorDataViewType => FeatureReader.Create(row, label),
        BooleanDataViewType => Number<bool>(row, label, value => value ? 1 : 0),
        var type when type.RawType == typeof(float) => Number<float>(row, label, value => value),
        var type when type.RawType == typeof(double) => Number<double>(row, label, value => (float)value),
        var type when type.RawType == typeof(long) => Number<long>(row, label, value => value),
        var type when type.RawType == typeof(ulong) => Number<ulong>(row, label, value => value),
        var type when type.RawType == typeof(int) => Number<int>(row, label, value => value),
        var type when type.RawType == typeof(uint) => Number<uint>(row, label, value => value),
        var type when type.RawType == typeof(short) => Number<short>(row, label, value => value),
        var type when type.RawType == typeof(ushort) => Number<ushort>(row, label, value => value),
        var type when type.RawType == typeof(sbyte) => Number<sbyte>(row, label, value => value),
        _ => Number<byte>(row, label, value => value),
    };

    private RowReader Key(DataViewRow row, DataViewSchema.Column label)
    {
        ValueGetter<uint> getter = row.GetGetter<uint>(label);
        uint key = 0;
        return destination =>
        {
            getter(ref key);
            if (key == 0)
                return MissingKey;
            if (Width == 1)
            {
                destination[0] = key - 1;
                return null;
            }
            destination.Clear();
            destination[(int)key - 1] = 1;
            return null;
        };
    }

    private RowReader Number<T>(DataViewRow row, DataViewSchema.Column label, Func<T, float> convert) where T : struct
    {
        ValueGetter<T> getter = row.GetGetter<T>(label);
        T value = default;
        return destination =>
        {
            getter(ref value);
            destination[0] = convert(value);
            return float.IsFinite(destination[0]) ? null : $"found {destination[0]}; expected a finite number as the target of shape {_shape}.";
        };
    }
}
