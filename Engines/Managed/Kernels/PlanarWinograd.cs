namespace ConvNets.Engines;

/// <summary>
/// A convolution of stride 1 and few channels by tiles of 4×4 outputs: a tile of a 4×4 filter takes the 49 products of <see cref="PlanarKernels"/> instead of 256. A filter of more than four
/// taps along an axis is cut into parts of four; a part reads the tiles of the one before, one tile on, so that the image is transformed once for all. Sums over parts and channels are taken
/// before the transform back, which each tile needs once.
/// Vectors hold adjacent tiles of a row. Every step but the last and the first, which turn small matrices around, runs over whole vectors.
/// Values that are not finite spread over their tile.
/// </summary>
internal sealed unsafe partial class PlanarWinograd : ConvolutionPass
{
    private const int Tile = PlanarKernels.Tile, Points = PlanarKernels.Points, ChannelBlock = PlanarKernels.ChannelBlock;

    // Floats of transformed rows: as many as leave room for the rest in a small part of the second-level cache, which other programs of the machine may share.
    private const int MaxTransformed = 24_000;

    private readonly PlanarKernels _kernels;
    private readonly int _width;
    private readonly WindowShape _s;

    private readonly int _tiles;
    private readonly int _blocks;
    private readonly int _partsDown;
    private readonly int _partsAcross;
    private readonly int _depth;

    // Points across in all vectors and blocks of two rows of tiles.
    private readonly int _pointsARow;

    // Rows of tiles that are transformed at a time.
    private readonly int _chunk;

    // Tiles of a row in whole vectors, and the same with those that the last part of the filter reads; tiles of a row of the image that are laid out.
    private readonly int _pitch;
    private readonly int _ringPitch;
    private readonly int _lineTiles;

    /// <param name="kernels">The instruction set's kernels.</param>
    /// <param name="shape">The convolution.</param>
    /// <param name="parts">In how many parts an image is cut at least.</param>
    public PlanarWinograd(KernelSet kernels, WindowShape shape, int parts) : base(kernels, shape)
    {
        (_kernels, _width, _s) = (kernels.Planar, kernels.Planar.Width, shape);
        _tiles = Parts(shape.OutputWidth);
        _blocks = (shape.OutputChannels + ChannelBlock - 1) / ChannelBlock;
        _partsDown = Parts(shape.KernelHeight);
        _partsAcross = Parts(shape.KernelWidth);
        _depth = shape.Channels * _partsDown * _partsAcross;
        _pitch = Whole(_tiles);
        _ringPitch = Whole(_tiles + _partsAcross - 1);
        _lineTiles = (_tiles + _partsAcross + 3) / 4 * 4;
        _chunk = (int)Math.Max(1, MaxTransformed / RowSize / 2) * 2;

        // Parts of the filter read rows that the next chunk transforms again, so each chunk may as well be a piece of work.
        int most = _partsDown > 1 ? _chunk * Tile : shape.OutputHeight;
        BlockRows = Math.Max(1, Math.Min((shape.OutputHeight + parts - 1) / parts, most) / RowStep) * RowStep;
        _pointsARow = _pitch / _width * _blocks * Points;
    }

    /// <summary>Whether a convolution can be computed so, and is the faster for it.</summary>
    /// <param name="kernels">The instruction set's kernels.</param>
    /// <param name="s">The convolution.</param>
    /// <param name="pool">The max-pooling behind it; null for none.</param>
    /// <param name="locates">Whether the greatest pixels' places are wanted too.</param>
    public static bool Suits(KernelSet kernels, WindowShape s, PoolShape? pool, bool locates)
    {
        if (s is not { StrideHeight: 1, StrideWidth: 1, DilationHeight: 1, DilationWidth: 1, Groups: 1, KernelHeight: >= 2 and <= 8, KernelWidth: >= 3 and <= 8 })
            return false;
        bool pools = pool is { } windows && SideOf(windows, s, kernels.Planar.Width) != 0;

        // A tile of outputs is turned back into pixels; or compared in vectors, and perhaps told apart.
        int outputs = !pools ? 400 : locates ? 300 : 200;
        return Cost(kernels, s, outputs) < DirectConvolution.Cost(kernels, s, pools ? 14 : 11);
    }

