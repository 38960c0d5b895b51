using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ConvNets.Engines;

/// <summary>Turns small matrices around in registers, on any processor with vectors of four floats.</summary>
internal static class Transposition
{
    /// <summary>The columns of a 4×4 matrix that is given by its rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<float> C0, Vector128<float> C1, Vector128<float> C2, Vector128<float> C3) Four(Vector128<float> r0, Vector128<float> r1, Vector128<float> r2, Vector128<float> r3)
    {
        Vector128<float> low01 = Low(r0, r1), high01 = High(r0, r1), low23 = Low(r2, r3), high23 = High(r2, r3);
        return (LowHalves(low01, low23), HighHalves(low01, low23), LowHalves(high01, high23), HighHalves(high01, high23));
    }

    /// <summary>Stores the columns of an 8×8 matrix whose rows lie in memory, each a vector.</summary>
    public static unsafe void Eight(float* rows, nint rowStride, float* columns, nint columnStride)
    {
        if (!Avx.IsSupported)
        {
            for (int i = 0; i < 8; i += 4)
            {
                Four(rows + i, rowStride, columns + i * columnStride, columnStride);
                Four(rows + 4 * rowStride + i, rowStride, columns + i * columnStride + 4, columnStride);
            }
            return;
        }
        float* below = rows + 4 * rowStride, right = columns + 4 * columnStride;
        Vector256<float> r0 = Vector256.Load(rows), r1 = Vector256.Load(rows + rowStride), r2 = Vector256.Load(rows + 2 * rowStride), r3 = Vector256.Load(rows + 3 * rowStride);
        Vector256<float> r4 = Vector256.Load(below), r5 = Vector256.Load(below + rowStride), r6 = Vector256.Load(below + 2 * rowStride), r7 = Vector256.Load(below + 3 * rowStride);

        // Within the halves first: columns 0 … 3 and 4 … 7 of four rows; then the halves of the upper and lower four rows are joined.
        (Vector256<float> a0, Vector256<float> a1, Vector256<float> a2, Vector256<float> a3) = Halves(r0, r1, r2, r3);
        (Vector256<float> b0, Vector256<float> b1, Vector256<float> b2, Vector256<float> b3) = Halves(r4, r5, r6, r7);
        Avx.Permute2x128(a0, b0, 0x20).Store(columns);
        Avx.Permute2x128(a1, b1, 0x20).Store(columns + columnStride);
        Avx.Permute2x128(a2, b2, 0x20).Store(columns + 2 * columnStride);
        Avx.Permute2x128(a3, b3, 0x20).Store(columns + 3 * columnStride);
        Avx.Permute2x128(a0, b0, 0x31).Store(right);
        Avx.Permute2x128(a1, b1, 0x31).Store(right + columnStride);
        Avx.Permute2x128(a2, b2, 0x31).Store(right + 2 * columnStride);
        Avx.Permute2x128(a3, b3, 0x31).Store(right + 3 * columnStride);
    }

    /// <summary>Stores the columns of a matrix of up to eight rows; of four or eight in registers.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="rowStride">From one row to the next.</param>
    /// <param name="height">How many.</param>
    /// <param name="width">How many columns.</param>
    /// <param name="columns">Where the first goes.</param>
    /// <param name="columnStride">From one column to the next.</param>
    public static unsafe void Columns(float* rows, nint rowStride, int height, int width, float* columns, nint columnStride)
    {
        int column = 0;
        for (; height == 8 && column <= width - 8; column += 8)
            Eight(rows + column, rowStride, columns + column * columnStride, columnStride);
        for (; height is 4 or 8 && column <= width - 4; column += 4)
        {
            Four(rows + column, rowStride, columns + column * columnStride, columnStride);
            if (height == 8)
                Four(rows + 4 * rowStride + column, rowStride, columns + column * columnStride + 4, columnStride);
        }
        for (; column < width; column++)
        {
            for (int row = 0; row < height; row++)
                columns[column * columnStride + row] = rows[row * rowStride + column];
        }
    }

    /// <summary>Stores the columns of a 4×4 matrix whose rows lie in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Four(float* rows, nint rowStride, float* columns, nint columnStride) =>
        FourColumns(Vector128.Load(rows), rows, rowStride, 4, columns, columnStride);

    /// <summary>How many rows of four <see cref="FourColumns"/> takes at once where so many are left: 4 or 16.</summary>
    public static int RowsOfFour(int left) => Avx512F.IsSupported && left >= 16 ? 16 : 4;

