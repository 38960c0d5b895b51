using System.Runtime.Intrinsics;

namespace ConvNets.Engines;

/// <summary>
/// A convolution of stride 1 and few channels by tiles of 4×4 outputs. Nested, along both axes, a tile of a 4×4 filter takes the 49 products of <see cref="PlanarKernels"/> instead of 256;
/// along its rows alone 112, with an error hardly greater than that of the definition, which is what training takes. A filter of more than four taps along an axis is cut into parts of
/// four; a part reads the tiles of the one before, one tile on, so that the image is transformed once for all. Sums over parts, or rows of the filter, and channels are taken before the
/// transform back, which each tile needs once.
/// Vectors hold adjacent tiles of a row. Every step but the last and the first, which turn small matrices around, runs over whole vectors.
/// Values that are not finite spread over their tile.
/// </summary>
internal sealed unsafe class PlanarWinograd : ConvolutionPass
{
    // Lines of the image that are transformed together.
    private const int Lines = 8;

    private const int Tile = PlanarKernels.Tile, Points = PlanarKernels.Points, ChannelBlock = PlanarKernels.ChannelBlock;

    // Floats of transformed rows that fit in a core's second-level cache beside the rest.
    private const int MaxTransformed = 100_000;

    private readonly PlanarKernels _kernels;
    private readonly WindowShape _s;
    private readonly bool _nested;
    private readonly ImageBlock _line;
    private readonly int _tiles;
    private readonly int _blocks;
    private readonly int _partsDown;
    private readonly int _partsAcross;
    private readonly int _depth;

    // Tiles of a row that are transformed, and the same in whole vectors; tiles of a row of the image that are laid out.
    private readonly int _pitch;
    private readonly int _paddedPitch;
    private readonly int _lineTiles;

    /// <param name="kernels">The instruction set's kernels.</param>
    /// <param name="shape">The convolution.</param>
    /// <param name="nested">Whether rows of the image are transformed too, not only columns.</param>
    /// <param name="images">How many images there are as a rule: where they do not keep all threads busy, an image is cut.</param>
    /// <param name="threads">How many threads there are.</param>
    public PlanarWinograd(KernelSet kernels, WindowShape shape, bool nested, int images, int threads) : base(kernels, shape)
    {
        (_kernels, _s, _nested) = (kernels.Planar, shape, nested);
        _tiles = Parts(shape.OutputWidth);
        _blocks = (shape.OutputChannels + ChannelBlock - 1) / ChannelBlock;
        _partsDown = nested ? Parts(shape.KernelHeight) : shape.KernelHeight;
        _partsAcross = Parts(shape.KernelWidth);
        _depth = shape.Channels * _partsDown * _partsAcross;
        _pitch = _tiles + _partsAcross - 1;
        _paddedPitch = (_pitch + _kernels.Width - 1) / _kernels.Width * _kernels.Width;
        _lineTiles = (_pitch + 1 + 3) / 4 * 4;
        int parts = images % threads != 0 && images < 8 * threads ? threads : 1, most = MaxTransformed * Tile / ((nested ? Points : Tile) * Points * shape.Channels * _pitch);
        BlockRows = Math.Max(1, Math.Min((shape.OutputHeight + parts - 1) / parts, most) / RowStep) * RowStep;
        _line = new ImageBlock(shape.Height, shape.Width, shape.Channels, shape.Left, Tile * _lineTiles);
    }

    /// <summary>Whether a convolution can be computed so.</summary>
    public static bool Supports(WindowShape s) =>
        s is { StrideHeight: 1, StrideWidth: 1, DilationHeight: 1, DilationWidth: 1, Groups: 1, KernelHeight: >= 2 and <= 8, KernelWidth: >= 3 and <= 8 };

