using System.Runtime.InteropServices;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>Where a stored chunk is, how many bytes it has, and which filters it skipped (a bit each).</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StoredChunk(long Address, long Size, uint Mask);

/// <summary>Where the chunks of a dataset are: read whole from whichever index the file keeps.</summary>
internal sealed class ChunkIndex
{
    private const byte ChunkTree1 = 1, UnfilteredRecord = 10, FilteredRecord = 11;

    private readonly FileBytes _file;
    private readonly Budget _budget;
    private readonly DataLayout _layout;
    private readonly Dataspace _space;
    private readonly long _chunkBytes;
    private readonly bool _filtered;
    private readonly Dictionary<long, StoredChunk> _chunks = [];
    private long _stored;

    private ChunkIndex(FileBytes file, DataLayout layout, Dataspace space, long chunkBytes, bool filtered, Budget budget)
    {
        _file = file;
        _budget = budget;
        _layout = layout;
        _space = space;
        _chunkBytes = chunkBytes;
        _filtered = filtered;
        Counts = new long[space.Shape.Length];
        for (int i = 0; i < Counts.Length; i++)
            Counts[i] = CountAlong(space.Shape[i], i);
    }

    /// <summary>The number of chunks along each dimension.</summary>
    public long[] Counts { get; }

    /// <param name="file">The file.</param>
    /// <param name="layout">The dataset's layout, chunked.</param>
    /// <param name="space">The dataset's dimensions.</param>
    /// <param name="chunkBytes">Bytes of an unfiltered chunk.</param>
    /// <param name="filtered">Whether the dataset has filters.</param>
    /// <param name="budget">The time left.</param>
    public static ChunkIndex Read(FileBytes file, DataLayout layout, Dataspace space, long chunkBytes, bool filtered, Budget budget)
    {
        var index = new ChunkIndex(file, layout, space, chunkBytes, filtered, budget);
        if (layout.Address >= 0 && !space.Shape.Contains(0))
            index.Load();
        return index;
    }

    /// <summary>The chunk at a position counted in chunks (row-major over <see cref="Counts"/>), if it was ever written.</summary>
    public bool TryGet(long position, out StoredChunk chunk) => _chunks.TryGetValue(position, out chunk);

    private void Load()
    {
        switch (_layout.Index)
        {
            case ChunkIndexKind.BTree1:
                LoadTree1();
                break;
            case ChunkIndexKind.SingleChunk:
                var (size, mask) = _layout.SingleChunk ?? (_chunkBytes, 0);
                Add(new long[Counts.Length], new StoredChunk(_layout.Address, size, mask));
                break;
            case ChunkIndexKind.Implicit:
                LoadImplicit();
                break;
            case ChunkIndexKind.FixedArray:
                FixedArray.Walk(_file, _layout.Address, _filtered, ByArray(unlimited: -1), _budget);
                break;
            case ChunkIndexKind.ExtensibleArray:
                ExtensibleArray.Walk(_file, _layout.Address, _filtered, ByArray(Array.IndexOf(_space.MaxShape, -1)), _budget);
                break;
            default:
                LoadTree2();
                break;
        }
    }

    private long CountAlong(long extent, int dimension) =>
        extent == 0 ? 0 : ((extent - 1) / _layout.ChunkShape[dimension]) + 1;

    private void LoadTree1()
    {
        int rank = Counts.Length;
        new BTree1(_file, _budget, ChunkTree1, 8 + (8 * (rank + 1))).Walk(_layout.Address, (key, address) =>
        {
            var cursor = new ByteCursor(key, _file);
            uint size = cursor.U32(), mask = cursor.U32();
            var position = new long[rank];
            for (int i = 0; i < rank; i++)
            {
                long element = cursor.Length(8);
                if (element % _layout.ChunkShape[i] != 0)
                    throw new InvalidDataException($"a chunk begins at element {element} of dimension {i}, inside of another");
                position[i] = element / _layout.ChunkShape[i];
            }

            Add(position, new StoredChunk(address, size, mask));
        });
    }

