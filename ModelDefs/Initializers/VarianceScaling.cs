namespace ConvNets.ModelDefs;

/// <summary>Which of a kernel's fans <see cref="VarianceScaling"/> divides by.</summary>
public enum FanMode
{
    /// <summary>The inputs of a unit.</summary>
    FanIn,

    /// <summary>The outputs of a unit.</summary>
    FanOut,

    /// <summary>The mean of both.</summary>
    FanAvg,
}

/// <summary>What <see cref="VarianceScaling"/> draws from.</summary>
public enum RandomDistribution
{
    /// <summary>A normal distribution cut off at two deviations, with the variance that is asked for.</summary>
    TruncatedNormal,

    /// <summary>A normal distribution.</summary>
    UntruncatedNormal,

    /// <summary>A uniform distribution around 0.</summary>
    Uniform,
}

/// <summary>Random values of variance scale / n, n being a fan of the kernel: the family of Glorot's, He's and Lecun's initializers.</summary>
public class VarianceScaling : Initializer
{
    // The deviation of a standard normal distribution cut off at ±2.
    private const double TruncatedDeviation = 0.87962566103423978;

    /// <summary>Makes the initializer; the arguments are Keras's.</summary>
    /// <param name="scale">What the variance is multiplied by.</param>
    /// <param name="mode">Which fan it is divided by.</param>
    /// <param name="distribution">What is drawn from.</param>
    /// <param name="seed">A seed of its own; null for the model's.</param>
    public VarianceScaling(double scale = 1, FanMode mode = FanMode.FanIn, RandomDistribution distribution = RandomDistribution.TruncatedNormal, long? seed = null) : base(seed)
    {
        if (!(scale > 0))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "The scale must be above 0.");
        (Scale, Mode, Distribution) = (scale, mode, distribution);
    }

    /// <summary>What the variance is multiplied by.</summary>
    public double Scale { get; }

    /// <summary>Which fan it is divided by.</summary>
    public FanMode Mode { get; }

    /// <summary>What is drawn from.</summary>
    public RandomDistribution Distribution { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, TensorShape shape, Philox random)
    {
        ArgumentNullException.ThrowIfNull(random);
        (double fanIn, double fanOut) = Fans(shape);
        double fan = Mode switch { FanMode.FanIn => fanIn, FanMode.FanOut => fanOut, _ => (fanIn + fanOut) / 2 };
        double deviation = Math.Sqrt(Scale / Math.Max(1, fan));
        switch (Distribution)
        {
            case RandomDistribution.Uniform:
                float limit = (float)(Math.Sqrt(3) * deviation);
                foreach (ref float value in values)
                    value = (2 * random.NextSingle() - 1) * limit;
                break;
            case RandomDistribution.UntruncatedNormal:
                foreach (ref float value in values)
                    value = (float)deviation * random.NextNormal();
                break;
            default:
                TruncatedNormal.Fill(values, 0, deviation / TruncatedDeviation, random);
                break;
        }
    }
}

/// <summary>Uniform in ±√(6 / (fan-in + fan-out)) (Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010): Keras's default for kernels.</summary>
public sealed class GlorotUniform(long? seed = null) : VarianceScaling(1, FanMode.FanAvg, RandomDistribution.Uniform, seed);

/// <summary>Normal with variance 2 / (fan-in + fan-out), cut off at two deviations (Glorot and Bengio 2010).</summary>
public sealed class GlorotNormal(long? seed = null) : VarianceScaling(1, FanMode.FanAvg, RandomDistribution.TruncatedNormal, seed);

/// <summary>Uniform in ±√(6 / fan-in) (He et al., "Delving deep into rectifiers", 2015).</summary>
public sealed class HeUniform(long? seed = null) : VarianceScaling(2, FanMode.FanIn, RandomDistribution.Uniform, seed);

/// <summary>Normal with variance 2 / fan-in, cut off at two deviations (He et al. 2015).</summary>
public sealed class HeNormal(long? seed = null) : VarianceScaling(2, FanMode.FanIn, RandomDistribution.TruncatedNormal, seed);

/// <summary>Uniform in ±√(3 / fan-in) (LeCun et al., "Efficient backprop", 1998).</summary>
public sealed class LecunUniform(long? seed = null) : VarianceScaling(1, FanMode.FanIn, RandomDistribution.Uniform, seed);

/// <summary>Normal with variance 1 / fan-in, cut off at two deviations (LeCun et al. 1998).</summary>
public sealed class LecunNormal(long? seed = null) : VarianceScaling(1, FanMode.FanIn, RandomDistribution.TruncatedNormal, seed);
