namespace ConvNets.ModelDefs;

/// <summary>
/// A model in Keras's functional form: the graph of layer calls between input and output tensors. Skips, shared layers, several inputs and several outputs
/// are possible. A model is itself a layer and can be called in another one.
/// </summary>
/// <example>
/// <code>
/// KerasTensor input = new InputLayer([64, 64, 3]).Output;
/// KerasTensor x = new Conv2D(8, 4, padding: Padding.Same).Call(input);
/// x = new Flatten().Call(new ReLU().Call(x));
/// var model = new Model(input, new Dense(6, ActivationFunction.Softmax).Call(x));
/// </code>
/// </example>
public class Model : Layer
{
    private readonly ModelGraph? _graph;

    /// <summary>Makes a model with one input and one output.</summary>
    /// <exception cref="ModelException">The output does not come from the input, or two layers have the same name.</exception>
    public Model(KerasTensor input, KerasTensor output, string? name = null) : this([input], [output], name)
    {
    }

    /// <summary>Makes a model with any number of inputs and outputs.</summary>
    /// <exception cref="ModelException">An output does not come from the inputs, an input is not used, or two layers have the same name.</exception>
    public Model(IReadOnlyList<KerasTensor> inputs, IReadOnlyList<KerasTensor> outputs, string? name = null) : base(name) => _graph = new ModelGraph(inputs, outputs);

    private protected Model(string? name) : base(name)
    {
    }

    /// <inheritdoc/>
    public override string ClassName => "Functional";

    /// <summary>The model's name, or Keras's for a model without one: <c>functional</c>, <c>sequential</c>.</summary>
    public string DisplayName => Name ?? LayerNames.ToSnakeCase(ClassName);

    /// <summary>The input tensors.</summary>
    public IReadOnlyList<KerasTensor> Inputs => Graph.Inputs;

    /// <summary>The output tensors.</summary>
    public IReadOnlyList<KerasTensor> Outputs => Graph.Outputs;

    /// <summary>The calls of layers, in an order in which they can be run.</summary>
    public IReadOnlyList<Node> Nodes => Graph.Nodes;

    /// <summary>The layers in Keras's order (<c>model.layers</c>).</summary>
    public virtual IReadOnlyList<Layer> Layers => Graph.Layers;

    /// <summary>Whether the shapes are known, and with them the weights.</summary>
    public bool IsBuilt => TryGetGraph() is not null;

    /// <summary>Every weight of the model in Keras's order (<c>model.weights</c>).</summary>
    /// <exception cref="ModelException">The model is not built yet.</exception>
    public IReadOnlyList<WeightSlot> WeightSlots
    {
        get
        {
            _ = Graph;
            var slots = new List<WeightSlot>();
            Collect(this, "", Trainable, slots, new HashSet<Layer>(ReferenceEqualityComparer.Instance));
            return slots;
        }
    }

    /// <summary>The weights of all layers.</summary>
    public override IReadOnlyList<WeightSpec> Weights => [.. WeightSlots.Select(slot => slot.Spec)];

    /// <inheritdoc/>
    public override int MinimumInputs => Inputs.Count;

    /// <inheritdoc/>
    public override int MaximumInputs => Inputs.Count;

    /// <summary>The layer of a name.</summary>
    /// <exception cref="ModelException">There is none; the message lists those there are.</exception>
    public Layer GetLayer(string name) => Layers.FirstOrDefault(l => l.Name == name)
        ?? throw new ModelException($"Model \"{DisplayName}\" has no layer \"{name}\"; it has {string.Join(", ", Layers.Select(l => l.Name))}.");

    /// <summary>Makes sure that the model takes samples of a shape: a <see cref="Sequential"/> without an input shape is built on it.</summary>
    /// <exception cref="ModelException">The model has several inputs, or takes another shape.</exception>
    public virtual void EnsureInput(TensorShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (Inputs.Count != 1)
            throw new ModelException($"Model \"{DisplayName}\" has {Inputs.Count} inputs and was given one.");
        if (!Inputs[0].Shape.Equals(shape))
            throw new ModelException($"Model \"{DisplayName}\" takes inputs of shape {Inputs[0].Shape}; received {shape}.");
    }

    /// <inheritdoc/>
    public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => ComputeOutputShapes(inputShapes)[0];

    private protected override IReadOnlyList<TensorShape> ComputeOutputShapes(IReadOnlyList<TensorShape> inputShapes)
    {
        for (int i = 0; i < Inputs.Count; i++)
        {
            if (!Inputs[i].Shape.Equals(inputShapes[i]))
                throw BadInput(inputShapes[i], $"{Inputs[i].Shape} as input {i}");
        }
        return [.. Outputs.Select(o => o.Shape)];
    }

    private ModelGraph Graph => TryGetGraph()
        ?? throw new ModelException($"Model \"{DisplayName}\" is not built: its shapes are not known. Give its first layer an {nameof(InputShape)}, begin with an {nameof(InputLayer)}, or call {nameof(EnsureInput)} or Fit with data first.");

    private protected virtual ModelGraph? TryGetGraph() => _graph;

    private static void Collect(Model model, string prefix, bool trainable, List<WeightSlot> slots, HashSet<Layer> done)
    {
        foreach (Layer layer in model.Layers)
        {
            if (!done.Add(layer))
                continue;
            if (layer is Model nested)
            {
                Collect(nested, $"{prefix}{nested.Name}/", trainable && nested.Trainable, slots, done);
                continue;
            }
            for (int i = 0; i < layer.Weights.Count; i++)
            {
                WeightSpec spec = layer.Weights[i];
                slots.Add(new WeightSlot(layer, i, $"{prefix}{layer.Name}/{spec.Name}", spec, trainable && layer.Trainable && spec.Trainable));
            }
        }
    }
}
