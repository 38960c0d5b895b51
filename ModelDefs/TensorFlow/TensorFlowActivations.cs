namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>Activation functions as nodes of a TensorFlow graph.</summary>
internal static class TensorFlowActivations
{
    private static readonly Dictionary<ActivationFunction, Func<GraphValue, GraphValue>> Formulas = new()
    {
        [ActivationFunction.Linear] = static x => x,
        [ActivationFunction.Relu] = static x => x.Apply("Relu"),
        [ActivationFunction.Sigmoid] = static x => x.Apply("Sigmoid"),
        [ActivationFunction.Softmax] = static x => x.Apply("Softmax"),
        [ActivationFunction.Tanh] = static x => x.Apply("Tanh"),
        [ActivationFunction.Elu] = static x => x.Apply("Elu"),
        [ActivationFunction.Selu] = static x => x.Apply("Selu"),
        [ActivationFunction.Gelu] = static x => 0.5 * x * (1 - (-x * Math.Sqrt(0.5)).Apply("Erf")),
        [ActivationFunction.Silu] = static x => x * x.Apply("Sigmoid"),
        [ActivationFunction.Softplus] = static x => x.Apply("Softplus"),
        [ActivationFunction.Softsign] = static x => x.Apply("Softsign"),
        [ActivationFunction.Exponential] = static x => x.Apply("Exp"),
        [ActivationFunction.HardSigmoid] = HardSigmoid,
        [ActivationFunction.HardSilu] = static x => x * HardSigmoid(x),
        [ActivationFunction.LeakyRelu] = static x => Leaky(x, 0.2f),
        [ActivationFunction.Relu6] = static x => x.Apply("Relu6"),
        [ActivationFunction.Mish] = static x => x * x.Apply("Softplus").Apply("Tanh"),
        [ActivationFunction.LogSoftmax] = static x => x.Apply("LogSoftmax"),
        [ActivationFunction.Celu] = static x => x.Apply("Elu"),
        [ActivationFunction.LogSigmoid] = static x => -(-x).Apply("Softplus"),
        [ActivationFunction.HardTanh] = static x => x.Clamp(-1, 1),
        [ActivationFunction.HardShrink] = static x => x.Apply("Abs").Is("Greater", 0.5).Choose(x, x.Number(0)),
        [ActivationFunction.SoftShrink] = static x => x - x.Clamp(-0.5, 0.5),
        [ActivationFunction.TanhShrink] = static x => x - x.Apply("Tanh"),
        [ActivationFunction.Squareplus] = static x => 0.5 * (x + (x.Apply("Square") + 4).Apply("Sqrt")),
    };

    /// <summary>Whether there are such nodes.</summary>
    public static bool Supports(ActivationFunction function) => Formulas.ContainsKey(function);

    /// <summary>Adds an activation; nothing for a linear one.</summary>
    /// <param name="x">What it is applied to.</param>
    /// <param name="function">The function.</param>
    /// <param name="shape">The shape of one sample.</param>
    /// <exception cref="ModelException">There is no entry for the function.</exception>
    public static GraphOutput Add(GraphValue x, ActivationFunction function, TensorShape shape)
    {
        if (!Formulas.TryGetValue(function, out Func<GraphValue, GraphValue>? formula))
            throw new ModelException($"TensorFlow graphs cannot apply the activation {function.KerasName()}; known are {string.Join(", ", Formulas.Keys.Select(f => f.KerasName()))}.");

        // The gradient that the C API makes of LogSoftmax takes it to be over axis 1.
        if (function == ActivationFunction.LogSoftmax && shape.Rank > 1)
            return formula(x.Reshape(-1, shape[^1])).Reshape([-1, .. shape]);
        return formula(x);
    }

    /// <summary>x above 0, slope·x below.</summary>
    public static GraphValue Leaky(GraphValue x, float slope) => x.Of(x.Graph.Floats("LeakyRelu", $"{x.Path}/LeakyRelu", [x], ("alpha", slope)));

    private static GraphValue HardSigmoid(GraphValue x) => (x + 3).Apply("Relu6") / 6;
}
