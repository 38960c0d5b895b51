using Microsoft.ML.Data;
using SkiaSharp;

namespace ConvNets.Transforms;

/// <summary>Images as the bytes of a JPEG file, which the pretrained networks' decoder takes.</summary>
internal static class EncodedImage
{
    private const int Quality = 100;

    /// <summary>Encodes an image.</summary>
    /// <param name="pixels">Its values, (height, width, 3), RGB.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public static VBuffer<byte> Of(in VBuffer<byte> pixels, int width, int height)
    {
        byte[] values = [.. pixels.DenseValues()];
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (int i = 0; i < width * height; i++)
            bitmap.SetPixel(i % width, i / width, new SKColor(values[3 * i], values[3 * i + 1], values[3 * i + 2]));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        byte[] bytes = data.ToArray();
        return new VBuffer<byte>(bytes.Length, bytes);
    }
}
