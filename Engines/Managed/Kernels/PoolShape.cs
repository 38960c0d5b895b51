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
}
