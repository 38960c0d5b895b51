namespace ConvNets.Engines;

/// <summary>A function of single values with its derivative, written once for all vector types.</summary>
internal interface IElementFunction
{
    /// <summary>Whether <see cref="Slope"/> reads x; otherwise it is computed from y alone, and y may lie where x was.</summary>
    static abstract bool SlopeReadsInput { get; }

    /// <summary>The function.</summary>
    V Value<V, S>(V x) where V : struct where S : struct, ISimd<V>;

    /// <summary>Its derivative at x, where it is y.</summary>
    V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V>;
}

/// <summary>Functions that others are made of.</summary>
internal static class VectorMath<V, S> where V : struct where S : struct, ISimd<V>
{
    public static V Negate(V x) => S.Subtract(S.Zero, x);

    public static V Absolute(V x) => S.Max(x, Negate(x));

    public static V Clamp(V x, float least, float greatest) => S.Min(S.Max(x, S.Create(least)), S.Create(greatest));

    /// <summary>d where x lies in a range, 0 outside.</summary>
    public static V Inside(V x, V least, V greatest, V d) => S.SelectGreater(least, x, S.Zero, S.SelectGreater(x, greatest, S.Zero, d));

    public static V Sigmoid(V x) => S.Divide(S.Create(1), S.Add(S.Create(1), S.Exp(Negate(x))));

    /// <summary>Lambert's continued fraction, to the fourth step, near 0, where 1 − 2/(e²ˣ + 1) would lose digits.</summary>
    public static V Tanh(V x)
    {
        V square = S.Multiply(x, x);
        V above = S.Multiply(x, S.MultiplyAdd(S.MultiplyAdd(S.Add(square, S.Create(378)), square, S.Create(17325)), square, S.Create(135135)));
        V below = S.MultiplyAdd(S.MultiplyAdd(S.MultiplyAdd(square, S.Create(28), S.Create(3150)), square, S.Create(62370)), square, S.Create(135135));
        V far = S.Subtract(S.Create(1), S.Divide(S.Create(2), S.Add(S.Exp(S.Add(x, x)), S.Create(1))));
        return S.SelectGreater(Absolute(x), S.Create(1), far, S.Divide(above, below));
    }

    /// <summary>ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|), which cannot overflow.</summary>
    public static V Softplus(V x) => S.Add(S.Max(x, S.Zero), S.Log(S.Add(S.Create(1), S.Exp(Negate(Absolute(x))))));

    /// <summary>The normal distribution's share below x, by the error function of Abramowitz and Stegun 7.1.26 (error below 1.5e-7).</summary>
    public static V NormalShare(V x)
    {
        V z = S.Multiply(Absolute(x), S.Create(0.70710678f));
        V t = S.Divide(S.Create(1), S.MultiplyAdd(z, S.Create(0.3275911f), S.Create(1)));
        V p = S.MultiplyAdd(t, S.Create(1.061405429f), S.Create(-1.453152027f));
        p = S.MultiplyAdd(t, p, S.Create(1.421413741f));
        p = S.MultiplyAdd(t, p, S.Create(-0.284496736f));
        p = S.MultiplyAdd(t, p, S.Create(0.254829592f));
        V tail = S.Multiply(S.Multiply(S.Multiply(p, t), S.Exp(Negate(S.Multiply(z, z)))), S.Create(0.5f));
        return S.SelectGreater(x, S.Zero, S.Subtract(S.Create(1), tail), tail);
    }

    /// <summary>The normal distribution's density.</summary>
    public static V NormalDensity(V x) => S.Multiply(S.Exp(S.Multiply(S.Multiply(x, x), S.Create(-0.5f))), S.Create(0.39894228f));
}

/// <summary>x·scale + offset.</summary>
internal readonly struct LinearFunction(float scale, float offset) : IElementFunction
{
    public static bool SlopeReadsInput => false;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.MultiplyAdd(x, S.Create(scale), S.Create(offset));

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => S.Create(scale);
}

/// <summary>max(x, 0).</summary>
internal readonly struct ReluFunction : IElementFunction
{
    public static bool SlopeReadsInput => false;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.Max(x, S.Zero);

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => S.SelectGreater(y, S.Zero, S.Create(1), S.Zero);
}

