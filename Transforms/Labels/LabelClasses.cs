using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>The classes that labels stand for, in their order.</summary>
internal abstract class LabelClasses
{
    /// <summary>Maps labels to keys: class i to key i + 1, a label that is none of the classes to the missing key.</summary>
    public abstract ColumnMapping MapToKey(string outputColumnName, string inputColumnName);

    /// <summary>Does the same with ML.NET's own transformer, which a saved model consists of. It writes the classes as a file in memory before it maps, which takes its time.</summary>
    public abstract IEstimator<ITransformer> MapToKeyByStock(MLContext context, string outputColumnName, string inputColumnName);
}

/// <inheritdoc cref="LabelClasses"/>
/// <param name="type">The labels' type.</param>
/// <param name="labels">The label of each class.</param>
/// <param name="names">What each class is called.</param>
internal sealed class LabelClasses<T>(DataViewType type, T[] labels, string[] names) : LabelClasses where T : notnull
{
    public override ColumnMapping MapToKey(string outputColumnName, string inputColumnName)
    {
        var keys = new Dictionary<T, uint>(labels.Length);
        foreach (T label in labels)
            keys.Add(label, (uint)keys.Count + 1);
        var output = new DataViewSchema.DetachedColumn(outputColumnName, new KeyDataViewType(typeof(uint), labels.Length), KeyValuesAnnotation.Create(names));
        return new ColumnMapping(inputColumnName, type, output, (row, column) => keys is Dictionary<string, uint> texts ? OfText(row, column, texts) : OfValue(row, column, keys));
    }

    public override IEstimator<ITransformer> MapToKeyByStock(MLContext context, string outputColumnName, string inputColumnName) =>
        context.Transforms.Conversion.MapValue(outputColumnName, labels.Zip(names, KeyValuePair.Create).ToArray(), inputColumnName, treatValuesAsKeyType: true);

    private static ValueGetter<uint> OfValue(DataViewRow row, DataViewSchema.Column column, Dictionary<T, uint> keys)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T label = default!;
        return (ref uint key) =>
        {
            getter(ref label);
            key = keys.GetValueOrDefault(label);
        };
    }

    private static ValueGetter<uint> OfText(DataViewRow row, DataViewSchema.Column column, Dictionary<string, uint> keys)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        var byText = keys.GetAlternateLookup<ReadOnlySpan<char>>();
        ReadOnlyMemory<char> label = default;
        return (ref uint key) =>
        {
            getter(ref label);
            byText.TryGetValue(label.Span, out key);
        };
    }
}
