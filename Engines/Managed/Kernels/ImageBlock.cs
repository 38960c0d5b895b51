namespace ConvNets.Engines;

/// <summary>
/// The pixels that a block of output rows of a convolution reads, with the border's zeros. Floats where no border is met are read where they lie, else from a copy.
/// </summary>
/// <param name="height">The image's rows.</param>
/// <param name="width">The image's columns.</param>
/// <param name="channels">The image's channels.</param>
/// <param name="left">Columns of zeros before the image; negative to leave columns out.</param>
/// <param name="paddedWidth">Columns that are read.</param>
internal readonly unsafe struct ImageBlock(int height, int width, int channels, int left, int paddedWidth)
{
    /// <summary>Whether a row's columns all lie in the image.</summary>
    private bool ColumnsInside => left <= 0 && paddedWidth - left <= width;

    /// <summary>Floats of a copy of so many rows.</summary>
    public long CopySize(int rows) => (long)rows * paddedWidth * channels;

    /// <summary>Asks for some rows of an image that will be read soon, to come from memory meanwhile.</summary>
    public void Prefetch(float* image, int first, int rows)
    {
        int size = width * channels, from = Math.Clamp(first, 0, height), end = Math.Clamp(first + rows, 0, height);
        new Pixels(image).From((long)from * size).Prefetch((end - from) * size);
    }

    /// <summary>As <see cref="Rows(Pixels, int, int, float*, out nint)"/> of floats.</summary>
    public float* Rows(float* image, int first, int rows, float* copy, out nint rowStride) => Rows(new Pixels(image), first, rows, copy, out rowStride);

    /// <summary>Gives rows <paramref name="first"/> … <paramref name="first"/> + <paramref name="rows"/> − 1 of the image; rows outside it are zeros.</summary>
    /// <param name="image">The image's first value.</param>
    /// <param name="first">The first row, which may lie outside.</param>
    /// <param name="rows">How many.</param>
    /// <param name="copy">Memory of <see cref="CopySize"/> floats.</param>
    /// <param name="rowStride">From one row to the next in what is returned.</param>
    public float* Rows(Pixels image, int first, int rows, float* copy, out nint rowStride)
    {
        nint imageRow = (nint)width * channels;
        if (image.Floats != null && ColumnsInside && first >= 0 && first + rows <= height)
        {
            rowStride = imageRow;
            return image.Floats + first * imageRow - left * channels;
        }
        rowStride = (nint)paddedWidth * channels;
        int from = Math.Max(0, -left), count = Math.Min(width, paddedWidth - left) - from, before = left + from;
        for (int r = 0; r < rows; r++)
        {
            var row = new Span<float>(copy + r * rowStride, (int)rowStride);
            int y = first + r;
            if (y < 0 || y >= height || count <= 0)
            {
                row.Clear();
                continue;
            }
            row[..(before * channels)].Clear();
            image.From(y * imageRow + from * channels).CopyTo(row.Slice(before * channels, count * channels));
            row[((before + count) * channels)..].Clear();
        }
        return copy;
    }
}
