using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Random numbers in vectors against the same numbers one at a time.</summary>
[TestClass]
public sealed unsafe class RandomKernelTests
{
    public static IEnumerable<object[]> Draws =>
        from kernels in KernelSets.Names
        from positions in new[] { 0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 63, 257 }
        select new object[] { kernels, positions };

    [TestMethod]
    [DynamicData(nameof(Draws))]
    public void DrawnNumbersAreTheBlocks(string kernels, int positions)
    {
        // A position may pass from one word into the other, and from its end to its beginning.
        foreach ((ulong seed, ulong stream, ulong position) in ((ulong, ulong, ulong)[])[(0, 0, 0), (0x299f31d0_a4093822, 0x03707344_13198a2e, 5), (7, 1ul << 62, uint.MaxValue - 3ul), (ulong.MaxValue, ulong.MaxValue, ulong.MaxValue - 4)])
        {
            uint[] expected = new uint[4 * positions + 1], numbers = new uint[4 * positions + 1];
            (expected[^1], numbers[^1]) = (11, 11);
            for (int i = 0; i < positions; i++)
                Philox.Block(seed, stream, unchecked(position + (ulong)i), expected.AsSpan(4 * i, 4));
            fixed (uint* to = numbers)
                KernelSets.Get(kernels).Random.Draw(seed, stream, position, to, positions);

            CollectionAssert.AreEqual(expected, numbers);
        }
    }

    public static IEnumerable<object[]> Sets => KernelSets.Names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Sets))]
    public void NumbersFromTheThresholdOnAreSelected(string kernels)
    {
        uint[] numbers = [0, 1, int.MaxValue, 1u << 31, uint.MaxValue, 5, 4, 6];
        foreach (int count in new[] { 1, 7, 8, 15, 16, 17, 31, 37 })
        {
            foreach (uint threshold in new[] { 0u, 5u, 1u << 31, uint.MaxValue })
            {
                uint[] drawn = [.. Enumerable.Range(0, count).Select(i => numbers[i % numbers.Length])];
                float[] found = new float[count + 1];
                found[count] = 11;
                fixed (uint* from = drawn)
                fixed (float* to = found)
                    KernelSets.Get(kernels).Random.SelectFrom(threshold, from, 1.5f, to, count);

                CollectionAssert.AreEqual((float[])[.. drawn.Select(n => n >= threshold ? 1.5f : 0), 11], found);
            }
        }
    }

    /// <summary>Of all pairs of a few numbers, the least and the greatest among them, against double precision.</summary>
    [TestMethod]
    public void NormalNumbersAreBoxAndMullers()
    {
        uint[] some = [0, 255, 256, 77_777_777, 1u << 31, (1u << 31) + 5_000, 3_333_333_333, uint.MaxValue];
        uint[] numbers = [.. some.SelectMany(first => some.SelectMany(second => new[] { first, second }))];
        float[] found = new float[numbers.Length];
        fixed (float* to = found)
        {
            numbers.CopyTo(new Span<uint>(to, numbers.Length));
            RandomKernels.ToNormal(to, numbers.Length);
        }
        for (int i = 0; i < numbers.Length; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - (numbers[i] >> 8) / (double)(1 << 24))), angle = 2 * Math.PI * (numbers[i + 1] >> 8) / (1 << 24);
            Assert.AreEqual(radius * Math.Cos(angle), found[i], 4e-6);
            Assert.AreEqual(radius * Math.Sin(angle), found[i + 1], 4e-6);
        }
    }
}
