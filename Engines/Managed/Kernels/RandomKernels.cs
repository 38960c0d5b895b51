using System.Runtime.Intrinsics;
using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Random numbers, many at a time: those of <see cref="Philox.Block(ulong, ulong, ulong, Span{uint})"/>, which depend on their place alone.</summary>
internal abstract unsafe class RandomKernels
{
    /// <summary>The numbers at some positions of a stream, four at each.</summary>
    public abstract void Draw(ulong seed, ulong stream, ulong position, uint* numbers, int positions);

    /// <summary>Turns random numbers into some of the standard normal distribution, in their places (Box and Muller 1958): of each two the first gives a radius, the second an angle.</summary>
    /// <param name="numbers">The random numbers, up to a whole vector of sixteen.</param>
    /// <param name="count">How many.</param>
    public static void ToNormal(float* numbers, int count)
    {
        const float Unit = 1f / (1 << 24);
        Vector512<float> turn = Vector512.Create(2 * MathF.PI * Unit), minusUnit = Vector512.Create(-Unit), minusTwo = Vector512.Create(-2f);
        Vector512<int> odd = Vector512.Create(-1L << 32).AsInt32();
        for (int i = 0; i < count; i += Vector512<float>.Count)
        {
            // Radius and angle of all numbers, half of which are not used: cheaper than to take vectors apart.
            Vector512<float> bits = Vector512.ConvertToSingle(Vector512.ShiftRightLogical(Vector512.Load((uint*)numbers + i), 8).AsInt32());
            Vector512<float> radius = Vector512.Sqrt(minusTwo * Vector512.Log(bits * minusUnit + Vector512<float>.One));
            (Vector512<float> sin, Vector512<float> cos) = Vector512.SinCos(bits * turn);
            Vector512<float> ofFirst = Vector512.Shuffle(radius, Vector512.Create(0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14));
            Vector512<float> ofSecond = Vector512.Shuffle(cos, Vector512.Create(1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15));
            (ofFirst * Vector512.ConditionalSelect(odd.AsSingle(), sin, ofSecond)).Store(numbers + i);
        }
    }

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
