using ConvNets.Data.Views;

namespace ConvNets.Data;

/// <summary>Images in an array.</summary>
internal sealed class MemoryImageSource(ImageDataset images) : IImageSource, IImageReader
{
    public int Height => images.Height;

    public int Width => images.Width;

    public int Channels => images.Channels;

    public long[] Labels => images.Labels;

    public IReadOnlyList<string> ClassNames => images.ClassNames;

    public bool IsMadeOnReading => false;

    public IImageReader OpenReader() => this;

    public void Read(int first, int count, Span<byte> destination) =>
        images.Images.AsSpan(first * images.ImageSize, count * images.ImageSize).CopyTo(destination);

    public void Dispose()
    {
        // The array stays with its owner.
    }
}
