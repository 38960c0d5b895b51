using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// A fully connected layer over the last axis: <c>y = x·W + b</c>, <c>dW = xᵀ·dy</c>, <c>db = Σ dy</c>, <c>dx = dy·Wᵀ</c>, each a <see cref="GemmKernel{V,S}"/> over blocks of
/// rows, of columns a panel wide, and of what is summed over, so that the panel's part of the matrix stays in the first cache. With a single unit these are dot products and sums of vectors.
/// </summary>
internal sealed unsafe class DenseOperation : Operation
{
    private const int BlockRows = 24;
    private const int BlockInputs = 240;
    private const int BlockColumns = 512;
    private const int DotInputs = 131_072;

    // Rows of B that are read again for each few rows of A: with the widest panel 32 KB.
    private const int BlockInner = 256;

    // Rows of a piece where x or W is rearranged first, which is to be worth it.
    private const int InputRows = 480;
    private const int SplitRows = 2048;
    private const int MostSplits = 16;
    private const int WidestPanel = 32;

    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly Parameter _kernel;
    private readonly Parameter? _bias;
    private readonly int _inputs;
    private readonly int _units;
    private readonly int _capacity;
    private readonly Panels _panels;
    private readonly AlignedBuffer _start;
    private readonly AlignedBuffer _zeros;
    private readonly AlignedBuffer _biasSums;
    private readonly Action<int, int> _forwardPiece;
    private readonly Action<int, int> _kernelPiece;
    private readonly Action<int, int> _inputPiece;
    private int _rows;
    private int _splits;

    public DenseOperation(PlanContext context, Dense layer, int inputs)
    {
        (_kernels, _team, _inputs, _units, _capacity) = (context.Kernels, context.Team, inputs, layer.Units, context.Capacity);
        _kernel = context.Find(layer, "kernel")!;
        _bias = context.Find(layer, "bias");
        _panels = new Panels(_kernels, inputs, _units);
        _start = context.Own(new AlignedBuffer(_panels.PaddedColumns));
        _zeros = context.Own(new AlignedBuffer(64));
        _biasSums = context.Own(new AlignedBuffer(2L * _units));
        (_forwardPiece, _kernelPiece, _inputPiece) = (ForwardPiece, KernelPiece, InputPiece);
    }

    public override bool BackwardReadsInput => true;

    public override long WorkerScratchSize => Math.Max(Math.Max(BlockRows, BlockInputs), InputRows) * WidestPanel + Math.Max(BlockInner * BlockInputs, _units * WidestPanel);

    // The parts of the kernel's gradient, where the rows are split.
    public override long ScratchSize => Splits(_capacity * RowsPerSample) is > 1 and var splits ? (long)splits * _kernel.Size : 0;

    /// <summary>The rows of a piece of the forward pass; a single unit's are dot products, of which a few may be work enough.</summary>
    private int ForwardRows => _units > 1 ? BlockRows : Math.Clamp(DotInputs / _inputs, 1, BlockRows);

    private int RowsPerSample => Output.Shape.Size / _units;

    public override void Forward(int count)
    {
        _rows = count * RowsPerSample;
        if (_bias is not null)
            new Span<float>(_bias.Values, _units).CopyTo(new Span<float>(_start.Pointer, _units));
        _team.Run(Blocks(_rows, ForwardRows) * _panels.All.Length, _forwardPiece);
    }

    public override void Backward(int count)
    {
        _rows = count * RowsPerSample;
        _splits = Splits(_rows);
        if (_kernel.Gradient != null)
        {
            _team.Run(_units == 1 ? Blocks(_inputs, BlockColumns) : Blocks(_inputs, BlockInputs) * _panels.All.Length * _splits, _kernelPiece);
            if (_splits > 1)
            {
                new Span<float>(_kernel.Gradient, _kernel.Size).Clear();
                for (int split = 0; split < _splits; split++)
                    _kernels.Flat.Add(Scratch + (long)split * _kernel.Size, _kernel.Gradient, _kernel.Size);
            }
        }
        if (_bias is { Gradient: not null })
            BiasGradient();
        if (Inputs[0].NeedsGradient)
            _team.Run(Blocks(_rows, _units == 1 ? BlockRows : InputRows) * Blocks(_inputs, BlockColumns), _inputPiece);
    }

    private void ForwardPiece(int piece, int worker)
    {
        int block = piece / _panels.All.Length, first = block * ForwardRows, rows = Math.Min(ForwardRows, _rows - first);
        Panel panel = _panels.All[piece % _panels.All.Length];
        float* x = Inputs[0].Data + (long)first * _inputs, y = Output.Data + (long)first * _units + panel.Column;
        if (_units == 1)
        {
            DotKernel.Run(x, _inputs, rows, _kernel.Values, _inputs, y);
            for (int r = 0; r < rows; r++)
                y[r] += *_start.Pointer;
            return;
        }
        Product(rows, Tile(row: _inputs, inner: 1, count: _inputs, bRow: _units), panel, x, _kernel.Values + panel.Column, _start.Pointer + panel.Column, y, _units, WorkerScratch(worker), accumulate: false);
    }

