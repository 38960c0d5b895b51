namespace ConvNets.Engines;

/// <summary>
/// The derivatives of a convolution's filters and bias where max-pooling follows: of each window one pixel has a derivative, so <c>dw[·, f] = Σ patch(pixel)·dy[pixel, f]</c> over those
/// alone. Sums are kept filter by filter, each kernel row filled up to whole vectors.
/// </summary>
internal sealed unsafe class SparseKernelGradient
{
    private const int Vector = 16;
    private const int MostPieces = 32;

    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly WindowShape _s;
    private readonly PoolShape _pool;
    private readonly Parameter _kernel;
    private readonly Parameter? _bias;
    private readonly int _pieces;
    private readonly int _run;
    private readonly int _padded;
    private readonly Action<int, int> _piece;
    private int _count;
    private float* _x;
    private float* _dy;
    private float* _taps;
    private float* _sums;
    private ScratchOf _scratch = null!;

    public SparseKernelGradient(PlanContext context, WindowShape shape, PoolShape pool, Parameter kernel, Parameter? bias)
    {
        (_kernels, _team, _s, _pool, _kernel, _bias, _piece) = (context.Kernels, context.Team, shape, pool, kernel, bias, Piece);
        _pieces = Math.Clamp(context.Capacity, 4, MostPieces);
        _run = shape.KernelWidth * shape.Channels;
        _padded = (_run + Vector - 1) / Vector * Vector;
    }

    // The last kernel row of the last pixel is read up to a whole vector.
    public long WorkerScratchSize => _s.Image.CopySize(_s.InputRows(_s.OutputHeight)) + Vector;

    public long ScratchSize => _pieces * PieceSize;

    private long FilterSize => (long)_s.KernelHeight * _padded;

    // Each filter's sums, and a vector's worth for its bias.
    private long PieceSize => _s.OutputChannels * (FilterSize + Vector);

    public void Run(int count, float* x, float* dy, float* taps, float* sums, ScratchOf scratch)
    {
        _count = count;
        _x = x;
        _dy = dy;
        _taps = taps;
        _sums = sums;
        _scratch = scratch;
        _team.Run(_pieces, _piece);
        Sum();
    }

    private void Piece(int piece, int worker)
    {
        float* sums = _sums + piece * PieceSize;
        new Span<float>(sums, (int)PieceSize).Clear();
        int first = (int)((long)piece * _count / _pieces), end = (int)((piece + 1L) * _count / _pieces);
        for (int image = first; image < end; image++)
            Image(image, sums, _scratch(worker));
    }

    private void Image(int image, float* sums, float* scratch)
    {
        float* x = _x + (long)image * _s.Height * _s.Width * _s.Channels;
        float* padded = _s.Image.Rows(x, -_s.Top, _s.InputRows(_s.OutputHeight), scratch, out nint rowStride);
        long at = (long)image * _pool.OutputHeight * _pool.OutputWidth * _pool.Channels;
        for (int row = 0; row < _pool.OutputHeight; row++)
        {
            for (int column = 0; column < _pool.OutputWidth; column++)
            {
                for (int f = 0; f < _pool.Channels; f++, at++)
                {
                    float d = _dy[at];
                    if (d == 0)
                        continue;
                    (int i, int j) = _pool.Pixel(row, column, (int)_taps[at]);
                    float* patch = padded + i * _s.StrideHeight * rowStride + (nint)j * _s.StrideWidth * _s.Channels, filter = sums + f * (FilterSize + Vector);
                    for (int u = 0; u < _s.KernelHeight; u++)
                        _kernels.Flat.AddScaled(patch + u * rowStride, d, filter + u * _padded, _padded);
                    filter[FilterSize] += d;
                }
            }
        }
    }

    private void Sum()
    {
        for (int f = 0; f < _s.OutputChannels; f++)
        {
            float* filter = _sums + f * (FilterSize + Vector);
            for (int piece = 1; piece < _pieces; piece++)
                _kernels.Flat.Add(filter + piece * PieceSize, filter, FilterSize + Vector);
            for (int u = 0; u < _s.KernelHeight; u++)
            {
                for (int k = 0; k < _run; k++)
                    _kernel.Gradient[(u * _run + k) * _s.OutputChannels + f] = filter[u * _padded + k];
            }
            if (_bias is { Gradient: not null })
                _bias.Gradient[f] = filter[FilterSize];
        }
    }
}
