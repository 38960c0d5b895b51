using System.IO.Compression;
using ConvNets.Data.Hdf5.Format;

namespace ConvNets.Pipelines.Tests.Data.Hdf5;

[TestClass]
public sealed class ChunkFiltersTests
{
    private static readonly FilterStep Gzip = new(1, [6]);
    private static readonly FilterStep Lzf = new(32000, []);

    [TestMethod]
    public void AChunkThatInflatesToMoreThanItsSizeIsRefused()
    {
        byte[] zeros = Deflate(new byte[1000]);

        CollectionAssert.AreEqual(new byte[1000], ChunkFilters.Undo(zeros, 0, [Gzip], 1000));
        Assert.ThrowsExactly<InvalidDataException>(() => ChunkFilters.Undo(zeros, 0, [Gzip], 900));
        Assert.ThrowsExactly<InvalidDataException>(() => ChunkFilters.Undo(zeros, 0, [Gzip], 1001));
    }

    [TestMethod]
    public void SkippedFiltersAreThoseOfTheMask()
    {
        byte[] values = [1, 2, 3, 4, 5, 6, 7, 8];
        FilterStep[] steps = [new(2, [4]), Gzip];

        // Shuffled by hand: the first bytes of both elements, then the second ones.
        byte[] shuffled = [1, 5, 2, 6, 3, 7, 4, 8];
        CollectionAssert.AreEqual(values, ChunkFilters.Undo(Deflate(shuffled), 0b00, steps, 8));
        CollectionAssert.AreEqual(values, ChunkFilters.Undo(Deflate(values), 0b01, steps, 8));
        CollectionAssert.AreEqual(values, ChunkFilters.Undo(shuffled, 0b10, steps, 8));
        CollectionAssert.AreEqual(values, ChunkFilters.Undo(values, 0b11, steps, 8));
    }

    [TestMethod]
    public void LzfCopiesLiteralsAndReferences()
    {
        // Three literals; a reference of length 5 + 2 from 3 bytes back; a long one of 7 + 10 + 2 from 1 byte back.
        byte[] data = [2, 10, 20, 30, 5 << 5, 2, 7 << 5, 10, 0];
        byte[] expected = [10, 20, 30, 10, 20, 30, 10, 20, 30, 10, .. Enumerable.Repeat((byte)10, 19)];

        CollectionAssert.AreEqual(expected, ChunkFilters.Undo(data, 0, [Lzf], expected.Length));
        for (int length = 0; length < data.Length; length++)
            Assert.ThrowsExactly<InvalidDataException>(() => ChunkFilters.Undo(data[..length], 0, [Lzf], expected.Length), $"{length} bytes");
        Assert.ThrowsExactly<InvalidDataException>(() => ChunkFilters.Undo([0, 1, 1 << 5, 5], 0, [Lzf], 4), "a reference before the beginning");
    }

    [TestMethod]
    public void AWrongChecksumIsRefused()
    {
        byte[] values = [1, 2, 3, 4, 5];
        byte[] stored = [.. values, .. BitConverter.GetBytes(Checksums.Fletcher32(values))];

        CollectionAssert.AreEqual(values, ChunkFilters.Undo(stored, 0, [new(3, [])], values.Length));
        stored[2]++;
        Assert.ThrowsExactly<InvalidDataException>(() => ChunkFilters.Undo(stored, 0, [new(3, [])], values.Length));
    }

    private static byte[] Deflate(byte[] data)
    {
        using var stream = new MemoryStream();
        using (var deflater = new ZLibStream(stream, CompressionLevel.Optimal))
            deflater.Write(data);
        return stream.ToArray();
    }
}
