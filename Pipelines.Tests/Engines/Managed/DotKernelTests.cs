using ConvNets.Engines;

namespace ConvNets.Pipelines.Tests.Engines.Managed;

/// <summary>Dot products in TensorFlow's order.</summary>
[TestClass]
public sealed unsafe class DotKernelTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    [DataRow(8)]
    [DataRow(9)]
    [DataRow(64)]
    [DataRow(4099)]
    public void EachRowHasEightRunningSums(int count)
    {
        const int rows = 7;
        float[] a = TestWeights.Normal(rows * count, seed: 1), b = TestWeights.Normal(count, seed: 2), found = new float[rows];
        fixed (float* x = a, y = b, sums = found)
            DotKernel.Run(x, count, rows, y, count, sums);
        for (int r = 0; r < rows; r++)
            Assert.AreEqual(Dot(a.AsSpan(r * count, count), b), found[r], $"row {r}");
    }

    [TestMethod]
    public void TheSumIsThatOfItsProducts()
    {
        const int count = 32_768;
        float[] a = TestWeights.Normal(count, seed: 1), b = TestWeights.Normal(count, seed: 2);
        float found;
        fixed (float* x = a, y = b)
            DotKernel.Run(x, count, 1, y, count, &found);
        double expected = 0, size = 0;
        for (int i = 0; i < count; i++)
        {
            expected += (double)a[i] * b[i];
            size += Math.Abs((double)a[i] * b[i]);
        }
        Assert.AreEqual(expected, found, 1e-7 * size);
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float[] s = new float[8];
        int whole = a.Length / 8 * 8;
        for (int i = 0; i < whole; i++)
            s[i % 8] = Scalar.MultiplyAdd(a[i], b[i], s[i % 8]);
        float sum = ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
        for (int i = whole; i < a.Length; i++)
            sum = Scalar.MultiplyAdd(a[i], b[i], sum);
        return sum;
    }
}
