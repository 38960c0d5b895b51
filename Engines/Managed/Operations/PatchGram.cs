namespace ConvNets.Engines;

/// <summary>
/// What a convolution's patches are among themselves, over a batch: their sums <c>S[k] = Σ patch[k]</c> and their Gram matrix <c>G[k, k'] = Σ patch[k]·patch[k']</c> with
/// k = (u, v, c), over all images and positions.
/// </summary>
/// <remarks>
/// With z = W·patch + b the convolved pixels, <c>Σ patch·(z − mean) = G·W + (b − mean)·S</c>: so a batch normalization's dense derivative reaches the filters without the convolved
/// image. G does not take the 2·Depth² operations a pixel that its definition says. Two of its entries whose taps lie equally far apart are sums of the same products,
/// <c>x[r − l, n]·x[r, n + m]</c> with the lag l = u' − u in rows and the shift m in floats of a row, but for the image's border: the window's position takes away some of its
/// first and last rows and columns. So the products are summed once for each lag and shift, <see cref="CorrelationKernel{V,S}"/>, with the sums of each border row, and of each
/// lane of border columns, kept apart; an entry of G adds up those that belong to it. For a 7×7×3 kernel that is a seventh of the forward pass.
/// Nothing is remembered between batches: a cache of each image's G would save this too, but takes 43 KB an image and must see that an image is the same, where augmentation makes
/// it another one each time.
/// </remarks>
internal sealed unsafe class PatchGram
{
    // Of the kernel.
    private const int Lags = 7;
    private const int ShiftsAtOnce = 3;

    private readonly KernelSet _kernels;
    private readonly WorkerTeam _team;
    private readonly WindowShape _s;
    private readonly int _run;
    private readonly int _depth;
    private readonly int _vector;
    private readonly int _rowFloats;
    private readonly nint _rowStep;
    private readonly nint _imageStep;
    private readonly (int First, int End)[] _segments;
    private readonly (int First, int Count, int Step)[] _groups;
    private readonly int _borders;
    private readonly int[] _channelOf;
    private readonly int[][] _borderLanes;
    private readonly AlignedBuffer _images;
    private readonly AlignedBuffer _gram;
    private readonly AlignedBuffer _sums;
    private readonly Action<int, int> _copy;
    private readonly Action<int, int> _piece;
    private int _count;
    private float* _x;
    private ScratchOf _scratch = null!;

    public PatchGram(PlanContext context, WindowShape shape)
    {
        (_kernels, _team, _s, _copy, _piece) = (context.Kernels, context.Team, shape, Copy, Piece);
        (_run, _depth, _vector, _rowFloats) = (shape.KernelWidth * shape.Channels, shape.Depth, context.Kernels.VectorWidth, shape.Width * shape.Channels);

        // Zeros between the rows, into which shifts may reach, and above each image, into which lags may.
        _rowStep = Whole(_rowFloats) + Whole(_run + _vector);
        _imageStep = (shape.Height + Lags - 1) * _rowStep;
        _images = context.Own(new AlignedBuffer(Whole(_run + _vector) + context.Capacity * _imageStep));
        _gram = context.Own(new AlignedBuffer((long)_depth * _depth));
        _sums = context.Own(new AlignedBuffer(_depth));

        // Rows that all of the kernel's rows see, in one segment; each border row in one of its own.
        int first = Math.Min(Math.Max(0, shape.KernelHeight - 1 - shape.Top), shape.Height), end = Math.Max(first, Math.Min(shape.Height, shape.OutputHeight - shape.Top));
        IEnumerable<(int, int)> core = first < end ? [(first, end)] : [];
        _segments = [.. Enumerable.Range(0, first).Select(r => (r, r + 1)), .. core, .. Enumerable.Range(end, shape.Height - end).Select(r => (r, r + 1))];

        // Vectors of a row likewise: between the borders those whose lanes are the same channels go together.
        int vectors = (_rowFloats + _vector - 1) / _vector, left = Math.Min(vectors, (Math.Max(0, _run - 1 - shape.Left * shape.Channels) + _vector - 1) / _vector);
        int right = Math.Max(left, Math.Min(vectors, (shape.OutputWidth - shape.Left) * shape.Channels / _vector));
        int phases = 1;
        while (phases * _vector % shape.Channels != 0)
            phases++;
        phases = Math.Min(phases, right - left);
        _borders = left + vectors - right;
        _groups =
        [
            .. Enumerable.Range(0, left).Select(q => (q, 1, 1)), .. Enumerable.Range(right, vectors - right).Select(q => (q, 1, 1)),
            .. Enumerable.Range(0, phases).Select(p => (left + p, (right - left - p + phases - 1) / phases, phases)),
        ];
        int Place(int lane) => _groups[lane / _vector].First * _vector + lane % _vector;
        _channelOf = [.. Enumerable.Range(0, LaneStep).Select(lane => Place(lane) % shape.Channels)];
        _borderLanes = [.. Enumerable.Range(0, _run).Select(k => Enumerable.Range(0, _borders * _vector).Where(lane => Sees(k, Place(lane))).ToArray())];
    }