    private void KernelPiece(int piece, int worker)
    {
        float* x = Inputs[0].Data, dy = Output.Gradient, scratch = WorkerScratch(worker);
        if (_units == 1)
        {
            // dWᵀ = dyᵀ·x: one row, whose columns are the inputs.
            int first = piece * BlockColumns;
            Columns(first, Math.Min(first + BlockColumns, _inputs), Tile(row: 0, inner: 1, count: _rows, bRow: _inputs), rows: 1, dy, x, _kernel.Gradient, 0, scratch, accumulate: false);
            return;
        }
        int perSplit = Blocks(_inputs, BlockInputs) * _panels.All.Length, split = piece / perSplit;
        Panel panel = _panels.All[piece % _panels.All.Length];
        int input = piece % perSplit / _panels.All.Length * BlockInputs, inputs = Math.Min(BlockInputs, _inputs - input);
        float* gradient = (_splits > 1 ? Scratch + (long)split * _kernel.Size : _kernel.Gradient) + (long)input * _units + panel.Column;
        int firstRow = (int)((long)_rows * split / _splits), endRow = (int)((long)_rows * (split + 1) / _splits);

        // The block's values of x beside each other: rows far apart would fall on the same lines of the caches.
        float* block = scratch + Math.Max(Math.Max(BlockRows, BlockInputs), InputRows) * WidestPanel;
        for (int row = firstRow; row < endRow; row += BlockInner)
        {
            int rows = Math.Min(BlockInner, endRow - row);
            for (int r = 0; r < rows; r++)
                new ReadOnlySpan<float>(x + (long)(row + r) * _inputs + input, inputs).CopyTo(new Span<float>(block + r * BlockInputs, inputs));
            Product(inputs, Tile(row: 1, inner: BlockInputs, count: rows, bRow: _units), panel, block, dy + (long)row * _units + panel.Column, _zeros.Pointer, gradient, _units, scratch, accumulate: row > firstRow);
        }
    }

    private void InputPiece(int piece, int worker)
    {
        int blockRows = _units == 1 ? BlockRows : InputRows, columnBlocks = Blocks(_inputs, BlockColumns), first = piece / columnBlocks * blockRows, column = piece % columnBlocks * BlockColumns;
        int rows = Math.Min(blockRows, _rows - first), end = Math.Min(column + BlockColumns, _inputs);
        float* dy = Output.Gradient + (long)first * _units, dx = Inputs[0].Gradient + (long)first * _inputs, scratch = WorkerScratch(worker);
        if (_units == 1)
        {
            Columns(column, end, Tile(row: 1, inner: 1, count: 1, bRow: 0), rows, dy, _kernel.Values, dx, _inputs, scratch, Accumulates[0]);
            return;
        }
        float* transposed = scratch + Math.Max(Math.Max(BlockRows, BlockInputs), InputRows) * WidestPanel;
        while (column < end)
        {
            int width = _kernels.PanelWidth(end - column), used = Math.Min(width, end - column);
            for (int c = 0; c < used; c++)
            {
                float* from = _kernel.Values + (long)(column + c) * _units;
                for (int u = 0; u < _units; u++)
                    transposed[u * width + c] = from[u];
            }
            Product(rows, Tile(row: _units, inner: 1, count: _units, bRow: width), new Panel(column, width, used, 0), dy, transposed, _zeros.Pointer, dx + column, _inputs, scratch, Accumulates[0]);
            column += used;
        }
    }

    /// <summary>Some columns of a product, panel by panel.</summary>
    private void Columns(int first, int end, in TileShape tile, int rows, float* a, float* b, float* c, nint cRow, float* scratch, bool accumulate)
    {
        for (int column = first; column < end;)
        {
            int width = _kernels.PanelWidth(end - column), used = Math.Min(width, end - column);
            Product(rows, tile, new Panel(column, width, used, 0), a, b + column, _zeros.Pointer, c + column, cRow, scratch, accumulate);
            column += used;
        }
    }

    /// <summary>
    /// A product one panel wide, summed block by block. What lies behind a panel that is not full is read and thrown away: values of the next row, or those that every buffer has behind its end.
    /// </summary>
    private void Product(int rows, in TileShape tile, in Panel panel, float* a, float* b, float* start, float* c, nint cRow, float* scratch, bool accumulate)
    {
        bool full = panel.Used == panel.Width;
        float* to = full ? c : scratch, from = full && accumulate ? c : start;
        nint toRow = full ? cRow : panel.Width, fromRow = full && accumulate ? cRow : 0;
        for (int k = 0; k < tile.InnerCount; k += BlockInner)
        {
            _kernels.Tile(panel.Width, rows, tile with { InnerCount = Math.Min(BlockInner, tile.InnerCount - k) }, a + k * tile.Inner, b + k * tile.BRow, from, fromRow, to, toRow);
            from = to;
            fromRow = toRow;
        }
        for (int r = 0; r < rows && !full; r++)
        {
            for (int i = 0; i < panel.Used; i++)
                c[r * cRow + i] = scratch[r * panel.Width + i] + (accumulate ? c[r * cRow + i] : 0);
        }
    }

    private void BiasGradient()
    {
        var sums = (double*)_biasSums.Pointer;
        new Span<double>(sums, _units).Clear();
        _kernels.ForChannels(_units).Sum(Output.Gradient, _rows, _units, sums);
        for (int u = 0; u < _units; u++)
            _bias!.Gradient[u] = (float)sums[u];
    }

    /// <summary>In how many parts the rows are summed for the kernel's gradient: several where many rows meet few weights.</summary>
    private int Splits(int rows) => _units > 1 && Blocks(_inputs, BlockInputs) * _panels.All.Length < MostSplits ? Math.Clamp(rows / SplitRows, 1, MostSplits) : 1;

    private static TileShape Tile(nint row, nint inner, int count, nint bRow) => new() { Row = row, Inner = inner, InnerCount = count, TapCount = 1, OuterCount = 1, BRow = bRow };

    private static int Blocks(int count, int size) => (count + size - 1) / size;
}