    /// <summary>
    /// What a row of tiles costs, in multiply-adds of vectors: the products, the transform back and what becomes of the outputs, which a vector of tiles and channel needs once, and the
    /// image's transform. The factors, those for <see cref="DirectConvolution.Cost"/> among them, are the ones that choose best in inference on 180 shapes (AMD Zen 5, AVX-512 and AVX2; kernels
    /// of 3 to 7, 1 to 16 channels, images of 16² to 64², pooled or not): what is chosen takes 1 % longer in the mean than the faster of both.
    /// </summary>
    private static double Cost(KernelSet kernels, WindowShape s, int outputs)
    {
        int width = kernels.Planar.Width, tiles = Parts(s.OutputWidth), across = Parts(s.KernelWidth), filters = (s.OutputChannels + ChannelBlock - 1) / ChannelBlock * ChannelBlock;
        double vectors = (tiles + width - 1) / width, transformed = (tiles + across - 1 + width - 1) / width;
        return vectors * filters * (1.3 * Points * Points * s.Channels * Parts(s.KernelHeight) * across + outputs) + transformed * s.Channels * 400;
    }

    // A row of tiles, transformed.
    private nint RowSize => (nint)Points * Points * _s.Channels * _partsAcross * _pitch;

    private int Whole(int tiles) => (tiles + _width - 1) / _width * _width;

    /// <summary>How many fours make up a length.</summary>
    private static int Parts(int length) => (length + Tile - 1) / Tile;

    public override long PackedSize => _blocks * BlockSize;

    private long BlockSize => (long)Points * Points * _depth * ChannelBlock;

    public override int BiasSize => _blocks * ChannelBlock;

    public override int RowStep => 2 * Tile;

    public override int BlockRows { get; }

    public override long ScratchSize(int rows) => new Memory(this, null, Math.Min(Parts(rows) + 1, _chunk)).Size;

    public override void Pack(float* kernel, float* bias, float* packed, float* packedBias)
    {
        float* taps = stackalloc float[Tile * Tile * ChannelBlock];
        for (int block = 0; block < _blocks; block++, packed += BlockSize)
        {
            int first = block * ChannelBlock, filters = Math.Min(ChannelBlock, _s.OutputChannels - first);
            for (int k = 0; k < _depth; k++)
            {
                int c = k / (_partsDown * _partsAcross), top = k / _partsAcross % _partsDown * Tile, left = k % _partsAcross * Tile;
                new Span<float>(taps, Tile * Tile * ChannelBlock).Clear();
                for (int u = 0; u < Tile && top + u < _s.KernelHeight; u++)
                {
                    for (int v = 0; v < Tile && left + v < _s.KernelWidth; v++)
                    {
                        float* from = kernel + (((top + u) * _s.KernelWidth + left + v) * _s.Channels + c) * _s.OutputChannels + first;
                        new Span<float>(from, filters).CopyTo(new Span<float>(taps + (u * Tile + v) * ChannelBlock, filters));
                    }
                }
                PlanarKernels.TransformFilters(taps, packed + k * (2 * Points), _depth);
            }
        }
        if (bias != null)
            new Span<float>(bias, _s.OutputChannels).CopyTo(new Span<float>(packedBias, _s.OutputChannels));
    }

