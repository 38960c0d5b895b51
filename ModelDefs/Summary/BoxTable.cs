using System.Text;

namespace ConvNets.ModelDefs;

/// <summary>On which side of its column a text stands.</summary>
internal enum Alignment
{
    Left,
    Center,
    Right,
}

/// <summary>A table drawn with boxes, as the Python package rich draws those of Keras 3: a cell's words are wrapped, and one that is longer than a line is cut off.</summary>
internal static class BoxTable
{
    /// <summary>The table as lines.</summary>
    /// <param name="width">Characters of a line.</param>
    /// <param name="columns">The columns' widths before the borders are taken off them.</param>
    /// <param name="alignments">Where each column's text stands.</param>
    /// <param name="header">The first row.</param>
    /// <param name="rows">The others.</param>
    public static string Render(int width, IReadOnlyList<int> columns, IReadOnlyList<Alignment> alignments, IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = Fit(width, columns);
        var table = new StringBuilder();
        void Line(string left, char bar, string between, string right) => table.Append(left).AppendJoin(between, widths.Select(w => new string(bar, w + 2))).Append(right).Append('\n');
        void Row(IReadOnlyList<string> cells, char border)
        {
            List<string>[] wrapped = [.. cells.Select((cell, i) => Wrap(cell, widths[i]))];
            for (int line = 0; line < wrapped.Max(w => w.Count); line++)
            {
                for (int i = 0; i < wrapped.Length; i++)
                    table.Append(border).Append(' ').Append(Align(line < wrapped[i].Count ? wrapped[i][line] : "", widths[i], alignments[i])).Append(' ');
                table.Append(border).Append('\n');
            }
        }
        Line("┏", '━', "┳", "┓");
        Row(header, '┃');
        Line("┡", '━', "╇", "┩");
        for (int i = 0; i < rows.Count; i++)
        {
            Row(rows[i], '│');
            if (i + 1 < rows.Count)
                Line("├", '─', "┼", "┤");
        }
        Line("└", '─', "┴", "┘");
        return table.ToString();
    }

    /// <summary>Takes from the columns, evenly, what the borders and a blank on either side of each text need.</summary>
    private static int[] Fit(int width, IReadOnlyList<int> columns)
    {
        int[] widths = [.. columns];
        int excess = widths.Sum() + 3 * widths.Length + 1 - width;
        for (int i = 0; i < widths.Length; i++)
        {
            // Halves go to the even number, as Python rounds.
            int part = (int)Math.Round((double)excess / (widths.Length - i), MidpointRounding.ToEven);
            widths[i] = Math.Max(1, widths[i] - part);
            excess -= part;
        }
        return widths;
    }

    private static List<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        int start = 0, column = 0;
        for (int at = 0; at < text.Length;)
        {
            // A word with the blanks on both its sides; those in front are there for the first only.
            int word = at, end;
            while (word < text.Length && text[word] == ' ')
                word++;
            for (end = word; end < text.Length && text[end] != ' ';)
                end++;
            int wordEnd = end;
            while (end < text.Length && text[end] == ' ')
                end++;
            if (width - column < wordEnd - at && at > start)
            {
                lines.Add(text[start..at]);
                (start, column) = (at, 0);
            }
            column += end - at;
            at = end;
        }
        lines.Add(text[start..]);
        return [.. lines.Select(line => line.TrimEnd()).Select(line => line.Length > width ? $"{line[..(width - 1)]}…" : line)];
    }

    private static string Align(string text, int width, Alignment alignment) => alignment switch
    {
        Alignment.Left => text.PadRight(width),
        Alignment.Right => text.PadLeft(width),
        _ => text.PadLeft(text.Length + (width - text.Length) / 2).PadRight(width),
    };
}
