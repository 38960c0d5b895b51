using ConvNets.Formats;
using ConvNets.Formats.TensorFlow;
using ProtoBuf;

namespace ConvNets.Transforms;

/// <summary>What has to be known of a frozen graph of ours to score it: the input's node, the node in front of the last activation, and how many values that gives.</summary>
/// <param name="Input">The input's name.</param>
/// <param name="Logits">The name of what the last activation is applied to.</param>
/// <param name="Classes">The values in it: 1 for two classes.</param>
/// <param name="Bytes">The file.</param>
internal sealed record FrozenGraph(string Input, string Logits, int Classes, byte[] Bytes)
{
    // DT_FLOAT of types.proto.
    private const int Float = 1;

    /// <summary>The graph with a further output: logits·scale + shift. What follows a message of the same kind is merged with it.</summary>
    /// <param name="name">The output's name.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="shift">What is added.</param>
    public byte[] WithScaledLogits(string name, float scale, float shift)
    {
        using var stream = new MemoryStream();
        stream.Write(Bytes);
        Serializer.Serialize(stream, new GraphDef
        {
            Node =
            [
                Constant($"{name}/scale", scale),
                Constant($"{name}/shift", shift),
                Operation("Mul", $"{name}/Mul", Logits, $"{name}/scale"),
                Operation("AddV2", name, $"{name}/Mul", $"{name}/shift"),
            ],
        });
        return stream.ToArray();
    }

    private static NodeDef Constant(string name, float value) => new()
    {
        Name = name,
        Op = "Const",
        Attr =
        {
            ["dtype"] = new AttrValue { Type = Float },
            ["value"] = new AttrValue { Tensor = new TensorProto { Dtype = Float, TensorShape = new TensorShapeProto(), TensorContent = BitConverter.GetBytes(value) } },
        },
    };

    private static NodeDef Operation(string operation, string name, params string[] inputs) => new() { Name = name, Op = operation, Input = [.. inputs], Attr = { ["T"] = new AttrValue { Type = Float } } };

    /// <summary>Reads a file.</summary>
    /// <param name="path">A frozen graph of a network that classifies.</param>
    /// <exception cref="ModelFormatException">It is none.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FrozenGraph Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        GraphDef graph;
        try
        {
            graph = Serializer.Deserialize<GraphDef>(new MemoryStream(bytes));
        }
        catch (Exception exception) when (exception is ProtoException or InvalidOperationException or EndOfStreamException or OverflowException or ArgumentException)
        {
            throw new ModelFormatException($"{path} is no frozen graph: {exception.Message}", exception);
        }
        var nodes = graph.Node.Where(node => node.Name is not null).GroupBy(node => node.Name!, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        string[] inputs = [.. nodes.Values.Where(node => node.Op == "Placeholder").Select(node => node.Name!)];
        HashSet<string> read = [.. nodes.Values.SelectMany(node => node.Input).Select(NameOf)];
        NodeDef[] outputs = [.. nodes.Values.Where(node => node.Op == "Identity" && !read.Contains(node.Name!))];
        if (inputs.Length != 1 || outputs.Length != 1 || !nodes.TryGetValue(NameOf(outputs[0].Input[0]), out NodeDef? activation) || activation.Op is not ("Softmax" or "Sigmoid"))
        {
            throw new ModelFormatException($"{path} is no frozen graph of a network that classifies: expected one Placeholder and one Identity behind a Softmax or a Sigmoid, as {nameof(TensorFlowExport)} writes them; "
                + $"found {inputs.Length} inputs and {outputs.Length} outputs among {nodes.Count} nodes.");
        }
        string logits = NameOf(activation.Input[0]);
        return new FrozenGraph(inputs[0], logits, Width(nodes, logits) ?? throw new ModelFormatException($"{path}: the width of \"{logits}\" is not known; expected a bias or a kernel in front of the last activation."), bytes);
    }

    private static string NameOf(string input) => input.TrimStart('^').Split(':')[0];

    /// <summary>The last dimension of the constant that a value is computed with.</summary>
    private static int? Width(Dictionary<string, NodeDef> nodes, string name) => nodes.TryGetValue(name, out NodeDef? node)
        ? (int?)node.Input.Select(NameOf).Where(nodes.ContainsKey).Select(input => nodes[input]).LastOrDefault(input => input.Op == "Const")?.Attr["value"].Tensor?.TensorShape?.Dim[^1].Size
        : null;
}