    /// <summary>
    /// What a row of tiles costs, in multiply-adds of vectors: the products, the transform back, which a vector of tiles and channel needs once, and that of the image. The factors are
    /// measured (AMD Zen 5, AVX-512 and AVX2; kernels of 3 to 7, 1 to 32 channels, images of 16² to 128²): they predict the time of most of these convolutions within a sixth.
    /// </summary>
    public static double Cost(KernelSet kernels, WindowShape s, bool nested)
    {
        int width = kernels.Planar.Width, tiles = Parts(s.OutputWidth), across = Parts(s.KernelWidth), filters = (s.OutputChannels + ChannelBlock - 1) / ChannelBlock * ChannelBlock;
        double vectors = (tiles + width - 1) / width, transformed = (tiles + across - 1 + width - 1) / width;
        return nested
            ? vectors * filters * (1.12 * Points * Points * s.Channels * Parts(s.KernelHeight) * across + 490) + transformed * s.Channels * 600
            : vectors * filters * (1.07 * Points * Tile * s.Channels * s.KernelHeight * across + 300) + transformed * s.Channels * 700;
    }

    /// <summary>How many fours make up a length.</summary>
    private static int Parts(int length) => (length + Tile - 1) / Tile;

    public override long PackedSize => _blocks * BlockSize;

    private long BlockSize => (long)(_nested ? Points : 1) * Points * _depth * ChannelBlock;

    public override int BiasSize => _blocks * ChannelBlock;

    public override int RowStep => 2 * Tile;

    public override int BlockRows { get; }

    public override long ScratchSize(int rows) => new Memory(this, null, Parts(rows) + 1).Size;

    public override void Pack(float* kernel, float* bias, float* packed, float* packedBias)
    {
        double[,] g = PlanarKernels.Filter;
        double* down = stackalloc double[Points * Tile];
        int points = _nested ? Points : 1;
        for (int f = 0; f < _s.OutputChannels; f++)
        {
            for (int k = 0; k < _depth; k++)
            {
                int c = k / (_partsDown * _partsAcross), part = k / _partsAcross % _partsDown, top = _nested ? part * Tile : part, left = k % _partsAcross * Tile;
                int height = _nested ? Math.Min(Tile, _s.KernelHeight - top) : 1, width = Math.Min(Tile, _s.KernelWidth - left);
                for (int i = 0; i < points; i++)
                {
                    for (int v = 0; v < width; v++)
                    {
                        double sum = 0;
                        for (int u = 0; u < height; u++)
                            sum += (_nested ? g[i, u] : 1) * kernel[(((top + u) * _s.KernelWidth + left + v) * _s.Channels + c) * _s.OutputChannels + f];
                        down[i * Tile + v] = sum;
                    }
                }
                for (int j = 0; j < Points; j++)
                {
                    for (int i = 0; i < points; i++)
                    {
                        double sum = 0;
                        for (int v = 0; v < width; v++)
                            sum += g[j, v] * down[i * Tile + v];
                        packed[(((f / ChannelBlock * Points + j) * points + i) * _depth + k) * ChannelBlock + f % ChannelBlock] = (float)sum;
                    }
                }
            }
        }
        if (bias != null)
            new Span<float>(bias, _s.OutputChannels).CopyTo(new Span<float>(packedBias, _s.OutputChannels));
    }

    public override void Run(int first, int end, float* x, float* packed, float* bias, float* y, nint rowStride, nint pixelStride, float* scratch, bool accumulate)
    {
        int firstTile = first / Tile, endTile = Parts(end);
        var memory = new Memory(this, scratch, endTile - firstTile);
        Transform(x, firstTile, endTile, memory);
        for (int row = firstTile; row < endTile; row += 2)
        {
            for (int column = 0; column < _tiles; column += _kernels.Width)
            {
                for (int block = 0; block < _blocks; block++)
                {
                    Multiply(row, column, firstTile, endTile, block, packed, accumulate ? null : bias, memory);
                    _kernels.Reduce(memory.Half, 1, memory.Outputs, null, 0);
                    for (int i = 0; i < 2 * Tile; i++)
                    {
                        int line = row * Tile + i;
                        if (line < first || line >= end)
                            continue;
                        for (int j = 0; j < Tile; j++)
                        {
                            int pixel = column * Tile + j, pixels = Math.Min(_kernels.Width, (_s.OutputWidth - pixel + Tile - 1) / Tile);
                            Store(memory.Output(i % Tile * Tile + j, i / Tile), pixels, block, y + line * rowStride + pixel * pixelStride, Tile * pixelStride, accumulate);
                        }
                    }
                }
            }
        }
    }

