using ProtoBuf;

namespace ConvNets.Formats.TensorFlow;

// The messages of TensorFlow's graphs and SavedModels, named as in its schemas (graph.proto, node_def.proto, attr_value.proto, tensor.proto, meta_graph.proto, saver.proto,
// saved_model.proto, variable.proto, tensor_bundle.proto); the numbers are their field numbers. Fields that are not written are left out.

[ProtoContract]
internal sealed class GraphDef
{
    [ProtoMember(1)] public List<NodeDef> Node { get; set; } = [];

    [ProtoMember(4)] public VersionDef? Versions { get; set; }
}

[ProtoContract]
internal sealed class VersionDef
{
    [ProtoMember(1)] public int Producer { get; set; }

    [ProtoMember(2)] public int MinConsumer { get; set; }
}

[ProtoContract]
internal sealed class NodeDef
{
    [ProtoMember(1)] public string? Name { get; set; }

    [ProtoMember(2)] public string? Op { get; set; }

    /// <summary><c>node</c>, <c>node:1</c> for its second output, <c>^node</c> for one that is run before.</summary>
    [ProtoMember(3)] public List<string> Input { get; set; } = [];

    [ProtoMember(5)] public Dictionary<string, AttrValue> Attr { get; set; } = [];
}

/// <summary>One of the fields is there.</summary>
[ProtoContract]
internal sealed class AttrValue
{
    [ProtoMember(1)] public ListValue? List { get; set; }

    [ProtoMember(2)] public byte[]? S { get; set; }

    [ProtoMember(3)] public long? I { get; set; }

    [ProtoMember(4)] public float? F { get; set; }

    [ProtoMember(5)] public bool? B { get; set; }

    [ProtoMember(6)] public int? Type { get; set; }

    [ProtoMember(7)] public TensorShapeProto? Shape { get; set; }

    [ProtoMember(8)] public TensorProto? Tensor { get; set; }
}

[ProtoContract]
internal sealed class ListValue
{
    [ProtoMember(3, IsPacked = true)] public long[]? I { get; set; }

    [ProtoMember(6, IsPacked = true)] public int[]? Type { get; set; }
}

[ProtoContract]
internal sealed class TensorShapeProto
{
    [ProtoMember(2)] public List<DimProto> Dim { get; set; } = [];

    public static TensorShapeProto Of(IEnumerable<long> dimensions) => new() { Dim = [.. dimensions.Select(d => new DimProto { Size = d })] };
}

[ProtoContract]
internal sealed class DimProto
{
    /// <summary>−1 for one that is not fixed.</summary>
    [ProtoMember(1)] public long Size { get; set; }
}

[ProtoContract]
internal sealed class TensorProto
{
    [ProtoMember(1)] public int Dtype { get; set; }

    [ProtoMember(2)] public TensorShapeProto? TensorShape { get; set; }

    [ProtoMember(4)] public byte[]? TensorContent { get; set; }

    [ProtoMember(8)] public List<byte[]> StringVal { get; set; } = [];
}

[ProtoContract]
internal sealed class SavedModelProto
{
    [ProtoMember(1)] public long SavedModelSchemaVersion { get; set; }

    [ProtoMember(2)] public List<MetaGraphDef> MetaGraphs { get; set; } = [];
}

[ProtoContract]
internal sealed class MetaGraphDef
{
    [ProtoMember(1)] public MetaInfoDef? MetaInfoDef { get; set; }

    [ProtoMember(2)] public GraphDef? GraphDef { get; set; }

    [ProtoMember(3)] public SaverDef? SaverDef { get; set; }

    [ProtoMember(4)] public Dictionary<string, CollectionDef> CollectionDef { get; set; } = [];

    [ProtoMember(5)] public Dictionary<string, SignatureDef> SignatureDef { get; set; } = [];
}

[ProtoContract]
internal sealed class MetaInfoDef
{
    [ProtoMember(4)] public List<string> Tags { get; set; } = [];

    [ProtoMember(5)] public string? TensorflowVersion { get; set; }
}

[ProtoContract]
internal sealed class SaverDef
{
    [ProtoMember(1)] public string? FilenameTensorName { get; set; }

    [ProtoMember(2)] public string? SaveTensorName { get; set; }

    [ProtoMember(3)] public string? RestoreOpName { get; set; }

    /// <summary>2: the format of <see cref="TensorBundle"/>.</summary>
    [ProtoMember(7)] public int Version { get; set; }
}

[ProtoContract]
internal sealed class CollectionDef
{
    [ProtoMember(2)] public BytesList? BytesList { get; set; }
}

[ProtoContract]
internal sealed class BytesList
{
    [ProtoMember(1)] public List<byte[]> Value { get; set; } = [];
}

[ProtoContract]
internal sealed class SignatureDef
{
    [ProtoMember(1)] public Dictionary<string, TensorInfo> Inputs { get; set; } = [];

    [ProtoMember(2)] public Dictionary<string, TensorInfo> Outputs { get; set; } = [];

    [ProtoMember(3)] public string? MethodName { get; set; }
}

[ProtoContract]
internal sealed class TensorInfo
{
    [ProtoMember(1)] public string? Name { get; set; }

    [ProtoMember(2)] public int Dtype { get; set; }

    [ProtoMember(3)] public TensorShapeProto? TensorShape { get; set; }
}

[ProtoContract]
internal sealed class VariableDef
{
    [ProtoMember(1)] public string? VariableName { get; set; }

    [ProtoMember(2)] public string? InitializerName { get; set; }

    [ProtoMember(3)] public string? SnapshotName { get; set; }

    [ProtoMember(5)] public bool IsResource { get; set; }

    [ProtoMember(7)] public bool Trainable { get; set; }
}

[ProtoContract]
internal sealed class BundleHeaderProto
{
    [ProtoMember(1)] public int NumShards { get; set; }

    [ProtoMember(3)] public VersionDef? Version { get; set; }
}

[ProtoContract]
internal sealed class BundleEntryProto
{
    [ProtoMember(1)] public int Dtype { get; set; }

    [ProtoMember(2)] public TensorShapeProto? Shape { get; set; }

    [ProtoMember(4)] public long Offset { get; set; }

    [ProtoMember(5)] public long Size { get; set; }

    /// <summary>Masked as in <see cref="TensorBundle"/>.</summary>
    [ProtoMember(6, DataFormat = DataFormat.FixedSize)] public uint Crc32c { get; set; }
}
