using System.Text;
using ConvNets.Data.Hdf5.Format;

namespace ConvNets.Pipelines.Tests.Data.Hdf5;

[TestClass]
public sealed class ChecksumsTests
{
    /// <summary>The values that Bob Jenkins gives for his hash in its driver.</summary>
    [TestMethod]
    [DataRow("", 0xDEADBEEFu)]
    [DataRow("Four score and seven years ago", 0x17770551u)]
    public void Lookup3IsItsAuthors(string text, uint expected) =>
        Assert.AreEqual(expected, Checksums.Lookup3(Encoding.ASCII.GetBytes(text)));

    /// <summary>The sums written out without the deferred folding.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(721)]
    [DataRow(5000)]
    public void Fletcher32IsTheSumOfSums(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        ulong sum1 = 0, sum2 = 0;
        for (int i = 0; i < length; i += 2)
        {
            sum1 = (sum1 + (uint)(data[i] << 8) + (i + 1 < length ? data[i + 1] : 0u)) % 65535;
            sum2 = (sum2 + sum1) % 65535;
        }

        Assert.AreEqual((uint)((sum2 << 16) | sum1), Checksums.Fletcher32(data));
    }
}
