using ConvNets.Engines;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Bytes that stand for floats: divided to the last bit as by a division, whatever the processor has.</summary>
[TestClass]
public sealed unsafe class PixelsTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 256 + Pixels.Slack).Select(i => (byte)i)];

    [TestMethod]
    [DataRow(255f)]
    [DataRow(1f)]
    public void EveryByteIsItsQuotient(float divisor)
    {
        fixed (byte* bytes = Bytes)
        {
            var pixels = new Pixels(bytes, divisor);
            for (int first = 0; first < 256; first += 5)
            {
                float[] expected = [.. Bytes[first..256].Select(b => b / divisor)], found = new float[256 - first];
                pixels.From(first).CopyTo(found);
                CollectionAssert.AreEqual(expected, found);
                Assert.AreEqual(expected[0], pixels.At(first));
            }
        }
    }

    [TestMethod]
    [DataRow(4, 255f)]
    [DataRow(16, 255f)]
    [DataRow(16, 1f)]
    public void FoursBecomeColumns(int count, float divisor)
    {
        float* columns = stackalloc float[4 * 20];
        fixed (byte* bytes = Bytes)
        {
            for (int first = 0; first + 4 * count <= 256; first += 4)
            {
                new Pixels(bytes, divisor).Spread((float*)(bytes + first), count, columns, 20);
                for (int i = 0; i < 4 * count; i++)
                    Assert.AreEqual(Bytes[first + i] / divisor, columns[i % 4 * 20 + i / 4]);
            }
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(15)]
    [DataRow(16)]
    [DataRow(1023)]
    [DataRow(1025)]
    [DataRow(5000)]
    public void BytesAreFoundBehindTheirQuotients(int count)
    {
        foreach (float divisor in new[] { 255f, 1f })
        {
            // One byte that is not 0 tells the divisors apart.
            byte[] bytes = [.. Enumerable.Range(0, count).Select(i => (byte)(7 + 13 * i))];
            ByteValues? found = ByteValues.Find([.. bytes.Select(b => b / divisor)]);
            Assert.AreEqual(divisor, found!.Divisor);
            CollectionAssert.AreEqual(bytes, new Span<byte>(found.Pointer, count).ToArray());
        }
    }

    [TestMethod]
    [DataRow(0.5f)]
    [DataRow(-1 / 255f)]
    [DataRow(256 / 255f)]
    [DataRow(-0f)]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(0.3921569f)]
    public void OneOtherValueAndTheyAreNone(float other)
    {
        foreach (int place in new[] { 0, 17, 1030, 2047, 2048 })
        {
            float[] values = [.. Enumerable.Range(0, 2049).Select(i => i % 256 / 255f)];
            Assert.IsNotNull(ByteValues.Find(values));
            values[place] = other;
            Assert.IsNull(ByteValues.Find(values), $"{other} at {place}");
        }
    }
}
