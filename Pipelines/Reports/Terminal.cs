using Spectre.Console;

namespace ConvNets.Pipelines.Reports;

/// <summary>What is shown in colour. Apart from <see cref="Screen"/>, so that commands with redirected output do not load Spectre.Console.</summary>
internal static class Terminal
{
    public static void Heading(TextWriter output, string text) => Console(output).Write(new Rule($"[bold]{Markup.Escape(text)}[/]") { Justification = Justify.Left });

    /// <summary>A picture of half-blocks: a character shows two pixels, one above the other. Where the terminal is too narrow, only every second or so pixel is shown.</summary>
    public static void Picture(TextWriter output, ReadOnlySpan<byte> pixels, int height, int width)
    {
        IAnsiConsole console = Console(output);
        int step = (width + console.Profile.Width - 1) / console.Profile.Width;
        var text = new Paragraph();
        for (int y = 0; y + step < height; y += 2 * step)
        {
            for (int x = 0; x < width; x += step)
                text.Append("▀", new Style(Pixel(pixels, y, x, width), Pixel(pixels, y + step, x, width)));
            text.Append("\n");
        }
        console.Write(text);
    }

    private static Color Pixel(ReadOnlySpan<byte> pixels, int y, int x, int width)
    {
        ReadOnlySpan<byte> rgb = pixels.Slice((y * width + x) * 3, 3);
        return new Color(rgb[0], rgb[1], rgb[2]);
    }

    // The screen has found out that this is a terminal; what it can show, Spectre finds out.
    private static IAnsiConsole Console(TextWriter output) => AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Out = new AnsiConsoleOutput(output) });
}