    /// <summary>Whether this is cheaper than to go through the convolved images once more, for a kernel on its every pixel.</summary>
    public static bool Pays(WindowShape shape) => shape is { StrideHeight: 1, StrideWidth: 1, DilationHeight: 1, DilationWidth: 1, Groups: 1, KernelHeight: <= Lags, Top: >= 0, Left: >= 0 }
        && 4 * shape.Channels * Lags <= shape.OutputChannels * shape.KernelHeight;

    /// <summary>G, symmetric.</summary>
    public float* Gram => _gram.Pointer;

    /// <summary>S.</summary>
    public float* Sums => _sums.Pointer;

    // The sums of some shifts: for each segment, lag and shift the lanes of all groups; and the same lanes of all segments that a row of the kernel sees.
    public long WorkerScratchSize => Math.Max(_segments.Length * SegmentStep + LaneStep, 2L * _rowFloats * _segments.Length);

    private int LaneStep => _groups.Length * _vector;

    private int SegmentStep => ShiftsAtOnce * Lags * LaneStep;

    private int Shifts => 2 * _run - 1;

    /// <summary>Computes S and G of some images.</summary>
    public void Run(int count, float* x, ScratchOf scratch)
    {
        _count = count;
        _x = x;
        _scratch = scratch;
        _team.Run(count, _copy);
        _team.Run(1 + (Shifts + ShiftsAtOnce - 1) / ShiftsAtOnce, _piece);
    }

    private float* Row(int image, int row) => _images.Pointer + Whole(_run + _vector) + image * _imageStep + (row + Lags - 1) * _rowStep;

    private void Copy(int image, int worker)
    {
        float* x = _x + (long)image * _s.Height * _rowFloats;
        for (int row = 0; row < _s.Height; row++)
            new Span<float>(x + (long)row * _rowFloats, _rowFloats).CopyTo(new Span<float>(Row(image, row), _rowFloats));
    }

    private void Piece(int piece, int worker)
    {
        if (piece == 0)
            SumPatches((double*)_scratch(worker));
        else
            Correlate(ShiftsAtOnce * (piece - 1) - (_run - 1), _scratch(worker));
    }

