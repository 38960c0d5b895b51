using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Activation functions as nodes of a TensorFlow graph.</summary>
internal static class TensorFlowActivations
{
    private static readonly Dictionary<ActivationFunction, string> Operations = new()
    {
        [ActivationFunction.Relu] = "Relu",
        [ActivationFunction.Sigmoid] = "Sigmoid",
        [ActivationFunction.Softmax] = "Softmax",
    };

    /// <summary>Whether there is such a node.</summary>
    public static bool Supports(ActivationFunction function) => function == ActivationFunction.Linear || Operations.ContainsKey(function);

    /// <summary>Adds an activation; none for a linear one.</summary>
    /// <exception cref="ModelException">The engine does not know the function.</exception>
    public static GraphOutput Add(GraphBuilder graph, string path, GraphOutput input, ActivationFunction function)
    {
        if (function == ActivationFunction.Linear)
            return input;
        if (!Operations.TryGetValue(function, out string? operation))
            throw new ModelException($"The TensorFlow engine cannot apply the activation {function.KerasName()}; it knows {string.Join(", ", Operations.Keys.Select(f => f.KerasName()))}.");
        return graph.Floats(operation, $"{path}/{operation}", [input]);
    }
}
