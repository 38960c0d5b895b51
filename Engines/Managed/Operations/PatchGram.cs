namespace ConvNets.Engines;

/// <summary>The <see cref="PatchMoments"/> of some images, computed from the images themselves.</summary>
/// <remarks>
/// G does not take the 2·Depth² operations a pixel that its definition says. Two of its entries whose taps lie equally far apart are sums of the same products,
/// <c>x[r − l, n]·x[r, n + m]</c> with the lag l = u' − u in rows and the shift m in floats of a row, but for the image's border: the window's position takes away some of its
/// first and last rows and columns. So the products are summed once for each lag and shift, <see cref="CorrelationKernel{V,S}"/>, with the sums of each border row, and of each
/// lane of border columns, kept apart; an entry of G adds up those that belong to it, which for lanes is a matrix product with zeros and ones. For a 7×7×3 kernel that is a seventh
/// of the forward pass.
/// </remarks>
internal sealed unsafe class PatchGram : PatchMoments
{
    // Of the kernel.
    private const int Lags = 7;
    private const int ShiftsAtOnce = 3;

    // So many products are summed in single precision before the sum is added to others.
    private const int MostTerms = 256;

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
    private readonly (int First, int End)[] _seen;
    private readonly (int First, int Count, int Step)[] _groups;
    private readonly Panels _panels;
    private readonly AlignedBuffer _places;
    private readonly AlignedBuffer _images;
    private readonly AlignedBuffer _columns;
    private readonly AlignedBuffer _entries;
    private readonly Action<int, int> _copy;
    private readonly Action<int, int> _piece;
    private readonly Action<int, int> _assemble;
    private int _count;
    private float* _x;
    private ScratchOf _scratch = null!;

    /// <param name="context">The plan.</param>
    /// <param name="shape">The convolution.</param>
    /// <param name="capacity">The most images at a time.</param>
    /// <param name="team">Who computes.</param>
    public PatchGram(PlanContext context, WindowShape shape, int capacity, WorkerTeam team) : base(context, shape)
    {
        (_kernels, _team, _s, _copy, _piece, _assemble) = (context.Kernels, team, shape, Copy, Piece, Assemble);
        (_run, _depth, _vector, _rowFloats) = (shape.KernelWidth * shape.Channels, shape.Depth, context.Kernels.VectorWidth, shape.Width * shape.Channels);

        // Zeros between the rows, into which shifts may reach, and above each image, into which lags may.
        _rowStep = Whole(_rowFloats + _run + ShiftsAtOnce);
        _imageStep = (shape.Height + Lags - 1) * _rowStep;
        _images = context.Own(new AlignedBuffer(Whole(_run + _vector) + capacity * _imageStep));

        // Rows that all of the kernel's rows see, in one segment; each border row in one of its own. A row of the kernel sees some that follow each other.
        int first = Math.Min(Math.Max(0, shape.KernelHeight - 1 - shape.Top), shape.Height), end = Math.Max(first, Math.Min(shape.Height, shape.OutputHeight - shape.Top));
        IEnumerable<(int, int)> core = first < end ? [(first, end)] : [];
        _segments = [.. Enumerable.Range(0, first).Select(r => (r, r + 1)), .. core, .. Enumerable.Range(end, shape.Height - end).Select(r => (r, r + 1))];
        _seen = [.. Enumerable.Range(0, shape.KernelHeight).Select(u => (_segments.Count(rows => rows.First < u - shape.Top), _segments.Count(rows => rows.End <= u - shape.Top + shape.OutputHeight)))];

        // Vectors of a row likewise: between the borders those whose lanes are the same channels go together.
        int vectors = (_rowFloats + _vector - 1) / _vector, left = Math.Min(vectors, (Math.Max(0, _run - 1 - shape.Left * shape.Channels) + _vector - 1) / _vector);
        int right = Math.Max(left, Math.Min(vectors, (shape.OutputWidth - shape.Left) * shape.Channels / _vector));
        int phases = 1;
        while (phases * _vector % shape.Channels != 0)
            phases++;
        phases = Math.Min(phases, right - left);
        _groups =
        [
            .. Enumerable.Range(0, left).Select(q => (q, 1, 1)),
            .. Enumerable.Range(0, phases).Select(p => (left + p, (right - left - p + phases - 1) / phases, phases)),
            .. Enumerable.Range(right, vectors - right).Select(q => (q, 1, 1)),
        ];

        // Which lanes a place in the kernel's row sees: a matrix, with columns of zeros to fill vectors.
        int Place(int lane) => _groups[lane / _vector].First * _vector + lane % _vector;
        int places = Whole(_run);
        float[] sees = [.. Enumerable.Range(0, LaneStep * places).Select(i => i % places < _run && Sees(i % places, Place(i / places)) ? 1 : 0)];
        _panels = new Panels(_kernels, LaneStep, places);
        _places = context.Own(new AlignedBuffer(_panels.Size + places));
        fixed (float* matrix = sees)
            _panels.Pack(matrix, places, 1, 0, LaneStep, _places.Pointer);
        _columns = context.Own(new AlignedBuffer((long)capacity * _segments.Length * _rowFloats));
        _entries = context.Own(new AlignedBuffer((long)Pieces * EntryStep * (_segments.Length + 1)));
    }

