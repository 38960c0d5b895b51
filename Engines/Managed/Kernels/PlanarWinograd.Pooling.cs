using System.Runtime.Intrinsics;

namespace ConvNets.Engines;

/// <summary>The max-pooling behind the convolution: where windows are made of squares of a tile's outputs, they are taken in vectors before the outputs are turned back into pixels.</summary>
internal sealed unsafe partial class PlanarWinograd
{
    /// <summary>Whether <see cref="RunPooled(in PoolShape, int, int, Pixels, nint, float*, float*, float*, float*, double*, float*)"/> can sum a convolution's outputs: each is in one window.</summary>
    public static bool SumsOutputs(WindowShape shape, PoolShape pool) =>
        pool is { WindowHeight: 2, WindowWidth: 2, StrideHeight: 2, StrideWidth: 2, Top: 0, Left: 0 } && shape.OutputHeight % Tile == 0 && shape.OutputWidth % Tile == 0;

    public override bool ReadsBytes(in PoolShape pool) => SideOf(pool) != 0;

    public override int PooledRows(in PoolShape pool) => Math.Max(1, BlockRows / pool.StrideHeight);

    public override long PooledScratchSize(in PoolShape pool) => SideOf(pool) == 0 ? base.PooledScratchSize(pool) : ScratchSize(PooledRows(pool) * pool.WindowHeight);

    public override void RunPooled(in PoolShape pool, int first, int end, Pixels x, nint next, float* packed, float* bias, float* y, float* tap, bool relu, float* scratch)
    {
        if (SideOf(pool) == 0)
            base.RunPooled(pool, first, end, x, next, packed, bias, y, tap, relu, scratch);
        else
            PoolSquares(pool, first, end, x, next, packed, bias, y, tap, relu ? 0 : float.NegativeInfinity, null, scratch);
    }

    /// <summary>As the other, and adds up all outputs and their squares.</summary>
    /// <param name="pool">The windows, as <see cref="SumsOutputs"/> wants them.</param>
    /// <param name="first">The first row of windows.</param>
    /// <param name="end">The row behind the last.</param>
    /// <param name="x">The image.</param>
    /// <param name="next">From there to the image that the same thread is likely to take next; 0 for none.</param>
    /// <param name="packed">The packed filters.</param>
    /// <param name="bias">The packed bias.</param>
    /// <param name="y">Where the first window's values go.</param>
    /// <param name="tap">Where the numbers of the greatest values' pixels go.</param>
    /// <param name="sums">Where each channel's sum goes, and behind them those of the squares.</param>
    /// <param name="scratch">The worker's memory.</param>
    public void RunPooled(in PoolShape pool, int first, int end, Pixels x, nint next, float* packed, float* bias, float* y, float* tap, double* sums, float* scratch) =>
        PoolSquares(pool, first, end, x, next, packed, bias, y, tap, float.NegativeInfinity, sums, scratch);

    private void PoolSquares(in PoolShape pool, int first, int end, Pixels x, nint next, float* packed, float* bias, float* y, float* tap, float floor, double* sums, float* scratch)
    {
        int side = SideOf(pool), window = pool.WindowWidth, perTile = Tile / side, perWindow = window / side;
        int firstTile = first * window / Tile, endTile = Parts(end * window);
        var memory = new Memory(this, scratch, Math.Min(endTile - firstTile, _chunk));

        int lines = next == 0 || x.Floats == null ? 0 : (2 * Tile * _s.Width * _s.Channels + _pointsARow * CacheLines.Floats - 1) / (_pointsARow * CacheLines.Floats);
        if (sums != null)
        {
            new Span<float>(memory.Sums, 2 * _blocks * ChannelBlock * _width).Clear();
            new Span<float>(memory.Counts, _tiles).Fill(1);
            new Span<float>(memory.Counts + _tiles, _pitch - _tiles).Clear();
        }
        for (int row = firstTile; row < endTile; row += 2)
        {
            if ((row - firstTile) % _chunk == 0)
                Transform(x, next, row, Math.Min(endTile, row + _chunk), memory, row == firstTile);
            float* ahead = x.Floats + next + (nint)row * Tile * _s.Width * _s.Channels;
            for (int column = 0; column < _tiles; column += _width)
            {
                for (int block = 0; block < _blocks; block++)
                {
                    Multiply(row, column, firstTile, endTile, block, packed, bias, ahead, lines, memory);
                    ahead += Points * lines * CacheLines.Floats;
                    if (tap == null)
                        _kernels.Reduce(memory.Half, side, join: perWindow > 1, floor, memory.Outputs);
                    else
                        _kernels.Locate(memory.Half, side, join: perWindow > 1, window, floor, memory.Outputs, memory.Taps, sums == null ? default : Moments(memory, column, block, endTile - row));
                    if (perWindow > 1)
                    {
                        nint at = (nint)(row / perWindow) * pool.OutputWidth * _s.OutputChannels;
                        Merge(memory, column / perWindow, block, y + at, tap == null ? null : tap + at, pool.OutputWidth, perWindow, row % perWindow * Tile * window);
                        continue;
                    }
                    StoreSquares(memory.Outputs, pool, row * perTile, first, end, column * perTile, block, y, perTile);
                    if (tap != null)
                        StoreSquares(memory.Taps, pool, row * perTile, first, end, column * perTile, block, tap, perTile);
                }
            }
        }
        if (sums != null)
            AddLanes(memory, sums);
    }

