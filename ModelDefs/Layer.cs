namespace ConvNets.ModelDefs;

/// <summary>
/// The description of a layer: its arguments, its weights' shapes and initializers, and the shape it makes of its input. It holds no values:
/// those are in <see cref="ModelWeights"/>, and what computes with them is an engine.
/// </summary>
/// <remarks>
/// A layer of one's own derives from this class, creates its weights in <see cref="Build"/>, and says its output's shape in <see cref="ComputeOutputShape"/>.
/// A layer is built once, at its first call; called again (a shared layer), it uses the same weights.
/// </remarks>
public abstract class Layer
{
    private readonly List<WeightSpec> _weights = [];
    private readonly Lock _building = new();
    private TensorShape[]? _builtOn;
    private int _calls;

    /// <summary>Makes a layer.</summary>
    /// <param name="name">Its name; without one, the model that takes it in gives it Keras's: the class in snake case and a counter.</param>
    protected Layer(string? name)
    {
        if (name is not null && (name.Length == 0 || name.Contains('/', StringComparison.Ordinal)))
            throw new ArgumentException($"A layer's name must not be empty or contain '/'; received \"{name}\".", nameof(name));
        Name = name;
    }

    /// <summary>The layer's name, unique in its model; null until a model gives one.</summary>
    public string? Name { get; internal set; }

    /// <summary>Keras's name of the class, e.g. <c>MaxPooling2D</c>.</summary>
    public virtual string ClassName => GetType().Name;

    /// <summary>The shape of one input sample, where a <see cref="Sequential"/> model's first layer says it (Keras's <c>input_shape</c>).</summary>
    public TensorShape? InputShape { get; init; }

    /// <summary>Whether training changes the layer's weights; a frozen BatchNormalization also runs in inference mode.</summary>
    public bool Trainable { get; set; } = true;

    /// <summary>The penalty on the layer's output, its sum divided by the number of samples, that is added to the loss; null for none.</summary>
    public Regularizer? ActivityRegularizer { get; set; }

    /// <summary>How many tensors the layer is called on at least.</summary>
    public virtual int MinimumInputs => 1;

    /// <summary>How many tensors the layer can be called on at most.</summary>
    public virtual int MaximumInputs => 1;

    /// <summary>The weights in Keras's order, trainable ones first; empty before the first call.</summary>
    public virtual IReadOnlyList<WeightSpec> Weights => _weights;

    /// <summary>The number of parameters, trainable or not; 0 before the first call.</summary>
    public int CountParameters() => Weights.Sum(w => w.Shape.Size);

    /// <summary>Calls the layer: the functional form of a model.</summary>
    /// <param name="inputs">The tensors it is called on: one, but for layers that merge.</param>
    /// <returns>The tensor that comes out.</returns>
    /// <exception cref="ModelException">The inputs' number or shapes do not suit the layer.</exception>
    public KerasTensor Call(params IReadOnlyList<KerasTensor> inputs) => CallNode(inputs).Outputs[0];

    /// <summary>Calls the layer, and gives all its outputs: a nested model may have several.</summary>
    /// <param name="inputs">The tensors it is called on.</param>
    /// <returns>The tensors that come out.</returns>
    /// <exception cref="ModelException">The inputs' number or shapes do not suit the layer.</exception>
    public IReadOnlyList<KerasTensor> CallAll(params IReadOnlyList<KerasTensor> inputs) => CallNode(inputs).Outputs;

    internal Node CallNode(IReadOnlyList<KerasTensor> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count < MinimumInputs || inputs.Count > MaximumInputs)
        {
            string expected = MinimumInputs == MaximumInputs ? $"{MinimumInputs}" : $"at least {MinimumInputs}";
            throw new ModelException($"{this} was called on {inputs.Count} tensors; it takes {expected}.");
        }
        TensorShape[] shapes = [.. inputs.Select(t => t.Shape)];
        int number;
        lock (_building)
        {
            number = _calls++;
            if (_builtOn is null)
            {
                Build(shapes);
                _builtOn = shapes;
            }
            else if (_weights.Count > 0)
            {
                CheckSameWeights(shapes);
            }
        }
        return new Node(this, number, inputs, ComputeOutputShapes(shapes));
    }

    /// <summary>Creates the layer's weights with <see cref="AddWeight"/>. Called once, before the first output shape is asked for.</summary>
    /// <param name="inputShapes">The shapes of one sample of each input.</param>
    protected virtual void Build(IReadOnlyList<TensorShape> inputShapes)
    {
    }

    /// <summary>The shape of one output sample.</summary>
    /// <param name="inputShapes">The shapes of one sample of each input.</param>
    /// <exception cref="ModelException">The shapes do not suit the layer.</exception>
    public abstract TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes);

    private protected virtual IReadOnlyList<TensorShape> ComputeOutputShapes(IReadOnlyList<TensorShape> inputShapes) => [ComputeOutputShape(inputShapes)];

    /// <summary>What <c>LayerDescriptors()</c> lists behind class name, output shape and parameters, as Python prints it.</summary>
    protected internal virtual IEnumerable<string> Descriptor() => [];

    /// <summary>Adds a weight; in Keras's order, trainable ones first.</summary>
    /// <param name="name">Its name in the layer, e.g. <c>kernel</c>.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">What gives its first values.</param>
    /// <param name="trainable">False for statistics that a layer keeps itself.</param>
    /// <param name="regularizer">The penalty on it; null for none.</param>
    protected void AddWeight(string name, TensorShape shape, Initializer initializer, bool trainable = true, Regularizer? regularizer = null) =>
        _weights.Add(new WeightSpec(name, shape, initializer, trainable, regularizer));

    /// <summary>The error of an input that does not suit this layer.</summary>
    /// <param name="received">What it got.</param>
    /// <param name="expected">What it wants.</param>
    protected ModelException BadInput(object received, string expected) => new($"{this} received an input of shape {received}; it expects {expected}.");

    /// <summary>Throws unless the input is an image: (height, width, channels).</summary>
    /// <returns>The input's shape.</returns>
    protected TensorShape CheckImage(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0].Rank == 3
        ? inputShapes[0]
        : throw BadInput(inputShapes[0], "images (None, height, width, channels)");

    /// <summary>An axis as Keras counts it, the batch being axis 0 and −1 the last, as an axis of a sample's shape.</summary>
    /// <exception cref="ModelException">The input has no such axis.</exception>
    protected int SampleAxis(int axis, TensorShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        int sampleAxis = axis < 0 ? shape.Rank + axis : axis - 1;
        return sampleAxis >= 0 && sampleAxis < shape.Rank ? sampleAxis : throw BadInput(shape, $"an input that has axis {axis}");
    }

    /// <summary>The class name, and the layer's own name where it has one.</summary>
    public override string ToString() => Name is null ? ClassName : $"{ClassName} \"{Name}\"";

    private void CheckSameWeights(TensorShape[] shapes)
    {
        if (shapes.Zip(_builtOn!).All(pair => pair.First.Equals(pair.Second)))
            return;
        WeightSpec[] before = [.. _weights];
        _weights.Clear();
        Build(shapes);
        bool same = before.Zip(_weights).All(pair => pair.First.Shape.Equals(pair.Second.Shape));
        _weights.Clear();
        _weights.AddRange(before);
        if (!same)
            throw new ModelException($"{this} was built on an input of shape {_builtOn![0]} and is called on {shapes[0]}, for which its weights would have other shapes; use a new layer there.");
    }
}
