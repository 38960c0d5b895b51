using Spectre.Console;

namespace ConvNets.Pipelines.Reports;

/// <summary>What is shown in colour. Apart from <see cref="Screen"/>, so that commands with redirected output do not load Spectre.Console.</summary>
internal static class Terminal
{
    public static void Heading(TextWriter output, string text) => Console(output).Write(new Rule($"[bold]{Markup.Escape(text)}[/]") { Justification = Justify.Left });

    /// <summary>A picture of half-blocks: a character shows two pixels, one above the other.</summary>
    public static void Picture(TextWriter output, ReadOnlySpan<byte> pixels, int height, int width)
    {
        var text = new Paragraph();
        for (int y = 0; y + 1 < height; y += 2)
        {
            for (int x = 0; x < width; x++)
                text.Append("▀", new Style(Pixel(pixels, y, x, width), Pixel(pixels, y + 1, x, width)));
            text.Append("\n");
        }
        Console(output).Write(text);
    }

    private static Color Pixel(ReadOnlySpan<byte> pixels, int y, int x, int width)
    {
        ReadOnlySpan<byte> rgb = pixels.Slice((y * width + x) * 3, 3);
        return new Color(rgb[0], rgb[1], rgb[2]);
    }

    // The screen has found out that this is a terminal; what it can show, Spectre finds out.
    private static IAnsiConsole Console(TextWriter output) => AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Out = new AnsiConsoleOutput(output) });
}