    /// <summary>Stores the columns of a matrix of four or sixteen rows of four.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="rows">Where it is, or would be: the others lie behind it.</param>
    /// <param name="rowStride">From one row to the next.</param>
    /// <param name="height">How many: 4 or 16.</param>
    /// <param name="columns">Where the first column goes.</param>
    /// <param name="columnStride">From one column to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void FourColumns(Vector128<float> first, float* rows, nint rowStride, int height, float* columns, nint columnStride)
    {
        Vector128<float> second = Vector128.Load(rows + rowStride), third = Vector128.Load(rows + 2 * rowStride), fourth = Vector128.Load(rows + 3 * rowStride);
        if (height == 4)
        {
            var turned = Four(first, second, third, fourth);
            turned.C0.Store(columns);
            turned.C1.Store(columns + columnStride);
            turned.C2.Store(columns + 2 * columnStride);
            turned.C3.Store(columns + 3 * columnStride);
            return;
        }

        // Quarter q of a vector is row 4q and so on of the vectors behind it: each quarter is turned around by itself.
        Vector512<float> r0 = EveryFourth(first, rows, rowStride), r1 = EveryFourth(second, rows + rowStride, rowStride);
        Vector512<float> r2 = EveryFourth(third, rows + 2 * rowStride, rowStride), r3 = EveryFourth(fourth, rows + 3 * rowStride, rowStride);
        Vector512<double> low01 = Avx512F.UnpackLow(r0, r1).AsDouble(), high01 = Avx512F.UnpackHigh(r0, r1).AsDouble(), low23 = Avx512F.UnpackLow(r2, r3).AsDouble(), high23 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        Avx512F.UnpackLow(low01, low23).AsSingle().Store(columns);
        Avx512F.UnpackHigh(low01, low23).AsSingle().Store(columns + columnStride);
        Avx512F.UnpackLow(high01, high23).AsSingle().Store(columns + 2 * columnStride);
        Avx512F.UnpackHigh(high01, high23).AsSingle().Store(columns + 3 * columnStride);
    }

    /// <summary>Rows 0, which is given, 4, 8 and 12.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector512<float> EveryFourth(Vector128<float> first, float* rows, nint rowStride)
    {
        Vector256<float> two = Avx.InsertVector128(first.ToVector256Unsafe(), Vector128.Load(rows + 4 * rowStride), 1);
        Vector512<float> three = Avx512F.InsertVector128(two.ToVector512Unsafe(), Vector128.Load(rows + 8 * rowStride), 2);
        return Avx512F.InsertVector128(three, Vector128.Load(rows + 12 * rowStride), 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> C0, Vector256<float> C1, Vector256<float> C2, Vector256<float> C3) Halves(Vector256<float> r0, Vector256<float> r1, Vector256<float> r2, Vector256<float> r3)
    {
        Vector256<double> low01 = Avx.UnpackLow(r0, r1).AsDouble(), high01 = Avx.UnpackHigh(r0, r1).AsDouble(), low23 = Avx.UnpackLow(r2, r3).AsDouble(), high23 = Avx.UnpackHigh(r2, r3).AsDouble();
        return (Avx.UnpackLow(low01, low23).AsSingle(), Avx.UnpackHigh(low01, low23).AsSingle(), Avx.UnpackLow(high01, high23).AsSingle(), Avx.UnpackHigh(high01, high23).AsSingle());
    }

    /// <summary>a₀ b₀ a₁ b₁.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(Vector128<float> a, Vector128<float> b)
    {
        if (Sse.IsSupported)
            return Sse.UnpackLow(a, b);
        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) : Vector128.Create(a[0], b[0], a[1], b[1]);
    }

    /// <summary>a₂ b₂ a₃ b₃.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(Vector128<float> a, Vector128<float> b)
    {
        if (Sse.IsSupported)
            return Sse.UnpackHigh(a, b);
        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) : Vector128.Create(a[2], b[2], a[3], b[3]);
    }

    /// <summary>The lower halves of a and b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> LowHalves(Vector128<float> a, Vector128<float> b)
    {
        if (Sse.IsSupported)
            return Sse.MoveLowToHigh(a, b);
        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a.AsDouble(), b.AsDouble()).AsSingle() : Vector128.Create(a.GetLower(), b.GetLower());
    }

    /// <summary>Their upper halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> HighHalves(Vector128<float> a, Vector128<float> b)
    {
        if (Sse.IsSupported)
            return Sse.MoveHighToLow(b, a);
        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a.AsDouble(), b.AsDouble()).AsSingle() : Vector128.Create(a.GetUpper(), b.GetUpper());
    }
}
