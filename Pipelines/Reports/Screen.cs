namespace ConvNets.Pipelines.Reports;

/// <summary>Where a command shows its work: with colours on a terminal, as plain text elsewhere.</summary>
/// <param name="output">Where the text goes.</param>
/// <param name="isTerminal">Whether it goes to a terminal; found out when null.</param>
internal sealed class Screen(TextWriter output, bool? isTerminal = null)
{
    private readonly bool _isTerminal = isTerminal ?? (ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected);

    /// <summary>The plain writer below.</summary>
    public TextWriter Output => output;

    /// <summary>Shows a line of text.</summary>
    public void Line(string text = "") => output.WriteLine(text);

    /// <summary>Shows the title of what follows.</summary>
    public void Heading(string text)
    {
        if (_isTerminal)
        {
            Terminal.Heading(output, text);
            return;
        }
        Line();
        Line(text);
        Line(new string('-', text.Length));
    }

    /// <summary>Shows a picture.</summary>
    /// <param name="pixels">RGB, (height, width, 3), row-major.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    public void Picture(ReadOnlySpan<byte> pixels, int height, int width)
    {
        if (_isTerminal)
            Terminal.Picture(output, pixels, height, width);
        else
            output.Write(PlainPicture.Draw(pixels, height, width));
    }
}
