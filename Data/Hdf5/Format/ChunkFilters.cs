using System.Buffers.Binary;
using System.IO.Compression;

namespace ConvNets.Data.Hdf5.Format;

/// <summary>Undoes the filters of a chunk, never making more than the chunk may have.</summary>
internal static class ChunkFilters
{
    private const int Deflate = 1, Shuffle = 2, Fletcher32 = 3, Lzf = 32000;
    private const int ChecksumBytes = 4;

    /// <summary>The name of the first filter that is not read, or null.</summary>
    public static string? Refusal(IEnumerable<FilterStep> steps)
    {
        var unknown = steps.FirstOrDefault(s => s.Id is not (Deflate or Shuffle or Fletcher32 or Lzf));
        return unknown is null ? null : $"filter {Hdf5Filter.Of(unknown.Id)} is not read; gzip, shuffle, fletcher32 and lzf are";
    }

    /// <summary>How many bytes the filters can make of one at most: 1,032 with gzip, 88 with LZF.</summary>
    public static int MaxExpansion(IEnumerable<FilterStep> steps) =>
        steps.Select(s => s.Id switch { Deflate => 1032, Lzf => 88, _ => 1 }).DefaultIfEmpty(1).Max();

    /// <summary>Gives back the values of a chunk.</summary>
    /// <param name="stored">The chunk as stored.</param>
    /// <param name="mask">The filters that it skipped, a bit each.</param>
    /// <param name="steps">The dataset's filters in the order of writing.</param>
    /// <param name="chunkBytes">Bytes of the chunk without filters.</param>
    /// <exception cref="InvalidDataException">The chunk is damaged.</exception>
    public static byte[] Undo(byte[] stored, uint mask, FilterStep[] steps, int chunkBytes)
    {
        // On the way a chunk may still carry the checksums of filters that stand earlier in the pipeline.
        int limit = chunkBytes + (ChecksumBytes * steps.Length);
        byte[] chunk = stored;
        for (int i = steps.Length - 1; i >= 0; i--)
        {
            if ((mask & (1u << i)) != 0)
                continue;
            chunk = steps[i].Id switch
            {
                Deflate => Inflate(chunk, limit),
                Shuffle => Unshuffle(chunk, steps[i].Parameters),
                Fletcher32 => RemoveChecksum(chunk),
                Lzf => UndoLzf(chunk, limit),
                _ => throw new NotSupportedException($"filter {Hdf5Filter.Of(steps[i].Id)} is not read"),
            };
        }

        return chunk.Length == chunkBytes
            ? chunk
            : throw new InvalidDataException($"a chunk has {chunk.Length} bytes after its filters; expected {chunkBytes}");
    }

    private static byte[] Inflate(byte[] data, int limit)
    {
        // One byte more than allowed shows that there is too much.
        var buffer = new byte[limit + 1];
        using var inflater = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
        int length = inflater.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return length <= limit ? buffer[..length] : throw new InvalidDataException($"a chunk inflates to more than {limit} bytes");
    }

    private static byte[] Unshuffle(byte[] data, uint[] parameters)
    {
        if (parameters is not [var size, ..] || size == 0)
            throw new InvalidDataException("the filter shuffle has no element size");
        if (size == 1 || size > data.Length)
            return data;
        int elementSize = (int)size, count = data.Length / elementSize;
        var result = new byte[data.Length];
        for (int b = 0; b < elementSize; b++)
        {
            var plane = data.AsSpan(b * count, count);
            for (int i = 0, at = b; i < plane.Length; i++, at += elementSize)
                result[at] = plane[i];
        }

        // Bytes that fill no element stay where they are.
        int rest = count * elementSize;
        data.AsSpan(rest).CopyTo(result.AsSpan(rest));
        return result;
    }

    private static byte[] RemoveChecksum(byte[] data)
    {
        if (data.Length < ChecksumBytes)
            throw new InvalidDataException("a chunk is shorter than its checksum");
        var values = data.AsSpan(0, data.Length - ChecksumBytes);
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(values.Length));
        uint computed = Checksums.Fletcher32(values);
        // Old versions of HDF5 swapped the bytes within each half on little-endian machines.
        uint swapped = ((computed & 0x00FF00FF) << 8) | ((computed >> 8) & 0x00FF00FF);
        return stored == computed || stored == swapped
            ? values.ToArray()
            : throw new InvalidDataException("the checksum of a chunk is wrong");
    }

    /// <summary>Undoes Marc Lehmann's LZF: runs of literal bytes and references to bytes before.</summary>
    private static byte[] UndoLzf(ReadOnlySpan<byte> data, int limit)
    {
        const int LiteralLimit = 32, LongLength = 7;
        var result = new byte[limit];
        int written = 0;
        while (!data.IsEmpty)
        {
            int control = data[0];
            data = data[1..];
            if (control < LiteralLimit)
            {
                int count = control + 1;
                if (count > data.Length || count > limit - written)
                    throw DamagedLzf();
                data[..count].CopyTo(result.AsSpan(written));
                data = data[count..];
                written += count;
                continue;
            }

            int length = control >> 5;
            if (data.Length < (length == LongLength ? 2 : 1))
                throw DamagedLzf();
            if (length == LongLength)
            {
                length += data[0];
                data = data[1..];
            }

            length += 2;
            int from = written - (((control & 31) << 8) | data[0]) - 1;
            data = data[1..];
            if (from < 0 || length > limit - written)
                throw DamagedLzf();
            // A reference may reach into what it writes itself, so bytes go one by one.
            for (int i = 0; i < length; i++)
                result[written++] = result[from++];
        }

        return result[..written];
    }

    private static InvalidDataException DamagedLzf() => new("a chunk's LZF data is damaged");
}