    /// <summary>Whether this is cheaper than to go through the convolved images once more, for a kernel on its every pixel.</summary>
    public static bool Pays(WindowShape shape) => shape is { StrideHeight: 1, StrideWidth: 1, DilationHeight: 1, DilationWidth: 1, Groups: 1, KernelHeight: <= Lags, Top: >= 0, Left: >= 0 }
        && 4 * shape.Channels * Lags <= shape.OutputChannels * shape.KernelHeight;

    // The sums of some shifts: for each segment, lag and shift the lanes of all groups; or two numbers in double precision for each column.
    public override long WorkerScratchSize => Math.Max(_segments.Length * SegmentStep, 2L * _rowFloats * (_segments.Length + 2));

    private int LaneStep => _groups.Length * _vector;

    private int SegmentStep => ShiftsAtOnce * Lags * LaneStep;

    private int EntryStep => ShiftsAtOnce * Lags * _panels.PaddedColumns;

    private int Shifts => 2 * _run - 1;

    private int Pieces => (Shifts + ShiftsAtOnce - 1) / ShiftsAtOnce;

    public override void Run(int count, float* x, ScratchOf scratch)
    {
        _count = count;
        _x = x;
        _scratch = scratch;
        _team.Run(count, _copy);
        _team.Run(1 + Pieces, _piece);
        _team.Run(_s.KernelHeight, _assemble);
    }

    private float* Zeros => _places.Pointer + _panels.Size;

    // Between which places of an image's row a place in the kernel's sees those of its channel.
    private int FirstPlace(int k) => Math.Clamp(k - _s.Left * _s.Channels, 0, _rowFloats);

    private int EndPlace(int k) => Math.Clamp(k + (_s.OutputWidth - _s.Left) * _s.Channels, 0, _rowFloats);

    private bool Sees(int k, int n) => n % _s.Channels == k % _s.Channels && n >= FirstPlace(k) && n < EndPlace(k);

    private float* Row(int image, int row) => _images.Pointer + Whole(_run + _vector) + image * _imageStep + (row + Lags - 1) * _rowStep;

    /// <summary>Copies an image to where zeros are around it, and sums the columns of each segment.</summary>
    private void Copy(int image, int worker)
    {
        float* x = _x + (long)image * _s.Height * _rowFloats, columns = Columns(image);
        new Span<float>(columns, _segments.Length * _rowFloats).Clear();
        foreach ((int first, int end) in _segments)
        {
            for (int row = first; row < end; row++, x += _rowFloats)
            {
                new Span<float>(x, _rowFloats).CopyTo(new Span<float>(Row(image, row), _rowFloats));
                _kernels.Flat.Add(x, columns, _rowFloats);
            }
            columns += _rowFloats;
        }
    }

    private float* Columns(int image) => _columns.Pointer + (long)image * _segments.Length * _rowFloats;

    private void Piece(int piece, int worker)
    {
        if (piece == 0)
            SumPatches((double*)_scratch(worker));
        else
            Correlate(piece - 1, _scratch(worker));
    }

    /// <summary>Some neighbouring shifts: all products, then all entries of G that have one of these shifts.</summary>
    private void Correlate(int piece, float* lanes)
    {
        int shift = ShiftsAtOnce * piece - (_run - 1);
        new Span<float>(lanes, _segments.Length * SegmentStep).Clear();
        for (int segment = 0; segment < _segments.Length; segment++)
        {
            (int row, int end) = _segments[segment];
            for (int group = 0; group < _groups.Length; group++)
                Correlate(row, end - row, _groups[group], shift, lanes + segment * SegmentStep + group * _vector);
        }

        // Each segment's part of the entries; then the sum of all segments up to it, behind nothing for what is before the first.
        float* entries = Entries(piece);
        foreach (Panel panel in _panels.All)
        {
            var shape = new TileShape { Row = LaneStep, Inner = 1, InnerCount = LaneStep, TapCount = 1, OuterCount = 1, BRow = panel.Width };
            _kernels.Tile(panel.Width, _segments.Length * ShiftsAtOnce * Lags, shape, lanes, _places.Pointer + panel.Offset, Zeros, 0, entries + EntryStep + panel.Column, _panels.PaddedColumns);
        }
        for (int segment = 2; segment <= _segments.Length; segment++)
            _kernels.Flat.Add(entries + (segment - 1) * EntryStep, entries + segment * EntryStep, EntryStep);
    }

