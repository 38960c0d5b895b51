using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>Where a graph takes a model's weights from: variables of a session, or constants of a file.</summary>
internal interface IGraphWeights
{
    /// <summary>The values of a layer's weight.</summary>
    GraphOutput Read(Layer layer, int index);

    /// <summary>Gives a weight that the layer keeps itself (a moving average) a new value, once a step. Training graphs only.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="index">Which of its weights.</param>
    /// <param name="next">The new value's node, made from the value as it is.</param>
    void Update(Layer layer, int index, Func<GraphOutput, GraphOutput> next);
}

/// <summary>Describes a model as a graph: walks its calls of layers in order and adds each one's nodes (see <see cref="TensorFlowLayers"/>).</summary>
internal sealed class ModelLowering
{
    private readonly Dictionary<GraphOutput, (ActivationFunction Function, GraphOutput Input)> _activations = [];

    /// <param name="graph">What nodes are added to.</param>
    /// <param name="weights">Where the weights come from.</param>
    /// <param name="training">Whether layers behave as in training.</param>
    /// <param name="prefix">What the nodes' names begin with; empty, or ending in a slash.</param>
    public ModelLowering(GraphBuilder graph, IGraphWeights weights, bool training, string prefix = "") => (Graph, Weights, Training, Prefix) = (graph, weights, training, prefix);

    public GraphBuilder Graph { get; }

    public IGraphWeights Weights { get; }

    public bool Training { get; }

    public string Prefix { get; }

    /// <summary>Adds the nodes of a model on values of its inputs.</summary>
    /// <returns>The model's outputs.</returns>
    /// <exception cref="ModelException">TensorFlow's engine does not know a layer.</exception>
    public GraphOutput[] Lower(Model model, IReadOnlyList<GraphOutput> inputs) => Walk(model, inputs, Prefix);

    /// <summary>What the activation that gave an output was applied to, if it was that function.</summary>
    public GraphOutput? InputOf(GraphOutput output, ActivationFunction? function) =>
        _activations.TryGetValue(output, out (ActivationFunction Function, GraphOutput Input) activation) && activation.Function == function ? activation.Input : null;

    /// <summary>Adds an activation function.</summary>
    public GraphOutput Activate(string name, GraphOutput input, ActivationFunction function)
    {
        GraphOutput output = TensorFlowActivations.Add(Graph, name, input, function);
        if (output != input)
            _activations[output] = (function, input);
        return output;
    }

    private GraphOutput[] Walk(Model model, IReadOnlyList<GraphOutput> inputs, string prefix)
    {
        var values = new Dictionary<KerasTensor, GraphOutput>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < inputs.Count; i++)
            values[model.Inputs[i]] = inputs[i];
        foreach (Node node in model.Nodes)
        {
            if (node.Layer is InputLayer)
                continue;
            GraphOutput[] nodeInputs = [.. node.Inputs.Select(tensor => values[tensor])];
            string path = prefix + node.Layer.Name;
            GraphOutput[] outputs = node.Layer is Model nested ? Walk(nested, nodeInputs, path + "/") : [TensorFlowLayers.Lower(new LayerCall(this, node, path, nodeInputs))];
            for (int i = 0; i < outputs.Length; i++)
                values[node.Outputs[i]] = outputs[i];
        }
        return [.. model.Outputs.Select(tensor => values[tensor])];
    }
}

/// <summary>One call of a layer: what its entry in <see cref="TensorFlowLayers"/> works with.</summary>
/// <param name="Model">The model's lowering.</param>
/// <param name="Node">The call.</param>
/// <param name="Path">The layer's name, those of the models around it in front: what its nodes' names begin with.</param>
/// <param name="Inputs">The values that it is called on; their first axis is the batch.</param>
internal sealed record LayerCall(ModelLowering Model, Node Node, string Path, IReadOnlyList<GraphOutput> Inputs)
{
    public GraphBuilder Graph => Model.Graph;

    /// <summary>The only input.</summary>
    public GraphOutput Input => Inputs[0];

    /// <summary>The shape of one sample of the only input.</summary>
    public TensorShape InputShape => Node.Inputs[0].Shape;

    /// <summary>The shape of one sample of the output.</summary>
    public TensorShape OutputShape => Node.Outputs[0].Shape;

    /// <summary>Adds a node on floats.</summary>
    public GraphOutput Add(string operation, IReadOnlyList<GraphInput> inputs, params IReadOnlyList<(string Name, GraphAttribute Value)> attributes) =>
        Graph.Floats(operation, $"{Path}/{operation}", inputs, attributes);

    /// <summary>The values of a weight; null where the layer has none of that name.</summary>
    public GraphOutput? Weight(string name) => IndexOf(name) is int index ? Model.Weights.Read(Node.Layer, index) : null;

    /// <summary>Gives a weight that the layer keeps itself a new value, once a step.</summary>
    public void Update(string name, Func<GraphOutput, GraphOutput> next) => Model.Weights.Update(Node.Layer, IndexOf(name)!.Value, next);

    /// <summary>Adds a bias to the last axis where the layer has one, then the activation.</summary>
    public GraphOutput Finish(GraphOutput value, ActivationFunction activation)
    {
        if (Weight("bias") is { } bias)
            value = Add("BiasAdd", [value, bias], ("data_format", "NHWC"));
        return Model.Activate(Path, value, activation);
    }

    private int? IndexOf(string name)
    {
        for (int i = 0; i < Node.Layer.Weights.Count; i++)
        {
            if (Node.Layer.Weights[i].Name == name)
                return i;
        }
        return null;
    }
}
