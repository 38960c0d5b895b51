using ConvNets.ModelDefs;

namespace ConvNets.Engines;

/// <summary>
/// Turns a model into a plan: walks the graph in order and adds each layer's operations. Where several layers can run as one operation, the first one's entry in
/// <see cref="LayerTable"/> takes the others in: zeros into a convolution, a rectifier into a convolution or a normalization.
/// </summary>
internal sealed class Planner
{
    private readonly Dictionary<KerasTensor, Value> _values = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<KerasTensor, List<Node>> _readers = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<KerasTensor> _outputs = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Node> _takenIn = new(ReferenceEqualityComparer.Instance);
    private readonly List<Operation> _operations;

    private Planner(PlanContext context, List<Operation> operations) => (Context, _operations) = (context, operations);

    public PlanContext Context { get; }

    /// <summary>The operations of a model on values of its inputs, in order, and the values of its outputs.</summary>
    public static (List<Operation> Operations, Value[] Outputs) Plan(PlanContext context, Model model, IReadOnlyList<Value> inputs)
    {
        var operations = new List<Operation>();
        Value[] outputs = new Planner(context, operations).Run(model, inputs);
        return (operations, outputs);
    }

    /// <summary>The value of a tensor that is computed already.</summary>
    public Value ValueOf(KerasTensor tensor) => _values[tensor];

    /// <summary>The one call that reads a call's output; null where several do, or the model gives it out.</summary>
    public Node? OnlyReader(Node node)
    {
        KerasTensor output = node.Outputs[0];
        return !_outputs.Contains(output) && _readers.TryGetValue(output, out List<Node>? readers) && readers.Count == 1 ? readers[0] : null;
    }

    /// <summary>Whether a ReLU layer is max(x, 0).</summary>
    public static bool IsPlain(ReLU layer) => layer is { MaxValue: null, NegativeSlope: 0, Threshold: 0 };

    /// <summary>Adds an operation for a call of a layer.</summary>
    public void Add(Node node, Func<IReadOnlyList<Value>, Value, Operation> make)
    {
        Value[] inputs = [.. node.Inputs.Select(ValueOf)];
        _values[node.Outputs[0]] = Append(inputs, NewValue(node, inputs), make);
    }

    /// <summary>
    /// Adds an operation, then the layer's activation. A rectifier, the layer's own or that of a ReLU layer that alone reads the output, becomes part of the operation where it can.
    /// </summary>
    public void AddActivated(Node node, IReadOnlyList<KerasTensor> tensors, ActivationFunction activation, Func<bool, Func<IReadOnlyList<Value>, Value, Operation>> make, bool fusesRelu = true)
    {
        Value[] inputs = [.. tensors.Select(ValueOf)];
        KerasTensor output = node.Outputs[0];
        bool relu = fusesRelu && activation == ActivationFunction.Relu;
        if (fusesRelu && activation == ActivationFunction.Linear && OnlyReader(node) is { Layer: ReLU layer } next && IsPlain(layer))
        {
            relu = true;
            output = next.Outputs[0];
            _takenIn.Add(next);
        }
        Value value = Append(inputs, NewValue(node, inputs), make(relu));
        if (relu || activation == ActivationFunction.Linear)
            _values[output] = value;
        else
            Activate(node, value, activation);
    }

    /// <summary>The rectifier, if any, and the max-pooling that alone read a call's output, where its windows do not overlap, so that all can run as one operation.</summary>
    public (Node[] Nodes, bool Relu)? PooledBehind(Node node)
    {
        Node? next = OnlyReader(node);
        Node? rectifier = next is { Layer: ReLU relu } && IsPlain(relu) ? next : null;
        Node? pooling = rectifier is null ? next : OnlyReader(rectifier);
        if (pooling?.Layer is not MaxPooling2D pool || pool.Strides.Height < pool.PoolSize.Height || pool.Strides.Width < pool.PoolSize.Width)
            return null;
        return (rectifier is null ? [pooling] : [rectifier, pooling], rectifier is not null);
    }