/// <summary>Keras's ReLU layer with all its arguments: saturates at a maximum, x down to a threshold, a slope below.</summary>
internal readonly struct GeneralReluFunction(float maximum, float slope, float threshold) : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        V low = S.Multiply(S.Subtract(x, S.Create(threshold)), S.Create(slope));
        return S.SelectGreater(S.Create(threshold), x, low, S.Min(x, S.Create(maximum)));
    }

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> =>
        S.SelectGreater(x, S.Create(threshold), S.SelectGreater(S.Create(maximum), x, S.Create(1), S.Zero), S.Create(slope));
}

/// <summary>x above 0, a slope below.</summary>
internal readonly struct LeakyReluFunction(float slope) : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.SelectGreater(x, S.Zero, x, S.Multiply(x, S.Create(slope)));

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => S.SelectGreater(x, S.Zero, S.Create(1), S.Create(slope));
}

/// <summary>scale·x above 0, scale·alpha·(eˣ − 1) below: ELU, SELU, CELU.</summary>
internal readonly struct EluFunction(float alpha, float scale) : IElementFunction
{
    public static bool SlopeReadsInput => false;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        // min(x, 0) keeps the branch that is not taken from overflowing.
        V low = S.Multiply(S.Subtract(S.Exp(S.Min(x, S.Zero)), S.Create(1)), S.Create(scale * alpha));
        return S.SelectGreater(x, S.Zero, S.Multiply(x, S.Create(scale)), low);
    }

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => S.SelectGreater(y, S.Zero, S.Create(scale), S.Add(y, S.Create(scale * alpha)));
}

/// <summary>1 / (1 + e⁻ˣ).</summary>
internal readonly struct SigmoidFunction : IElementFunction
{
    public static bool SlopeReadsInput => false;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => VectorMath<V, S>.Sigmoid(x);

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => S.Multiply(y, S.Subtract(S.Create(1), y));
}

/// <summary>The hyperbolic tangent.</summary>
internal readonly struct TanhFunction : IElementFunction
{
    public static bool SlopeReadsInput => false;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => VectorMath<V, S>.Tanh(x);

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => S.Subtract(S.Create(1), S.Multiply(y, y));
}

/// <summary>x·Φ(x); its derivative is Φ(x) + x·φ(x).</summary>
internal readonly struct GeluFunction : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.Multiply(x, VectorMath<V, S>.NormalShare(x));

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => S.MultiplyAdd(x, VectorMath<V, S>.NormalDensity(x), VectorMath<V, S>.NormalShare(x));
}

/// <summary>x·σ(x); its derivative is σ(x)·(1 + x·(1 − σ(x))).</summary>
internal readonly struct SiluFunction : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.Multiply(x, VectorMath<V, S>.Sigmoid(x));

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V>
    {
        V s = VectorMath<V, S>.Sigmoid(x);
        return S.Multiply(s, S.MultiplyAdd(x, S.Subtract(S.Create(1), s), S.Create(1)));
    }
}

/// <summary>ln(1 + eˣ).</summary>
internal readonly struct SoftplusFunction : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => VectorMath<V, S>.Softplus(x);

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => VectorMath<V, S>.Sigmoid(x);
}

/// <summary>−ln(1 + e⁻ˣ).</summary>
internal readonly struct LogSigmoidFunction : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => VectorMath<V, S>.Negate(VectorMath<V, S>.Softplus(VectorMath<V, S>.Negate(x)));

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => VectorMath<V, S>.Sigmoid(VectorMath<V, S>.Negate(x));
}

/// <summary>x / (1 + |x|).</summary>
internal readonly struct SoftsignFunction : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.Divide(x, S.Add(S.Create(1), VectorMath<V, S>.Absolute(x)));

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V>
    {
        V below = S.Add(S.Create(1), VectorMath<V, S>.Absolute(x));
        return S.Divide(S.Create(1), S.Multiply(below, below));
    }
}

/// <summary>eˣ.</summary>
internal readonly struct ExponentialFunction : IElementFunction
{
    public static bool SlopeReadsInput => false;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.Exp(x);

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => y;
}

