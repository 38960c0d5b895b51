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
}

/// <summary>Keras's spelling of an enumeration's names.</summary>
public static class KerasNames
{
    /// <summary>An activation's name as Keras writes it: <c>relu</c>, <c>hard_sigmoid</c>.</summary>
    public static string KerasName(this ActivationFunction activation) => LayerNames.ToSnakeCase(activation.ToString());

    /// <summary>A padding's name as Keras writes it: <c>valid</c> or <c>same</c>.</summary>
    public static string KerasName(this Padding padding) => padding == Padding.Same ? "same" : "valid";
}
