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

        // Each output has derivatives of its own: what is given out twice is copied.
        var given = new HashSet<Value>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < outputs.Length; i++)
        {
            if (given.Add(outputs[i].Alias))
                continue;
            Value source = outputs[i];
            outputs[i] = new Value(source.Shape, source.Name) { NeedsGradient = source.NeedsGradient };
            operations.Add(new WeightedSumOperation(context, [1]) { Inputs = [source], Output = outputs[i] });
        }
        return (operations, outputs);
    }

    /// <summary>The value of a tensor that is computed already.</summary>
    public Value ValueOf(KerasTensor tensor) => _values[tensor];

    /// <summary>The one call that reads a call's output; null where several do, or the model gives it out.</summary>
    public Node? OnlyReader(Node node)
    {
        KerasTensor output = node.Outputs[0];
        return node.Layer.ActivityRegularizer is null && !_outputs.Contains(output) && _readers.TryGetValue(output, out List<Node>? readers) && readers.Count == 1 ? readers[0] : null;
    }

    /// <summary>Whether a ReLU layer is max(x, 0).</summary>
    public static bool IsPlain(ReLU layer) => layer is { MaxValue: null, NegativeSlope: 0, Threshold: 0 };

    /// <summary>Adds an operation for a call of a layer.</summary>
    public void Add(Node node, Func<IReadOnlyList<Value>, Value, Operation> make)
    {
        Value[] inputs = [.. node.Inputs.Select(ValueOf)];
        Give(node, Emit(node, inputs, node.Outputs[0].Shape, make));
    }

    /// <summary>Adds an operation that is part of a call of a layer.</summary>
    /// <returns>What it writes.</returns>
    public Value Emit(Node node, IReadOnlyList<Value> inputs, TensorShape shape, Func<IReadOnlyList<Value>, Value, Operation> make)
    {
        var output = new Value(shape, node.Layer.Name!) { NeedsGradient = NeedsGradient(node, inputs) };
        _operations.Add(make(inputs, output));
        return output;
    }

    /// <summary>Says what a call of a layer gives.</summary>
    public void Give(Node node, Value value) => Give(node, node.Outputs[0], value);

    /// <summary>
    /// Adds an operation, then the layer's activation. A rectifier, the layer's own or that of a ReLU layer that alone reads the output, becomes part of the operation where it can.
    /// </summary>
    public void AddActivated(Node node, IReadOnlyList<Value> inputs, ActivationFunction activation, Func<bool, Func<IReadOnlyList<Value>, Value, Operation>> make, bool fusesRelu = true)
    {
        KerasTensor output = node.Outputs[0];
        bool relu = fusesRelu && activation == ActivationFunction.Relu;
        Node last = node;
        if (fusesRelu && activation == ActivationFunction.Linear && OnlyReader(node) is { Layer: ReLU layer } next && IsPlain(layer))
        {
            (relu, output, last) = (true, next.Outputs[0], next);
            _takenIn.Add(next);
        }
        Value value = Emit(node, inputs, output.Shape, make(relu));
        if (relu || activation == ActivationFunction.Linear)
            Give(last, output, value);
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

    /// <summary>In training, the normalization of channels, the rectifier, if any, and the max-pooling that alone read a convolution's output one after the other.</summary>
    public (Node[] Nodes, bool Relu)? NormalizedBehind(Node convolution)
    {
        if (!Context.Training || OnlyReader(convolution) is not { Layer: BatchNormalization normalization } next || normalization.SampleAxis(next.Inputs[0].Shape) != 2
            || PooledBehind(next) is not { } pooling)
            return null;
        return ([next, .. pooling.Nodes], pooling.Relu);
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
        Give(behind[^1], Emit(node, inputs, behind[^1].Outputs[0].Shape, make));
    }

    /// <summary>Adds an activation function.</summary>
    public void Activate(Node node, Value input, ActivationFunction activation)
    {
        if (activation == ActivationFunction.Linear)
            Give(node, View(node, input));
        else
            Give(node, Emit(node, [input], node.Outputs[0].Shape, (inputs, output) => ActivationOperations.Make(Context, activation, inputs, output)));
    }

    /// <summary>Makes the output another view of the input.</summary>
    public void View(Node node) => Give(node, View(node, ValueOf(node.Inputs[0])));

    private static Value View(Node node, Value input) => new(node.Outputs[0].Shape, node.Layer.Name!) { NeedsGradient = input.NeedsGradient, AliasOf = input };

    /// <summary>Says what a tensor's value is: what a layer gives, passed through the penalty on it where there is one.</summary>
    private void Give(Node node, KerasTensor tensor, Value value)
    {
        if (node.Layer.ActivityRegularizer is { } regularizer)
            value = Emit(node, [value], value.Shape, (inputs, output) => new ActivityPenaltyOperation(Context, regularizer) { Inputs = inputs, Output = output });
        _values[tensor] = value;
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
            Give(node, node.Outputs[i], outputs[i]);
    }

    private bool NeedsGradient(Node node, IReadOnlyList<Value> inputs) => Context.Training && (inputs.Any(i => i.NeedsGradient) || Context.Parameters.IsTrained(node.Layer));
}
