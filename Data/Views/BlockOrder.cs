namespace ConvNets.Data.Views;

/// <summary>The order in which rows are gone through, cut into blocks that cursors share out among themselves.</summary>
internal sealed class BlockOrder
{
    private readonly int[]? _rows;
    private readonly int _rowsPerBlock;

    /// <param name="rowCount">Number of rows.</param>
    /// <param name="rowsPerBlock">Rows of a block; the last one may be shorter.</param>
    /// <param name="random">Draws a random order of all rows; null keeps the source's.</param>
    public BlockOrder(int rowCount, int rowsPerBlock, Random? random)
    {
        RowCount = rowCount;
        _rowsPerBlock = rowsPerBlock;
        if (random is null)
            return;
        _rows = new int[rowCount];
        for (int i = 0; i < rowCount; i++)
            _rows[i] = i;
        random.Shuffle(_rows);
    }

    public int RowCount { get; }

    public int BlockCount => ((RowCount - 1) / _rowsPerBlock) + 1;

    /// <summary>Whether the rows of a block lie one after another in the source.</summary>
    public bool IsSequential => _rows is null;

    /// <summary>First place of a block, and the place after its last.</summary>
    public (int First, int End) Block(int block)
    {
        int first = block * _rowsPerBlock;
        return (first, Math.Min(first + _rowsPerBlock, RowCount));
    }

    /// <summary>The source's row at a place of the order.</summary>
    public int Row(int place) => _rows is null ? place : _rows[place];
}
