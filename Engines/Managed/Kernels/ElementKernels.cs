namespace ConvNets.Engines;

/// <summary>A function of two values, written once for all vector types.</summary>
internal interface IBinaryFunction
{
    static abstract V Value<V, S>(V a, V b) where V : struct where S : struct, ISimd<V>;
}

internal readonly struct AddFunction : IBinaryFunction
{
    public static V Value<V, S>(V a, V b) where V : struct where S : struct, ISimd<V> => S.Add(a, b);
}

internal readonly struct SubtractFunction : IBinaryFunction
{
    public static V Value<V, S>(V a, V b) where V : struct where S : struct, ISimd<V> => S.Subtract(a, b);
}

internal readonly struct MultiplyFunction : IBinaryFunction
{
    public static V Value<V, S>(V a, V b) where V : struct where S : struct, ISimd<V> => S.Multiply(a, b);
}

internal readonly struct MaximumFunction : IBinaryFunction
{
    public static V Value<V, S>(V a, V b) where V : struct where S : struct, ISimd<V> => S.Max(a, b);
}

internal readonly struct MinimumFunction : IBinaryFunction
{
    public static V Value<V, S>(V a, V b) where V : struct where S : struct, ISimd<V> => S.Min(a, b);
}

/// <summary>Kernels of functions of single values, over runs of floats. What is left at the end goes through a vector of its own, so that a value's place does not change its rounding.</summary>
internal abstract unsafe class ElementKernels
{
    /// <summary>y = f(x); y may be x.</summary>
    public abstract void Map<F>(F function, float* x, float* y, long count) where F : struct, IElementFunction;

    /// <summary>dx (+)= dy · f'(x); dx may be dy where nothing is added. x may be null for a function whose derivative does not read it.</summary>
    public abstract void MapGradient<F>(F function, float* x, float* y, float* dy, float* dx, long count, bool accumulate) where F : struct, IElementFunction;

    /// <summary>y = f(a, b).</summary>
    public abstract void Combine<F>(float* a, float* b, float* y, long count) where F : struct, IBinaryFunction;

    /// <summary>y (+)= a · b.</summary>
    public abstract void Product(float* a, float* b, float* y, long count, bool accumulate);

    /// <summary>y (+)= factor · x.</summary>
    public abstract void Scale(float* x, float factor, float* y, long count, bool accumulate);

    /// <summary>y = factorA · a + factorB · b.</summary>
    public abstract void WeightedSum(float* a, float factorA, float* b, float factorB, float* y, long count);

    /// <summary>y (+)= r where a = b, and r becomes 0 there.</summary>
    public abstract void TakeWhereEqual(float* a, float* b, float* r, float* y, long count, bool accumulate);

    /// <summary>y = x · scale + offset, each value with its own.</summary>
    public abstract void Affine(float* x, float* scale, float* offset, float* y, long count);

    /// <summary>y = x above 0, slope · x below, each value with its own slope.</summary>
    public abstract void LeakyRelu(float* x, float* slope, float* y, long count);

    /// <summary>The derivatives of <see cref="LeakyRelu"/>: dx (+)= …, dslope += ….  dx may be null.</summary>
    public abstract void LeakyReluGradient(float* x, float* slope, float* dy, float* dx, float* dslope, long count, bool accumulate);
}

/// <inheritdoc/>
internal sealed unsafe class ElementKernels<V, S> : ElementKernels where V : struct where S : struct, ISimd<V>
{
    public override void Map<F>(F function, float* x, float* y, long count)
    {
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
            S.Store(y + i, function.Value<V, S>(S.Load(x + i)));
        if (i < count)
            Part(y + i, function.Value<V, S>(Part(x + i, count - i)), count - i);
    }

    public override void MapGradient<F>(F function, float* x, float* y, float* dy, float* dx, long count, bool accumulate)
    {
        float* from = F.SlopeReadsInput ? x : y;
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
            S.Store(dx + i, Sum(S.Multiply(S.Load(dy + i), function.Slope<V, S>(S.Load(from + i), S.Load(y + i))), dx + i, accumulate));
        if (i < count)
        {
            long left = count - i;
            V d = S.Multiply(Part(dy + i, left), function.Slope<V, S>(Part(from + i, left), Part(y + i, left)));
            Part(dx + i, accumulate ? S.Add(d, Part(dx + i, left)) : d, left);
        }
    }

