namespace ConvNets.ModelDefs;

/// <summary>The activations that a layer can apply to its output, by Keras's names.</summary>
public enum ActivationFunction
{
    /// <summary>x: no activation.</summary>
    Linear,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    Sigmoid,

    /// <summary>eˣⁱ / Σⱼ eˣʲ over the last axis.</summary>
    Softmax,

    /// <summary>(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ).</summary>
    Tanh,

    /// <summary>x above 0, eˣ − 1 below (Clevert et al. 2016).</summary>
    Elu,

    /// <summary>1.0507·x above 0, 1.0507·1.6733·(eˣ − 1) below (Klambauer et al. 2017).</summary>
    Selu,

    /// <summary>x·Φ(x), Φ being the normal distribution (Hendrycks and Gimpel 2016); exact, as Keras's <c>gelu</c> is by default.</summary>
    Gelu,

    /// <summary>x / (1 + e⁻ˣ); Keras's other name for it is <c>swish</c>.</summary>
    Silu,

    /// <summary>ln(1 + eˣ).</summary>
    Softplus,

    /// <summary>x / (1 + |x|).</summary>
    Softsign,

    /// <summary>eˣ.</summary>
    Exponential,

    /// <summary>x/6 + 1/2, within [0, 1].</summary>
    HardSigmoid,

    /// <summary>x·hard_sigmoid(x).</summary>
    HardSilu,

    /// <summary>x above 0, 0.2·x below.</summary>
    LeakyRelu,

    /// <summary>x within [0, 6].</summary>
    Relu6,

    /// <summary>x·tanh(softplus(x)) (Misra 2019).</summary>
    Mish,

    /// <summary>x − ln Σⱼ eˣʲ over the last axis.</summary>
    LogSoftmax,

    /// <summary>As <see cref="Elu"/>: Keras's celu with alpha 1.</summary>
    Celu,

    /// <summary>−ln(1 + e⁻ˣ).</summary>
    LogSigmoid,

    /// <summary>x within [−1, 1].</summary>
    HardTanh,

    /// <summary>x where |x| > 0.5, else 0.</summary>
    HardShrink,

    /// <summary>x moved by 0.5 towards 0, and 0 between.</summary>
    SoftShrink,

    /// <summary>x − tanh(x).</summary>
    TanhShrink,

    /// <summary>(x + √(x² + 4)) / 2.</summary>
    Squareplus,
}

/// <summary>Keras's spelling of an enumeration's names.</summary>
public static class KerasNames
{
    private static readonly Dictionary<string, ActivationFunction> Activations = MakeActivations();

    /// <summary>An activation's name as Keras writes it: <c>relu</c>, <c>hard_sigmoid</c>.</summary>
    public static string KerasName(this ActivationFunction activation) => LayerNames.ToSnakeCase(activation.ToString());

    /// <summary>A padding's name as Keras writes it: <c>valid</c> or <c>same</c>.</summary>
    public static string KerasName(this Padding padding) => padding == Padding.Same ? "same" : "valid";

    /// <summary>An interpolation's name as Keras writes it.</summary>
    public static string KerasName(this Interpolation interpolation) => LayerNames.ToSnakeCase(interpolation.ToString());

    /// <summary>The activation of a Keras name; <c>swish</c> and <c>hard_swish</c> are known too.</summary>
    /// <exception cref="ArgumentException">The name is unknown; the message lists the nearest, or all.</exception>
    public static ActivationFunction ParseActivation(string name) => NameLookup.Find(Activations, name, "activation");

    /// <summary>The padding of a Keras name.</summary>
    /// <exception cref="ArgumentException">The name is unknown; the message lists the nearest, or all.</exception>
    public static Padding ParsePadding(string name) => NameLookup.Find(Paddings, name, "padding");

    private static readonly Dictionary<string, Padding> Paddings = new(StringComparer.Ordinal) { ["valid"] = Padding.Valid, ["same"] = Padding.Same };

    private static Dictionary<string, ActivationFunction> MakeActivations()
    {
        var names = Enum.GetValues<ActivationFunction>().ToDictionary(a => a.KerasName(), StringComparer.Ordinal);
        names["swish"] = ActivationFunction.Silu;
        names["hard_swish"] = ActivationFunction.HardSilu;
        return names;
    }
}
