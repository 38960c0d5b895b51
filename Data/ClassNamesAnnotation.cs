using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Data;

/// <summary>
/// The annotation by which a label column of whole numbers says what its classes are called: a vector of text whose place i is the
/// name of class i. ML.NET's own <c>KeyValues</c> belongs to key columns, which a label becomes only later.
/// </summary>
public static class ClassNamesAnnotation
{
    /// <summary>The annotation's name.</summary>
    public const string Kind = "ClassNames";

    /// <summary>The class names of a label column, in the labels' order; empty if it has none.</summary>
    /// <param name="label">A column of any type.</param>
    public static IReadOnlyList<string> Get(DataViewSchema.Column label)
    {
        if (label.Annotations.Schema.GetColumnOrNull(Kind)?.Type is not VectorDataViewType { ItemType: TextDataViewType })
            return [];
        VBuffer<ReadOnlyMemory<char>> names = default;
        label.Annotations.GetValue(Kind, ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    /// <summary>Annotations that hold class names; null for no names.</summary>
    internal static DataViewSchema.Annotations? Create(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return null;
        ReadOnlyMemory<char>[] values = [.. names.Select(name => name.AsMemory())];
        DataViewSchema.Annotations.Builder builder = new();
        builder.Add(
            Kind,
            new VectorDataViewType(TextDataViewType.Instance, values.Length),
            (ref VBuffer<ReadOnlyMemory<char>> destination) =>
            {
                VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref destination, values.Length);
                values.CopyTo(editor.Values);
                destination = editor.Commit();
            });
        return builder.ToAnnotations();
    }
}
