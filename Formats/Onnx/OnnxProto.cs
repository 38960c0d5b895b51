using System.Text;
using ProtoBuf;

namespace ConvNets.Formats.Onnx;

// The messages of the ONNX format, named as in its schema (onnx.proto); the numbers are its field numbers. Fields that no CNN needs are left out:
// a reader skips them.

[ProtoContract]
internal sealed class ModelProto
{
    [ProtoMember(1)] public long IrVersion { get; set; }

    [ProtoMember(8)] public List<OperatorSetIdProto> OpsetImport { get; set; } = [];

    [ProtoMember(2)] public string? ProducerName { get; set; }

    [ProtoMember(3)] public string? ProducerVersion { get; set; }

    [ProtoMember(4)] public string? Domain { get; set; }

    [ProtoMember(5)] public long ModelVersion { get; set; }

    [ProtoMember(6)] public string? DocString { get; set; }

    [ProtoMember(7)] public GraphProto? Graph { get; set; }

    [ProtoMember(14)] public List<StringStringEntryProto> MetadataProps { get; set; } = [];
}

[ProtoContract]
internal sealed class OperatorSetIdProto
{
    /// <summary>Absent or empty for ONNX's own operators.</summary>
    [ProtoMember(1)] public string? Domain { get; set; }

    [ProtoMember(2)] public long Version { get; set; }
}

[ProtoContract]
internal sealed class StringStringEntryProto
{
    [ProtoMember(1)] public string? Key { get; set; }

    [ProtoMember(2)] public string? Value { get; set; }
}

[ProtoContract]
internal sealed class GraphProto
{
    /// <summary>In an order in which they can be run.</summary>
    [ProtoMember(1)] public List<NodeProto> Node { get; set; } = [];

    [ProtoMember(2)] public string? Name { get; set; }

    [ProtoMember(5)] public List<TensorProto> Initializer { get; set; } = [];

    [ProtoMember(10)] public string? DocString { get; set; }

    [ProtoMember(11)] public List<ValueInfoProto> Input { get; set; } = [];

    [ProtoMember(12)] public List<ValueInfoProto> Output { get; set; } = [];

    [ProtoMember(13)] public List<ValueInfoProto> ValueInfo { get; set; } = [];
}

[ProtoContract]
internal sealed class NodeProto
{
    /// <summary>Names of values; an empty one stands for an optional input that is left out.</summary>
    [ProtoMember(1)] public List<string> Input { get; set; } = [];

    [ProtoMember(2)] public List<string> Output { get; set; } = [];

    [ProtoMember(3)] public string? Name { get; set; }

    [ProtoMember(4)] public string? OpType { get; set; }

    [ProtoMember(5)] public List<AttributeProto> Attribute { get; set; } = [];

    [ProtoMember(6)] public string? DocString { get; set; }

    [ProtoMember(7)] public string? Domain { get; set; }
}

/// <summary>A named value of a node; the single values are nullable, so that a zero is written too.</summary>
[ProtoContract]
internal sealed class AttributeProto
{
    [ProtoMember(1)] public string? Name { get; set; }

    [ProtoMember(20)] public AttributeType Type { get; set; }

    [ProtoMember(2)] public float? F { get; set; }

    [ProtoMember(3)] public long? I { get; set; }

    [ProtoMember(4)] public byte[]? S { get; set; }

    [ProtoMember(5)] public TensorProto? T { get; set; }

    [ProtoMember(6)] public GraphProto? G { get; set; }

    [ProtoMember(7)] public float[]? Floats { get; set; }

    [ProtoMember(8)] public long[]? Ints { get; set; }

    [ProtoMember(9)] public List<byte[]> Strings { get; set; } = [];

    public static AttributeProto Of(string name, float value) => new() { Name = name, Type = AttributeType.Float, F = value };

    public static AttributeProto Of(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    public static AttributeProto Of(string name, string value) => new() { Name = name, Type = AttributeType.String, S = Encoding.UTF8.GetBytes(value) };

    public static AttributeProto Of(string name, long[] values) => new() { Name = name, Type = AttributeType.Ints, Ints = values };
}

internal enum AttributeType
{
    Undefined = 0,
    Float = 1,
    Int = 2,
    String = 3,
    Tensor = 4,
    Graph = 5,
    Floats = 6,
    Ints = 7,
    Strings = 8,
}

/// <summary>A constant. Its values are either in <see cref="RawData"/>, little-endian in row-major order, or in the field of their type.</summary>
[ProtoContract]
internal sealed class TensorProto
{
    [ProtoMember(1)] public long[]? Dims { get; set; }

    [ProtoMember(2)] public TensorDataType DataType { get; set; }

    [ProtoMember(4, IsPacked = true)] public float[]? FloatData { get; set; }

    [ProtoMember(5, IsPacked = true)] public int[]? Int32Data { get; set; }

    [ProtoMember(6)] public List<byte[]> StringData { get; set; } = [];

    [ProtoMember(7, IsPacked = true)] public long[]? Int64Data { get; set; }

    [ProtoMember(8)] public string? Name { get; set; }

    [ProtoMember(9)] public byte[]? RawData { get; set; }

    [ProtoMember(10, IsPacked = true)] public double[]? DoubleData { get; set; }

    [ProtoMember(11, IsPacked = true)] public ulong[]? UInt64Data { get; set; }

    [ProtoMember(13)] public List<StringStringEntryProto> ExternalData { get; set; } = [];

    /// <summary>0: in the message; 1: in a file of its own.</summary>
    [ProtoMember(14)] public int DataLocation { get; set; }
}

internal enum TensorDataType
{
    Undefined = 0,
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    UInt16 = 4,
    Int16 = 5,
    Int32 = 6,
    Int64 = 7,
    String = 8,
    Bool = 9,
    Float16 = 10,
    Double = 11,
    UInt32 = 12,
    UInt64 = 13,
}

[ProtoContract]
internal sealed class ValueInfoProto
{
    [ProtoMember(1)] public string? Name { get; set; }

    [ProtoMember(2)] public TypeProto? Type { get; set; }

    [ProtoMember(3)] public string? DocString { get; set; }
}

[ProtoContract]
internal sealed class TypeProto
{
    [ProtoMember(1)] public TensorTypeProto? TensorType { get; set; }
}

[ProtoContract]
internal sealed class TensorTypeProto
{
    [ProtoMember(1)] public TensorDataType ElemType { get; set; }

    [ProtoMember(2)] public TensorShapeProto? Shape { get; set; }
}

[ProtoContract]
internal sealed class TensorShapeProto
{
    [ProtoMember(1)] public List<DimensionProto> Dim { get; set; } = [];
}

/// <summary>Either a size, or the name of one that is not fixed.</summary>
[ProtoContract]
internal sealed class DimensionProto
{
    [ProtoMember(1)] public long? DimValue { get; set; }

    [ProtoMember(2)] public string? DimParam { get; set; }
}
