namespace ConvNets.Engines;

/// <summary>The windows of a pool on one image.</summary>
internal readonly record struct PoolShape(int Height, int Width, int Channels, int OutputHeight, int OutputWidth, int WindowHeight, int WindowWidth, int StrideHeight, int StrideWidth, int Top, int Left)
{
    /// <summary>The pixel of a window's tap.</summary>
    /// <param name="row">The window's row.</param>
    /// <param name="column">Its column.</param>
    /// <param name="tap">The tap's number, row by row.</param>
    public (int Row, int Column) Pixel(int row, int column, int tap) =>
        (row * StrideHeight - Top + tap / WindowWidth, column * StrideWidth - Left + tap % WindowWidth);

    /// <summary>Writes the derivatives of one image's windows to the pixels that were their greatest. Windows do not overlap, and the image is cleared.</summary>
    public unsafe void Scatter(float* dy, float* taps, float* dx)
    {
        for (int row = 0; row < OutputHeight; row++)
        {
            for (int column = 0; column < OutputWidth; column++)
            {
                for (int c = 0; c < Channels; c++, dy++, taps++)
                {
                    (int i, int j) = Pixel(row, column, (int)*taps);
                    dx[((long)i * Width + j) * Channels + c] = *dy;
                }
            }
        }
    }
}
