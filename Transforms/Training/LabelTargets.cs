using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>A label column as a network's targets.</summary>
internal abstract class LabelTargets
{
    /// <summary>What is wrong with a row whose key is the missing one.</summary>
    protected const string MissingKey = "the label is missing, or none of the classes. Leave the row out (FilterRowsByMissingValues).";

    private protected LabelTargets(string columnName, int width, IReadOnlyList<string> classNames) => (ColumnName, Width, ClassNames) = (columnName, width, classNames);

    /// <summary>The label column.</summary>
    public string ColumnName { get; }

    /// <summary>The values of one target.</summary>
    public int Width { get; }

    /// <summary>The classes' names; empty where they have none.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Makes a reader of a row's target.</summary>
    /// <param name="row">The row, or the cursor that moves over rows.</param>
    /// <param name="label">The column of this name in the row's schema, which need not be that of the training data.</param>
    /// <exception cref="ColumnException">The column's type is no such label, or has other classes.</exception>
    public abstract RowReader CreateReader(DataViewRow row, DataViewSchema.Column label);

    /// <summary>The classes' names: the texts that keys stand for, or that a vector's slots bear; empty where there are none, or others than texts.</summary>
    public static IReadOnlyList<string> Names(DataViewSchema.Column label)
    {
        string annotation = label.Type is KeyDataViewType ? "KeyValues" : "SlotNames";
        if (label.Annotations.Schema.GetColumnOrNull(annotation)?.Type is not VectorDataViewType { ItemType: TextDataViewType, Size: > 0 })
            return [];
        VBuffer<ReadOnlyMemory<char>> texts = default;
        label.Annotations.GetValue(annotation, ref texts);
        return [.. texts.DenseValues().Select(text => text.ToString())];
    }
}
