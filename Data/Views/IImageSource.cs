namespace ConvNets.Data.Views;

/// <summary>Labelled images of one size, wherever they are kept.</summary>
internal interface IImageSource
{
    int Height { get; }

    int Width { get; }

    int Channels { get; }

    /// <summary>A label for each image, in its order.</summary>
    long[] Labels { get; }

    /// <summary>Empty if the classes have no names.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>Whether an image takes so long to make that several threads should read, each one image after another.</summary>
    bool IsMadeOnReading { get; }

    /// <summary>Makes the images ready to be read, until the reader is disposed.</summary>
    IImageReader OpenReader();
}

/// <summary>Reads images; calls may come from several threads at once.</summary>
internal interface IImageReader : IDisposable
{
    /// <summary>
    /// Reads <paramref name="count"/> images from <paramref name="first"/> on, (count, height, width, channels), row-major.
    /// </summary>
    void Read(int first, int count, Span<byte> destination);
}
