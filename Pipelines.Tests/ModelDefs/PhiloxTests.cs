using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

[TestClass]
public sealed class PhiloxTests
{
    /// <summary>The known answers that the generator's authors publish with Random123 for philox4x32-10.</summary>
    [TestMethod]
    [DataRow(0ul, 0ul, 0ul, "6627e8d5 e169c58d bc57ac4c 9b00dbd8")]
    [DataRow(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, "408f276d 41c83b0e a20bc7c6 6d5451fd")]
    [DataRow(0x299f31d0_a4093822ul, 0x03707344_13198a2eul, 0x85a308d3_243f6a88ul, "d16cfe09 94fdcceb 5001e420 24126ea1")]
    public void BlocksAreThePublishedOnes(ulong seed, ulong stream, ulong position, string expected)
    {
        uint[] block = new uint[4];
        Philox.Block(seed, stream, position, block);

        Assert.AreEqual(expected, string.Join(' ', block.Select(v => v.ToString("x8"))));
    }

    [TestMethod]
    public void ASequenceIsItsBlocksInOrder()
    {
        var random = new Philox(seed: 5, stream: -7);
        uint[] expected = new uint[12];
        for (int i = 0; i < 3; i++)
            Philox.Block(5, unchecked((ulong)-7), (ulong)i, expected.AsSpan(4 * i, 4));

        CollectionAssert.AreEqual(expected, Enumerable.Range(0, 12).Select(_ => random.NextUInt32()).ToArray());
    }

    [TestMethod]
    public void SeedsAndStreamsDiffer()
    {
        uint[] first = [new Philox(1).NextUInt32(), new Philox(2).NextUInt32(), new Philox(1L << 32).NextUInt32(), new Philox(1, 1).NextUInt32(), new Philox(1, 1L << 32).NextUInt32()];

        Assert.AreEqual(5, first.Distinct().Count());
        Assert.AreEqual(first[0], new Philox(1).NextUInt32());
    }

    [TestMethod]
    public void SinglesAreUniformInZeroToOne()
    {
        var random = new Philox(1);
        float[] values = [.. Enumerable.Range(0, 100_000).Select(_ => random.NextSingle())];

        Assert.IsTrue(values.All(v => v is >= 0 and < 1));
        AssertUniform(values.GroupBy(v => (int)(v * 20)).Select(g => g.Count()), 20, values.Length);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(6)]
    [DataRow(1000)]
    public void IntegersAreUniformBelowTheirMaximum(int maximum)
    {
        var random = new Philox(2);
        int[] values = [.. Enumerable.Range(0, 200_000).Select(_ => random.NextInt32(maximum))];

        Assert.IsTrue(values.All(v => v >= 0 && v < maximum));
        AssertUniform(values.GroupBy(v => v).Select(g => g.Count()), maximum, values.Length);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => random.NextInt32(0));
    }

    [TestMethod]
    public void NormalsHaveMeanZeroAndVarianceOne()
    {
        var random = new Philox(3);
        double[] values = [.. Enumerable.Range(0, 100_000).Select(_ => (double)random.NextNormal())];

        Assert.AreEqual(0, values.Average(), 4 / Math.Sqrt(values.Length), "mean, within 4 standard errors");
        Assert.AreEqual(1, values.Average(v => v * v), 4 * Math.Sqrt(2.0 / values.Length), "variance");
        Assert.AreEqual(3, values.Average(v => v * v * v * v), 4 * Math.Sqrt(96.0 / values.Length), "fourth moment");
        Assert.AreEqual(0.6827, values.Count(v => Math.Abs(v) < 1) / (double)values.Length, 4 * Math.Sqrt(0.6827 * 0.3173 / values.Length), "within one deviation");
    }

    [TestMethod]
    public void ShuffleGivesEveryOrderEquallyOften()
    {
        var random = new Philox(4);
        Dictionary<string, int> orders = [];
        for (int i = 0; i < 48_000; i++)
        {
            char[] items = ['a', 'b', 'c', 'd'];
            random.Shuffle<char>(items);
            string order = new(items);
            orders[order] = orders.GetValueOrDefault(order) + 1;
        }

        AssertUniform(orders.Values, 24, 48_000);
        Assert.IsTrue(orders.Keys.All(o => new string([.. o.Order()]) == "abcd"));
    }

    /// <summary>Pearson's chi-squared of equally likely cells stays within 5 standard deviations of its mean.</summary>
    private static void AssertUniform(IEnumerable<int> counts, int cells, int total)
    {
        double expected = (double)total / cells;
        int[] found = [.. counts];
        double chiSquared = found.Sum(c => (c - expected) * (c - expected) / expected) + (cells - found.Length) * expected;
        Assert.IsLessThanOrEqualTo(cells - 1 + 5 * Math.Sqrt(2.0 * (cells - 1)), chiSquared);
    }
}