    /// <summary>Which tiles of two vectors are summed: those of the image.</summary>
    private TileMoments Moments(in Memory memory, int column, int block, int tileRows) =>
        new() { Sums = memory.Sums + 2 * block * ChannelBlock * _width, Counts = memory.Counts + column, Vectors = Math.Min(2, tileRows) };

    private void AddLanes(in Memory memory, double* sums)
    {
        for (int f = 0; f < _s.OutputChannels; f++)
        {
            float* lanes = memory.Sums + 2 * f * _width;
            sums[f] = Lanes.Sum(lanes, _width);
            sums[_s.OutputChannels + f] = Lanes.Sum(lanes + _width, _width);
        }
    }

    /// <summary>Stores the squares of two rows of tiles that are windows.</summary>
    private void StoreSquares(float* from, in PoolShape pool, int row, int first, int end, int column, int block, float* to, int perTile)
    {
        for (int i = 0; i < 2 * perTile; i++)
        {
            if (row + i < first || row + i >= end)
                continue;
            for (int j = 0; j < perTile; j++)
            {
                int squares = Math.Min(_width, (pool.OutputWidth - column - j + perTile - 1) / perTile);
                float* place = to + ((nint)(row + i) * pool.OutputWidth + column + j) * _s.OutputChannels;
                Store(Output(from, i % perTile * perTile + j, i / perTile), squares, block, place, perTile * _s.OutputChannels, accumulate: false);
            }
        }
    }

    /// <summary>The side of the squares of a tile's outputs that a pool's windows are made of: 2, 4, or 0 where they are not.</summary>
    private int SideOf(in PoolShape pool) => SideOf(pool, _s, _width);

    private static int SideOf(in PoolShape pool, WindowShape s, int width)
    {
        int window = pool.WindowHeight;
        bool whole = pool.WindowWidth == window && pool.StrideHeight == window && pool.StrideWidth == window && pool is { Top: 0, Left: 0 }
            && pool.OutputHeight * window <= s.OutputHeight && pool.OutputWidth * window <= s.OutputWidth;
        return !whole ? 0 : window == 2 ? 2 : window % 4 == 0 && width % (window / 4) == 0 ? 4 : 0;
    }

    /// <summary>Takes the greatest values of two rows of tiles into the windows that they are part of: of equal ones the first in the window's order.</summary>
    private void Merge(in Memory memory, int column, int block, float* y, float* tap, int windows, int perWindow, int firstTap)
    {
        float* turned = memory.Turned, places = memory.TurnedTaps;
        int channels = Math.Min(ChannelBlock, _s.OutputChannels - block * ChannelBlock), end = Math.Min(windows, column + _width / perWindow);
        Transposition.Columns(memory.Outputs, 2 * _width, ChannelBlock, _width, turned, ChannelBlock);
        if (tap != null)
            Transposition.Columns(memory.Taps, 2 * _width, ChannelBlock, _width, places, ChannelBlock);
        for (; column < end; column++)
        {
            Vector256<float> best = Vector256.Load(turned), where = Vector256.Load(places);
            turned += ChannelBlock;
            places += ChannelBlock;
            for (int tile = 1; tile < perWindow; tile++, turned += ChannelBlock, places += ChannelBlock)
            {
                Vector256<float> other = Vector256.Load(turned);
                if (tap != null)
                {
                    Vector256<float> there = Simd256.Add(Vector256.Load(places), Simd256.Create(tile * Tile));
                    where = Simd256.SelectGreater(other, best, there, Simd256.SelectEqual(other, best, Simd256.Min(where, there), where));
                }
                best = Simd256.Greater(best, other);
            }
            nint at = (nint)column * _s.OutputChannels + block * ChannelBlock;
            if (tap != null)
                Take(best, Simd256.Add(where, Simd256.Create(firstTap)), y + at, tap + at, channels, isFirst: firstTap == 0);
            else
                Take(best, y + at, channels, isFirst: firstTap == 0);
        }
    }

    /// <summary>Takes a block of channels of a window's greatest value so far into what rows of tiles before have given.</summary>
    private static void Take(Vector256<float> best, float* to, int channels, bool isFirst)
    {
        if (channels == ChannelBlock)
        {
            (isFirst ? best : Simd256.Greater(Vector256.Load(to), best)).Store(to);
            return;
        }
        for (int c = 0; c < channels; c++)
            to[c] = isFirst || best[c] > to[c] ? best[c] : to[c];
    }

    private static void Take(Vector256<float> best, Vector256<float> where, float* to, float* tap, int channels, bool isFirst)
    {
        if (channels == ChannelBlock)
        {
            Vector256<float> before = isFirst ? best : Vector256.Load(to);
            (isFirst ? where : Simd256.SelectGreater(best, before, where, Vector256.Load(tap))).Store(tap);
            Simd256.Greater(before, best).Store(to);
            return;
        }
        for (int c = 0; c < channels; c++)
        {
            if (isFirst || best[c] > to[c])
                (to[c], tap[c]) = (best[c], where[c]);
        }
    }
}