/// <summary>x/6 + 1/2 within [0, 1].</summary>
internal readonly struct HardSigmoidFunction : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => VectorMath<V, S>.Clamp(S.MultiplyAdd(x, S.Create(1 / 6f), S.Create(0.5f)), 0, 1);

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => S.SelectGreater(S.Create(3), VectorMath<V, S>.Absolute(x), S.Create(1 / 6f), S.Zero);
}

/// <summary>x·hard_sigmoid(x).</summary>
internal readonly struct HardSiluFunction : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.Multiply(x, default(HardSigmoidFunction).Value<V, S>(x));

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> =>
        S.MultiplyAdd(x, default(HardSigmoidFunction).Slope<V, S>(x, y), default(HardSigmoidFunction).Value<V, S>(x));
}

/// <summary>x within two bounds: relu6, hard_tanh.</summary>
internal readonly struct ClampFunction(float least, float greatest) : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => VectorMath<V, S>.Clamp(x, least, greatest);

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> =>
        S.SelectGreater(x, S.Create(least), S.SelectGreater(S.Create(greatest), x, S.Create(1), S.Zero), S.Zero);
}

/// <summary>x·tanh(ln(1 + eˣ)): with n = eˣ·(eˣ + 2) the hyperbolic tangent is n/(n + 2), and the slope n/(n + 2) + 4·x·eˣ·(1 + eˣ)/(n + 2)².</summary>
internal readonly struct MishFunction : IElementFunction
{
    // From there on the tangent is 1 in single precision, and no square is too large.
    private const float Most = 20;

    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V>
    {
        V e = S.Exp(S.Min(x, S.Create(Most))), n = S.Multiply(e, S.Add(e, S.Create(2)));
        return S.Multiply(x, S.Divide(n, S.Add(n, S.Create(2))));
    }

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V>
    {
        V bounded = S.Min(x, S.Create(Most)), e = S.Exp(bounded), n = S.Multiply(e, S.Add(e, S.Create(2))), r = S.Divide(S.Create(1), S.Add(n, S.Create(2)));
        V rest = S.Multiply(S.Multiply(S.Create(4), bounded), S.Multiply(S.Multiply(e, r), S.Multiply(S.Add(e, S.Create(1)), r)));
        return S.MultiplyAdd(n, r, rest);
    }
}

/// <summary>x where |x| is above a threshold, else 0.</summary>
internal readonly struct HardShrinkFunction(float threshold) : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.SelectGreater(VectorMath<V, S>.Absolute(x), S.Create(threshold), x, S.Zero);

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => S.SelectGreater(VectorMath<V, S>.Absolute(x), S.Create(threshold), S.Create(1), S.Zero);
}

/// <summary>x moved by a threshold towards 0, and 0 between.</summary>
internal readonly struct SoftShrinkFunction(float threshold) : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.Subtract(x, VectorMath<V, S>.Clamp(x, -threshold, threshold));

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => S.SelectGreater(VectorMath<V, S>.Absolute(x), S.Create(threshold), S.Create(1), S.Zero);
}

/// <summary>x − tanh(x); its derivative is tanh²(x).</summary>
internal readonly struct TanhShrinkFunction : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.Subtract(x, VectorMath<V, S>.Tanh(x));

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V>
    {
        V t = VectorMath<V, S>.Tanh(x);
        return S.Multiply(t, t);
    }
}

/// <summary>(x + √(x² + 4)) / 2.</summary>
internal readonly struct SquareplusFunction : IElementFunction
{
    public static bool SlopeReadsInput => true;

    public V Value<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.Multiply(S.Add(x, Root<V, S>(x)), S.Create(0.5f));

    public V Slope<V, S>(V x, V y) where V : struct where S : struct, ISimd<V> => S.Multiply(S.Add(S.Create(1), S.Divide(x, Root<V, S>(x))), S.Create(0.5f));

    private static V Root<V, S>(V x) where V : struct where S : struct, ISimd<V> => S.Sqrt(S.MultiplyAdd(x, x, S.Create(4)));
}