    private void LoadTree2()
    {
        int rank = Counts.Length;
        BTree2.Walk(_file, _layout.Address, _filtered ? FilteredRecord : UnfilteredRecord, record =>
        {
            var cursor = new ByteCursor(record, _file);
            long address = cursor.Address(), size = _chunkBytes;
            uint mask = 0;
            if (_filtered)
            {
                size = cursor.Length(record.Length - _file.OffsetSize - 4 - (8 * rank));
                mask = cursor.U32();
            }

            var position = new long[rank];
            for (int i = 0; i < rank; i++)
                position[i] = cursor.Length(8);
            Add(position, new StoredChunk(address, size, mask));
        }, _budget);
    }

    private void LoadImplicit()
    {
        var down = Down(unlimited: -1);
        long total = checked(down[0] * CountAlong(_space.MaxShape[0], 0));
        if (total > _file.Length / _chunkBytes)
            throw new InvalidDataException($"{total} chunks of {_chunkBytes} bytes lie outside of the file");
        var add = ByArray(unlimited: -1);
        for (long i = 0; i < total; i++)
            add(i, new StoredChunk(_layout.Address + (i * _chunkBytes), _chunkBytes, 0));
    }

    /// <summary>
    /// Array indexes count chunks row-major over the dimensions that the dataset may grow to; the one without limit, if any, comes first.
    /// </summary>
    private ArrayElement ByArray(int unlimited)
    {
        int rank = Counts.Length;
        if (unlimited < 0 && _space.MaxShape.Contains(-1))
            throw new InvalidDataException("the index of chunks does not fit a dataset that may grow without limit");
        if (unlimited >= 0 && _space.MaxShape.Count(d => d == -1) > 1)
            throw new InvalidDataException("the index of chunks does not fit a dataset that may grow in several dimensions");
        var down = Down(unlimited);
        int[] order = [.. Enumerable.Range(0, rank)];
        if (unlimited > 0)
            order = [unlimited, .. order.Where(d => d != unlimited)];
        return (number, chunk) =>
        {
            // A filtered chunk's size is stored; an unfiltered one's is that of all.
            if (!_filtered)
                chunk = chunk with { Size = _chunkBytes };
            var position = new long[rank];
            for (int i = 0; i < rank; i++)
            {
                position[order[i]] = number / down[i];
                number %= down[i];
            }

            Add(position, chunk);
        };
    }

    /// <summary>How many chunks one step in each dimension (in the index's order) passes.</summary>
    private long[] Down(int unlimited)
    {
        int rank = Counts.Length;
        int[] order = [.. Enumerable.Range(0, rank)];
        if (unlimited > 0)
            order = [unlimited, .. order.Where(d => d != unlimited)];
        var down = new long[rank];
        long step = 1;
        try
        {
            for (int i = rank - 1; i >= 0; i--)
            {
                down[i] = step;
                if (i > 0)
                    step = checked(step * Math.Max(1, CountAlong(_space.MaxShape[order[i]], order[i])));
            }
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException("the dataset has too many chunks", e);
        }

        return down;
    }

    private void Add(long[] position, StoredChunk chunk)
    {
        if (chunk.Address < 0)
            return;
        long number = 0;
        for (int i = 0; i < position.Length; i++)
        {
            // What lies outside is left from before the dataset shrank, or room to grow.
            if (position[i] < 0 || position[i] >= Counts[i])
                return;
            number = (number * Counts[i]) + position[i];
        }

        if (!_file.Contains(chunk.Address, chunk.Size))
            throw new InvalidDataException($"a chunk of {chunk.Size} bytes at address {chunk.Address} lies outside of the file");
        if ((_stored += chunk.Size) > _file.Length)
            throw new InvalidDataException("chunks overlap in the file");
        if (!_chunks.TryAdd(number, chunk))
            throw new InvalidDataException("the index names a chunk twice");
    }
}
