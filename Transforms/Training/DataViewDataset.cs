using System.Runtime.InteropServices;
using ConvNets.Engines;
using ConvNets.ModelDefs;
using Microsoft.ML;

namespace ConvNets.Transforms;

/// <summary>
/// The rows of a view as a data set to train on. One cursor copies each row once into memory, and an epoch's order is a permutation of the rows there; so views
/// that cannot shuffle are shuffled too.
/// </summary>
internal sealed class DataViewDataset : Dataset
{
    private const int CacheLine = 64;

    // Floats that are left free in front of and behind the rows.
    private const int Spare = 5 * CacheLine / sizeof(float);

    private readonly Dataset _rows;

    /// <summary>Reads a view.</summary>
    /// <param name="data">The view.</param>
    /// <param name="featureColumnName">The column of pixels.</param>
    /// <param name="featureShape">The shape that the model takes them in.</param>
    /// <param name="labels">The column of labels, as the loss takes them.</param>
    /// <exception cref="ColumnException">A value cannot be trained on; the message names column and row.</exception>
    /// <exception cref="TrainingException">There are no rows, or more than memory holds.</exception>
    public DataViewDataset(IDataView data, string featureColumnName, TensorShape featureShape, LabelTargets labels)
    {
        DataViewSchema.Column feature = data.Schema[featureColumnName];
        DataViewSchema.Column label = data.Schema[labels.ColumnName];
        Memory<float> x = Allocate(Capacity(data.GetRowCount() ?? 256, featureShape.Size));
        float[] y = new float[x.Length / featureShape.Size * labels.Width];
        int rows = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor([feature, label]))
        {
            RowReader readFeatures = FeatureReader.Create(cursor, feature);
            RowReader readLabel = labels.CreateReader(cursor, label);
            for (; cursor.MoveNext(); rows++)
            {
                if ((rows + 1L) * featureShape.Size > x.Length)
                {
                    int capacity = Capacity(2L * (rows + 1), featureShape.Size);
                    Memory<float> larger = Allocate(capacity);
                    x.CopyTo(larger);
                    x = larger;
                    Array.Resize(ref y, capacity / featureShape.Size * labels.Width);
                }
                Span<float> features = x.Span.Slice(rows * featureShape.Size, featureShape.Size);
                if ((readFeatures(features) ?? NotFinite(features)) is { } badFeature)
                    throw new ColumnException(featureColumnName, badFeature, rows);
                if (readLabel(y.AsSpan(rows * labels.Width, labels.Width)) is { } badLabel)
                    throw new ColumnException(labels.ColumnName, badLabel, rows);
            }
        }
        if (rows == 0)
            throw new TrainingException($"There are no rows to read from columns \"{featureColumnName}\" and \"{labels.ColumnName}\".");
        _rows = FromTensors(new Tensor(x[..(rows * featureShape.Size)], featureShape), new Tensor(y.AsMemory(0, rows * labels.Width), [labels.Width]));
    }

    public override IReadOnlyList<TensorShape> InputShapes => _rows.InputShapes;

    public override IReadOnlyList<TensorShape> TargetShapes => _rows.TargetShapes;

    public override int? Count => _rows.Count;

    public override IBatchReader Read(Philox? shuffle) => _rows.Read(shuffle);

    private static int Capacity(long rows, int size) => rows * size <= Array.MaxLength - Spare
        ? (int)rows * size
        : throw new TrainingException($"{rows} rows of {size} values each do not fit in memory, which takes {(Array.MaxLength - Spare) / size}.");

    /// <summary>Memory that begins at a cache line and has some behind it, so that the engine reads batches where they lie.</summary>
    private static Memory<float> Allocate(int length)
    {
        float[] array = GC.AllocateUninitializedArray<float>(length + Spare, pinned: true);
        int first = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) & (CacheLine - 1)) / sizeof(float);
        return array.AsMemory(first, length);
    }

    private static string? NotFinite(ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                return $"found {values[i]} at place {i}; expected finite numbers. Leave the row out, or replace missing values (ReplaceMissingValues).";
        }
        return null;
    }
}
