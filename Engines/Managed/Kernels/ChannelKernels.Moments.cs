namespace ConvNets.Engines;

/// <content>Statistics of a batch that comes in pieces, and of its pooled derivatives.</content>
internal abstract unsafe partial class ChannelKernels
{
    /// <summary>
    /// Goes on with <see cref="RunningMean"/>'s sums over some of the batch's rows, which come in order: <paramref name="sums"/> are four for each channel. Behind the last whole
    /// four rows the first one holds their total.
    /// </summary>
    /// <param name="x">The first of these rows.</param>
    /// <param name="firstRow">Its number in the batch.</param>
    /// <param name="rows">How many.</param>
    /// <param name="allRows">The batch's rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="sums">The sums, (4, channels), zeros at first; after the last row the first holds their total.</param>
    public abstract void RunningSums(float* x, long firstRow, long rows, long allRows, int channels, float* sums);

    /// <summary>
    /// The value of each window that is the greatest times the channel's sign (1, −1, or 0, which takes the first) and the number of its tap, the first of equals, for the output
    /// rows from <paramref name="firstRow"/> to before <paramref name="endRow"/> of one image. A window without any, all its values being no numbers, gives NaN.
    /// </summary>
    public abstract void MaxPoolSigned(in PoolShape s, float* x, float* sign, float* y, float* tap, int firstRow, int endRow);

    /// <summary>
    /// What a tile of windows adds to each channel's <c>sum += Σ dy</c> and, where an x is given, <c>dot += Σ dy·(x − mean)</c>; and for <see cref="PatchKernel{V,S}"/> their derivatives,
    /// the places of their pixels plus <see cref="Integers"/>, and which of the first and of the second sixteen windows have a derivative: numbers whose bit w is window w's, plus
    /// <see cref="Integers"/>.
    /// </summary>
    public abstract void WindowGradients(in WindowTile tile, float* mean, float* sum, float* dot, float* found, float* dy, float* places);

    /// <summary>2²³: an integer below it, added to it, stands in the low bits of the sum.</summary>
    public const float Integers = 1 << 23;
}

/// <summary>Up to 32 windows, some of each of a few rows. All strides are in floats.</summary>
internal readonly unsafe struct WindowTile
{
    /// <summary>Rows of windows.</summary>
    public required int Rows { get; init; }

    /// <summary>Windows of each row.</summary>
    public required int Columns { get; init; }

    /// <summary>Their channels.</summary>
    public required int Channels { get; init; }

    /// <summary>From one row of windows to the next.</summary>
    public required nint RowStep { get; init; }

    /// <summary>The pooled values' derivatives.</summary>
    public required float* Dy { get; init; }

    /// <summary>Where derivatives count only at y &gt; 0; null otherwise.</summary>
    public required float* Y { get; init; }

    /// <summary>The values that were pooled; null where they are not needed.</summary>
    public required float* X { get; init; }

    /// <summary>Where derivatives count only at x·scale + shift &gt; 0, computed as <see cref="ChannelKernels.Normalize"/> does it: each channel's factor; null otherwise.</summary>
    public required float* Scale { get; init; }

    /// <summary>And what is added.</summary>
    public required float* Shift { get; init; }

    /// <summary>Which pixels of their windows these were.</summary>
    public required float* Tap { get; init; }

    /// <summary>Pixels of a window's row.</summary>
    public required int TapColumns { get; init; }

    /// <summary>From the place of one row's windows, counted from the first one's first pixel, to that of the next.</summary>
    public required nint WindowRow { get; init; }

    /// <summary>From one window's place to the next one's.</summary>
    public required nint WindowColumn { get; init; }

    /// <summary>From the place of a pixel to that of the one below it.</summary>
    public required nint PixelRow { get; init; }

    /// <summary>From the place of a pixel to that of the one beside it.</summary>
    public required nint PixelColumn { get; init; }
}

/// <content>Statistics of a batch that comes in pieces, and of its pooled derivatives.</content>
internal sealed unsafe partial class ChannelKernels<V, S>
{
    public override void RunningSums(float* x, long firstRow, long rows, long allRows, int channels, float* sums)
    {
        long whole = allRows / 4 * 4;
        for (int c = 0; c < channels; c += S.Width)
        {
            V s0 = S.Load(sums + c), s1 = S.Load(sums + channels + c), s2 = S.Load(sums + 2L * channels + c), s3 = S.Load(sums + 3L * channels + c);
            float* p = x + c;
            for (long row = firstRow, end = firstRow + rows; row < end;)
            {
                if (row % 4 == 0 && row < whole)
                {
                    long fours = Math.Min(end, whole) / 4 * 4;
                    for (; row < fours; row += 4, p += 4L * channels)
                    {
                        s0 = S.Add(s0, S.Load(p));
                        s1 = S.Add(s1, S.Load(p + channels));
                        s2 = S.Add(s2, S.Load(p + 2L * channels));
                        s3 = S.Add(s3, S.Load(p + 3L * channels));
                    }
                    if (row == whole)
                        s0 = S.Add(S.Add(S.Add(s0, s1), s2), s3);
                    if (row == end)
                        break;
                }
                V value = S.Load(p);
                long place = row < whole ? row % 4 : 0;
                s0 = place == 0 ? S.Add(s0, value) : s0;
                s1 = place == 1 ? S.Add(s1, value) : s1;
                s2 = place == 2 ? S.Add(s2, value) : s2;
                s3 = place == 3 ? S.Add(s3, value) : s3;
                row++;
                p += channels;
                if (row == whole)
                    s0 = S.Add(S.Add(S.Add(s0, s1), s2), s3);
            }
            S.Store(sums + c, s0);
            S.Store(sums + channels + c, s1);
            S.Store(sums + 2L * channels + c, s2);
            S.Store(sums + 3L * channels + c, s3);
        }
    }

