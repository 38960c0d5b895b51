using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Transforms;

/// <summary>ML.NET's annotation by which a key column says what its keys stand for.</summary>
internal static class KeyValuesAnnotation
{
    /// <summary>Annotations by which keys stand for texts.</summary>
    public static DataViewSchema.Annotations Create(IReadOnlyList<string> texts)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add<VBuffer<ReadOnlyMemory<char>>>("KeyValues", new VectorDataViewType(TextDataViewType.Instance, texts.Count),
            (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(texts.Count, [.. texts.Select(text => text.AsMemory())]));
        return annotations.ToAnnotations();
    }
}
