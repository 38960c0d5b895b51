using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ConvNets.Engines;
using ConvNets.ModelDefs;
using Microsoft.ML;

namespace ConvNets.Transforms;

/// <summary>A column of features, and the shape that a model takes them in.</summary>
internal sealed record FeatureColumn(string Name, TensorShape Shape);

/// <summary>The rows of a view as samples: features, labels and weights of some columns. A cursor copies each row once.</summary>
/// <param name="data">The view.</param>
/// <param name="features">A column of pixels for each of the model's inputs.</param>
/// <param name="labels">A column of labels for each output that has a loss, as the loss takes them.</param>
/// <param name="weight">The column of what each row counts; null for 1.</param>
internal sealed class ViewRows(IDataView data, IReadOnlyList<FeatureColumn> features, IReadOnlyList<LabelTargets> labels, string? weight)
{
    private const int FirstRows = 256;
    private const int CacheLine = 64;

    // Floats that are left free in front of and behind the rows.
    private const int Spare = 5 * CacheLine / sizeof(float);

    public IReadOnlyList<TensorShape> InputShapes { get; } = [.. features.Select(feature => feature.Shape)];

    public IReadOnlyList<TensorShape> TargetShapes { get; } = [.. labels.Select(label => new TensorShape(label.Width))];

    /// <summary>The number of rows, where the view knows it.</summary>
    public int? Count => data.GetRowCount() is long count and <= int.MaxValue ? (int)count : null;

    /// <summary>Goes through the view once.</summary>
    /// <param name="most">The most rows of one batch.</param>
    /// <param name="order">What shuffles the rows, as far as the view can; null for its own order.</param>
    /// <exception cref="ColumnException">A value cannot be trained on; the message names column and row.</exception>
    public IEnumerable<Samples> Read(int most, Random? order)
    {
        List<DataViewSchema.Column> columns = [.. features.Select(f => data.Schema[f.Name]), .. labels.Select(l => data.Schema[l.ColumnName])];
        if (weight is not null)
            columns.Add(RequireWeight(data.Schema, weight));
        using DataViewRowCursor cursor = data.GetRowCursor(columns, data.CanShuffle ? order : null);
        RowReader[] readers =
        [
            .. features.Select(f => FeatureReader.Create(cursor, data.Schema[f.Name])), .. labels.Select(l => l.CreateReader(cursor, data.Schema[l.ColumnName])),
            .. weight is null ? Array.Empty<RowReader>() : [WeightReader(cursor, data.Schema[weight])],
        ];
        int[] sizes = [.. features.Select(f => f.Shape.Size), .. labels.Select(l => l.Width), .. weight is null ? Array.Empty<int>() : [1]];
        for (long first = 0; ;)
        {
            Memory<float>[] values = [.. sizes.Select(size => Allocate(Capacity(Math.Min(most, Count ?? FirstRows), size)))];
            int rows = 0;
            for (; rows < most && cursor.MoveNext(); rows++)
            {
                for (int i = 0; i < readers.Length; i++)
                {
                    if ((rows + 1L) * sizes[i] > values[i].Length)
                    {
                        Memory<float> larger = Allocate(Capacity(2L * (rows + 1), sizes[i]));
                        values[i].CopyTo(larger);
                        values[i] = larger;
                    }
                    Span<float> value = values[i].Span.Slice(rows * sizes[i], sizes[i]);
                    if ((readers[i](value) ?? (i < features.Count ? NotFinite(value) : null)) is { } problem)
                        throw new ColumnException(columns[i].Name, problem, first + rows);
                }
            }
            if (rows == 0)
                yield break;
            Tensor Part(int column, TensorShape shape) => new(values[column][..(rows * sizes[column])], shape);
            yield return new Samples([.. InputShapes.Select((shape, i) => Part(i, shape))], [.. TargetShapes.Select((shape, i) => Part(features.Count + i, shape))],
                weight is null ? null : values[^1].Span[..rows].ToArray());
            first += rows;
        }
    }

    /// <summary>The column of weights.</summary>
    /// <exception cref="ColumnException">It is absent or of another type.</exception>
    public static DataViewSchema.Column RequireWeight(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = ColumnFacts.Find(schema, name);
        ColumnFacts.Of(column).RequireWeight();
        return column;
    }

    private static RowReader WeightReader(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<float> getter = row.GetGetter<float>(column);
        float value = 0;
        return destination =>
        {
            getter(ref value);
            destination[0] = value;
            return value is >= 0 and < float.PositiveInfinity ? null : $"found the weight {value}; expected a finite number that is not negative.";
        };
    }

    private static int Capacity(long rows, int size) => rows * size <= Array.MaxLength - Spare
        ? (int)rows * size
        : throw new TrainingException($"{rows} rows of {size} values each do not fit in memory, which takes {(Array.MaxLength - Spare) / size}. Read them anew in each epoch (InMemory = false).");

    /// <summary>Memory that begins at a cache line and has some behind it, so that the engine reads batches where they lie.</summary>
    private static Memory<float> Allocate(int length)
    {
        float[] array = GC.AllocateUninitializedArray<float>(length + Spare, pinned: true);
        int first = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) & (CacheLine - 1)) / sizeof(float);
        return array.AsMemory(first, length);
    }

    private static string? NotFinite(ReadOnlySpan<float> values)
    {
        // Zero times what is finite is zero; times anything else it is not a number.
        Vector128<float> sum = default, other = default;
        int i = 0;
        for (; i <= values.Length - 2 * Vector128<float>.Count; i += 2 * Vector128<float>.Count)
        {
            sum += Vector128.Create(values.Slice(i, Vector128<float>.Count)) * 0;
            other += Vector128.Create(values.Slice(i + Vector128<float>.Count, Vector128<float>.Count)) * 0;
        }
        for (i = sum + other == default ? i : 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                return $"found {values[i]} at place {i}; expected finite numbers. Leave the row out, or replace missing values (ReplaceMissingValues).";
        }
        return null;
    }
}
