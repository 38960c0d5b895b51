namespace ConvNets.ModelDefs;

/// <summary>
/// A model that is a list of layers, each with one input and one output. The input shape is that of the first layer (<see cref="Layer.InputShape"/>, or an
/// <see cref="InputLayer"/>); without one, the model is built at the first data.
/// </summary>
/// <example>
/// <code>
/// var model = new Sequential([new Flatten { InputShape = [28, 28, 1] }, new Dense(10, ActivationFunction.Softmax)]);
/// model.Pop();
/// model.Add(new Dense(5, ActivationFunction.Softmax));
/// </code>
/// </example>
public sealed class Sequential : Model
{
    private readonly List<Layer> _layers = [];
    private readonly List<KerasTensor> _tensors = [];
    private readonly Lock _changing = new();
    private ModelGraph? _graph;

    /// <summary>Makes an empty model.</summary>
    public Sequential(string? name = null) : base(name)
    {
    }

    /// <summary>Makes a model of the given layers, in order.</summary>
    /// <exception cref="ModelException">A layer cannot follow those before it.</exception>
    public Sequential(IEnumerable<Layer> layers, string? name = null) : base(name)
    {
        ArgumentNullException.ThrowIfNull(layers);
        foreach (Layer layer in layers)
            Add(layer);
    }

    /// <inheritdoc/>
    public override string ClassName => nameof(Sequential);

    /// <summary>The layers; the input layer, where there is one, is not among them (as in Keras).</summary>
    public override IReadOnlyList<Layer> Layers => _layers;

    /// <inheritdoc/>
    public override int MinimumInputs => 1;

    /// <inheritdoc/>
    public override int MaximumInputs => 1;

    /// <summary>Appends a layer.</summary>
    /// <exception cref="ModelException">The layer does not fit: it takes several inputs, is in the model already, has a name that is taken, or its input's shape is wrong.</exception>
    public void Add(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        lock (_changing)
        {
            if (layer is InputLayer input)
            {
                if (_layers.Count > 0 || _tensors.Count > 0)
                    throw new ModelException("A Sequential model has one input, and it comes first; a second input needs the functional form: new Model(inputs, outputs).");
                _tensors.Add(input.Output);
                return;
            }
            CheckCanFollow(layer);
            string? givenName = layer.Name;
            layer.Name ??= LayerNames.FirstFree(layer.ClassName, _layers.Select(l => l.Name!).ToHashSet(StringComparer.Ordinal));
            try
            {
                Append(layer);
            }
            catch
            {
                layer.Name = givenName;
                throw;
            }
        }
    }

    /// <summary>Removes the last layer and returns it.</summary>
    /// <exception cref="ModelException">There is none.</exception>
    public Layer Pop()
    {
        lock (_changing)
        {
            if (_layers.Count == 0)
                throw new ModelException($"Model \"{DisplayName}\" has no layers to remove.");
            Layer last = _layers[^1];
            _layers.RemoveAt(_layers.Count - 1);
            if (_tensors.Count > 0)
                _tensors.RemoveAt(_tensors.Count - 1);
            if (_layers.Count == 0 && InputShapeOf(last) is not null)
                _tensors.Clear();
            _graph = null;
            return last;
        }
    }

    /// <inheritdoc/>
    public override void EnsureInput(TensorShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        lock (_changing)
        {
            if (_tensors.Count == 0 && _layers.Count > 0)
            {
                var tensors = new List<KerasTensor> { new InputLayer(shape).Output };
                foreach (Layer layer in _layers)
                    tensors.Add(layer.Call(tensors[^1]));
                _tensors.AddRange(tensors);
            }
        }
        base.EnsureInput(shape);
    }

    /// <inheritdoc/>
    protected override void Build(IReadOnlyList<TensorShape> inputShapes) => EnsureInput(inputShapes[0]);

    private protected override ModelGraph? TryGetGraph()
    {
        lock (_changing)
        {
            if (_graph is null && _layers.Count > 0 && _tensors.Count > 0)
                _graph = new ModelGraph([_tensors[0]], [_tensors[^1]]);
            return _graph;
        }
    }

    private void Append(Layer layer)
    {
        KerasTensor? input = _tensors.Count > 0 ? _tensors[^1] : _layers.Count == 0 && InputShapeOf(layer) is { } shape ? new InputLayer(shape).Output : null;
        if (input is not null)
        {
            KerasTensor output = layer.Call(input);
            if (_tensors.Count == 0)
                _tensors.Add(input);
            _tensors.Add(output);
        }
        _layers.Add(layer);
        _graph = null;
    }

    private static bool Contains(Layer layer, Model model) => layer == model || (layer is Sequential or Model { IsBuilt: true } && ((Model)layer).Layers.Any(inner => Contains(inner, model)));

    private static TensorShape? InputShapeOf(Layer layer) => layer.InputShape ?? (layer is Model { IsBuilt: true } model ? model.Inputs[0].Shape : null);

    private void CheckCanFollow(Layer layer)
    {
        const string Functional = "a Sequential model is a list of layers with one input and one output each; a branch needs the functional form: new Model(inputs, outputs)";
        if (layer.MinimumInputs > 1)
            throw new ModelException($"{layer} takes {layer.MinimumInputs} or more inputs: {Functional}.");
        if (layer is Model { IsBuilt: true } model && model.Outputs.Count > 1)
            throw new ModelException($"{layer} has {model.Outputs.Count} outputs: {Functional}.");
        if (Contains(layer, this))
            throw new ModelException($"{layer} cannot be a layer of model \"{DisplayName}\", which it contains: the graph would be a cycle.");
        if (_layers.Contains(layer))
            throw new ModelException($"{layer} is in the model already: {Functional}.");
        if (layer.Name is not null && _layers.Any(l => l.Name == layer.Name))
            throw new ModelException($"The model has a layer named \"{layer.Name}\" already; every layer needs a name of its own.");
    }
}
