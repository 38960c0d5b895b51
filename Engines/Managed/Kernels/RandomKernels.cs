using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Random numbers, many at a time: those of <see cref="Philox.Block(ulong, ulong, ulong, Span{uint})"/>, which depend on their place alone.</summary>
internal abstract unsafe class RandomKernels
{
    /// <summary>The numbers at some positions of a stream, four at each.</summary>
    public abstract void Draw(ulong seed, ulong stream, ulong position, uint* numbers, int positions);

    /// <summary>y = value where a number is no less than the threshold, 0 elsewhere. y may lie where the numbers are.</summary>
    public abstract void SelectFrom(uint threshold, uint* numbers, float value, float* y, int count);
}

/// <inheritdoc/>
internal sealed unsafe class RandomKernels<V, W> : RandomKernels where V : struct where W : struct, IWords<V>
{
    public override void Draw(ulong seed, ulong stream, ulong position, uint* numbers, int positions)
    {
        // Each round multiplies two of a counter's four words, and mixes the halves of the products with the other two and with two keys. Of a pair the lower word alone
        // counts: what stands in the upper one is left there.
        uint* keys = stackalloc uint[2 * Philox.Rounds];
        Philox.RoundKeys(seed, new Span<uint>(keys, 2 * Philox.Rounds));
        V first = W.Create(Philox.FirstFactor), second = W.Create(Philox.SecondFactor), c2 = W.Create((uint)stream), c3 = W.Create((uint)(stream >> 32));
        int done = 0;
        for (; done <= positions - W.Width / 2; done += W.Width / 2, numbers += 2 * W.Width)
        {
            V w0 = W.Count(position + (ulong)done), w1 = W.Upper(w0), w2 = c2, w3 = c3;
            for (uint* key = keys, end = keys + 2 * Philox.Rounds; key < end; key += 2)
            {
                V p = W.MultiplyLower(first, w0), q = W.MultiplyLower(second, w2);
                w0 = W.Xor(W.Xor(W.Upper(q), w1), W.Create(key[0]));
                w2 = W.Xor(W.Xor(W.Upper(p), w3), W.Create(key[1]));
                (w1, w3) = (q, p);
            }
            W.StoreBlocks(numbers, w0, w1, w2, w3);
        }
        for (; done < positions; done++, numbers += 4)
            Philox.Block(seed, stream, position + (ulong)done, new Span<uint>(numbers, 4));
    }

    public override void SelectFrom(uint threshold, uint* numbers, float value, float* y, int count)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        V least = W.Create(threshold), word = W.Create(bits);
        int i = 0;
        for (; i <= count - W.Width; i += W.Width)
            W.Store((uint*)y + i, W.SelectFrom(least, W.Load(numbers + i), word));
        for (; i < count; i++)
            ((uint*)y)[i] = numbers[i] >= threshold ? bits : 0;
    }
}
