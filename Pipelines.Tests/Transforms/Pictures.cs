using ConvNets.Data;
using ConvNets.ModelDefs;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNets.Pipelines.Tests.Transforms;

/// <summary>Small noisy pictures, 16 × 16 × 3, whose class is the place of a bright square: easy to learn in a few epochs.</summary>
internal static class Pictures
{
    public const int Size = 16;

    /// <summary>Pictures with the columns <c>Image</c> and <c>Label</c> (Int64, with class names where they are given).</summary>
    public static IDataView Load(MLContext context, int count, int classes, string[]? names = null, long seed = 1)
    {
        var definition = SchemaDefinition.Create(typeof(Picture));
        if (names is not null)
            definition["Label"].AddAnnotation(ClassNamesAnnotation.Kind, new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names.Select(n => n.AsMemory())]), new VectorDataViewType(TextDataViewType.Instance, names.Length));
        return context.Data.LoadFromEnumerable(Draw(count, classes, seed), definition);
    }

    public static Picture[] Draw(int count, int classes, long seed = 1)
    {
        var random = new Philox(seed, stream: 7);
        Picture[] pictures = new Picture[count];
        for (int i = 0; i < count; i++)
        {
            // A multiplier that is coprime to the number of classes: every class occurs, not in order.
            int label = i * 7 % classes;
            byte[] image = new byte[Size * Size * 3];
            for (int p = 0; p < image.Length; p++)
            {
                bool bright = p / (3 * Size) / 8 == label / 2 % 2 && p / 3 % Size / 8 == label % 2;
                image[p] = (byte)((bright ? 150 : 30) + (90 * random.NextSingle()));
            }
            pictures[i] = new Picture { Image = image, Label = label };
        }
        return pictures;
    }
}

internal sealed class Picture
{
    [VectorType(Pictures.Size, Pictures.Size, 3)]
    public byte[] Image { get; set; } = [];

    public long Label { get; set; }
}

/// <summary>A picture without a label, as it is in use.</summary>
internal sealed class Unlabelled
{
    [VectorType(Pictures.Size, Pictures.Size, 3)]
    public byte[] Image { get; set; } = [];
}

internal sealed class MulticlassPrediction
{
    public float[] Score { get; set; } = [];

    public uint PredictedLabel { get; set; }
}

internal sealed class BinaryPrediction
{
    public float Score { get; set; }

    public float Probability { get; set; }

    public bool PredictedLabel { get; set; }
}
