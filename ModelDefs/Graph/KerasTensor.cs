namespace ConvNets.ModelDefs;

/// <summary>What flows between layers when a functional model is described: a shape and the call that produces it, no values.</summary>
public sealed class KerasTensor
{
    internal KerasTensor(TensorShape shape, Node node, int index)
    {
        Shape = shape;
        Node = node;
        Index = index;
    }

    /// <summary>The shape of one sample.</summary>
    public TensorShape Shape { get; }

    /// <summary>The call that produces this tensor.</summary>
    public Node Node { get; }

    /// <summary>Which of the call's outputs this is.</summary>
    public int Index { get; }

    /// <summary>The shape and the layer that it comes from.</summary>
    public override string ToString() => $"<KerasTensor shape={Shape}, from {Node.Layer}>";
}

/// <summary>One call of a layer: the edges of a model's graph. A layer that is shared has several.</summary>
public sealed class Node
{
    internal Node(Layer layer, int number, IReadOnlyList<KerasTensor> inputs, IReadOnlyList<TensorShape> outputShapes)
    {
        Layer = layer;
        Number = number;
        Inputs = inputs;
        Outputs = [.. outputShapes.Select((shape, i) => new KerasTensor(shape, this, i))];
    }

    /// <summary>The layer that is called.</summary>
    public Layer Layer { get; }

    /// <summary>The calls of the layer before this one.</summary>
    internal int Number { get; }

    /// <summary>The tensors it is called on; none for an <see cref="InputLayer"/>.</summary>
    public IReadOnlyList<KerasTensor> Inputs { get; }

    /// <summary>The tensors that come out: one, but for a nested model with several outputs.</summary>
    public IReadOnlyList<KerasTensor> Outputs { get; }
}
