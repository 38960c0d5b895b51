using System.Text;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Formats.TensorFlow;

/// <summary>Makes a GraphDef of the nodes of a <see cref="GraphBuilder"/>: what the native runtime makes operations of.</summary>
internal static class GraphDefWriter
{
    // TF_GRAPH_DEF_VERSION of TensorFlow 2.16: the meaning of the operations. Older versions read it, and complain where they lack one.
    private const int Producer = 1766;

    public static GraphDef Write(GraphBuilder graph) => new()
    {
        Node = [.. graph.Nodes.Select(node => new NodeDef
        {
            Name = node.Name,
            Op = node.Operation,
            Input = [.. node.Inputs.SelectMany(input => input.Outputs).Select(output => output.ToString()), .. node.ControlInputs.Select(name => $"^{name}")],
            Attr = node.Attributes.ToDictionary(a => a.Name, a => ValueOf(a.Value), StringComparer.Ordinal),
        })],
        Versions = new VersionDef { Producer = Producer },
    };

    private static AttrValue ValueOf(GraphAttribute attribute) => attribute switch
    {
        GraphAttribute.OfType type => new AttrValue { Type = (int)type.Value },
        GraphAttribute.OfTypes types => new AttrValue { List = new ListValue { Type = [.. types.Value.Select(type => (int)type)] } },
        GraphAttribute.OfInt integer => new AttrValue { I = integer.Value },
        GraphAttribute.OfInts integers => new AttrValue { List = new ListValue { I = integers.Value.Length == 0 ? null : integers.Value } },
        GraphAttribute.OfFloat number => new AttrValue { F = number.Value },
        GraphAttribute.OfBool truth => new AttrValue { B = truth.Value },
        GraphAttribute.OfString text => new AttrValue { S = Encoding.UTF8.GetBytes(text.Value) },
        GraphAttribute.OfShape shape => new AttrValue { Shape = TensorShapeProto.Of(shape.Value) },
        GraphAttribute.OfTensor { Value: GraphTensor tensor } => new AttrValue
        {
            Tensor = new TensorProto { Dtype = (int)tensor.Type, TensorShape = TensorShapeProto.Of(tensor.Shape), TensorContent = tensor.Content.ToArray() },
        },
        GraphAttribute.OfTexts texts => new AttrValue
        {
            Tensor = new TensorProto { Dtype = (int)DataType.String, TensorShape = TensorShapeProto.Of(texts.IsScalar ? [] : [texts.Value.Length]), StringVal = [.. texts.Value.Select(Encoding.UTF8.GetBytes)] },
        },
        _ => throw new ArgumentOutOfRangeException(nameof(attribute), attribute, "An attribute of an unknown kind."),
    };
}
