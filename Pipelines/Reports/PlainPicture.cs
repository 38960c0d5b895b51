using System.Text;

namespace ConvNets.Pipelines.Reports;

/// <summary>A picture of characters, for where no colours can be shown: the darker a place, the denser its character.</summary>
internal static class PlainPicture
{
    private const string Darkness = "@%#*+=-:. ";

    // A character is about twice as high as wide.
    private const int Columns = 2, Rows = 4;

    /// <summary>Draws a character for every 2 × 4 pixels; the darkest and the brightest of them span the scale.</summary>
    /// <param name="pixels">RGB, (height, width, 3), row-major.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    public static string Draw(ReadOnlySpan<byte> pixels, int height, int width)
    {
        int rows = height / Rows, columns = width / Columns;
        var brightness = new int[rows * columns];
        for (int i = 0; i < brightness.Length; i++)
            brightness[i] = Brightness(pixels, i / columns * Rows, i % columns * Columns, width);
        int darkest = brightness.Min(), range = brightness.Max() - darkest + 1;

        var text = new StringBuilder();
        for (int row = 0; row < rows; row++)
        {
            foreach (int value in brightness.AsSpan(row * columns, columns))
                text.Append(Darkness[(value - darkest) * Darkness.Length / range]);
            text.AppendLine();
        }
        return text.ToString();
    }

    private static int Brightness(ReadOnlySpan<byte> pixels, int y, int x, int width)
    {
        int sum = 0;
        for (int row = y; row < y + Rows; row++)
        {
            foreach (byte value in pixels.Slice((row * width + x) * 3, Columns * 3))
                sum += value;
        }
        return sum / (Rows * Columns * 3);
    }
}
