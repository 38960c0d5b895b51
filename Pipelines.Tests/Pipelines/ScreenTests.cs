using ConvNets.Pipelines.Reports;

namespace ConvNets.Pipelines.Tests.Pipelines;

[TestClass]
public sealed class ScreenTests
{
    // Black on the left, white on the right.
    private static readonly byte[] Pixels = [.. Enumerable.Range(0, 64 * 64 * 3).Select(i => (byte)(i / 3 % 64 < 32 ? 0 : 255))];

    [TestMethod]
    public void ATerminalShowsTwoPixelsInACharacter()
    {
        using var output = new StringWriter();

        new Screen(output, isTerminal: true).Picture(Pixels, 64, 64);

        Assert.AreEqual(64 * 32, output.ToString().Count(c => c == '▀'));
        Assert.AreEqual(32, output.ToString().Trim().Split('\n').Length);
    }

    [TestMethod]
    public void PlainTextShowsDarknessByCharacters()
    {
        using var output = new StringWriter();

        new Screen(output, isTerminal: false).Picture(Pixels, 64, 64);

        string[] lines = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.HasCount(16, lines);
        foreach (string line in lines)
            Assert.AreEqual(new string('@', 16) + new string(' ', 16), line);
    }

    [TestMethod]
    public void PlainTextHasNoEscapes()
    {
        using var output = new StringWriter();
        var screen = new Screen(output);

        screen.Heading("Title");
        screen.Picture(Pixels, 64, 64);

        Assert.DoesNotContain("\u001b", output.ToString());
        Assert.Contains($"Title{Environment.NewLine}-----{Environment.NewLine}", output.ToString());
    }
}
