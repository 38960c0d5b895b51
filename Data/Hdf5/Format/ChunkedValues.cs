namespace ConvNets.Data.Hdf5.Format;

/// <summary>
/// Reads rows of a chunked dataset. Chunks are decoded a slab at a time (all chunks with the same first index), and slabs read last are kept,
/// so that reading in order decodes each chunk once.
/// </summary>
internal sealed class ChunkedValues
{
    /// <summary>Bytes of decoded slabs that are kept; one slab always is.</summary>
    private const long CacheBytes = 64 << 20;

    private readonly FileBytes _file;
    private readonly DataLayout _layout;
    private readonly Dataspace _space;
    private readonly int _elementSize;
    private readonly FilterStep[] _filters;
    private readonly byte[] _fill;
    private readonly int _chunkBytes;
    private readonly ChunkIndex _index;
    private readonly long _rowBytes;
    private readonly LinkedList<(long Number, byte[] Values)> _slabs = new();

    public ChunkedValues(
        FileBytes file, DataLayout layout, Dataspace space, int elementSize, FilterStep[] filters, byte[] fill, long maxBytes, Budget budget)
    {
        _file = file;
        _layout = layout;
        _space = space;
        _elementSize = elementSize;
        _filters = filters;
        _fill = fill;
        long bytes = elementSize;
        foreach (long d in layout.ChunkShape)
        {
            // Both factors are below 2³², so the product does not overflow.
            bytes *= d;
            if (bytes > maxBytes || bytes > Array.MaxLength - 1024)
                throw new InvalidDataException($"chunks of ({string.Join(", ", layout.ChunkShape)}) elements are larger than {Math.Min(maxBytes, Array.MaxLength)} bytes");
        }

        _chunkBytes = (int)bytes;
        _rowBytes = space.Shape[0] == 0 ? 0 : space.Count() / space.Shape[0] * elementSize;
        _index = ChunkIndex.Read(file, layout, space, _chunkBytes, filters.Length > 0, budget);
    }

    /// <summary>Reads rows as stored (not yet little-endian).</summary>
    public void ReadRows(long first, long count, Span<byte> destination, Budget budget)
    {
        long slabRows = _layout.ChunkShape[0];
        while (count > 0)
        {
            budget.Check();
            long number = first / slabRows, start = number * slabRows;
            long rows = Math.Min(slabRows, _space.Shape[0] - start), take = Math.Min(count, start + rows - first);
            int bytes = (int)(take * _rowBytes);
            if (take == rows)
                Decode(number, rows, destination[..bytes], budget);
            else
                Slab(number, rows, budget).AsSpan((int)((first - start) * _rowBytes), bytes).CopyTo(destination);
            destination = destination[bytes..];
            first += take;
            count -= take;
        }
    }

    private byte[] Slab(long number, long rows, Budget budget)
    {
        for (var node = _slabs.First; node is not null; node = node.Next)
        {
            if (node.Value.Number != number)
                continue;
            _slabs.Remove(node);
            _slabs.AddFirst(node);
            return node.Value.Values;
        }

        long bytes = rows * _rowBytes;
        if (bytes > Array.MaxLength)
            throw new InvalidDataException($"the chunks of rows {number * _layout.ChunkShape[0]} and on have {bytes} bytes, more than one array holds");
        while (_slabs.Count > 0 && (_slabs.Count + 1) * bytes > CacheBytes)
            _slabs.RemoveLast();
        var values = new byte[bytes];
        Decode(number, rows, values, budget);
        _slabs.AddFirst((number, values));
        return values;
    }

    /// <summary>Puts the chunks of one slab in their places.</summary>
    private void Decode(long number, long rows, Span<byte> slab, Budget budget)
    {
        long across = 1;
        for (int i = 1; i < _index.Counts.Length; i++)
            across *= _index.Counts[i];
        var position = new long[_index.Counts.Length];
        for (long i = 0; i < across; i++)
        {
            budget.Check();
            long rest = i;
            for (int d = position.Length - 1; d > 0; d--)
            {
                position[d] = rest % _index.Counts[d];
                rest /= _index.Counts[d];
            }

            position[0] = 0;
            byte[]? chunk = _index.TryGet((number * across) + i, out var stored) ? ReadChunk(stored, IsEdge(number, position)) : null;
            Place(chunk, position, rows, slab);
        }
    }

