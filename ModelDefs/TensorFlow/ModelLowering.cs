namespace ConvNets.ModelDefs.TensorFlow;

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
    private readonly List<(string Layer, GraphOutput Output)> _layerOutputs = [];
    private readonly List<GraphOutput> _penalties = [];

    /// <param name="graph">What nodes are added to.</param>
    /// <param name="weights">Where the weights come from.</param>
    /// <param name="random">What random layers draw from where layers behave as in training; null for inference.</param>
    /// <param name="prefix">What the nodes' names begin with; empty, or ending in a slash.</param>
    public ModelLowering(GraphBuilder graph, IGraphWeights weights, GraphRandom? random = null, string prefix = "") => (Graph, Weights, Random, Prefix) = (graph, weights, random, prefix);

    public GraphBuilder Graph { get; }

    public IGraphWeights Weights { get; }

    public GraphRandom? Random { get; }

    public string Prefix { get; }

    /// <summary>What each layer gives, in the order in which they are called.</summary>
    public IReadOnlyList<(string Layer, GraphOutput Output)> LayerOutputs => _layerOutputs;

    /// <summary>What regularizers of layers' outputs add to the loss.</summary>
    public IReadOnlyList<GraphOutput> Penalties => _penalties;

    /// <summary>Adds the nodes of a model on values of its inputs.</summary>
    /// <returns>The model's outputs.</returns>
    /// <exception cref="ModelException">There is no entry for a layer, or a regularizer is of one's own.</exception>
    public GraphOutput[] Lower(Model model, IReadOnlyList<GraphOutput> inputs) =>
        // What is fed in cannot be given out as it is.
        [.. Walk(model, inputs, Prefix, isFrozen: false).Select(output => inputs.Contains(output) ? Graph.Floats("Identity", $"{Prefix}Identity", [output]) : output)];

    /// <summary>What the activation that gave an output was applied to, if it was that function.</summary>
    public GraphOutput? InputOf(GraphOutput output, ActivationFunction? function) =>
        _activations.TryGetValue(output, out (ActivationFunction Function, GraphOutput Input) activation) && activation.Function == function ? activation.Input : null;

    /// <summary>Adds an activation function.</summary>
    public GraphOutput Activate(string name, GraphOutput input, ActivationFunction function, TensorShape shape)
    {
        GraphOutput output = TensorFlowActivations.Add(Graph.Value(name, input), function, shape);
        if (output != input)
            _activations[output] = (function, input);
        return output;
    }

    private GraphOutput[] Walk(Model model, IReadOnlyList<GraphOutput> inputs, string prefix, bool isFrozen)
    {
        isFrozen |= !model.Trainable;
        var values = new Dictionary<KerasTensor, GraphOutput>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < inputs.Count; i++)
            values[model.Inputs[i]] = inputs[i];
        foreach (Node node in model.Nodes)
        {
            if (node.Layer is InputLayer)
                continue;
            GraphOutput[] nodeInputs = [.. node.Inputs.Select(tensor => values[tensor])];
            string path = prefix + node.Layer.Name;
            GraphOutput[] outputs = node.Layer is Model nested
                ? Walk(nested, nodeInputs, path + "/", isFrozen)
                : [TensorFlowLayers.Lower(new LayerCall(this, node, path, nodeInputs, isFrozen || !node.Layer.Trainable))];
            for (int i = 0; i < outputs.Length; i++)
            {
                values[node.Outputs[i]] = outputs[i];
                if (node.Layer is not ModelDefs.Model)
                    _layerOutputs.Add((node.Layer.Name!, outputs[i]));
                if (node.Layer.ActivityRegularizer is { } regularizer)
                    _penalties.Add(TensorFlowRegularizers.OfSamples(Graph.Value($"{path}/activity", outputs[i]), regularizer, node.Outputs[i].Shape.Rank, $"the output of {node.Layer}"));
            }
        }
        return [.. model.Outputs.Select(tensor => values[tensor])];
    }
}

