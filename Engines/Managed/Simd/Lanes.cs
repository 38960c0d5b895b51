using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ConvNets.Engines;

/// <summary>What the lanes of a vector give together, from where it is stored; their number is a multiple of four.</summary>
internal static unsafe class Lanes
{
    /// <summary>Their sum, in double precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(float* lanes, int count)
    {
        Vector256<double> sum = Vector256<double>.Zero;
        for (int i = 0; i < count; i += 4)
        {
            Vector128<float> four = Vector128.Load(lanes + i);
            sum += Vector256.Create(Vector128.WidenLower(four), Vector128.WidenUpper(four));
        }
        return Vector256.Sum(sum);
    }

    /// <summary>The greatest; not a number where one is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float* lanes, int count)
    {
        Vector128<float> max = Vector128.Load(lanes);
        for (int i = 4; i < count; i += 4)
            max = Vector128.Max(max, Vector128.Load(lanes + i));
        max = Vector128.Max(max, Vector128.Shuffle(max, Vector128.Create(2, 3, 0, 1)));
        return Vector128.Max(max, Vector128.Shuffle(max, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
}
