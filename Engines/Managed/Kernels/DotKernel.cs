using System.Runtime.Intrinsics;

namespace ConvNets.Engines;

/// <summary>
/// Products of a matrix and a vector as TensorFlow on a processor sums them, in single precision: eight running sums, of every eighth product each, whose total is taken of four pairs four apart and
/// then of neighbours. A sum over 32,768 values is so 1e-6 from the exact one, and from TensorFlow's mostly nothing: its loss is followed closer than by a better sum. Vectors have eight lanes on
/// every processor. Four rows are summed together, since each sum waits for its own multiply-add before.
/// </summary>
internal static unsafe class DotKernel
{
    private const int Lanes = 8;

    /// <summary><c>sums[r] = Σ a[r, i]·b[i]</c>.</summary>
    /// <param name="a">The first row.</param>
    /// <param name="aRow">Floats from one row to the next.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="b">The vector.</param>
    /// <param name="count">Its length.</param>
    /// <param name="sums">Where the sums go.</param>
    public static void Run(float* a, nint aRow, int rows, float* b, int count, float* sums)
    {
        int row = 0;
        for (; row <= rows - 4; row += 4, a += 4 * aRow)
            Four(a, aRow, b, count, sums + row);
        for (; row < rows; row++, a += aRow)
            sums[row] = One(a, b, count);
    }

    private static void Four(float* a, nint row, float* b, int count, float* sums)
    {
        Vector256<float> s0 = Vector256<float>.Zero, s1 = s0, s2 = s0, s3 = s0;
        float* a1 = a + row, a2 = a1 + row, a3 = a2 + row;
        int whole = count / Lanes * Lanes;
        for (int i = 0; i < whole; i += Lanes)
        {
            Vector256<float> v = Vector256.Load(b + i);
            s0 = Simd256.MultiplyAdd(Vector256.Load(a + i), v, s0);
            s1 = Simd256.MultiplyAdd(Vector256.Load(a1 + i), v, s1);
            s2 = Simd256.MultiplyAdd(Vector256.Load(a2 + i), v, s2);
            s3 = Simd256.MultiplyAdd(Vector256.Load(a3 + i), v, s3);
        }
        sums[0] = Total(s0, a, b, whole, count);
        sums[1] = Total(s1, a1, b, whole, count);
        sums[2] = Total(s2, a2, b, whole, count);
        sums[3] = Total(s3, a3, b, whole, count);
    }

    private static float One(float* a, float* b, int count)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        int whole = count / Lanes * Lanes;
        for (int i = 0; i < whole; i += Lanes)
            sum = Simd256.MultiplyAdd(Vector256.Load(a + i), Vector256.Load(b + i), sum);
        return Total(sum, a, b, whole, count);
    }

    /// <summary>The total of the lanes, and of what fills none.</summary>
    private static float Total(Vector256<float> lanes, float* a, float* b, int first, int count)
    {
        Vector128<float> pairs = lanes.GetLower() + lanes.GetUpper();
        float sum = (pairs[0] + pairs[1]) + (pairs[2] + pairs[3]);
        for (int i = first; i < count; i++)
            sum = Scalar.MultiplyAdd(a[i], b[i], sum);
        return sum;
    }
}
