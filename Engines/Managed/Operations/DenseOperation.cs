using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// A fully connected layer over the last axis: <c>y = x·W + b</c>, <c>dW = xᵀ·dy</c>, <c>db = Σ dy</c>, <c>dx = dy·Wᵀ</c>, each a <see cref="GemmKernel{V,S}"/> over blocks of
/// rows and panels of columns. With a single unit these are dot products and sums of vectors, and W is read where it lies.
/// </summary>
internal sealed unsafe class DenseOperation : Operation
{
    private const int BlockRows = 24;
    private const int BlockInputs = 240;
    private const int BlockColumns = 512;
    private const int DotInputs = 65_536;

    // Rows are split into pieces with sums of their own where the weights are few and the rows many: each piece has so many rows at least, and all sums together fit a cache.
    private const int LeastPieceRows = 1024;
    private const int MostRowPieces = 16;
    private const int MostSums = 16 * 1024;

    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly Parameters _parameters;
    private readonly Parameter _kernel;
    private readonly Parameter? _bias;
    private readonly int _inputs;
    private readonly int _units;
    private readonly Panels _panels;
    private readonly Panels _transposed;
    private readonly AlignedBuffer _packed;
    private readonly AlignedBuffer _zeros;
    private readonly AlignedBuffer? _packedTransposed;
    private readonly Action<int, int> _forwardPiece;
    private readonly Action<int, int> _kernelPiece;
    private readonly Action<int, int> _inputPiece;
    private readonly Action<int, int> _biasPiece;
    private readonly ChannelKernels _channels;
    private readonly int _capacity;
    private int _rows;
    private long _packedVersion = -1;

    public DenseOperation(PlanContext context, Dense layer, int inputs)
    {
        (_kernels, _team, _parameters, _inputs, _units) = (context.Kernels, context.Team, context.Parameters, inputs, layer.Units);
        _kernel = context.Find(layer, "kernel")!;
        _bias = context.Find(layer, "bias");
        _panels = new Panels(_kernels, inputs, _units);
        _transposed = new Panels(_kernels, _units, inputs);
        _packed = context.Own(new AlignedBuffer((_units == 1 ? 0 : _panels.Size) + _panels.PaddedColumns));
        _zeros = context.Own(new AlignedBuffer(64));
        _packedTransposed = context.Training && _units > 1 ? context.Own(new AlignedBuffer(_transposed.Size)) : null;
        (_channels, _capacity) = (_kernels.ForChannels(_units), context.Capacity);
        (_forwardPiece, _kernelPiece, _inputPiece, _biasPiece) = (ForwardPiece, KernelPiece, InputPiece, BiasPiece);
    }

    public override bool BackwardReadsInput => true;

    public override long WorkerScratchSize => Math.Max(BlockRows, BlockInputs) * 32;

    public override long ScratchSize => RowPieces(_capacity * RowsPerSample) * PieceSums;

    /// <summary>The rows of a piece of the forward pass; a single unit's are dot products, of which a few may be work enough.</summary>
    private int ForwardRows => _units > 1 ? BlockRows : Math.Clamp(DotInputs / _inputs, 1, BlockRows);

    private int RowsPerSample => Output.Shape.Size / _units;

    private float* PackedBias => _packed.Pointer + (_units == 1 ? 0 : _panels.Size);

    public override void Forward(int count)
    {
        if (_packedVersion != _parameters.Version)
            Pack();
        _rows = count * RowsPerSample;
        _team.Run(Blocks(_rows, ForwardRows) * _panels.All.Length, _forwardPiece);
    }

    public override void Backward(int count)
    {
        _rows = count * RowsPerSample;
        if (_kernel.Gradient != null)
            KernelGradient();
        if (_bias is { Gradient: not null })
            BiasGradient();
        if (!Inputs[0].NeedsGradient)
            return;
        if (_units > 1)
            _transposed.Pack(_kernel.Values, 1, _units, 0, _units, _packedTransposed!.Pointer);
        _team.Run(Blocks(_rows, BlockRows) * Blocks(_inputs, BlockColumns), _inputPiece);
    }

    private void ForwardPiece(int piece, int worker)
    {
        int block = piece / _panels.All.Length, first = block * ForwardRows, rows = Math.Min(ForwardRows, _rows - first);
        Panel panel = _panels.All[piece % _panels.All.Length];
        float* x = Inputs[0].Data + (long)first * _inputs, y = Output.Data + (long)first * _units + panel.Column;
        if (_units == 1)
        {
            for (int r = 0; r < rows; r++)
                y[r] = _kernels.Flat.Dot(x + (long)r * _inputs, _kernel.Values, _inputs) + *PackedBias;
            return;
        }
        TileShape tile = Tile(row: _inputs, inner: 1, count: _inputs, bRow: panel.Width);
        float* start = PackedBias + panel.Offset / _panels.Rows;
        Product(rows, tile, panel, x, _packed.Pointer + panel.Offset, start, y, _units, WorkerScratch(worker), accumulate: false);
    }

    private void KernelPiece(int piece, int worker)
    {
        float* x = Inputs[0].Data, dy = Output.Gradient;
        if (_units == 1)
        {
            // dWᵀ = dyᵀ·x: one row, whose columns are the inputs.
            int first = piece * BlockColumns;
            Columns(first, Math.Min(first + BlockColumns, _inputs), Tile(row: 0, inner: 1, count: _rows, bRow: _inputs), rows: 1, dy, x, _kernel.Gradient, 0, WorkerScratch(worker), accumulate: false);
            return;
        }
        (int block, int column) = Math.DivRem(piece, _panels.All.Length);
        (int rowPiece, block) = Math.DivRem(block, Blocks(_inputs, BlockInputs));
        (int row, int end) = Rows(rowPiece);
        Panel panel = _panels.All[column];
        int input = block * BlockInputs, inputs = Math.Min(BlockInputs, _inputs - input);
        float* to = (RowPieces(_rows) == 1 ? _kernel.Gradient : Scratch + rowPiece * PieceSums) + (long)input * _units + panel.Column;
        TileShape tile = Tile(row: 1, inner: _inputs, count: end - row, bRow: _units);
        Product(inputs, tile, panel, x + (long)row * _inputs + input, dy + (long)row * _units + panel.Column, _zeros.Pointer, to, _units, WorkerScratch(worker), accumulate: false);
    }

