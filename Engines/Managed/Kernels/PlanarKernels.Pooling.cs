using System.Runtime.CompilerServices;

namespace ConvNets.Engines;

/// <summary>What is taken of the outputs: all, or the greatest of each square of them.</summary>
internal sealed unsafe partial class PlanarKernels<V, S>
{
    public override void Reduce(float* from, int size, bool join, float floor, float* to)
    {
        int step = join ? 2 : 1;
        for (int i = 0; i < 2 * ChannelBlock; i += step, to += step * S.Width)
        {
            float* part = Part(from, i);
            if (size == 1)
                Keep(part, to);
            else if (size == 2)
                GreatestOfTwo(part, S.Create(floor), to);
            else
                Put(to, 0, GreatestOfFour(part, join ? GreatestOfFour(part + S.Width, S.Create(floor)) : S.Create(floor)));
        }
    }

    public override void Locate(float* from, int size, bool join, int window, float floor, float* to, float* taps, in TileMoments moments)
    {
        int step = join ? 2 : 1;
        for (int i = 0; i < 2 * ChannelBlock; i += step, to += step * S.Width, taps += step * S.Width)
        {
            float* part = Part(from, i);
            float* sums = moments.Sums == null || i % 2 >= moments.Vectors ? null : moments.Sums + i / 2 * (2 * S.Width);
            if (size == 2)
            {
                LocateInTwo(part, window, S.Create(floor), to, taps, sums, moments.Counts);
                continue;
            }
            (V best, V where) = LocateInFour(part, window, 0, S.Create(float.NegativeInfinity), S.Zero);
            if (join)
                (best, where) = LocateInFour(part + S.Width, window, Tile, best, where);
            Put(to, 0, S.Greater(S.Create(floor), best));
            Put(taps, 0, where);
        }
    }

    /// <summary>Where what Multiply gave of a vector of tiles and channel begins.</summary>
    private static float* Part(float* from, int vector) => from + vector / Pair * (Points * Tile * Pair * S.Width) + vector % Pair * S.Width;

    private static void LocateInTwo(float* from, int window, V floor, float* to, float* taps, float* sums, float* counts)
    {
        V sum = S.Zero, squares = sum;
        for (int row = 0; row < Tile; row += 2)
        {
            (V a0, V a1, V a2, V a3) = Across(from, row);
            (V b0, V b1, V b2, V b3) = Across(from, row + 1);
            if (sums != null)
            {
                sum = S.Add(S.Add(sum, S.Add(S.Add(a0, a1), S.Add(a2, a3))), S.Add(S.Add(b0, b1), S.Add(b2, b3)));
                squares = Squares(a0, a1, a2, a3, Squares(b0, b1, b2, b3, squares));
            }
            (V best, V where) = Locate(a0, a1, b0, b1, window);
            Put(to, row, S.Greater(floor, best));
            Put(taps, row, where);
            (best, where) = Locate(a2, a3, b2, b3, window);
            Put(to, row + 1, S.Greater(floor, best));
            Put(taps, row + 1, where);
        }
        if (sums == null)
            return;

        // What tiles beyond the image hold may be anything.
        V count = S.Load(counts);
        S.Store(sums, S.Add(S.SelectGreater(count, S.Zero, sum, S.Zero), S.Load(sums)));
        S.Store(sums + S.Width, S.Add(S.SelectGreater(count, S.Zero, squares, S.Zero), S.Load(sums + S.Width)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Squares(V y0, V y1, V y2, V y3, V sum) => S.MultiplyAdd(y3, y3, S.MultiplyAdd(y2, y2, S.MultiplyAdd(y1, y1, S.MultiplyAdd(y0, y0, sum))));

    /// <summary>Goes on from what is the greatest so far through four rows, of which the first is row <paramref name="first"/> of the window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V Best, V Where) LocateInFour(float* from, int window, int first, V best, V where)
    {
        V start = S.Create(first * window), step = S.Create(window);
        for (int row = 0; row < Tile; row++, start = S.Add(start, step))
        {
            (V y0, V y1, V y2, V y3) = Across(from, row);
            (V greatest, V column) = Locate(y0, y1, y2, y3, 2);
            where = S.SelectGreater(greatest, best, S.Add(column, start), where);
            best = S.Greater(best, greatest);
        }
        return (best, where);
    }

    /// <summary>The greatest of two pairs of neighbours, and its place: 0 or 1, or of the second pair <paramref name="second"/> or the number behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V Best, V Where) Locate(V a0, V a1, V b0, V b1, int second)
    {
        V one = S.SelectGreater(a1, a0, S.Create(1f), S.Zero), other = S.SelectGreater(b1, b0, S.Create(second + 1f), S.Create((float)second));
        V a = S.Greater(a0, a1), b = S.Greater(b0, b1);
        return (S.Greater(a, b), S.SelectGreater(b, a, other, one));
    }

    private static void Keep(float* from, float* to)
    {
        for (int row = 0; row < Tile; row++)
        {
            (V y0, V y1, V y2, V y3) = Across(from, row);
            Put(to, 4 * row, y0);
            Put(to, 4 * row + 1, y1);
            Put(to, 4 * row + 2, y2);
            Put(to, 4 * row + 3, y3);
        }
    }

    private static void GreatestOfTwo(float* from, V floor, float* to)
    {
        for (int row = 0; row < Tile; row += 2)
        {
            (V a0, V a1, V a2, V a3) = Across(from, row);
            (V b0, V b1, V b2, V b3) = Across(from, row + 1);
            Put(to, row, S.Greater(floor, S.Greater(S.Greater(a0, a1), S.Greater(b0, b1))));
            Put(to, row + 1, S.Greater(floor, S.Greater(S.Greater(a2, a3), S.Greater(b2, b3))));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V GreatestOfFour(float* from, V best)
    {
        for (int row = 0; row < Tile; row++)
        {
            (V y0, V y1, V y2, V y3) = Across(from, row);
            best = S.Greater(best, S.Greater(S.Greater(y0, y1), S.Greater(y2, y3)));
        }
        return best;
    }

    /// <summary>Stores one of a tile's outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* to, int output, V value) => S.Store(to + output * 2 * ChannelBlock * S.Width, value);
}
