using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Kernels = ConvNets.Engines.PlanarKernels<System.Runtime.Intrinsics.Vector512<float>, ConvNets.Engines.Simd512>;

namespace ConvNets.Engines;

/// <summary>
/// The products of <see cref="PlanarKernels"/> with AVX-512: two filters of two vectors of tiles. All thirty-two registers are in use: twenty-eight sums, the two vectors, four of the filters'
/// values in each quarter of a register, and one of them in each lane of another. Four values are loaded at once and spread by permutations because vectors so wide are loaded two a cycle, as
/// many as are multiplied: with a load for each value there would be as many loads as multiplications, and inference takes 3 to 5 % longer.
/// </summary>
internal static unsafe class PlanarProducts512
{
    private const int Points = PlanarKernels.Points, Width = 16;

    /// <summary>What <see cref="PlanarKernels.Multiply"/> gives at one point across.</summary>
    /// <param name="tiles">The first vector's tiles.</param>
    /// <param name="second">From there to the second vector's.</param>
    /// <param name="offsets">Where the tiles are that meet each part of the filter.</param>
    /// <param name="depth">How many parts.</param>
    /// <param name="filters">The filters' values [depth][points down][2]; two beyond are read.</param>
    /// <param name="start">What is added to the products at the unit point, for each filter.</param>
    /// <param name="to">Where the result goes: [rows of a tile][2 channels][2] vectors.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Two(float* tiles, nint second, nint* offsets, int depth, float* filters, float* start, float* to)
    {
        Vector512<float> a0 = Vector512<float>.Zero, a1 = Vector512.Create(start[0]), a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, b0 = a0, b1 = a1, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0;
        Vector512<float> c0 = a0, c1 = Vector512.Create(start[1]), c2 = a0, c3 = a0, c4 = a0, c5 = a0, c6 = a0, d0 = a0, d1 = c1, d2 = a0, d3 = a0, d4 = a0, d5 = a0, d6 = a0;
        for (nint* end = offsets + depth; offsets < end; offsets++, filters += 2 * Points)
        {
            float* p = tiles + *offsets, q = p + second;
            Vector512<float> v, w, four, f;
            v = Load(p);
            w = Load(q);
            four = Avx512F.BroadcastVector128ToVector512(filters);
            f = Avx512F.Permute4x32(four, 0x00);
            a0 = MultiplyAdd(f, v, a0);
            b0 = MultiplyAdd(f, w, b0);
            f = Avx512F.Permute4x32(four, 0x55);
            c0 = MultiplyAdd(f, v, c0);
            d0 = MultiplyAdd(f, w, d0);
            v = Load(p + Width);
            w = Load(q + Width);
            f = Avx512F.Permute4x32(four, 0xAA);
            a1 = MultiplyAdd(f, v, a1);
            b1 = MultiplyAdd(f, w, b1);
            f = Avx512F.Permute4x32(four, 0xFF);
            c1 = MultiplyAdd(f, v, c1);
            d1 = MultiplyAdd(f, w, d1);
            v = Load(p + 2 * Width);
            w = Load(q + 2 * Width);
            four = Avx512F.BroadcastVector128ToVector512(filters + 4);
            f = Avx512F.Permute4x32(four, 0x00);
            a2 = MultiplyAdd(f, v, a2);
            b2 = MultiplyAdd(f, w, b2);
            f = Avx512F.Permute4x32(four, 0x55);
            c2 = MultiplyAdd(f, v, c2);
            d2 = MultiplyAdd(f, w, d2);
            v = Load(p + 3 * Width);
            w = Load(q + 3 * Width);
            f = Avx512F.Permute4x32(four, 0xAA);
            a3 = MultiplyAdd(f, v, a3);
            b3 = MultiplyAdd(f, w, b3);
            f = Avx512F.Permute4x32(four, 0xFF);
            c3 = MultiplyAdd(f, v, c3);
            d3 = MultiplyAdd(f, w, d3);
            v = Load(p + 4 * Width);
            w = Load(q + 4 * Width);
            four = Avx512F.BroadcastVector128ToVector512(filters + 8);
            f = Avx512F.Permute4x32(four, 0x00);
            a4 = MultiplyAdd(f, v, a4);
            b4 = MultiplyAdd(f, w, b4);
            f = Avx512F.Permute4x32(four, 0x55);
            c4 = MultiplyAdd(f, v, c4);
            d4 = MultiplyAdd(f, w, d4);
            v = Load(p + 5 * Width);
            w = Load(q + 5 * Width);
            f = Avx512F.Permute4x32(four, 0xAA);
            a5 = MultiplyAdd(f, v, a5);
            b5 = MultiplyAdd(f, w, b5);
            f = Avx512F.Permute4x32(four, 0xFF);
            c5 = MultiplyAdd(f, v, c5);
            d5 = MultiplyAdd(f, w, d5);
            v = Load(p + 6 * Width);
            w = Load(q + 6 * Width);
            four = Avx512F.BroadcastVector128ToVector512(filters + 12);
            f = Avx512F.Permute4x32(four, 0x00);
            a6 = MultiplyAdd(f, v, a6);
            b6 = MultiplyAdd(f, w, b6);
            f = Avx512F.Permute4x32(four, 0x55);
            c6 = MultiplyAdd(f, v, c6);
            d6 = MultiplyAdd(f, w, d6);
        }
        Kernels.InvertDown(a0, a1, a2, a3, a4, a5, a6, to);
        Kernels.InvertDown(c0, c1, c2, c3, c4, c5, c6, to + 2 * Width);
        Kernels.InvertDown(b0, b1, b2, b3, b4, b5, b6, to + Width);
        Kernels.InvertDown(d0, d1, d2, d3, d4, d5, d6, to + 3 * Width);
    }

    private static Vector512<float> Load(float* from) => Vector512.Load(from);

    private static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Avx512F.FusedMultiplyAdd(a, b, c);
}
