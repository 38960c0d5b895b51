using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Vec = System.Runtime.Intrinsics.Vector256<uint>;

namespace ConvNets.Engines;

/// <summary>Eight words: AVX2.</summary>
internal readonly unsafe struct Words256 : IWords<Vec>
{
    public static int Width => Vec.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Create(uint word) => Vector256.Create(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Load(uint* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(uint* destination, Vec value) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Xor(Vec a, Vec b) => a ^ b;

    // Unpacking takes every other pair.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Count(ulong first) => (Vector256.Create(first) + Vector256.Create(0ul, 2, 1, 3)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec MultiplyLower(Vec a, Vec b) => Avx2.Multiply(a, b).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Upper(Vec a) => (a.AsUInt64() >> 32).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBlocks(uint* destination, Vec w0, Vec w1, Vec w2, Vec w3)
    {
        Vector256<ulong> lower = Pairs(w0, w1), upper = Pairs(w2, w3);
        Avx2.UnpackLow(lower, upper).AsUInt32().Store(destination);
        Avx2.UnpackHigh(lower, upper).AsUInt32().Store(destination + Vec.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec SelectFrom(Vec threshold, Vec numbers, Vec word) => Vector256.GreaterThanOrEqual(numbers, threshold) & word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Pairs(Vec lower, Vec upper) => lower.AsUInt64() & Vector256.Create(0xFFFFFFFFul) | upper.AsUInt64() << 32;
}