    public override void MaxPoolSigned(in PoolShape s, float* x, float* sign, float* y, float* tap, int firstRow, int endRow)
    {
        for (int row = firstRow; row < endRow; row++)
        {
            int top = row * s.StrideHeight - s.Top, u0 = Math.Max(0, -top), u1 = Math.Min(s.WindowHeight, s.Height - top);
            for (int column = 0; column < s.OutputWidth; column++)
            {
                int left = column * s.StrideWidth - s.Left, v0 = Math.Max(0, -left), v1 = Math.Min(s.WindowWidth, s.Width - left);
                long o = ((long)row * s.OutputWidth + column) * s.Channels;
                for (int c = 0; c < s.Channels; c += S.Width)
                {
                    V best = S.Create(float.NegativeInfinity), found = S.Create(float.NaN), where = S.Zero, factor = S.Load(sign + c);
                    for (int u = u0; u < u1; u++)
                    {
                        float* p = x + ((long)(top + u) * s.Width + left) * s.Channels + c;
                        for (int v = v0; v < v1; v++)
                        {
                            V value = S.Load(p + (long)v * s.Channels), signed = S.Multiply(value, factor);
                            where = S.SelectGreater(signed, best, S.Create(u * s.WindowWidth + v), where);
                            found = S.SelectGreater(signed, best, value, found);
                            best = S.SelectGreater(signed, best, signed, best);
                        }
                    }
                    S.Store(y + o + c, found);
                    S.Store(tap + o + c, where);
                }
            }
        }
    }

    public override void WindowGradients(in WindowTile tile, float* mean, float* sum, float* dot, float* found, float* dy, float* places)
    {
        // A tap's row is (tap + ½)/columns, cut off, which is half a unit less, rounded: and rounded is what is added to a number so large.
        float inverse = 1f / tile.TapColumns;
        V integers = S.Create(Integers), round = S.Create(1.5f * Integers), reciprocal = S.Create(inverse), half = S.Create(0.5f * inverse - 0.5f);
        V across = S.Create(tile.PixelColumn), down = S.Create(tile.PixelRow - tile.TapColumns * tile.PixelColumn), next = S.Create(tile.WindowColumn);
        int channels = tile.Channels, columns = tile.Columns;
        for (int c = 0; c < channels; c += S.Width)
        {
            V total = S.Zero, product = S.Zero, bit = S.Create(1), bits = integers, first = integers, m = tile.X == null ? S.Zero : S.Load(mean + c);
            V scale = tile.Scale == null ? S.Zero : S.Load(tile.Scale + c), shift = tile.Scale == null ? S.Zero : S.Load(tile.Shift + c);
            float* toDy = dy + c, toPlace = places + c;
            for (int r = 0, w = 0; r < tile.Rows; r++)
            {
                nint start = r * tile.RowStep + c;
                float* from = tile.Dy + start, tap = tile.Tap + start, x = tile.X == null ? null : tile.X + start, y = tile.Y == null ? null : tile.Y + start;
                bool isScaled = tile.Scale != null;
                V place = S.Create(Integers + r * tile.WindowRow);
                for (nint i = 0, end = columns * channels; i < end; i += channels, w++, toDy += channels, toPlace += channels)
                {
                    if (w == 16)
                        (first, bits, bit) = (bits, integers, S.Create(1));
                    V d = Masked(from + i, y, i), taps = S.Load(tap + i), row = S.Subtract(S.Add(S.MultiplyAdd(taps, reciprocal, half), round), round);
                    if (x != null)
                    {
                        V value = S.Load(x + i);
                        if (isScaled)
                            d = S.SelectGreater(S.Add(S.Multiply(value, scale), shift), S.Zero, d, S.Zero);
                        product = S.MultiplyAdd(d, S.Subtract(value, m), product);
                    }
                    total = S.Add(total, d);
                    bits = S.Add(bits, S.SelectEqual(d, S.Zero, S.Zero, bit));
                    bit = S.Add(bit, bit);
                    S.Store(toDy, d);
                    S.Store(toPlace, S.MultiplyAdd(row, down, S.MultiplyAdd(taps, across, place)));
                    place = S.Add(place, next);
                }
            }
            bool isOne = tile.Rows * columns <= 16;
            S.Store(found + c, isOne ? bits : first);
            S.Store(found + channels + c, isOne ? integers : bits);
            S.Store(sum + c, S.Add(S.Load(sum + c), total));
            if (tile.X != null)
                S.Store(dot + c, S.Add(S.Load(dot + c), product));
        }
    }
}
