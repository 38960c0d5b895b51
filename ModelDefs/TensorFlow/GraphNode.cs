namespace ConvNets.ModelDefs.TensorFlow;

/// <summary>The types of values in a graph; the numbers are TensorFlow's (types.proto).</summary>
internal enum DataType
{
    Float = 1,
    Double = 2,
    Int32 = 3,
    UInt8 = 4,
    String = 7,
    Int64 = 9,
    Bool = 10,
    Resource = 20,
    UInt32 = 22,
    UInt64 = 23,
}

internal static class DataTypeSizes
{
    /// <summary>Bytes of one value.</summary>
    public static int Size(this DataType type) => type switch
    {
        DataType.Float or DataType.Int32 or DataType.UInt32 => 4,
        DataType.Double or DataType.Int64 or DataType.UInt64 => 8,
        DataType.Bool or DataType.UInt8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Values of this type have no fixed size."),
    };
}

/// <summary>An output of a node.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Index">Which of its outputs.</param>
/// <param name="Type">The type of its values.</param>
internal readonly record struct GraphOutput(string Node, int Index, DataType Type)
{
    /// <summary>The name in a graph file: <c>node</c> for output 0, else <c>node:1</c>.</summary>
    public override string ToString() => Index == 0 ? Node : $"{Node}:{Index}";
}

/// <summary>An argument of a node: an output, or a list of them where the operation takes a list.</summary>
internal readonly record struct GraphInput(IReadOnlyList<GraphOutput> Outputs, bool IsList)
{
    public static implicit operator GraphInput(GraphOutput output) => new([output], IsList: false);

    public static GraphInput List(params IReadOnlyList<GraphOutput> outputs) => new(outputs, IsList: true);
}

/// <summary>The values of a constant.</summary>
/// <param name="Type">Their type.</param>
/// <param name="Shape">Their shape.</param>
/// <param name="Content">The values as little-endian bytes in row-major order.</param>
internal sealed record GraphTensor(DataType Type, long[] Shape, ReadOnlyMemory<byte> Content);

/// <summary>An attribute of a node: one of TensorFlow's kinds.</summary>
internal abstract record GraphAttribute
{
    public sealed record OfType(DataType Value) : GraphAttribute;

    public sealed record OfTypes(DataType[] Value) : GraphAttribute;

    public sealed record OfInt(long Value) : GraphAttribute;

    public sealed record OfInts(long[] Value) : GraphAttribute;

    public sealed record OfFloat(float Value) : GraphAttribute;

    public sealed record OfBool(bool Value) : GraphAttribute;

    public sealed record OfString(string Value) : GraphAttribute;

    /// <summary>A shape; −1 is a dimension that is not fixed.</summary>
    public sealed record OfShape(long[] Value) : GraphAttribute;

    public sealed record OfTensor(GraphTensor Value) : GraphAttribute;

    /// <summary>A constant vector of texts, or one text without axes; for files alone.</summary>
    public sealed record OfTexts(string[] Value, bool IsScalar) : GraphAttribute;

    public static implicit operator GraphAttribute(DataType value) => new OfType(value);

    public static implicit operator GraphAttribute(long value) => new OfInt(value);

    public static implicit operator GraphAttribute(long[] value) => new OfInts(value);

    public static implicit operator GraphAttribute(float value) => new OfFloat(value);

    public static implicit operator GraphAttribute(bool value) => new OfBool(value);

    public static implicit operator GraphAttribute(string value) => new OfString(value);
}

/// <summary>A node of a TensorFlow graph: the one description that becomes an operation of the runtime, and a NodeDef of an exported file.</summary>
/// <param name="Operation">TensorFlow's name of what it does, e.g. <c>Conv2D</c>.</param>
/// <param name="Name">Its name, unique in the graph.</param>
/// <param name="Inputs">What it is applied to.</param>
/// <param name="ControlInputs">The names of nodes that have to be run before.</param>
/// <param name="Attributes">Its attributes; all that have no default, types included.</param>
internal sealed record GraphNode(string Operation, string Name, IReadOnlyList<GraphInput> Inputs, IReadOnlyList<string> ControlInputs, IReadOnlyList<(string Name, GraphAttribute Value)> Attributes);
