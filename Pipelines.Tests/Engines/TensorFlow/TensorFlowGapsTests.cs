using System.Text.Json;
using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines.TensorFlow;

/// <summary>Every layer and activation runs on TensorFlow's engine, or stands in its file of gaps with the reason; what stands there does not run.</summary>
[TestClass]
public sealed class TensorFlowGapsTests
{
    private sealed record Gap(string What, string Why);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    [TestMethod]
    public void WhatTheEngineCannotDoStandsInItsFileOfGaps()
    {
        string[] missing =
        [
            .. Concrete(typeof(Layer)).Where(type => !TensorFlowLayers.Supports(type)).Select(type => type.Name),
            .. Enum.GetValues<ActivationFunction>().Where(function => !TensorFlowActivations.Supports(function)).Select(function => function.KerasName()),
        ];
        CollectionAssert.AreEquivalent(Gaps().Select(gap => gap.What).ToArray(), missing);
    }

    [TestMethod]
    public void EveryGapHasAReason()
    {
        foreach (Gap gap in Gaps())
            Assert.IsGreaterThan(20, gap.Why.Length, gap.What);
    }

    [TestMethod]
    public void ALayerOfOnesOwnIsRefusedByName()
    {
        var graph = new GraphBuilder();
        Model model = new Sequential([new Own("own") { InputShape = [3] }]);
        ModelException e = Assert.ThrowsExactly<ModelException>(() => new ModelLowering(graph, new GraphVariables(graph, model), training: false).Lower(model, [graph.Placeholder("x", -1, 3)]));
        StringAssert.StartsWith(e.Message, "The TensorFlow engine cannot run Own \"own\"; it knows BatchNormalization, Conv2D, ");
    }

    private static Gap[] Gaps()
    {
        using Stream file = typeof(Engine).Assembly.GetManifestResourceStream("ConvNets.Engines.TensorFlow.gaps.json")!;
        return JsonSerializer.Deserialize<Gap[]>(file, Json)!;
    }

    private static IEnumerable<Type> Concrete(Type baseType) => baseType.Assembly.GetTypes().Where(type => type.IsSubclassOf(baseType) && !type.IsAbstract);

    private sealed class Own(string name) : Layer(name)
    {
        public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
    }
}
