using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ConvNets.Engines;

/// <summary>The image's transform: its lines are turned into planes of adjacent tiles, and transformed along their columns, then along the rows.</summary>
internal sealed unsafe partial class PlanarWinograd
{
    // Values at a line's ends that are dealt with one by one.
    private const int FewValues = 4;

    // Tiles that are turned at a time.
    private const int MostTiles = 16;

    /// <summary>Transforms the rows of the image that some rows of tiles read.</summary>
    private void Transform(Pixels x, nint next, int firstTile, int endTile, in Memory memory, bool starts)
    {
        for (int k = 0; k < _depth; k++)
            memory.Offsets[k] = (k / (_partsDown * _partsAcross) * _partsAcross + k % _partsAcross) * (Points * _width) + k / _partsAcross % _partsDown * RowSize;
        int channels = _s.Channels, first = firstTile * Tile - _s.Top;
        if (starts)
        {
            new Span<float>(memory.Edges, _lineTiles * Tile * channels).Clear();
            new Span<float>(memory.Planes, (int)(Tile * Tile * channels * memory.PlaneStride)).Clear();
        }

        // A row of tiles reads seven lines, the last three of which are the next one's first. They lie in a ring of eight. Each part of the filter across has tiles of its own, shifted,
        // so that all are whole vectors: one that lies across two lines of the cache costs two loads.
        nint lineSize = (nint)channels * Points * _ringPitch;
        if (starts || _partsDown > 1)
            TransformRows(x, next, first, Points - Tile, memory, memory.Ring + (8 - Points + Tile) * lineSize, lineSize, _ringPitch, Points * _ringPitch);
        for (int row = 0; row < endTile - firstTile + _partsDown - 1; row++)
        {
            int half = row % 2 * Tile;
            TransformRows(x, next, first + row * Tile + Points - Tile, Tile, memory, memory.Ring + half * lineSize, lineSize, _ringPitch, Points * _ringPitch);
            for (int part = 0; part < _partsAcross; part++)
            {
                float* to = memory.Tiles + row * RowSize + part * (Points * _width);
                _kernels.TransformColumns(memory.Ring + part, lineSize, half + 8 - Points + Tile, _ringPitch, channels, _tiles, to, _partsAcross);
            }
        }
    }

    /// <summary>Transforms some lines of the image along their columns. Each step runs over all of them, so that it does not wait for what the one before has just stored.</summary>
    private void TransformRows(Pixels x, nint next, int first, int count, in Memory memory, float* to, nint line, nint point, nint channel)
    {
        nint planes = Tile * _s.Channels * memory.PlaneStride;
        LayOut(x, next, first, count, memory);
        for (int i = 0; i < count; i++)
            _kernels.TransformRow(memory.Planes + i * planes, memory.PlaneStride, _s.Channels, _ringPitch, to + i * line, point, channel);
    }

    /// <summary>
    /// Turns some lines of the image, a few tiles at a time, into planes: one for each place in a tile and channel. Of tiles that lie in the image in part it is the same part in every line,
    /// and zeros beside it: they come from a copy among zeros; a few values are put among the planes' zeros one by one; or a few before the line are read and set to 0.
    /// </summary>
    private void LayOut(Pixels x, nint next, int first, int count, in Memory memory)
    {
        int tileSize = Tile * _s.Channels, size = _s.Width * _s.Channels, begin = Math.Clamp(-first, 0, count), end = Math.Clamp(_s.Height - first, begin, count);
        nint plane = memory.PlaneStride, line = tileSize * plane;
        new Span<float>(memory.Planes, (int)(begin * line)).Clear();
        new Span<float>(memory.Planes + end * line, (int)((count - end) * line)).Clear();
        if (next != 0 && x.Floats == null)
            x.From((long)(first + begin) * size + next).Prefetch((end - begin) * size);
        for (int tile = 0, tiles; tile < _lineTiles; tile += tiles)
        {
            tiles = Transposition.RowsOfFour(_lineTiles - tile);
            int start = tile * tileSize - _s.Left * _s.Channels, from = Math.Max(0, start), to = Math.Min(size, start + tiles * tileSize), missing = from - start;
            bool reachesEnd = to == start + tiles * tileSize;
            float* edges = memory.Edges + tile * tileSize;
            for (int i = begin; i < end; i++)
            {
                Pixels row = x.From((long)(first + i) * size);
                float* planes = memory.Planes + i * line + tile;
                if (reachesEnd && (missing == 0 || (missing <= FewValues && first + i > 0)))
                {
                    TurnTiles(row.From(start), missing, tiles, planes, plane, memory.Fours);
                }
                else if (to - from <= FewValues)
                {
                    for (int j = from; j < to; j++)
                    {
                        int place = j - start, tileOn = place < tileSize ? 0 : 1;
                        planes[(place - tileOn * tileSize) * plane + tileOn] = row.At(j);
                    }
                }
                else
                {
                    row.From(from).CopyTo(new Span<float>(edges + missing, to - from));
                    TurnTiles(new Pixels(edges), 0, tiles, planes, plane, memory.Fours);
                }
            }
        }
    }

    /// <summary>Turns some tiles' values in a line into planes, with zeros in place of the first <paramref name="missing"/>. Bytes are turned as fours, and spread then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void TurnTiles(Pixels from, int missing, int tiles, float* planes, nint plane, float* fours)
    {
        int tileSize = Tile * _s.Channels;
        float* x = from.Floats;
        if (x != null)
        {
            for (int place = 0; place < tileSize; place += Tile)
            {
                Vector128<float> corner = Vector128.Load(x + place);
                if (place == 0 && missing > 0)
                    corner = Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(Vector128<int>.Indices, Vector128.Create(missing)).AsSingle(), corner, Vector128<float>.Zero);
                Transposition.FourColumns(corner, x + place, tileSize, tiles, planes + place * plane, plane);
            }
            return;
        }
        float* bytes = (float*)from.Bytes;
        for (int four = 0; four < _s.Channels; four += Tile)
        {
            Vector128<float> corner = Vector128.Load(bytes + four);
            if (four == 0 && missing > 0)
                corner = Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(Vector128<byte>.Indices, Vector128.Create((byte)missing)).AsSingle(), corner, Vector128<float>.Zero);
            Transposition.FourColumns(corner, bytes + four, _s.Channels, tiles, fours, MostTiles);
            for (int i = 0; i < Math.Min(Tile, _s.Channels - four); i++)
                from.Spread(fours + i * MostTiles, tiles, planes + (four + i) * Tile * plane, plane);
        }
    }
}
