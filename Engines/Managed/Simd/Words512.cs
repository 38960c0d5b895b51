using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Vec = System.Runtime.Intrinsics.Vector512<uint>;

namespace ConvNets.Engines;

/// <summary>Sixteen words: AVX-512.</summary>
internal readonly unsafe struct Words512 : IWords<Vec>
{
    public static int Width => Vec.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Create(uint word) => Vector512.Create(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Load(uint* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(uint* destination, Vec value) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Xor(Vec a, Vec b) => a ^ b;

    // Unpacking takes every other pair.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Count(ulong first) => (Vector512.Create(first) + Vector512.Create(0ul, 4, 1, 5, 2, 6, 3, 7)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec MultiplyLower(Vec a, Vec b) => Avx512F.Multiply(a, b).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec Upper(Vec a) => (a.AsUInt64() >> 32).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBlocks(uint* destination, Vec w0, Vec w1, Vec w2, Vec w3)
    {
        Vector512<ulong> lower = Pairs(w0, w1), upper = Pairs(w2, w3);
        Avx512F.UnpackLow(lower, upper).AsUInt32().Store(destination);
        Avx512F.UnpackHigh(lower, upper).AsUInt32().Store(destination + Vec.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec SelectFrom(Vec threshold, Vec numbers, Vec word) => Vector512.GreaterThanOrEqual(numbers, threshold) & word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Pairs(Vec lower, Vec upper) => lower.AsUInt64() & Vector512.Create(0xFFFFFFFFul) | upper.AsUInt64() << 32;
}