    public override int PooledRows(in PoolShape pool) => Math.Max(1, BlockRows / pool.StrideHeight);

    public override long PooledScratchSize(in PoolShape pool) => SideOf(pool) == 0 ? base.PooledScratchSize(pool) : ScratchSize(PooledRows(pool) * pool.WindowHeight);

    public override void RunPooled(in PoolShape pool, int first, int end, float* x, float* packed, float* bias, float* y, float* tap, float* scratch)
    {
        int side = SideOf(pool);
        if (side == 0)
        {
            base.RunPooled(pool, first, end, x, packed, bias, y, tap, scratch);
            return;
        }
        int window = pool.WindowWidth, perTile = Tile / side, perWindow = window / side;
        int firstTile = first * window / Tile, endTile = Parts(end * window);
        var memory = new Memory(this, scratch, endTile - firstTile);
        Transform(x, firstTile, endTile, memory);
        for (int row = firstTile; row < endTile; row += 2)
        {
            for (int column = 0; column < _tiles; column += _kernels.Width)
            {
                for (int block = 0; block < _blocks; block++)
                {
                    Multiply(row, column, firstTile, endTile, block, packed, bias, memory);
                    _kernels.Reduce(memory.Half, side, memory.Outputs, tap == null ? null : memory.Taps, window);
                    for (int i = 0; i < 2 * perTile; i++)
                    {
                        int line = row * perTile + i;
                        if (line < first * perWindow || line >= end * perWindow)
                            continue;
                        for (int j = 0; j < perTile; j++)
                        {
                            int square = column * perTile + j, squares = Math.Min(_kernels.Width, (pool.OutputWidth * perWindow - square + perTile - 1) / perTile);
                            int output = i % perTile * perTile + j, half = i / perTile;
                            nint to = ((nint)(line / perWindow) * pool.OutputWidth + square / perWindow) * _s.OutputChannels;
                            if (perWindow > 1)
                            {
                                Merge(memory, half, squares, block, y + to, tap == null ? null : tap + to, perWindow, line % perWindow);
                                continue;
                            }
                            Store(memory.Output(output, half), squares, block, y + to, perTile * _s.OutputChannels, accumulate: false);
                            if (tap != null)
                                Store(memory.Tap(output, half), squares, block, tap + to, perTile * _s.OutputChannels, accumulate: false);
                        }
                    }
                }
            }
        }
    }

    /// <summary>The side of the squares of a tile's outputs that a pool's windows are made of: 2, 4, or 0 where they are not.</summary>
    private int SideOf(in PoolShape pool)
    {
        int window = pool.WindowHeight;
        bool whole = pool.WindowWidth == window && pool.StrideHeight == window && pool.StrideWidth == window && pool is { Top: 0, Left: 0 }
            && pool.OutputHeight * window <= _s.OutputHeight && pool.OutputWidth * window <= _s.OutputWidth;
        return !whole ? 0 : window == 2 ? 2 : window % 4 == 0 && _kernels.Width % (window / 4) == 0 ? 4 : 0;
    }

