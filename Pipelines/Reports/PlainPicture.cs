using System.Text;

namespace ConvNets.Pipelines.Reports;

/// <summary>A picture of characters, for where no colours can be shown: the darker a place, the denser its character.</summary>
internal static class PlainPicture
{
    private const string Darkness = "@%#*+=-:. ";

    // A character is about twice as high as wide.
    private const int Columns = 2, Rows = 4;

    /// <summary>Draws a character for every 2 × 4 pixels.</summary>
    /// <param name="pixels">RGB, (height, width, 3), row-major.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    public static string Draw(ReadOnlySpan<byte> pixels, int height, int width)
    {
        var text = new StringBuilder();
        for (int y = 0; y + Rows <= height; y += Rows)
        {
            for (int x = 0; x + Columns <= width; x += Columns)
                text.Append(Darkness[Brightness(pixels, y, x, width) * Darkness.Length / 256]);
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
