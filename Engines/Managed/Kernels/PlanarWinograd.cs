using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace ConvNets.Engines;

/// <summary>
/// A convolution of stride 1 and few channels by tiles of 4×4 outputs: a tile of a 4×4 filter takes the 49 products of <see cref="PlanarKernels"/> instead of 256. A filter of more than four
/// taps along an axis is cut into parts of four; a part reads the tiles of the one before, one tile on, so that the image is transformed once for all. Sums over parts and channels are taken
/// before the transform back, which each tile needs once.
/// Vectors hold adjacent tiles of a row. Every step but the last and the first, which turn small matrices around, runs over whole vectors.
/// Values that are not finite spread over their tile.
/// </summary>
internal sealed unsafe class PlanarWinograd : ConvolutionPass
{
    private const int Tile = PlanarKernels.Tile, Points = PlanarKernels.Points, ChannelBlock = PlanarKernels.ChannelBlock;

    // Floats of transformed rows: as many as leave room for the rest in a small part of the second-level cache, which other programs of the machine may share.
    private const int MaxTransformed = 24_000;

    private readonly PlanarKernels _kernels;
    private readonly WindowShape _s;
    private readonly ImageBlock _line;
    private readonly int _tiles;
    private readonly int _blocks;
    private readonly int _partsDown;
    private readonly int _partsAcross;
    private readonly int _depth;

    // Tiles of a row in whole vectors, and the same with those that the last part of the filter reads; tiles of a row of the image that are laid out.
    private readonly int _pitch;
    private readonly int _ringPitch;
    private readonly int _lineTiles;

    /// <param name="kernels">The instruction set's kernels.</param>
    /// <param name="shape">The convolution.</param>
    /// <param name="images">How many images there are as a rule: where they do not keep all threads busy, an image is cut.</param>
    /// <param name="threads">How many threads there are.</param>
    public PlanarWinograd(KernelSet kernels, WindowShape shape, int images, int threads) : base(kernels, shape)
    {
        (_kernels, _s) = (kernels.Planar, shape);
        _tiles = Parts(shape.OutputWidth);
        _blocks = (shape.OutputChannels + ChannelBlock - 1) / ChannelBlock;
        _partsDown = Parts(shape.KernelHeight);
        _partsAcross = Parts(shape.KernelWidth);
        _depth = shape.Channels * _partsDown * _partsAcross;
        _pitch = Whole(_tiles);
        _ringPitch = Whole(_tiles + _partsAcross - 1);
        _lineTiles = (_tiles + _partsAcross + 3) / 4 * 4;
        int parts = PartsOfImage(images, threads), most = MaxTransformed * Tile / (Points * Points * shape.Channels * _partsAcross * _pitch);
        BlockRows = Math.Max(1, Math.Min((shape.OutputHeight + parts - 1) / parts, most) / RowStep) * RowStep;
        _line = new ImageBlock(shape.Height, shape.Width, shape.Channels, shape.Left, Tile * _lineTiles);
    }

    /// <summary>Whether a convolution can be computed so, and is clearly the faster for it.</summary>
    public static bool Suits(KernelSet kernels, WindowShape s) =>
        s is { StrideHeight: 1, StrideWidth: 1, DilationHeight: 1, DilationWidth: 1, Groups: 1, KernelHeight: >= 2 and <= 8, KernelWidth: >= 3 and <= 8 }
        && Cost(kernels, s) < 0.9 * DirectConvolution.Cost(kernels, s);

    /// <summary>
    /// What a row of tiles costs, in multiply-adds of vectors: the products, the transform back, which a vector of tiles and channel needs once, and that of the image. The factors were
    /// fitted to measurements (AMD Zen 5, AVX-512 and AVX2; kernels of 3 to 7, 1 to 32 channels, images of 16² to 128²).
    /// </summary>
    private static double Cost(KernelSet kernels, WindowShape s)
    {
        int width = kernels.Planar.Width, tiles = Parts(s.OutputWidth), across = Parts(s.KernelWidth), filters = (s.OutputChannels + ChannelBlock - 1) / ChannelBlock * ChannelBlock;
        double vectors = (tiles + width - 1) / width, transformed = (tiles + across - 1 + width - 1) / width;
        return vectors * filters * (1.12 * Points * Points * s.Channels * Parts(s.KernelHeight) * across + 490) + transformed * s.Channels * 600;
    }