    /// <summary>Transforms the rows of the image that some rows of tiles read.</summary>
    private void Transform(float* x, int firstTile, int endTile, in Memory memory)
    {
        for (int k = 0; k < _depth; k++)
            memory.Offsets[k] = k / (_partsDown * _partsAcross) * memory.TileStride + k / _partsAcross % _partsDown * _pitch + k % _partsAcross;
        int channels = _s.Channels, first = firstTile * Tile - _s.Top;
        if (!_nested)
        {
            int rows = (endTile - firstTile) * Tile + _s.KernelHeight - 1;
            for (int row = 0; row < rows; row += Lines)
                TransformRows(x, first + row, Math.Min(Lines, rows - row), memory, memory.Tiles + row * _pitch, _pitch, channels * memory.TileStride, memory.TileStride);
            return;
        }

        // A row of tiles reads seven lines, the last three of which are the next one's first. They lie in a ring of eight.
        nint lineSize = (nint)channels * Points * _paddedPitch;
        TransformRows(x, first, Points - Tile, memory, memory.Ring + (8 - Points + Tile) * lineSize, lineSize, _paddedPitch, Points * _paddedPitch);
        for (int row = 0; row < endTile - firstTile + _partsDown - 1; row++)
        {
            int half = row % 2 * Tile;
            TransformRows(x, first + row * Tile + Points - Tile, Tile, memory, memory.Ring + half * lineSize, lineSize, _paddedPitch, Points * _paddedPitch);
            _kernels.TransformColumns(memory.Ring, lineSize, half + 8 - Points + Tile, _paddedPitch, channels, _pitch, memory.Tiles + row * _pitch, memory.TileStride);
        }
    }

    /// <summary>Transforms some lines of the image along their columns. Each step runs over all of them, so that it does not wait for what the one before has just stored.</summary>
    private void TransformRows(float* x, int first, int count, in Memory memory, float* to, nint line, nint point, nint channel)
    {
        float* lines = _line.Rows(x, first, count, memory.Lines, out nint stride);
        nint planes = Tile * _s.Channels * memory.PlaneStride;
        for (int i = 0; i < count; i++)
            LayOut(lines + i * stride, memory.Planes + i * planes, memory.PlaneStride);
        for (int i = 0; i < count; i++)
            _kernels.TransformRow(memory.Planes + i * planes, memory.PlaneStride, _s.Channels, _pitch, to + i * line, point, channel);
    }

    /// <summary>Turns a row of an image, tile by tile, into planes: one for each place in a tile and channel.</summary>
    private void LayOut(float* line, float* planes, nint planeStride)
    {
        nint tileSize = Tile * _s.Channels;
        for (int tile = 0; tile < _lineTiles; tile += 4, line += 4 * tileSize)
        {
            for (nint place = 0; place < tileSize; place += 4)
                Transposition.Four(line + place, tileSize, planes + place * planeStride + tile, planeStride);
        }
    }

    /// <summary>The outputs of a vector of tiles in each of two rows, or one at the end, transformed down.</summary>
    private void Multiply(int row, int column, int firstTile, int endTile, int block, float* packed, float* bias, in Memory memory)
    {
        nint across = _s.Channels * memory.TileStride, next = _nested ? _pitch : Tile * _pitch;
        _kernels.Multiply(_nested, memory.Tiles + (row - firstTile) * next + column, row + 1 < endTile ? next : 0, _nested ? across : _pitch, _nested ? Points * across : across,
            memory.Offsets, _depth, packed + block * BlockSize, bias == null ? null : bias + block * ChannelBlock, memory.Products, memory.Half);
    }

    /// <summary>Stores a block of channels of one output of each of some tiles.</summary>
    private void Store(float* from, int tiles, int block, float* to, nint tileStride, bool accumulate)
    {
        nint channel = 2 * _kernels.Width;
        int channels = Math.Min(ChannelBlock, _s.OutputChannels - block * ChannelBlock), tile = 0;
        to += block * ChannelBlock;
        for (; channels == ChannelBlock && !accumulate && tile <= tiles - 8; tile += 8)
            Transposition.Eight(from + tile, channel, to + tile * tileStride, tileStride);
        for (; channels == ChannelBlock && !accumulate && tile <= tiles - 4; tile += 4)
        {
            Transposition.Four(from + tile, channel, to + tile * tileStride, tileStride);
            Transposition.Four(from + 4 * channel + tile, channel, to + tile * tileStride + 4, tileStride);
        }
        for (; tile < tiles; tile++)
        {
            float* target = to + tile * tileStride;
            for (int c = 0; c < channels; c++)
                target[c] = from[c * channel + tile] + (accumulate ? target[c] : 0);
        }
    }

