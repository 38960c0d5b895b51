using ConvNets.Data.Views;

namespace ConvNets.Data;

/// <summary>The images of another source in another size.</summary>
internal sealed class ResizedImageSource : IImageSource
{
    private readonly IImageSource _source;

    private ResizedImageSource(IImageSource source, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (source.Channels != 3)
            throw new DatasetException($"Only images of 3 channels (RGB) are resized, found {source.Channels}.");
        (_source, Height, Width) = (source, height, width);
    }

    public int Height { get; }

    public int Width { get; }

    public int Channels => _source.Channels;

    public long[] Labels => _source.Labels;

    public IReadOnlyList<string> ClassNames => _source.ClassNames;

    /// <summary>The source itself where its images have the size already.</summary>
    /// <exception cref="DatasetException">They do not, and are not RGB.</exception>
    public static IImageSource Of(IImageSource source, int height, int width) =>
        source.Height == height && source.Width == width ? source : new ResizedImageSource(source, height, width);

    public bool IsMadeOnReading => true;

    public IImageReader OpenReader() => new Reader(this, _source.OpenReader());

    private sealed class Reader(ResizedImageSource images, IImageReader reader) : IImageReader
    {
        public void Read(int first, int count, Span<byte> destination)
        {
            IImageSource source = images._source;
            int size = images.Height * images.Width * images.Channels;
            byte[] image = new byte[source.Height * source.Width * source.Channels];
            for (int i = 0; i < count; i++)
            {
                reader.Read(first + i, 1, image);
                ImageFile.Resize(image, source.Height, source.Width, images.Height, images.Width, destination.Slice(i * size, size));
            }
        }

        public void Dispose() => reader.Dispose();
    }
}