    private int Whole(int tiles) => (tiles + _kernels.Width - 1) / _kernels.Width * _kernels.Width;

    /// <summary>How many fours make up a length.</summary>
    private static int Parts(int length) => (length + Tile - 1) / Tile;

    public override long PackedSize => _blocks * BlockSize;

    private long BlockSize => (long)Points * Points * _depth * ChannelBlock;

    public override int BiasSize => _blocks * ChannelBlock;

    public override int RowStep => 2 * Tile;

    public override int BlockRows { get; }

    public override long ScratchSize(int rows) => new Memory(this, null, Parts(rows) + 1).Size;

    public override void Pack(float* kernel, float* bias, float* packed, float* packedBias)
    {
        double[,] g = PlanarKernels.Filter;
        double* down = stackalloc double[Points * Tile];
        for (int f = 0; f < _s.OutputChannels; f++)
        {
            float* block = packed + f / ChannelBlock * BlockSize + f % ChannelBlock / 2 * (2 * Points * _depth) + f % 2;
            for (int k = 0; k < _depth; k++)
            {
                int c = k / (_partsDown * _partsAcross), part = k / _partsAcross % _partsDown, top = part * Tile, left = k % _partsAcross * Tile;
                int height = Math.Min(Tile, _s.KernelHeight - top), width = Math.Min(Tile, _s.KernelWidth - left);
                for (int i = 0; i < Points; i++)
                {
                    for (int v = 0; v < width; v++)
                    {
                        double sum = 0;
                        for (int u = 0; u < height; u++)
                            sum += g[i, u] * kernel[(((top + u) * _s.KernelWidth + left + v) * _s.Channels + c) * _s.OutputChannels + f];
                        down[i * Tile + v] = sum;
                    }
                }
                for (int j = 0; j < Points; j++)
                {
                    for (int i = 0; i < Points; i++)
                    {
                        double sum = 0;
                        for (int v = 0; v < width; v++)
                            sum += g[j, v] * down[i * Tile + v];
                        block[((j * (ChannelBlock / 2) * _depth + k) * Points + i) * 2] = (float)sum;
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
                    _kernels.Reduce(memory.Half, 1, join: false, memory.Outputs);
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
        Debug.Assert(tap == null, "This serves inference.");
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
                    _kernels.Reduce(memory.Half, side, join: perWindow > 1, memory.Outputs);
                    if (perWindow > 1)
                        Merge(memory, column / perWindow, block, y + (nint)(row / perWindow) * pool.OutputWidth * _s.OutputChannels, pool.OutputWidth, perWindow, isFirst: row % perWindow == 0);
                    else
                        StoreSquares(pool, row * perTile, first, end, column * perTile, block, y, perTile, memory);
                }
            }
        }
    }

    /// <summary>Stores the squares of two rows of tiles that are windows.</summary>
    private void StoreSquares(in PoolShape pool, int row, int first, int end, int column, int block, float* y, int perTile, in Memory memory)
    {
        for (int i = 0; i < 2 * perTile; i++)
        {
            if (row + i < first || row + i >= end)
                continue;
            for (int j = 0; j < perTile; j++)
            {
                int squares = Math.Min(_kernels.Width, (pool.OutputWidth - column - j + perTile - 1) / perTile);
                float* to = y + ((nint)(row + i) * pool.OutputWidth + column + j) * _s.OutputChannels;
                Store(memory.Output(i % perTile * perTile + j, i / perTile), squares, block, to, perTile * _s.OutputChannels, accumulate: false);
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
            memory.Offsets[k] = (k / (_partsDown * _partsAcross) * _partsAcross + k % _partsAcross) * memory.TileStride + k / _partsAcross % _partsDown * _pitch;
        int channels = _s.Channels, first = firstTile * Tile - _s.Top;

        // A row of tiles reads seven lines, the last three of which are the next one's first. They lie in a ring of eight. Each part of the filter across has tiles of its own, shifted,
        // so that all are whole vectors: one that lies across two lines of the cache costs two loads.
        nint lineSize = (nint)channels * Points * _ringPitch;
        TransformRows(x, first, Points - Tile, memory, memory.Ring + (8 - Points + Tile) * lineSize, lineSize, _ringPitch, Points * _ringPitch);
        for (int row = 0; row < endTile - firstTile + _partsDown - 1; row++)
        {
            int half = row % 2 * Tile;
            TransformRows(x, first + row * Tile + Points - Tile, Tile, memory, memory.Ring + half * lineSize, lineSize, _ringPitch, Points * _ringPitch);
            for (int part = 0; part < _partsAcross; part++)
            {
                float* to = memory.Tiles + row * _pitch + part * memory.TileStride;
                _kernels.TransformColumns(memory.Ring + part, lineSize, half + 8 - Points + Tile, _ringPitch, channels, _tiles, to, _partsAcross * memory.TileStride);
            }
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
            _kernels.TransformRow(memory.Planes + i * planes, memory.PlaneStride, _s.Channels, _ringPitch, to + i * line, point, channel);
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
        nint down = _s.Channels * _partsAcross * memory.TileStride;
        _kernels.Multiply(memory.Tiles + (row - firstTile) * _pitch + column, row + 1 < endTile ? _pitch : 0, down, Points * down, memory.Offsets, _depth, packed + block * BlockSize, bias == null ? null : bias + block * ChannelBlock, memory.Half);
    }

    /// <summary>Stores a block of channels of one output of each of some tiles.</summary>
    private void Store(float* from, int tiles, int block, float* to, nint tileStride, bool accumulate)
    {
        nint channel = 2 * _kernels.Width;
        int channels = Math.Min(ChannelBlock, _s.OutputChannels - block * ChannelBlock);
        to += block * ChannelBlock;
        if (!accumulate)
        {
            Transposition.Columns(from, channel, channels, tiles, to, tileStride);
            return;
        }
        for (int tile = 0; tile < tiles; tile++)
        {
            float* target = to + tile * tileStride;
            for (int c = 0; c < channels; c++)
                target[c] += from[c * channel + tile];
        }
    }

    /// <summary>Takes the greatest values of two rows of tiles into the windows that they are part of.</summary>
    private void Merge(in Memory memory, int column, int block, float* y, int windows, int perWindow, bool isFirst)
    {
        float* turned = memory.Turned;
        int channels = Math.Min(ChannelBlock, _s.OutputChannels - block * ChannelBlock), end = Math.Min(windows, column + _kernels.Width / perWindow);
        Transposition.Columns(memory.Outputs, 2 * _kernels.Width, ChannelBlock, _kernels.Width, turned, ChannelBlock);
        for (; column < end; column++)
        {
            Vector256<float> best = Vector256.Load(turned);
            turned += ChannelBlock;
            for (int tile = 1; tile < perWindow; tile++, turned += ChannelBlock)
                best = Simd256.Greater(best, Vector256.Load(turned));
            float* to = y + (nint)column * _s.OutputChannels + block * ChannelBlock;
            if (channels == ChannelBlock)
            {
                (isFirst ? best : Simd256.Greater(Vector256.Load(to), best)).Store(to);
                continue;
            }
            for (int c = 0; c < channels; c++)
                to[c] = isFirst || best[c] > to[c] ? best[c] : to[c];
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
            PlaneStride = pass._ringPitch + 16;
            TileStride = ((tileRows + pass._partsDown) * pass._pitch + 15) / 16 * 16;
            long size = 0;
            float* Take(long floats)
            {
                float* taken = start + size;
                size += (floats + 15) / 16 * 16;
                return taken;
            }
            Lines = Take(pass._line.CopySize(Tile));
            Offsets = (nint*)Take(pass._depth * (sizeof(nint) / sizeof(float)));
            Planes = Take(Tile * Tile * channels * PlaneStride);
            Ring = Take(8L * channels * Points * pass._ringPitch);
            Turned = Take(ChannelBlock * _width);
            Half = Take(Points * Tile * vectors);
            Outputs = Take(Tile * Tile * vectors);
            Tiles = Take((long)Points * Points * channels * pass._partsAcross * TileStride);
            Size = size;
        }

        public long Size { get; }

        public nint PlaneStride { get; }

        public nint TileStride { get; }

        public float* Lines { get; }

        public nint* Offsets { get; }

        public float* Planes { get; }

        public float* Ring { get; }

        public float* Turned { get; }

        public float* Half { get; }

        public float* Outputs { get; }

        public float* Tiles { get; }

        /// <summary>One output of the first or second vector of tiles.</summary>
        public float* Output(int output, int half) => Outputs + (output * 2 * ChannelBlock + half) * _width;
    }
}
