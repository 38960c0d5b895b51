namespace ConvNets.ModelDefs;

/// <summary>What gives a weight its first values.</summary>
public abstract class Initializer
{
    /// <summary>Makes an initializer.</summary>
    /// <param name="seed">A seed of its own; null for the model's.</param>
    protected Initializer(long? seed = null) => Seed = seed;

    /// <summary>Keras's name of the class, e.g. <c>GlorotUniform</c>.</summary>
    public virtual string ClassName => GetType().Name;

    /// <summary>A seed of its own; null where it draws from the model's.</summary>
    public long? Seed { get; }

    /// <summary>Fills a weight.</summary>
    /// <param name="values">The weight's values in row-major order.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="random">A generator for this weight alone.</param>
    public abstract void Fill(Span<float> values, TensorShape shape, Philox random);

    /// <summary>The initializer of a Keras name, e.g. <c>he_normal</c>, with its defaults.</summary>
    /// <exception cref="ArgumentException">The name is unknown; the message lists the nearest, or all.</exception>
    public static Initializer Get(string name) => NameLookup.Find(ByName, name, "initializer")();

    private static readonly Dictionary<string, Func<Initializer>> ByName = new(StringComparer.Ordinal)
    {
        ["zeros"] = static () => new Zeros(),
        ["ones"] = static () => new Ones(),
        ["constant"] = static () => new Constant(),
        ["random_normal"] = static () => new RandomNormal(),
        ["random_uniform"] = static () => new RandomUniform(),
        ["truncated_normal"] = static () => new TruncatedNormal(),
        ["identity"] = static () => new Identity(),
        ["orthogonal"] = static () => new Orthogonal(),
        ["variance_scaling"] = static () => new VarianceScaling(),
        ["glorot_uniform"] = static () => new GlorotUniform(),
        ["glorot_normal"] = static () => new GlorotNormal(),
        ["he_uniform"] = static () => new HeUniform(),
        ["he_normal"] = static () => new HeNormal(),
        ["lecun_uniform"] = static () => new LecunUniform(),
        ["lecun_normal"] = static () => new LecunNormal(),
    };

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

/// <summary>The same value everywhere.</summary>
public sealed class Constant(double value = 0) : Initializer
{
    /// <summary>The value.</summary>
    public double Value { get; } = value;

    /// <inheritdoc/>
    public override void Fill(Span<float> values, TensorShape shape, Philox random) => values.Fill((float)Value);
}

/// <summary>A normal distribution.</summary>
public sealed class RandomNormal(double mean = 0, double stddev = 0.05, long? seed = null) : Initializer(seed)
{
    /// <summary>The mean.</summary>
    public double Mean { get; } = mean;

    /// <summary>The standard deviation.</summary>
    public double Stddev { get; } = stddev;

    /// <inheritdoc/>
    public override void Fill(Span<float> values, TensorShape shape, Philox random)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach (ref float value in values)
            value = (float)(Mean + Stddev * random.NextNormal());
    }
}

/// <summary>A uniform distribution.</summary>
public sealed class RandomUniform(double minval = -0.05, double maxval = 0.05, long? seed = null) : Initializer(seed)
{
    /// <summary>The least value.</summary>
    public double Minval { get; } = minval;

    /// <summary>What every value is below.</summary>
    public double Maxval { get; } = maxval;

    /// <inheritdoc/>
    public override void Fill(Span<float> values, TensorShape shape, Philox random)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach (ref float value in values)
            value = (float)(Minval + (Maxval - Minval) * random.NextSingle());
    }
}

/// <summary>A normal distribution cut off at two deviations: what lies outside is drawn again.</summary>
public sealed class TruncatedNormal(double mean = 0, double stddev = 0.05, long? seed = null) : Initializer(seed)
{
    /// <summary>The mean.</summary>
    public double Mean { get; } = mean;

    /// <summary>The standard deviation before the cut.</summary>
    public double Stddev { get; } = stddev;

    /// <inheritdoc/>
    public override void Fill(Span<float> values, TensorShape shape, Philox random) => Fill(values, Mean, Stddev, random);

    internal static void Fill(Span<float> values, double mean, double stddev, Philox random)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach (ref float value in values)
        {
            float normal;
            do
                normal = random.NextNormal();
            while (Math.Abs(normal) > 2);
            value = (float)(mean + stddev * normal);
        }
    }
}

/// <summary>The identity matrix, for weights of two axes.</summary>
public sealed class Identity(double gain = 1) : Initializer
{
    /// <summary>The value on the diagonal.</summary>
    public double Gain { get; } = gain;

    /// <inheritdoc/>
    public override void Fill(Span<float> values, TensorShape shape, Philox random)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Rank != 2)
            throw new ModelException($"The initializer {ClassName} gives matrices; received a weight of shape ({string.Join(", ", shape)}).");
        values.Clear();
        for (int i = 0; i < Math.Min(shape[0], shape[1]); i++)
            values[i * shape[1] + i] = (float)Gain;
    }
}

/// <summary>Rows or columns that are orthonormal (Saxe et al., "Exact solutions to the nonlinear dynamics of learning", 2014): a random normal matrix, made orthogonal by Gram and Schmidt's method.</summary>
public sealed class Orthogonal(double gain = 1, long? seed = null) : Initializer(seed)
{
    /// <summary>What every value is multiplied by.</summary>
    public double Gain { get; } = gain;

    /// <inheritdoc/>
    public override void Fill(Span<float> values, TensorShape shape, Philox random)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(random);
        if (shape.Rank < 2)
            throw new ModelException($"The initializer {ClassName} gives weights of two or more axes; received a weight of shape ({string.Join(", ", shape)}).");

        // All axes but the last are the rows. The shorter side's vectors are made orthonormal.
        int columns = shape[^1], rows = shape.Size / columns, vectors = Math.Min(rows, columns), length = Math.Max(rows, columns);
        double[][] basis = new double[vectors][];
        for (int v = 0; v < vectors; v++)
        {
            double[] vector = basis[v] = new double[length];
            for (int i = 0; i < length; i++)
                vector[i] = random.NextNormal();

            // Twice is enough to be orthogonal to the last digit.
            for (int pass = 0; pass < 2; pass++)
            {
                for (int other = 0; other < v; other++)
                {
                    double dot = vector.Zip(basis[other], (a, b) => a * b).Sum();
                    for (int i = 0; i < length; i++)
                        vector[i] -= dot * basis[other][i];
                }
            }
            double norm = Math.Sqrt(vector.Sum(x => x * x));
            for (int i = 0; i < length; i++)
                vector[i] /= norm;
        }
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
                values[r * columns + c] = (float)(Gain * (rows <= columns ? basis[r][c] : basis[c][r]));
        }
    }
}
