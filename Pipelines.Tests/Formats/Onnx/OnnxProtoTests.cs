using ConvNets.Formats.Onnx;
using ProtoBuf;

namespace ConvNets.Pipelines.Tests.Formats.Onnx;

/// <summary>Our contracts of ONNX's messages, against files that other tools wrote.</summary>
[TestClass]
public sealed class OnnxProtoTests
{
    public static IEnumerable<string> Foreign => SharedFiles.Glob("onnx", "*tf2onnx.onnx");

    [TestMethod]
    [TestCategory("Oracle")]
    [DynamicData(nameof(Foreign))]
    public void AForeignFileReadAndWrittenAgainComputesTheSame(string path)
    {
        byte[] original = File.ReadAllBytes(path);
        ModelProto model = Serializer.Deserialize<ModelProto>(new MemoryStream(original));
        using var copy = new MemoryStream();
        Serializer.Serialize(copy, model);
        float[] images = [.. TestWeights.Normal(2 * 64 * 64 * 3, 1).Select(v => 0.5f + 0.2f * v)];
        using var before = new OnnxSession(original);
        using var after = new OnnxSession(copy.ToArray());

        CollectionAssert.AreEqual(before.Run(2, images)[0].Values, after.Run(2, images)[0].Values);
        Assert.IsTrue(model.Graph!.Node.TrueForAll(n => n.OpType!.Length > 0 && n.Output.Count > 0));
    }
}