    public override void Run(int first, int end, float* x, float* packed, float* bias, float* y, nint rowStride, nint pixelStride, float* scratch, bool accumulate)
    {
        int firstTile = first / Tile, endTile = Parts(end);
        var memory = new Memory(this, scratch, Math.Min(endTile - firstTile, _chunk));
        for (int row = firstTile; row < endTile; row += 2)
        {
            if ((row - firstTile) % _chunk == 0)
                Transform(new Pixels(x), 0, row, Math.Min(endTile, row + _chunk), memory, row == firstTile);
            for (int column = 0; column < _tiles; column += _width)
            {
                for (int block = 0; block < _blocks; block++)
                {
                    Multiply(row, column, firstTile, endTile, block, packed, accumulate ? null : bias, null, 0, memory);
                    _kernels.Reduce(memory.Half, 1, join: false, float.NegativeInfinity, memory.Outputs);
                    for (int i = 0; i < 2 * Tile; i++)
                    {
                        int line = row * Tile + i;
                        if (line < first || line >= end)
                            continue;
                        for (int j = 0; j < Tile; j++)
                        {
                            int pixel = column * Tile + j, pixels = Math.Min(_width, (_s.OutputWidth - pixel + Tile - 1) / Tile);
                            Store(Output(memory.Outputs, i % Tile * Tile + j, i / Tile), pixels, block, y + line * rowStride + pixel * pixelStride, Tile * pixelStride, accumulate);
                        }
                    }
                }
            }
        }
    }

    /// <summary>The outputs of a vector of tiles in each of two rows, or one at the end, transformed down.</summary>
    private void Multiply(int row, int column, int firstTile, int endTile, int block, float* packed, float* bias, float* ahead, int lines, in Memory memory)
    {
        nint across = (nint)_s.Channels * _partsAcross * Points * _width;
        _kernels.Multiply(memory.Tiles + (row - firstTile) % _chunk * RowSize + column / _width * (Points * across), row + 1 < endTile ? RowSize : 0, across, memory.Offsets, _depth,
            packed + block * BlockSize, bias == null ? null : bias + block * ChannelBlock, ahead, lines, memory.Half);
    }

    /// <summary>One output of the first or second vector of tiles.</summary>
    private float* Output(float* outputs, int output, int half) => outputs + (output * 2 * ChannelBlock + half) * _width;

    /// <summary>Stores a block of channels of one output of each of some tiles.</summary>
    private void Store(float* from, int tiles, int block, float* to, nint tileStride, bool accumulate)
    {
        nint channel = 2 * _width;
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

    /// <summary>A worker's memory, cut up.</summary>
    private readonly ref struct Memory
    {
        public Memory(PlanarWinograd pass, float* start, int tileRows)
        {
            int width = pass._width, channels = pass._s.Channels, vectors = 2 * ChannelBlock * width;
            PlaneStride = pass._ringPitch + 16;
            long size = 0;
            float* Take(long floats)
            {
                float* taken = start + size;
                size += (floats + 15) / 16 * 16;
                return taken;
            }
            Edges = Take(pass._lineTiles * Tile * channels);
            Offsets = (nint*)Take(pass._depth * (sizeof(nint) / sizeof(float)));
            Fours = Take(Tile * MostTiles);
            Planes = Take(Tile * Tile * channels * PlaneStride);
            Ring = Take(8L * channels * Points * pass._ringPitch);
            Turned = Take(ChannelBlock * width);
            Half = Take(Points * Tile * vectors);
            Outputs = Take(Tile * Tile * vectors);
            Taps = Take(Tile * vectors);
            TurnedTaps = Take(ChannelBlock * width);
            Counts = Take(pass._pitch);
            Sums = Take(pass._blocks * vectors);
            Tiles = Take((tileRows + pass._partsDown) * (long)pass.RowSize);
            Size = size;
        }

        public long Size { get; }

        public nint PlaneStride { get; }

        public float* Edges { get; }

        public nint* Offsets { get; }

        public float* Fours { get; }

        public float* Planes { get; }

        public float* Ring { get; }

        public float* Turned { get; }

        public float* Half { get; }

        public float* Outputs { get; }

        public float* Tiles { get; }

        public float* Taps { get; }

        public float* TurnedTaps { get; }

        public float* Counts { get; }

        public float* Sums { get; }
    }
}