    /// <summary>In inference, the normalization that alone reads a convolution's output: it becomes part of the filters. The call whose output the convolution then computes comes first.</summary>
    public (Node Last, BatchNormalization? Folded) FoldNormalization(Node convolution, Conv2D layer)
    {
        if (Context.Training || layer.Activation != ActivationFunction.Linear || OnlyReader(convolution) is not { Layer: BatchNormalization normalization } next
            || normalization.SampleAxis(next.Inputs[0].Shape) != 2)
            return (convolution, null);
        _takenIn.Add(next);
        return (next, normalization);
    }

    /// <summary>Whether a tensor is a convolution's output as it is, which takes its derivatives an image at a time.</summary>
    public bool IsPlainConvolution(KerasTensor tensor) => _operations.Find(o => o.Output == ValueOf(tensor)) is ConvolutionOperation { BackwardReadsOutput: false };

    /// <summary>Adds one operation for a call of a layer and the calls behind it.</summary>
    public void TakeIn(Node node, KerasTensor input, Node[] behind, Func<IReadOnlyList<Value>, Value, Operation> make)
    {
        Value[] inputs = [ValueOf(input)];
        _takenIn.UnionWith(behind);
        KerasTensor output = behind[^1].Outputs[0];
        var value = new Value(output.Shape, behind[^1].Layer.Name!) { NeedsGradient = NewValue(node, inputs).NeedsGradient };
        _values[output] = Append(inputs, value, make);
    }

    /// <summary>Adds an activation function: over its input's memory where nothing else needs that.</summary>
    public void Activate(Node node, Value input, ActivationFunction activation)
    {
        KerasTensor output = node.Outputs[0];
        Operation? producer = _operations.Find(o => o.Output == input);
        bool inPlace = producer is { BackwardReadsOutput: false } && !_outputs.Contains(output) && (ReadersOf(input) <= 1);
        var value = new Value(output.Shape, node.Layer.Name!) { NeedsGradient = input.NeedsGradient, Over = inPlace ? input : null };
        _values[output] = Append([input], value, (inputs, result) => new ActivationOperation(Context, activation, output.Shape[^1]) { Inputs = inputs, Output = result });
    }

    /// <summary>Makes the output another view of the input.</summary>
    public void View(Node node)
    {
        Value input = ValueOf(node.Inputs[0]);
        _values[node.Outputs[0]] = new Value(node.Outputs[0].Shape, node.Layer.Name!) { NeedsGradient = input.NeedsGradient, AliasOf = input };
    }

    private Value[] Run(Model model, IReadOnlyList<Value> inputs)
    {
        foreach (Node node in model.Nodes)
        {
            foreach (KerasTensor tensor in node.Inputs)
            {
                if (!_readers.TryGetValue(tensor, out List<Node>? readers))
                    _readers[tensor] = readers = [];
                readers.Add(node);
            }
        }
        _outputs.UnionWith(model.Outputs);
        for (int i = 0; i < inputs.Count; i++)
            _values[model.Inputs[i]] = inputs[i];

        foreach (Node node in model.Nodes)
        {
            if (_takenIn.Contains(node))
                continue;
            if (node.Layer is Model nested)
                Nest(node, nested);
            else
                LayerTable.Lower(this, node);
        }
        return [.. model.Outputs.Select(ValueOf)];
    }

    /// <summary>A model in the model: its operations on this call's values. Its tensors have values of their own in each call.</summary>
    private void Nest(Node node, Model nested)
    {
        Value[] outputs = new Planner(Context, _operations).Run(nested, [.. node.Inputs.Select(ValueOf)]);
        for (int i = 0; i < outputs.Length; i++)
            _values[node.Outputs[i]] = outputs[i];
    }

    private Value NewValue(Node node, Value[] inputs) => new(node.Outputs[0].Shape, node.Layer.Name!)
    {
        NeedsGradient = Context.Training && (inputs.Any(i => i.NeedsGradient) || Context.Parameters.IsTrained(node.Layer)),
    };

    private int ReadersOf(Value value) => _values.Where(entry => entry.Value.Alias == value.Alias).Sum(entry => _readers.TryGetValue(entry.Key, out List<Node>? readers) ? readers.Count : 0);

    private Value Append(IReadOnlyList<Value> inputs, Value output, Func<IReadOnlyList<Value>, Value, Operation> make)
    {
        _operations.Add(make(inputs, output));
        return output;
    }
}
