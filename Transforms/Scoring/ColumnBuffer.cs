using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>The values of a column in the rows that a cursor has read ahead.</summary>
internal abstract class ColumnBuffer
{
    /// <summary>The getter of the value in the current row.</summary>
    public abstract Delegate Getter { get; }

    /// <summary>Keeps the value of the row that the input is at.</summary>
    public abstract void Read(int slot);

    /// <summary>Makes a buffer.</summary>
    /// <param name="input">The cursor that reads ahead.</param>
    /// <param name="column">Its column.</param>
    /// <param name="capacity">How many rows are read ahead.</param>
    /// <param name="current">Which of them is the current one.</param>
    public static ColumnBuffer Create(DataViewRow input, DataViewSchema.Column column, int capacity, Func<int> current)
    {
        Type type = column.Type is VectorDataViewType vector
            ? typeof(VectorBuffer<>).MakeGenericType(vector.ItemType.RawType)
            : typeof(ScalarBuffer<>).MakeGenericType(column.Type.RawType);
        return (ColumnBuffer)Activator.CreateInstance(type, input, column, capacity, current)!;
    }

    private sealed class ScalarBuffer<T>(DataViewRow input, DataViewSchema.Column column, int capacity, Func<int> current) : ColumnBuffer
    {
        private readonly ValueGetter<T> _input = input.GetGetter<T>(column);
        private readonly T[] _values = new T[capacity];

        public override Delegate Getter => (ValueGetter<T>)((ref T value) => value = _values[current()]);

        public override void Read(int slot) => _input(ref _values[slot]);
    }

    private sealed class VectorBuffer<T>(DataViewRow input, DataViewSchema.Column column, int capacity, Func<int> current) : ColumnBuffer
    {
        private readonly ValueGetter<VBuffer<T>> _input = input.GetGetter<VBuffer<T>>(column);
        private readonly VBuffer<T>[] _values = new VBuffer<T>[capacity];

        public override Delegate Getter => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[current()].CopyTo(ref value));

        public override void Read(int slot) => _input(ref _values[slot]);
    }
}