    /// <summary>Some neighbouring shifts: all products, then all entries of G that have one of these shifts.</summary>
    private void Correlate(int shift, float* lanes)
    {
        new Span<float>(lanes, _segments.Length * SegmentStep).Clear();
        for (int segment = 0; segment < _segments.Length; segment++)
        {
            // A segment of many rows is summed image by image, so that sums in single precision stay short; a border row is summed over all images.
            (int row, int end) = _segments[segment];
            bool isBorder = end == row + 1;
            for (int image = 0; image < (isBorder ? 1 : _count); image++)
            {
                for (int group = 0; group < _groups.Length; group++)
                {
                    (int first, int vectors, int step) = _groups[group];
                    var shape = new CorrelationShape
                    {
                        Rows = isBorder ? _count : end - row,
                        RowStep = isBorder ? _imageStep : _rowStep,
                        LagStep = _rowStep,
                        Vectors = vectors,
                        VectorStep = step * _vector,
                        Shift = shift,
                        LaneStep = LaneStep,
                    };
                    _kernels.Correlate(shape, Row(image, row) + first * _vector, lanes + segment * SegmentStep + group * _vector);
                }
            }
        }
        float* seen = lanes + _segments.Length * SegmentStep;
        for (int lag = 0; lag < _s.KernelHeight; lag++)
        {
            for (int u = lag; u < _s.KernelHeight; u++)
            {
                for (int i = 0; i < ShiftsAtOnce && shift + i < _run; i++)
                    Fill(lanes + (ShiftsAtOnce * lag + i) * LaneStep, lag, u, shift + i, seen);
            }
        }
    }

    /// <summary>The entries of a lag and a shift whose second row of the kernel is u.</summary>
    private void Fill(float* lanes, int lag, int u, int shift, float* seen)
    {
        new Span<float>(seen, LaneStep).Clear();
        for (int segment = 0; segment < _segments.Length; segment++)
        {
            if (Sees(u, _segments[segment]))
                _kernels.Flat.Add(lanes + segment * SegmentStep, seen, LaneStep);
        }
        double* core = stackalloc double[_s.Channels];
        new Span<double>(core, _s.Channels).Clear();
        for (int lane = _borders * _vector; lane < LaneStep; lane++)
            core[_channelOf[lane]] += seen[lane];
        for (int k = Math.Max(0, -shift); k < Math.Min(_run, _run - shift); k++)
        {
            double sum = core[k % _s.Channels];
            foreach (int lane in _borderLanes[k])
                sum += seen[lane];
            int a = (u - lag) * _run + k, b = u * _run + k + shift;
            Gram[a * _depth + b] = (float)sum;
            if (lag > 0)
                Gram[b * _depth + a] = (float)sum;
        }
    }

    /// <summary>Whether a row of the kernel sees all of some rows of the image, for none of which there is a segment that it sees in part.</summary>
    private bool Sees(int u, (int First, int End) rows) => rows.First >= u - _s.Top && rows.End <= u - _s.Top + _s.OutputHeight;

    /// <summary>Whether a place in the kernel's row sees a place in the image's, of the same channel.</summary>
    private bool Sees(int k, int n) => n % _s.Channels == k % _s.Channels && n >= k - _s.Left * _s.Channels && n < k + (_s.OutputWidth - _s.Left) * _s.Channels;

    private void SumPatches(double* columns)
    {
        ChannelKernels kernels = _kernels.ForChannels(_rowFloats);
        for (int segment = 0; segment < _segments.Length; segment++)
        {
            (int first, int end) = _segments[segment];
            double* sums = columns + segment * _rowFloats;
            new Span<double>(sums, _rowFloats).Clear();
            for (int image = 0; image < _count; image++)
                kernels.Sum(_x + ((long)image * _s.Height + first) * _rowFloats, end - first, _rowFloats, sums);
        }
        for (int u = 0; u < _s.KernelHeight; u++)
        {
            for (int k = 0; k < _run; k++)
            {
                double sum = 0;
                for (int segment = 0; segment < _segments.Length; segment++)
                {
                    if (!Sees(u, _segments[segment]))
                        continue;
                    for (int n = k % _s.Channels; n < _rowFloats; n += _s.Channels)
                        sum += Sees(k, n) ? columns[segment * _rowFloats + n] : 0;
                }
                Sums[u * _run + k] = (float)sum;
            }
        }
    }

    private static int Whole(int floats) => (floats + 15) / 16 * 16;
}
