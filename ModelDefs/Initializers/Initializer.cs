namespace ConvNets.ModelDefs;

/// <summary>What gives a weight its first values.</summary>
public abstract class Initializer
{
    /// <summary>Keras's name of the class, e.g. <c>GlorotUniform</c>.</summary>
    public virtual string ClassName => GetType().Name;

    /// <summary>Fills a weight.</summary>
    /// <param name="values">The weight's values in row-major order.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="random">A generator for this weight alone.</param>
    public abstract void Fill(Span<float> values, TensorShape shape, Philox random);

    /// <summary>Keras's fan-in and fan-out of a kernel: for (…, in, out) the window's size times in, and times out.</summary>
    protected static (double In, double Out) Fans(TensorShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Rank < 2)
            return (shape.Size, shape.Size);
        double window = shape.SkipLast(2).Aggregate(1.0, (product, d) => product * d);
        return (window * shape[^2], window * shape[^1]);
    }
}

/// <summary>All zeros.</summary>
public sealed class Zeros : Initializer
{
    /// <inheritdoc/>
    public override void Fill(Span<float> values, TensorShape shape, Philox random) => values.Clear();
}

/// <summary>All ones.</summary>
public sealed class Ones : Initializer
{
    /// <inheritdoc/>
    public override void Fill(Span<float> values, TensorShape shape, Philox random) => values.Fill(1);
}

/// <summary>Uniform in ±√(6 / (fan-in + fan-out)) (Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010): Keras's default for kernels.</summary>
public sealed class GlorotUniform : Initializer
{
    /// <inheritdoc/>
    public override void Fill(Span<float> values, TensorShape shape, Philox random)
    {
        ArgumentNullException.ThrowIfNull(random);
        (double fanIn, double fanOut) = Fans(shape);
        float limit = (float)Math.Sqrt(6 / (fanIn + fanOut));
        foreach (ref float value in values)
            value = (2 * random.NextSingle() - 1) * limit;
    }
}
