using System.Runtime.InteropServices;
using ConvNets.ModelDefs;

namespace ConvNets.Formats.Onnx;

/// <summary>A value in the graph that is being written.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Shape">The shape of a sample as Keras has it, channels last.</param>
/// <param name="ChannelsFirst">Whether the graph has it as (N, channels, height, width), which ONNX's convolution and pooling take.</param>
internal sealed record OnnxValue(string Name, TensorShape Shape, bool ChannelsFirst = false);

/// <summary>Collects a graph's nodes and constants under names that do not clash.</summary>
internal sealed class OnnxGraphBuilder
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxValue> _transposed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);

    /// <summary>The graph so far.</summary>
    public GraphProto Graph { get; } = new();

    /// <summary>Keeps a name, or the first of <c>name_1</c>, <c>name_2</c>, … that is free.</summary>
    public string UniqueName(string wanted)
    {
        string name = wanted;
        for (int i = 1; !_names.Add(name); i++)
            name = $"{wanted}_{i}";
        return name;
    }

    /// <summary>Adds a node with one output.</summary>
    /// <param name="scope">The layer that it belongs to.</param>
    /// <param name="operation">ONNX's operator.</param>
    /// <param name="inputs">The names of the values it takes; an empty one leaves out an optional input.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <returns>The output's name.</returns>
    public string Node(string scope, string operation, IEnumerable<string> inputs, params AttributeProto[] attributes)
    {
        string name = UniqueName($"{scope}/{operation}");
        Graph.Node.Add(new NodeProto { Name = name, OpType = operation, Input = [.. inputs], Output = [name], Attribute = [.. attributes] });
        return name;
    }

    /// <summary>A constant of floats. Constants of the same name are the same one: a shared layer's weights are written once.</summary>
    public string Constant(string name, ReadOnlySpan<float> values, params long[] dimensions) => Constant(name, TensorDataType.Float, MemoryMarshal.AsBytes(values), dimensions);

    /// <summary>A constant vector of integers.</summary>
    public string Constant(string name, params ReadOnlySpan<long> values) => Constant(name, TensorDataType.Int64, MemoryMarshal.AsBytes(values), [values.Length]);

    /// <summary>The value as (N, channels, height, width).</summary>
    public OnnxValue ChannelsFirst(OnnxValue image) => image.ChannelsFirst ? image : Transposed(image, [0, 3, 1, 2]);

    /// <summary>The value in Keras's own order.</summary>
    public OnnxValue ChannelsLast(OnnxValue value) => value.ChannelsFirst ? Transposed(value, [0, 2, 3, 1]) : value;

    private OnnxValue Transposed(OnnxValue value, long[] axes)
    {
        if (!_transposed.TryGetValue(value.Name, out OnnxValue? other))
        {
            other = value with { Name = Node(value.Name, "Transpose", [value.Name], AttributeProto.Of("perm", axes)), ChannelsFirst = !value.ChannelsFirst };
            _transposed[value.Name] = other;
            _transposed[other.Name] = value;
        }
        return other;
    }

    private string Constant(string name, TensorDataType type, ReadOnlySpan<byte> values, long[] dimensions)
    {
        if (!_constants.TryGetValue(name, out string? constant))
        {
            constant = UniqueName(name);
            _constants[name] = constant;
            Graph.Initializer.Add(new TensorProto { Name = constant, DataType = type, Dims = dimensions, RawData = values.ToArray() });
        }
        return constant;
    }
}
