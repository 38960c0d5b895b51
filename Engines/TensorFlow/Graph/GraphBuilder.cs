using System.Runtime.InteropServices;

namespace ConvNets.Engines;

/// <summary>Describes a graph node by node. It calculates nothing and needs no native library: what was added is made into operations, or written to a file, by others.</summary>
internal sealed class GraphBuilder
{
    private readonly List<GraphNode> _nodes = [];
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The nodes in an order in which they can be run.</summary>
    public IReadOnlyList<GraphNode> Nodes => _nodes;

    /// <summary>A name that no node has: the wanted one, or with a number behind.</summary>
    public string UniqueName(string wanted)
    {
        string name = wanted;
        for (int i = 1; !_names.Add(name); i++)
            name = $"{wanted}_{i}";
        return name;
    }

    /// <summary>Adds a node.</summary>
    /// <param name="operation">TensorFlow's name of what it does.</param>
    /// <param name="name">The wanted name.</param>
    /// <param name="inputs">What it is applied to.</param>
    /// <param name="type">The type of its first output.</param>
    /// <param name="controlInputs">The names of nodes that have to be run before.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <returns>Its first output.</returns>
    public GraphOutput Add(string operation, string name, IReadOnlyList<GraphInput> inputs, DataType type, IReadOnlyList<string> controlInputs, params IReadOnlyList<(string Name, GraphAttribute Value)> attributes)
    {
        var node = new GraphNode(operation, UniqueName(name), inputs, controlInputs, attributes);
        _nodes.Add(node);
        return new GraphOutput(node.Name, 0, type);
    }

    /// <summary>Adds an operation on floats: one whose attribute <c>T</c> is their type.</summary>
    public GraphOutput Floats(string operation, string name, IReadOnlyList<GraphInput> inputs, params IReadOnlyList<(string Name, GraphAttribute Value)> attributes) =>
        Add(operation, name, inputs, DataType.Float, [], [("T", DataType.Float), .. attributes]);

    /// <summary>Something that is fed in.</summary>
    /// <param name="name">The wanted name.</param>
    /// <param name="shape">Its shape; −1 is a dimension that is not fixed.</param>
    public GraphOutput Placeholder(string name, params long[] shape) =>
        Add("Placeholder", name, [], DataType.Float, [], ("dtype", DataType.Float), ("shape", new GraphAttribute.OfShape(shape)));

    public GraphOutput Constant(string name, ReadOnlyMemory<float> values, params long[] shape) => Constant(name, new GraphTensor(DataType.Float, shape, Bytes(values)));

    public GraphOutput Scalar(string name, float value) => Constant(name, new[] { value });

    /// <summary>A vector of integers: a shape, axes, margins.</summary>
    public GraphOutput Integers(string name, params int[] values) => Constant(name, new GraphTensor(DataType.Int32, [values.Length], Bytes<int>(values)));

    /// <summary>Integers in rows of two: margins.</summary>
    public GraphOutput Table(string name, params int[] values) => Constant(name, new GraphTensor(DataType.Int32, [values.Length / 2, 2], Bytes<int>(values)));

    /// <summary>An integer.</summary>
    public GraphOutput Integer(string name, int value) => Constant(name, new GraphTensor(DataType.Int32, [], Bytes<int>(new[] { value })));

    public GraphOutput Constant(string name, GraphTensor value) => Add("Const", name, [], value.Type, [], ("dtype", value.Type), ("value", new GraphAttribute.OfTensor(value)));

    /// <summary>The same values in another shape.</summary>
    public GraphOutput Reshape(string name, GraphOutput input, params int[] shape) =>
        Floats("Reshape", name, [input, Integers($"{name}/shape", shape)], ("Tshape", DataType.Int32));

    /// <summary>The mean (<c>Mean</c>) or another reduction over some axes.</summary>
    public GraphOutput Reduce(string operation, string name, GraphOutput input, bool keepAxes, params int[] axes) =>
        Floats(operation, name, [input, Integers($"{name}/axes", axes)], ("Tidx", DataType.Int32), ("keep_dims", keepAxes));

    /// <summary>The axes in another order.</summary>
    public GraphOutput Transpose(string name, GraphOutput input, params int[] order) =>
        Floats("Transpose", name, [input, Integers($"{name}/order", order)], ("Tperm", DataType.Int32));

    /// <summary>A variable, whose values stay in the session.</summary>
    public GraphOutput Variable(string name, params long[] shape)
    {
        string unique = UniqueName(name);
        _nodes.Add(new GraphNode("VarHandleOp", unique, [], [], [("dtype", DataType.Float), ("shape", new GraphAttribute.OfShape(shape)), ("shared_name", unique), ("container", "")]));
        return new GraphOutput(unique, 0, DataType.Resource);
    }

    /// <summary>A variable's values.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="after">Nodes that have to be run before.</param>
    public GraphOutput Read(GraphOutput variable, params IReadOnlyList<string> after) => Add("ReadVariableOp", $"{variable.Node}/read", [variable], DataType.Float, after, ("dtype", DataType.Float));

    /// <summary>Gives a variable its values.</summary>
    /// <returns>The name of the node that does it.</returns>
    public string Assign(GraphOutput variable, GraphOutput value) =>
        Add("AssignVariableOp", $"{variable.Node}/assign", [variable, value], DataType.Float, [], ("dtype", DataType.Float)).Node;

    /// <summary>The bytes of numbers as they lie in memory; every machine that .NET and TensorFlow run on is little-endian.</summary>
    private static ReadOnlyMemory<byte> Bytes<T>(ReadOnlyMemory<T> values) where T : unmanaged => MemoryMarshal.AsBytes(values.Span).ToArray();
}
