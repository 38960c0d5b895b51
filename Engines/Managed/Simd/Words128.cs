using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Vec = System.Runtime.Intrinsics.Vector128<uint>;

namespace ConvNets.Engines;

/// <summary>Four words: SSE, NEON, or software where a processor has neither.</summary>
internal readonly unsafe struct Words128 : IWords<Vec>
{
    public static int Width => Vec.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Create(uint word) => Vector128.Create(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Load(uint* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(uint* destination, Vec value) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Xor(Vec a, Vec b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Count(ulong first) => (Vector128.Create(first) + Vector128.Create(0ul, 1)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec MultiplyLower(Vec a, Vec b)
    {
        if (Sse2.IsSupported)
            return Sse2.Multiply(a, b).AsUInt32();
        return AdvSimd.IsSupported
            ? AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(a.AsUInt64()), AdvSimd.ExtractNarrowingLower(b.AsUInt64())).AsUInt32()
            : Vector128.Create((ulong)a[0] * b[0], (ulong)a[2] * b[2]).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Upper(Vec a) => (a.AsUInt64() >> 32).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBlocks(uint* destination, Vec w0, Vec w1, Vec w2, Vec w3)
    {
        Vector128<ulong> lower = Pairs(w0, w1), upper = Pairs(w2, w3);
        Vector128.Create(lower.GetLower(), upper.GetLower()).AsUInt32().Store(destination);
        Vector128.Create(lower.GetUpper(), upper.GetUpper()).AsUInt32().Store(destination + Vec.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec SelectFrom(Vec threshold, Vec numbers, Vec word) => Vector128.GreaterThanOrEqual(numbers, threshold) & word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Pairs(Vec lower, Vec upper) => lower.AsUInt64() & Vector128.Create(0xFFFFFFFFul) | upper.AsUInt64() << 32;
}