    private byte[] ReadChunk(StoredChunk stored, bool isEdge)
    {
        byte[] bytes = _file.Read(stored.Address, stored.Size);
        if (_filters.Length > 0 && !(isEdge && _layout.EdgeChunksUnfiltered))
            return ChunkFilters.Undo(bytes, stored.Mask, _filters, _chunkBytes);
        return bytes.Length == _chunkBytes
            ? bytes
            : throw new InvalidDataException($"a chunk has {bytes.Length} bytes; expected {_chunkBytes}");
    }

    private bool IsEdge(long number, long[] position)
    {
        for (int d = 0; d < position.Length; d++)
        {
            long at = d == 0 ? number : position[d];
            if ((at + 1) * _layout.ChunkShape[d] > _space.Shape[d])
                return true;
        }

        return false;
    }

    /// <summary>Copies what of a chunk lies inside the dataset, or the fill value where there is no chunk, run by run of the last dimensions.</summary>
    private void Place(byte[]? chunk, long[] position, long rows, Span<byte> slab)
    {
        int rank = position.Length;
        var extent = new long[rank];
        for (int d = 0; d < rank; d++)
            extent[d] = Math.Min(_layout.ChunkShape[d], (d == 0 ? rows : _space.Shape[d]) - (position[d] * _layout.ChunkShape[d]));

        // Dimensions that chunk and dataset share wholly make one run with the one before.
        int last = rank - 1;
        long run = extent[last];
        while (last > 0 && extent[last] == _space.Shape[last] && extent[last] == _layout.ChunkShape[last])
            run *= extent[--last];

        // The dimension before the run is the inner loop; its steps in chunk and slab are constant.
        int runBytes = (int)(run * _elementSize), runs = last > 0 ? (int)extent[last - 1] : 1;
        long fromStep = _elementSize, toStep = _elementSize;
        for (int d = last; d < rank; d++)
        {
            fromStep *= _layout.ChunkShape[d];
            toStep *= d == 0 ? rows : _space.Shape[d];
        }

        var at = new long[rank];
        while (true)
        {
            long from = 0, to = 0;
            for (int d = 0; d < rank; d++)
            {
                from = (from * _layout.ChunkShape[d]) + at[d];
                to = (to * (d == 0 ? rows : _space.Shape[d])) + (position[d] * _layout.ChunkShape[d]) + at[d];
            }

            var target = slab[(int)(to * _elementSize)..];
            if (chunk is null)
                FillRuns(target, runs, runBytes, toStep);
            else
                CopyRuns(chunk.AsSpan((int)(from * _elementSize)), target, runs, runBytes, (int)fromStep, toStep);

            int next = last - 2;
            while (next >= 0 && ++at[next] == extent[next])
                at[next--] = 0;
            if (next < 0)
                return;
        }
    }

    private void FillRuns(Span<byte> target, int runs, int runBytes, long step)
    {
        for (int i = 0; i < runs; i++)
            Tile(_fill, target.Slice((int)(i * step), runBytes));
    }

    private static void CopyRuns(ReadOnlySpan<byte> source, Span<byte> target, int runs, int runBytes, int fromStep, long toStep)
    {
        if (runBytes == 1)
        {
            // Chunks of one channel of an image: a call for each byte would take most of the time.
            int to = (int)toStep;
            for (int i = 0; i < runs; i++)
                target[i * to] = source[i * fromStep];
            return;
        }

        for (int i = 0; i < runs; i++)
            source.Slice(i * fromStep, runBytes).CopyTo(target.Slice((int)(i * toStep), runBytes));
    }

    /// <summary>Fills a place with one element's bytes; with zeros where there are none.</summary>
    public static void Tile(byte[] element, Span<byte> target)
    {
        if (!element.AsSpan().ContainsAnyExcept((byte)0))
        {
            target.Clear();
            return;
        }

        for (; !target.IsEmpty; target = target[element.Length..])
            element.CopyTo(target);
    }
}
