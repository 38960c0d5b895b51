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
    /// What a run of windows adds to each channel's <c>sum += Σ dy</c> and, where an x is given, <c>dot += Σ dy·(x − mean)</c>; and for <see cref="PatchKernel{V,S}"/> their derivatives,
    /// their taps plus <see cref="Integers"/>, and which of them have a derivative: a number whose bit w is window w's, added to <paramref name="found"/>.
    /// </summary>
    public abstract void WindowGradients(in WindowRun run, float* mean, float* sum, float* dot, float* found, float* dy, float* taps);

    /// <summary>2²³: an integer below it, added to it, stands in the low bits of the sum.</summary>
    public const float Integers = 1 << 23;
}

/// <summary>Some windows of a row.</summary>
internal readonly unsafe struct WindowRun
{
    /// <summary>How many.</summary>
    public required int Count { get; init; }

    /// <summary>Their channels.</summary>
    public required int Channels { get; init; }

    /// <summary>The first window's bit.</summary>
    public required int FirstBit { get; init; }

    /// <summary>The pooled values' derivatives.</summary>
    public required float* Dy { get; init; }

    /// <summary>Where derivatives count only at y &gt; 0; null otherwise.</summary>
    public required float* Y { get; init; }

    /// <summary>The values that were pooled; null where they are not needed.</summary>
    public required float* X { get; init; }

    /// <summary>Which pixels of their windows these were.</summary>
    public required float* Tap { get; init; }
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

    public override void WindowGradients(in WindowRun run, float* mean, float* sum, float* dot, float* found, float* dy, float* taps)
    {
        float* from = run.Dy, y = run.Y, x = run.X, tap = run.Tap;
        V integers = S.Create(Integers);
        for (int c = 0; c < run.Channels; c += S.Width)
        {
            V total = S.Zero, product = S.Zero, bit = S.Create(1 << run.FirstBit), bits = S.Load(found + c), m = x == null ? S.Zero : S.Load(mean + c);
            long i = c;
            for (int w = 0; w < run.Count; w++, i += run.Channels)
            {
                V d = Masked(from + i, y, i);
                total = S.Add(total, d);
                if (x != null)
                    product = S.MultiplyAdd(d, S.Subtract(S.Load(x + i), m), product);
                bits = S.Add(bits, S.SelectEqual(d, S.Zero, S.Zero, bit));
                bit = S.Add(bit, bit);
                S.Store(dy + i, d);
                S.Store(taps + i, S.Add(S.Load(tap + i), integers));
            }
            S.Store(found + c, bits);
            S.Store(sum + c, S.Add(S.Load(sum + c), total));
            if (x != null)
                S.Store(dot + c, S.Add(S.Load(dot + c), product));
        }
    }
}
