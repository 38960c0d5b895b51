namespace ConvNets.Engines;

/// <summary>
/// How a matrix B is laid out for <see cref="GemmKernel{V,S}"/>: cut into panels of columns as wide as a kernel's vectors, each panel's rows behind each other, missing columns zero.
/// </summary>
internal sealed unsafe class Panels
{
    private readonly Panel[] _panels;

    public Panels(KernelSet kernels, int rows, int columns)
    {
        (Rows, Columns) = (rows, columns);
        var panels = new List<Panel>();
        for (int column = 0; column < columns;)
        {
            int width = kernels.PanelWidth(columns - column), used = Math.Min(width, columns - column);
            panels.Add(new Panel(column, width, used, Size));
            Size += (long)rows * width;
            PaddedColumns += width;
            column += used;
        }
        _panels = [.. panels];
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>The panels' widths together: the columns, and those added to fill vectors.</summary>
    public int PaddedColumns { get; }

    /// <summary>Floats that the packed matrix takes.</summary>
    public long Size { get; }

    public ReadOnlySpan<Panel> All => _panels;

    /// <summary>Packs some rows of the matrix.</summary>
    /// <param name="source">The value of the first of these rows in column 0.</param>
    /// <param name="rowStride">From one row to the next.</param>
    /// <param name="columnStride">From one column to the next.</param>
    /// <param name="firstRow">Which row of the matrix comes first.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="packed">The packed matrix.</param>
    public void Pack(float* source, nint rowStride, nint columnStride, int firstRow, int rows, float* packed)
    {
        foreach (Panel panel in _panels)
        {
            float* to = packed + panel.Offset + (long)firstRow * panel.Width;
            float* from = source + panel.Column * columnStride;
            for (int r = 0; r < rows; r++, to += panel.Width, from += rowStride)
            {
                if (columnStride == 1)
                {
                    new Span<float>(from, panel.Used).CopyTo(new Span<float>(to, panel.Used));
                }
                else
                {
                    for (int c = 0; c < panel.Used; c++)
                        to[c] = from[c * columnStride];
                }
                if (panel.Used < panel.Width)
                    new Span<float>(to + panel.Used, panel.Width - panel.Used).Clear();
            }
        }
    }
}

/// <summary>Some columns of a packed matrix.</summary>
/// <param name="Column">The first column.</param>
/// <param name="Width">Columns with those added to fill a vector.</param>
/// <param name="Used">Columns of the matrix.</param>
/// <param name="Offset">Where its first row is, from the packed matrix's start.</param>
internal readonly record struct Panel(int Column, int Width, int Used, long Offset);