    /// <summary>The products of some rows and vectors of all images, whose sums in single precision are kept short.</summary>
    private void Correlate(int row, int rows, (int First, int Count, int Step) vectors, int shift, float* lanes)
    {
        // The kernel has two loops: where there is but one vector or row, one of them can go over images.
        int together = rows == 1 || vectors.Count == 1 ? Math.Clamp(MostTerms / (rows * vectors.Count), 1, _count) : 1;
        bool goesDown = vectors.Count == 1 && rows > 1;
        for (int image = 0; image < _count; image += together)
        {
            int images = Math.Min(together, _count - image);
            var shape = new CorrelationShape
            {
                Rows = goesDown || rows == 1 ? images : rows,
                RowStep = goesDown || rows == 1 ? _imageStep : _rowStep,
                LagStep = _rowStep,
                Vectors = goesDown ? rows : vectors.Count,
                VectorStep = goesDown ? _rowStep : vectors.Step * _vector,
                Shift = shift,
                WithLagZero = shift + ShiftsAtOnce > 0,
                LaneStep = LaneStep,
            };
            _kernels.Correlate(shape, Row(image, row) + vectors.First * _vector, lanes);
        }
    }

    /// <summary>
    /// The entries of some shifts: for each lag, shift and place k in the first row, of the segments up to each. Those that different workers compute lie apart: in G they are neighbours, and
    /// two processors that write to one cache line wait for each other.
    /// </summary>
    private float* Entries(int piece) => _entries.Pointer + (long)piece * (_segments.Length + 1) * EntryStep;

    /// <summary>The rows of G that belong to a row of the kernel.</summary>
    private void Assemble(int u, int worker)
    {
        for (int other = 0; other < _s.KernelHeight; other++)
        {
            float* block = Gram + (long)u * _run * _depth + other * _run;
            if (other >= u)
                Assemble(other - u, other, block, _depth, 1);
            if (other <= u)
                Assemble(u - other, u, block, 1, _depth);
        }
    }

    /// <summary>The entries of a lag whose second row of the kernel is u: that of the places k and l goes to <c>block[k·first + l·second]</c>.</summary>
    private void Assemble(int lag, int u, float* block, nint first, nint second)
    {
        for (int shift = lag > 0 ? 1 - _run : 0; shift < _run; shift++)
        {
            int number = shift + _run - 1;
            float* entries = Entries(number / ShiftsAtOnce) + (lag * ShiftsAtOnce + number % ShiftsAtOnce) * _panels.PaddedColumns;
            float* before = entries + _seen[u].First * EntryStep, upTo = entries + _seen[u].End * EntryStep;
            for (int k = Math.Max(0, -shift); k < Math.Min(_run, _run - shift); k++)
                block[k * first + (k + shift) * second] = upTo[k] - before[k];
        }
    }

    private void SumPatches(double* totals)
    {
        int step = _rowFloats, channels = _s.Channels;
        new Span<double>(totals, (_segments.Length + 1) * step).Clear();
        for (int segment = 0; segment < _segments.Length; segment++)
        {
            // As above, of all segments up to this one.
            double* to = totals + (segment + 1) * step, before = to - step;
            for (int image = 0; image < _count; image++)
            {
                float* columns = Columns(image) + segment * step;
                for (int n = 0; n < step; n++)
                    to[n] += columns[n];
            }
            for (int n = 0; n < step; n++)
                to[n] += before[n];
        }
        double* sums = totals + (_segments.Length + 1) * step;
        for (int u = 0; u < _s.KernelHeight; u++)
        {
            double* before = totals + _seen[u].First * step, upTo = totals + _seen[u].End * step;
            for (int n = 0; n < step; n++)
                sums[n] = upTo[n] - before[n] + (n < channels ? 0 : sums[n - channels]);
            for (int k = 0; k < _run; k++)
            {
                int channel = k % channels;
                double Before(int place) => place <= channel ? 0 : sums[(place - 1 - channel) / channels * channels + channel];
                Sums[u * _run + k] = (float)(Before(EndPlace(k)) - Before(FirstPlace(k)));
            }
        }
    }

    private static int Whole(int floats) => (floats + 15) / 16 * 16;
}
