using Microsoft.ML;
using Microsoft.ML.Data;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace ConvNets.Transforms;

/// <summary>Labels of several classes: a key, or a one-hot vector (or any vector of probabilities).</summary>
internal sealed class MulticlassTargets : LabelTargets
{
    private const string Hint = "LabelToKey and LabelToOneHot make one of a label";

    // A sum of probabilities that were rounded to float.
    private const float SumTolerance = 1e-3f;

    private readonly int _classes;

    /// <summary>Labels of a column.</summary>
    /// <param name="columnName">The column.</param>
    /// <param name="classes">The number of the network's classes.</param>
    /// <param name="classNames">Their names; empty where they have none.</param>
    /// <param name="classNumbers">Whether the loss takes class numbers instead of one-hot vectors.</param>
    public MulticlassTargets(string columnName, int classes, IReadOnlyList<string> classNames, bool classNumbers) : base(columnName, classNumbers ? 1 : classes, classNames) =>
        _classes = classes;

    /// <summary>Throws unless a column can hold such labels.</summary>
    /// <exception cref="ColumnException">It cannot.</exception>
    public static ColumnFacts Require(ColumnFacts column)
    {
        bool key = column is { Kind: VectorKind.Scalar, IsKey: true } && column.ItemType == NumberDataViewType.UInt32;
        bool oneHot = column is { Kind: VectorKind.Vector, IsKey: false } && column.ItemType == NumberDataViewType.Single;
        return key || oneHot ? column : throw new ColumnException(column.Name, $"found {column}; expected a key or a one-hot vector of Single of known size. {Hint}.");
    }

    /// <summary>The number of classes of a label column.</summary>
    /// <exception cref="ColumnException">It has fewer than two, or is no label.</exception>
    public static int CountClasses(DataViewSchema.Column label)
    {
        Require(ColumnFacts.Of(label));
        ulong classes = label.Type is KeyDataViewType key ? key.Count : (ulong)((VectorDataViewType)label.Type).Size;
        return classes is >= 2 and <= int.MaxValue ? (int)classes : throw new ColumnException(label.Name, $"found {classes} classes; expected at least 2.");
    }

    public override RowReader CreateReader(DataViewRow row, DataViewSchema.Column label)
    {
        int found = CountClasses(label);
        IReadOnlyList<string> names = Names(label);
        int[]? places = Places(names);
        bool key = label.Type is KeyDataViewType;
        if (found > _classes || (!key && found < _classes))
            throw new ColumnException(label.Name, $"found {found} classes; the network has {_classes}.");
        if (!key && places is not null)
            throw new ColumnException(label.Name, $"found the classes {string.Join(", ", names)}; the network has {string.Join(", ", ClassNames)}.");
        return key ? Key(row, label, places) : OneHot(row, label);
    }

    /// <summary>The network's class for each of a column's; null where they are the same. A key column of other data need not know all classes.</summary>
    private int[]? Places(IReadOnlyList<string> names)
    {
        if (names.Count == 0 || ClassNames.Count == 0 || names.SequenceEqual(ClassNames, StringComparer.Ordinal))
            return null;
        List<string> known = [.. ClassNames];
        return [.. names.Select(name => known.IndexOf(name) is >= 0 and int place
            ? place
            : throw new ColumnException(ColumnName, $"found the class \"{name}\"; the network knows {string.Join(", ", ClassNames)}."))];
    }

    private RowReader Key(DataViewRow row, DataViewSchema.Column label, int[]? places)
    {
        ValueGetter<uint> getter = row.GetGetter<uint>(label);
        uint key = 0;
        return destination =>
        {
            getter(ref key);
            if (key == 0)
                return MissingKey;
            int index = places is null ? (int)key - 1 : places[key - 1];
            if (Width == 1)
            {
                destination[0] = index;
                return null;
            }
            destination.Clear();
            destination[index] = 1;
            return null;
        };
    }

    private RowReader OneHot(DataViewRow row, DataViewSchema.Column label)
    {
        RowReader read = FeatureReader.Create(row, label);
        float[] values = new float[_classes];
        return destination =>
        {
            read(values);
            float sum = values.Sum();
            if (!(MathF.Abs(sum - 1) <= SumTolerance) || values.Min() < 0)
                return $"found [{string.Join(", ", values)}]; expected a one-hot vector, or probabilities that sum to 1.";
            if (Width == 1)
                destination[0] = values.IndexOf(values.Max());
            else
                values.CopyTo(destination);
            return null;
        };
    }
}
