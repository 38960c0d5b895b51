using System.Runtime.InteropServices;
using SkiaSharp;

namespace ConvNets.Data;

/// <summary>One image in a file: PNG, JPEG or BMP to RGB bytes, and RGB bytes to PNG.</summary>
public static class ImageFile
{
    private const int Channels = 3;

    /// <summary>An image larger than this is refused before it is decoded: a small file may claim any size.</summary>
    private const long MaxPixels = 1L << 28;

    private static readonly string[] ReadExtensions = [".png", ".jpg", ".jpeg", ".bmp"];

    /// <summary>Height and width in pixels, from the file's header; the pixels are not decoded.</summary>
    /// <param name="path">A PNG, JPEG or BMP file.</param>
    /// <exception cref="DatasetException">The file is missing or no such image.</exception>
    public static (int Height, int Width) Size(string path)
    {
        using SKCodec codec = Open(path);
        return (codec.Info.Height, codec.Info.Width);
    }

    /// <summary>Decodes an image.</summary>
    /// <param name="path">A PNG, JPEG or BMP file. Transparent parts are taken as black, and grey as three equal channels.</param>
    /// <param name="height">Height wanted; an image of another size is stretched or shrunk to it.</param>
    /// <param name="width">Width wanted.</param>
    /// <returns>
    /// (<paramref name="height"/>, <paramref name="width"/>, 3), row-major, RGB, 0 to 255; the file's own values if it has that size
    /// and no loss.
    /// </returns>
    /// <exception cref="DatasetException">The file is missing, damaged, cut off, or no such image.</exception>
    public static byte[] Load(string path, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        byte[] pixels = new byte[checked(height * width * Channels)];
        Load(path, height, width, pixels);
        return pixels;
    }

    /// <summary>Decodes an image to (<paramref name="height"/>, <paramref name="width"/>, 3) in a buffer of the caller.</summary>
    internal static void Load(string path, int height, int width, Span<byte> destination)
    {
        using SKCodec codec = Open(path);
        // Without a colour space, which leaves the values as they are in the file.
        SKImageInfo info = new(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        using SKBitmap decoded = new(info);
        SKCodecResult result = codec.GetPixels(info, decoded.GetPixels());
        if (result != SKCodecResult.Success)
            throw new DatasetException($"{path}: the image cannot be decoded ({Describe(result)}).");
        if (info.Width == width && info.Height == height)
        {
            CopyRgb(decoded, destination);
            return;
        }

        Resize(decoded, height, width, destination);
    }

    /// <summary>Stretches or shrinks RGB bytes as <see cref="Load(string, int, int)"/> does an image of another size.</summary>
    internal static void Resize(ReadOnlySpan<byte> pixels, int height, int width, int newHeight, int newWidth, Span<byte> destination)
    {
        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        byte[] rgba = ToRgba(pixels);
        Marshal.Copy(rgba, 0, bitmap.GetPixels(), rgba.Length);
        Resize(bitmap, newHeight, newWidth, destination);
    }

    /// <summary>Writes an image as PNG, without loss. The file appears whole or not at all.</summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="pixels">(<paramref name="height"/>, <paramref name="width"/>, 3), row-major, RGB.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    /// <exception cref="ArgumentException">The number of bytes is not height x width x 3.</exception>
    /// <exception cref="DatasetException">The file cannot be written.</exception>
    public static void SavePng(string path, ReadOnlySpan<byte> pixels, int height, int width)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (pixels.Length != (long)height * width * Channels)
            throw new ArgumentException($"Expected {height} x {width} x {Channels} bytes, found {pixels.Length}.", nameof(pixels));
        using SKImage image = SKImage.FromPixelCopy(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque), ToRgba(pixels));
        using SKData png = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        string temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew))
                png.SaveTo(stream);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path} cannot be written: {e.Message}", e);
        }
        finally
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
        }
    }

    /// <summary>Whether the file's name says that it is an image of a kind that is read.</summary>
    internal static bool HasImageExtension(string path) =>
        ReadExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static SKCodec Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path}: {e.Message}", e);
        }

        using SKData data = SKData.CreateCopy(bytes);
        SKCodec codec = SKCodec.Create(data)
            ?? throw new DatasetException($"{path}: expected a PNG, JPEG or BMP image, found {bytes.Length} bytes that are none.");
        if ((long)codec.Info.Width * codec.Info.Height is var pixels and > MaxPixels)
        {
            codec.Dispose();
            throw new DatasetException($"{path}: expected an image of at most {MaxPixels} pixels, found {pixels}.");
        }

        return codec;
    }

    private static byte[] ToRgba(ReadOnlySpan<byte> rgb)
    {
        byte[] rgba = new byte[rgb.Length / Channels * 4];
        for (int i = 0; i < rgba.Length / 4; i++)
        {
            rgb.Slice(i * Channels, Channels).CopyTo(rgba.AsSpan(i * 4));
            rgba[(i * 4) + 3] = byte.MaxValue;
        }

        return rgba;
    }

    private static void Resize(SKBitmap bitmap, int height, int width, Span<byte> destination)
    {
        using SKBitmap resized = bitmap.Resize(bitmap.Info.WithSize(width, height), SKFilterQuality.High)
            ?? throw new DatasetException(
                $"The image of {bitmap.Height} x {bitmap.Width} pixels cannot be resized to {height} x {width}.");
        CopyRgb(resized, destination);
    }

    private static void CopyRgb(SKBitmap bitmap, Span<byte> destination)
    {
        ReadOnlySpan<byte> rgba = bitmap.GetPixelSpan();
        for (int i = 0; i < destination.Length / Channels; i++)
            rgba.Slice(i * 4, Channels).CopyTo(destination[(i * Channels)..]);
    }

    private static string Describe(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "the file ends too early",
        SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput => "it is damaged",
        _ => result.ToString(),
    };
}
