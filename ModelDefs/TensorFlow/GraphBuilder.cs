using System.Runtime.InteropServices;

namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>Describes a graph node by node. It calculates nothing and needs no native library: what was added is made into operations, or written to a file, by others.</summary>
internal sealed class GraphBuilder
{
    private readonly List<GraphNode> _nodes = [];
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The nodes in an order in which they can be run.</summary>
    public IReadOnlyList<GraphNode> Nodes => _nodes;

    /// <summary>A name that no node has: the wanted one, with underscores for what TensorFlow does not take in names, or with a number behind.</summary>
    public string UniqueName(string wanted)
    {
        string name = string.Concat(wanted.Select((c, i) => char.IsAsciiLetterOrDigit(c) || c == '.' || (i > 0 && c is '_' or '-' or '/') ? c : '_'));
        name = name[0] == '_' ? $".{name}" : name;
        wanted = name;
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

    /// <summary>Adds an operation on values of a type, its attribute <c>T</c>, that gives such values.</summary>
    public GraphOutput Of(DataType type, string operation, string name, IReadOnlyList<GraphInput> inputs, params IReadOnlyList<(string Name, GraphAttribute Value)> attributes) =>
        Add(operation, name, inputs, type, [], [("T", type), .. attributes]);

    /// <summary>Adds an operation on floats.</summary>
    public GraphOutput Floats(string operation, string name, IReadOnlyList<GraphInput> inputs, params IReadOnlyList<(string Name, GraphAttribute Value)> attributes) =>
        Of(DataType.Float, operation, name, inputs, attributes);

    /// <summary>A value as formulas use it.</summary>
    /// <param name="path">What the names of the formulas' nodes begin with.</param>
    /// <param name="output">The value.</param>
    public GraphValue Value(string path, GraphOutput output) => new(this, path, output);

    /// <summary>Something that is fed in.</summary>
    /// <param name="name">The wanted name.</param>
    /// <param name="shape">Its shape; −1 is a dimension that is not fixed.</param>
    public GraphOutput Placeholder(string name, params long[] shape) => Placeholder(name, DataType.Float, shape);

    /// <summary>Something of another type that is fed in.</summary>
    public GraphOutput Placeholder(string name, DataType type, params long[] shape) =>
        Add("Placeholder", name, [], type, [], ("dtype", type), ("shape", new GraphAttribute.OfShape(shape)));

    public GraphOutput Constant(string name, ReadOnlyMemory<float> values, params long[] shape) => Constant(name, new GraphTensor(DataType.Float, shape, Bytes(values)));

    public GraphOutput Scalar(string name, float value) => Constant(name, new[] { value });

    /// <summary>A number of a type.</summary>
    public GraphOutput Scalar(string name, double value, DataType type) => Constant(name, new GraphTensor(type, [], type switch
    {
        DataType.Float => Bytes<float>(new[] { (float)value }),
        DataType.Double => Bytes<double>(new[] { value }),
        DataType.Int32 => Bytes<int>(new[] { (int)value }),
        DataType.Int64 => Bytes<long>(new[] { (long)value }),
        DataType.UInt32 => Bytes<uint>(new[] { (uint)value }),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Formulas have no constants of this type."),
    }));

    /// <summary>Numbers of 64 bits without a sign.</summary>
    public GraphOutput Constant(string name, params ulong[] values) => Constant(name, new GraphTensor(DataType.UInt64, [values.Length], Bytes<ulong>(values)));

    /// <summary>A vector of integers: a shape, axes, margins.</summary>
    public GraphOutput Integers(string name, params int[] values) => Constant(name, new GraphTensor(DataType.Int32, [values.Length], Bytes<int>(values)));

    /// <summary>Integers in rows of two: margins.</summary>
    public GraphOutput Table(string name, params int[] values) => Constant(name, new GraphTensor(DataType.Int32, [values.Length / 2, 2], Bytes<int>(values)));

    /// <summary>An integer.</summary>
    public GraphOutput Integer(string name, int value) => Constant(name, new GraphTensor(DataType.Int32, [], Bytes<int>(new[] { value })));

    public GraphOutput Constant(string name, GraphTensor value) => Add("Const", name, [], value.Type, [], ("dtype", value.Type), ("value", new GraphAttribute.OfTensor(value)));

    /// <summary>A vector of texts; for files alone.</summary>
    public GraphOutput Texts(string name, params string[] values) => Add("Const", name, [], DataType.String, [], ("dtype", DataType.String), ("value", new GraphAttribute.OfTexts(values, IsScalar: false)));

    /// <summary>The same values in another shape.</summary>
    public GraphOutput Reshape(string name, GraphOutput input, params int[] shape) => Reshape(name, input, Integers($"{name}/shape", shape));

    /// <summary>The same values in a shape that the graph computes.</summary>
    public GraphOutput Reshape(string name, GraphOutput input, GraphOutput shape) => Of(input.Type, "Reshape", name, [input, shape], ("Tshape", DataType.Int32));

    /// <summary>The mean (<c>Mean</c>) or another reduction over some axes.</summary>
    public GraphOutput Reduce(string operation, string name, GraphOutput input, bool keepAxes, params int[] axes) =>
        Of(input.Type, operation, name, [input, Integers($"{name}/axes", axes)], ("Tidx", DataType.Int32), ("keep_dims", keepAxes));

    /// <summary>The part of a value that begins at some place and has some size; −1 for all from there.</summary>
    public GraphOutput Slice(string name, GraphOutput input, int[] begin, int[] size) =>
        Of(input.Type, "Slice", name, [input, Integers($"{name}/begin", begin), Integers($"{name}/size", size)], ("Index", DataType.Int32));

    /// <summary>Zeros around a value: how many before and behind, for each axis.</summary>
    public GraphOutput Pad(string name, GraphOutput input, params int[] margins) => Floats("Pad", name, [input, Table($"{name}/margins", margins)], ("Tpaddings", DataType.Int32));

    /// <summary>A shape as a vector of integers.</summary>
    public GraphOutput ShapeOf(string name, GraphOutput input) => Add("Shape", name, [input], DataType.Int32, [], ("T", input.Type), ("out_type", DataType.Int32));

    /// <summary>The size of the first axis, an integer: how many samples there are.</summary>
    public GraphOutput CountOf(string name, GraphOutput input) => Of(DataType.Int32, "StridedSlice", name,
        [ShapeOf($"{name}/shape", input), Integers($"{name}/from", 0), Integers($"{name}/to", 1), Integers($"{name}/by", 1)], ("Index", DataType.Int32), ("shrink_axis_mask", 1L));

    /// <summary>Values along a new first axis.</summary>
    public GraphOutput Pack(string name, params IReadOnlyList<GraphOutput> values) => Of(values[0].Type, "Pack", name, [GraphInput.List(values)], ("N", (long)values.Count), ("axis", 0L));

    /// <summary>Values behind each other along an axis.</summary>
    public GraphOutput Concatenate(string name, int axis, params IReadOnlyList<GraphOutput> values) =>
        Of(values[0].Type, "ConcatV2", name, [GraphInput.List(values), Integer($"{name}/axis", axis)], ("N", (long)values.Count), ("Tidx", DataType.Int32));

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