    private void InputPiece(int piece, int worker)
    {
        int columnBlocks = Blocks(_inputs, BlockColumns), first = piece / columnBlocks * BlockRows, column = piece % columnBlocks * BlockColumns;
        int rows = Math.Min(BlockRows, _rows - first), end = Math.Min(column + BlockColumns, _inputs);
        float* dy = Output.Gradient + (long)first * _units, dx = Inputs[0].Gradient + (long)first * _inputs;
        if (_units == 1)
        {
            Columns(column, end, Tile(row: 1, inner: 1, count: 1, bRow: 0), rows, dy, _kernel.Values, dx, _inputs, WorkerScratch(worker), Accumulates[0]);
            return;
        }
        foreach (Panel panel in _transposed.All)
        {
            if (panel.Column >= column && panel.Column < end)
                Product(rows, Tile(row: _units, inner: 1, count: _units, bRow: panel.Width), panel, dy, _packedTransposed!.Pointer + panel.Offset, _zeros.Pointer, dx + panel.Column, _inputs, WorkerScratch(worker), Accumulates[0]);
        }
    }

    /// <summary>A product whose B is not packed: some of its columns, panel by panel.</summary>
    private void Columns(int first, int end, in TileShape tile, int rows, float* a, float* b, float* c, nint cRow, float* scratch, bool accumulate)
    {
        for (int column = first; column < end;)
        {
            int width = _kernels.PanelWidth(end - column), used = Math.Min(width, end - column);
            Product(rows, tile, new Panel(column, width, used, 0), a, b + column, _zeros.Pointer, c + column, cRow, scratch, accumulate);
            column += used;
        }
    }

    private void Product(int rows, in TileShape tile, in Panel panel, float* a, float* b, float* start, float* c, nint cRow, float* scratch, bool accumulate)
    {
        if (panel.Used == panel.Width)
        {
            _kernels.Tile(panel.Width, rows, tile, a, b, accumulate ? c : start, accumulate ? cRow : 0, c, cRow);
            return;
        }
        _kernels.Tile(panel.Width, rows, tile, a, b, start, 0, scratch, panel.Width);
        for (int r = 0; r < rows; r++)
        {
            for (int i = 0; i < panel.Used; i++)
                c[r * cRow + i] = scratch[r * panel.Width + i] + (accumulate ? c[r * cRow + i] : 0);
        }
    }

    private void KernelGradient()
    {
        int pieces = RowPieces(_rows);
        _team.Run(_units == 1 ? Blocks(_inputs, BlockColumns) : pieces * Blocks(_inputs, BlockInputs) * _panels.All.Length, _kernelPiece);
        if (pieces == 1)
            return;
        new Span<float>(Scratch, _kernel.Size).CopyTo(new Span<float>(_kernel.Gradient, _kernel.Size));
        for (int piece = 1; piece < pieces; piece++)
            _kernels.Flat.Add(Scratch + piece * PieceSums, _kernel.Gradient, _kernel.Size);
    }

    private void BiasGradient()
    {
        int pieces = RowPieces(_rows);
        if (pieces > 1)
            _team.Run(pieces, _biasPiece);
        for (int u = 0; u < _units; u++)
        {
            double sum = 0;
            for (int piece = 0; piece < pieces && pieces > 1; piece++)
                sum += ((double*)(Scratch + piece * PieceSums))[u];
            for (int r = 0; r < _rows && pieces == 1; r++)
                sum += Output.Gradient[(long)r * _units + u];
            _bias!.Gradient[u] = (float)sum;
        }
    }

    private void BiasPiece(int piece, int worker)
    {
        (int row, int end) = Rows(piece);
        var sums = (double*)(Scratch + piece * PieceSums);
        new Span<double>(sums, _units).Clear();
        _channels.Sum(Output.Gradient + (long)row * _units, end - row, _units, sums);
    }

    /// <summary>A piece's sums: the weights', or, when those are added up, the bias's in double precision.</summary>
    private long PieceSums => (Math.Max((long)_inputs * _units, 2L * _units) + 15) / 16 * 16;

    private int RowPieces(int rows) => _units == 1 || PieceSums > MostSums ? 1 : Math.Clamp(rows / LeastPieceRows, 1, MostRowPieces);

    private (int First, int End) Rows(int piece)
    {
        int pieces = RowPieces(_rows);
        return ((int)((long)piece * _rows / pieces), (int)((piece + 1L) * _rows / pieces));
    }

    private void Pack()
    {
        if (_units > 1)
            _panels.Pack(_kernel.Values, _units, 1, 0, _inputs, _packed.Pointer);
        if (_bias is not null)
            new Span<float>(_bias.Values, _units).CopyTo(new Span<float>(PackedBias, _units));
        _packedVersion = _parameters.Version;
    }

    private static TileShape Tile(nint row, nint inner, int count, nint bRow) => new() { Row = row, Inner = inner, InnerCount = count, TapCount = 1, OuterCount = 1, BRow = bRow };

    private static int Blocks(int count, int size) => (count + size - 1) / size;
}
