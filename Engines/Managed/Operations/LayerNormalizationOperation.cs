using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Normalizes each run of values, the last axes of a sample. The derivatives are those of <see cref="GroupNormalizationOperation"/>; with RMS scaling there is no mean.</summary>
internal sealed unsafe class LayerNormalizationOperation : PieceOperation
{
    private const int RunLength = 16 * 1024;

    // Each piece has sums of its own: so many at most, and so many columns of them are added at a time.
    private const int MostPieces = 64;
    private const int SumColumns = 1024;

    private readonly RowKernels _kernels;
    private readonly Parameter? _gamma;
    private readonly Parameter? _beta;
    private readonly AlignedBuffer _constants;
    private readonly int _width;
    private readonly int _rowsPerSample;
    private readonly int _pieceRows;
    private readonly long _capacity;
    private readonly float _epsilon;
    private readonly bool _rms;
    private readonly FlatKernels _flat;
    private readonly Action<int, int> _addSums;

    public LayerNormalizationOperation(PlanContext context, LayerNormalization layer, TensorShape shape, int width) : base(context)
    {
        _kernels = context.Kernels.Rows;
        (_width, _rowsPerSample, _epsilon, _rms) = (width, shape.Size / width, (float)layer.Epsilon, layer.RmsScaling);
        (_gamma, _beta) = (context.Find(layer, "gamma"), context.Find(layer, "beta"));
        _capacity = (long)context.Capacity * _rowsPerSample;
        _pieceRows = (int)Math.Max(Math.Max(1, RunLength / width), (_capacity + MostPieces - 1) / MostPieces);
        (_flat, _addSums) = (context.Kernels.Flat, AddSums);
        _constants = context.Own(new AlignedBuffer(2L * Stride));
        _constants.Span(width).Fill(1);
    }

    // Of each row: its mean and its inverse deviation.
    public override long StateSize => 2 * _capacity;

    public override long ScratchSize => (_capacity + _pieceRows - 1) / _pieceRows * 2 * Stride;

    public override bool BackwardReadsInput => true;

    protected override int Pieces => (int)((Rows + _pieceRows - 1) / _pieceRows);

    private long Rows => (long)Count * _rowsPerSample;

    private long Stride => (_width + 15L) / 16 * 16;

    private float* Gamma => _gamma is null ? _constants.Pointer : _gamma.Values;

    private float* Beta => _beta is null ? _constants.Pointer + Stride : _beta.Values;

    public override void Backward(int count)
    {
        base.Backward(count);
        if (!Inputs[0].NeedsGradient)
        {
            for (int piece = 0; piece < Pieces; piece++)
                BackwardPiece(piece, 0);
        }
        Run((int)((2 * Stride + SumColumns - 1) / SumColumns), _addSums);
        if (_gamma is { Gradient: not null })
            new Span<float>(Scratch, _width).CopyTo(new Span<float>(_gamma.Gradient, _width));
        if (_beta is { Gradient: not null })
            new Span<float>(Scratch + Stride, _width).CopyTo(new Span<float>(_beta.Gradient, _width));
    }

    /// <summary>Adds some columns of the pieces' sums to those of the first.</summary>
    private void AddSums(int piece, int worker)
    {
        long first = (long)piece * SumColumns, count = Math.Min(SumColumns, 2 * Stride - first);
        for (int other = 1; other < Pieces; other++)
            _flat.Add(Scratch + other * 2 * Stride + first, Scratch + first, count);
    }

    protected override void ForwardPiece(int piece, int worker)
    {
        long first = (long)piece * _pieceRows, end = Math.Min(first + _pieceRows, Rows);
        for (long row = first; row < end; row++)
            _kernels.Normalize(Inputs[0].Data + row * _width, Output.Data + row * _width, _width, Gamma, Beta, _epsilon, _rms, State + 2 * row);
    }

    protected override void BackwardPiece(int piece, int worker)
    {
        float* dgamma = Scratch + piece * 2 * Stride, dbeta = dgamma + Stride;
        new Span<float>(dgamma, (int)(2 * Stride)).Clear();
        long first = (long)piece * _pieceRows, end = Math.Min(first + _pieceRows, Rows);
        for (long row = first; row < end; row++)
        {
            float* dx = Inputs[0].NeedsGradient ? Inputs[0].Gradient + row * _width : null;
            _kernels.NormalizeGradient(Inputs[0].Data + row * _width, Output.Gradient + row * _width, dx, _width, Gamma, _rms, State + 2 * row, dgamma, dbeta, Accumulates[0]);
        }
    }
}