/// <summary>One call of a layer: what its entry in <see cref="TensorFlowLayers"/> works with.</summary>
/// <param name="Model">The model's lowering.</param>
/// <param name="Node">The call.</param>
/// <param name="Path">The layer's name, those of the models around it in front: what its nodes' names begin with.</param>
/// <param name="Inputs">The values that it is called on; their first axis is the batch.</param>
/// <param name="IsFrozen">Whether the layer, or a model around it, is not trained.</param>
internal sealed record LayerCall(ModelLowering Model, Node Node, string Path, IReadOnlyList<GraphOutput> Inputs, bool IsFrozen)
{
    public GraphBuilder Graph => Model.Graph;

    /// <summary>The only input.</summary>
    public GraphOutput Input => Inputs[0];

    /// <summary>The only input, as formulas use it.</summary>
    public GraphValue X => Value(Input);

    /// <summary>The shape of one sample of the only input.</summary>
    public TensorShape InputShape => Node.Inputs[0].Shape;

    /// <summary>The shape of one sample of the output.</summary>
    public TensorShape OutputShape => Node.Outputs[0].Shape;

    /// <summary>A value as formulas use it.</summary>
    public GraphValue Value(GraphOutput output) => Graph.Value(Path, output);

    /// <summary>Adds a node on floats.</summary>
    public GraphOutput Add(string operation, IReadOnlyList<GraphInput> inputs, params IReadOnlyList<(string Name, GraphAttribute Value)> attributes) =>
        Graph.Floats(operation, $"{Path}/{operation}", inputs, attributes);

    /// <summary>The number of samples, an integer.</summary>
    public GraphValue Count() => Value(Graph.CountOf($"{Path}/count", Input));

    /// <summary>The shape of as many samples as there are.</summary>
    public GraphOutput BatchShape(params IReadOnlyList<int> sample) =>
        Graph.Pack($"{Path}/batch_shape", [Count().Output, .. sample.Select((d, i) => Graph.Integer($"{Path}/dimension_{i}", d))]);

    /// <summary>The values of a weight; null where the layer has none of that name.</summary>
    public GraphOutput? Weight(string name) => IndexOf(name) is int index ? Model.Weights.Read(Node.Layer, index) : null;

    /// <summary>Gives a weight that the layer keeps itself a new value, once a step.</summary>
    public void Update(string name, Func<GraphOutput, GraphOutput> next) => Model.Weights.Update(Node.Layer, IndexOf(name)!.Value, next);

    /// <summary>Adds a bias to the last axis where the layer has one, then the activation.</summary>
    public GraphOutput Finish(GraphOutput value, ActivationFunction activation)
    {
        if (Weight("bias") is { } bias)
            value = Add("BiasAdd", [value, bias], ("data_format", "NHWC"));
        return Model.Activate(Path, value, activation, OutputShape);
    }

    /// <summary>Works on other axes than the last as if they were the last: brings them there, in order, and back behind it.</summary>
    /// <param name="axes">The axes of a sample.</param>
    /// <param name="make">What is done; it is given the value and the shape of a sample.</param>
    public GraphOutput WithAxesLast(IReadOnlyList<int> axes, Func<GraphOutput, TensorShape, GraphOutput> make)
    {
        int[] order = [0, .. Enumerable.Range(0, InputShape.Rank).Except(axes).Concat(axes).Select(axis => axis + 1)];
        if (order.SequenceEqual(Enumerable.Range(0, order.Length)))
            return make(Input, InputShape);
        GraphOutput result = make(Graph.Transpose($"{Path}/axes_last", Input, order), [.. order.Skip(1).Select(axis => InputShape[axis - 1])]);
        return Graph.Transpose($"{Path}/axes_back", result, [.. Enumerable.Range(0, order.Length).Select(i => Array.IndexOf(order, i))]);
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