    /// <summary>Takes the greatest of several tiles' values into the windows that they are part of.</summary>
    private void Merge(in Memory memory, int half, int tiles, int block, float* to, float* taps, int perWindow, int rowInWindow)
    {
        float* turned = memory.Products, turnedTaps = turned + ChannelBlock * _kernels.Width;
        nint channel = 2 * _kernels.Width;
        int channels = Math.Min(ChannelBlock, _s.OutputChannels - block * ChannelBlock);
        for (int tile = 0; tile < _kernels.Width; tile += 4)
        {
            for (int c = 0; c < ChannelBlock; c += 4)
            {
                Transposition.Four(memory.Output(0, half) + c * channel + tile, channel, turned + tile * ChannelBlock + c, ChannelBlock);
                if (taps != null)
                    Transposition.Four(memory.Tap(0, half) + c * channel + tile, channel, turnedTaps + tile * ChannelBlock + c, ChannelBlock);
            }
        }
        to += block * ChannelBlock;
        taps += taps == null ? 0 : block * ChannelBlock;
        for (int tile = 0; tile < tiles; tile++, turned += ChannelBlock, turnedTaps += ChannelBlock)
        {
            int column = tile % perWindow, corner = (rowInWindow * perWindow * Tile + column) * Tile, c = 0;
            float* target = to + (nint)(tile / perWindow) * _s.OutputChannels, where = taps == null ? null : taps + (target - to);
            bool first = rowInWindow == 0 && column == 0;
            for (; c <= channels - 4; c += 4)
            {
                Vector128<float> value = Vector128.Load(turned + c), best = Vector128.Load(target + c), greater = first ? Vector128<float>.AllBitsSet : Vector128.GreaterThan(value, best);
                Vector128.ConditionalSelect(greater, value, best).Store(target + c);
                if (where != null)
                    Vector128.ConditionalSelect(greater, Vector128.Load(turnedTaps + c) + Vector128.Create((float)corner), Vector128.Load(where + c)).Store(where + c);
            }
            for (; c < channels; c++)
            {
                if (!first && !(turned[c] > target[c]))
                    continue;
                target[c] = turned[c];
                if (where != null)
                    where[c] = turnedTaps[c] + corner;
            }
        }
    }

    /// <summary>A worker's memory, cut up.</summary>
    private readonly ref struct Memory
    {
        private readonly int _width;

        public Memory(PlanarWinograd pass, float* start, int tileRows)
        {
            _width = pass._kernels.Width;
            int channels = pass._s.Channels, vectors = 2 * ChannelBlock * _width;
            PlaneStride = pass._paddedPitch + 16;
            TileStride = ((pass._nested ? tileRows : tileRows * Tile) + pass._partsDown) * pass._pitch + 2 * _width;
            TileStride = (TileStride + 15) / 16 * 16;
            long size = 0;
            float* Take(long floats)
            {
                float* taken = start + size;
                size += (floats + 15) / 16 * 16;
                return taken;
            }
            Lines = Take(pass._line.CopySize(PlanarWinograd.Lines));
            Offsets = (nint*)Take(pass._depth * (sizeof(nint) / sizeof(float)));
            Planes = Take(PlanarWinograd.Lines * Tile * channels * PlaneStride);
            Ring = Take(8L * channels * Points * pass._paddedPitch);
            Products = Take(Points * vectors);
            Half = Take(Points * Tile * vectors);
            Outputs = Take(Tile * Tile * vectors);
            Taps = Take(Tile * Tile * vectors);
            Tiles = Take((long)(pass._nested ? Points : 1) * Points * channels * TileStride);
            Size = size;
        }

        public long Size { get; }

        public nint PlaneStride { get; }

        public nint TileStride { get; }

        public float* Lines { get; }

        public nint* Offsets { get; }

        public float* Planes { get; }

        public float* Ring { get; }

        public float* Products { get; }

        public float* Half { get; }

        public float* Outputs { get; }

        public float* Taps { get; }

        public float* Tiles { get; }

        /// <summary>One output of the first or second vector of tiles.</summary>
        public float* Output(int output, int half) => Outputs + (output * 2 * ChannelBlock + half) * _width;

        public float* Tap(int output, int half) => Taps + (output * 2 * ChannelBlock + half) * _width;
    }
}