    public override void Combine<F>(float* a, float* b, float* y, long count)
    {
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
            S.Store(y + i, F.Value<V, S>(S.Load(a + i), S.Load(b + i)));
        if (i < count)
            Part(y + i, F.Value<V, S>(Part(a + i, count - i), Part(b + i, count - i)), count - i);
    }

    public override void Product(float* a, float* b, float* y, long count, bool accumulate)
    {
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
            S.Store(y + i, S.MultiplyAdd(S.Load(a + i), S.Load(b + i), accumulate ? S.Load(y + i) : S.Zero));
        for (; i < count; i++)
            y[i] = Scalar.MultiplyAdd(a[i], b[i], accumulate ? y[i] : 0);
    }

    public override void Scale(float* x, float factor, float* y, long count, bool accumulate)
    {
        V f = S.Create(factor);
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
            S.Store(y + i, S.MultiplyAdd(S.Load(x + i), f, accumulate ? S.Load(y + i) : S.Zero));
        for (; i < count; i++)
            y[i] = Scalar.MultiplyAdd(x[i], factor, accumulate ? y[i] : 0);
    }

    public override void WeightedSum(float* a, float factorA, float* b, float factorB, float* y, long count)
    {
        V f = S.Create(factorA), g = S.Create(factorB);
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
            S.Store(y + i, S.MultiplyAdd(S.Load(b + i), g, S.Multiply(S.Load(a + i), f)));
        for (; i < count; i++)
            y[i] = Scalar.MultiplyAdd(b[i], factorB, a[i] * factorA);
    }

    public override void TakeWhereEqual(float* a, float* b, float* r, float* y, long count, bool accumulate)
    {
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
        {
            V left = S.Load(a + i), right = S.Load(b + i), rest = S.Load(r + i);
            S.Store(y + i, Sum(S.SelectEqual(left, right, rest, S.Zero), y + i, accumulate));
            S.Store(r + i, S.SelectEqual(left, right, S.Zero, rest));
        }
        for (; i < count; i++)
        {
            bool equal = a[i] == b[i];
            y[i] = (accumulate ? y[i] : 0) + (equal ? r[i] : 0);
            r[i] = equal ? 0 : r[i];
        }
    }

    public override void Affine(float* x, float* scale, float* offset, float* y, long count)
    {
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
            S.Store(y + i, S.MultiplyAdd(S.Load(x + i), S.Load(scale + i), S.Load(offset + i)));
        for (; i < count; i++)
            y[i] = Scalar.MultiplyAdd(x[i], scale[i], offset[i]);
    }

    public override void LeakyRelu(float* x, float* slope, float* y, long count)
    {
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
        {
            V value = S.Load(x + i);
            S.Store(y + i, S.SelectGreater(value, S.Zero, value, S.Multiply(value, S.Load(slope + i))));
        }
        for (; i < count; i++)
            y[i] = x[i] > 0 ? x[i] : x[i] * slope[i];
    }

    public override void LeakyReluGradient(float* x, float* slope, float* dy, float* dx, float* dslope, long count, bool accumulate)
    {
        long i = 0;
        for (; i <= count - S.Width; i += S.Width)
        {
            V value = S.Load(x + i), d = S.Load(dy + i);
            S.Store(dslope + i, S.Add(S.Load(dslope + i), S.SelectGreater(value, S.Zero, S.Zero, S.Multiply(value, d))));
            if (dx != null)
                S.Store(dx + i, Sum(S.SelectGreater(value, S.Zero, d, S.Multiply(d, S.Load(slope + i))), dx + i, accumulate));
        }
        for (; i < count; i++)
        {
            dslope[i] += x[i] > 0 ? 0 : x[i] * dy[i];
            if (dx != null)
                dx[i] = (accumulate ? dx[i] : 0) + (x[i] > 0 ? dy[i] : dy[i] * slope[i]);
        }
    }

    private static V Sum(V value, float* to, bool accumulate) => accumulate ? S.Add(S.Load(to), value) : value;

    private static V Part(float* source, long count)
    {
        float* lanes = stackalloc float[16];
        new ReadOnlySpan<float>(source, (int)count).CopyTo(new Span<float>(lanes, 16));
        return S.Load(lanes);
    }

    private static void Part(float* destination, V value, long count)
    {
        float* lanes = stackalloc float[16];
        S.Store(lanes, value);
        new ReadOnlySpan<float>(lanes, (int)count).CopyTo(new Span<float>(destination, (int)count));
    }
}
