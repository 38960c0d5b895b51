using System.Reflection;
using System.Text.Json;
using ConvNets.Engines;
using ConvNets.Formats;
using ConvNets.Formats.Keras;
using ConvNets.Formats.Onnx;
using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Pipelines.Tests;

/// <summary>
/// Every place that must know a layer or an activation does, or lists it in its <c>gaps.json</c> with the reason: the managed engine, TensorFlow, Keras's
/// configurations, ONNX.
/// </summary>
[TestClass]
public sealed class LayerCoverageTests
{
    private sealed record Gap(string What, string Why);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Whether a place knows a layer, and whether it knows an activation.</summary>
    private static readonly Dictionary<string, (Assembly Assembly, Func<Type, bool> Layer, Func<ActivationFunction, bool> Activation)> Places = new(StringComparer.Ordinal)
    {
        ["Engines.Managed"] = (typeof(Engine).Assembly, LayerTable.Supports, Runs),
        ["Engines.TensorFlow"] = (typeof(Engine).Assembly, TensorFlowLayers.Supports, TensorFlowActivations.Supports),
        ["Formats.Keras"] = (typeof(KerasLayers).Assembly, KerasLayers.Supports, static function => KerasNames.ParseActivation(function.KerasName()) == function),
        ["Formats.Onnx"] = (typeof(OnnxLayers).Assembly, OnnxLayers.Supports, OnnxActivations.Supports),
    };

    public static IEnumerable<string> PlaceNames => Places.Keys;

    [TestMethod]
    [DynamicData(nameof(PlaceNames))]
    public void EveryLayerAndActivationIsKnownOrAGap(string place)
    {
        (_, Func<Type, bool> layer, Func<ActivationFunction, bool> activation) = Places[place];
        string[] missing =
        [
            .. typeof(Layer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract && !layer(type)).Select(type => type.Name),
            .. Enum.GetValues<ActivationFunction>().Where(function => !activation(function)).Select(function => function.KerasName()),
        ];
        string[] gaps = [.. Gaps(place).Select(gap => gap.What)];

        Assert.IsEmpty(missing.Except(gaps), "neither known nor a gap");
        foreach (string gap in gaps)
            Assert.IsFalse(typeof(Layer).Assembly.GetType($"ConvNets.ModelDefs.{gap}") is { } type && layer(type), $"{gap} is known and yet a gap");
    }

    [TestMethod]
    [DynamicData(nameof(PlaceNames))]
    public void EveryGapHasAReason(string place)
    {
        foreach (Gap gap in Gaps(place))
            Assert.IsGreaterThan(40, gap.Why.Length, gap.What);
    }

    /// <summary>What Keras's configurations may hold and is a gap here is refused with the layer's name, not passed over.</summary>
    [TestMethod]
    [DataRow("constraints", """{"class_name": "Dense", "config": {"name": "it", "units": 2, "kernel_constraint": {"class_name": "NonNeg", "config": {}}}}""")]
    [DataRow("channels_first", """{"class_name": "ZeroPadding2D", "config": {"name": "it", "padding": 1, "data_format": "channels_first"}}""")]
    [DataRow("mixed_float16", """{"class_name": "Flatten", "config": {"name": "it", "dtype": {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}}}""")]
    [DataRow("bicubic", """{"class_name": "UpSampling2D", "config": {"name": "it", "size": [2, 2], "interpolation": "bicubic"}}""")]
    [DataRow("OrthogonalRegularizer", """{"class_name": "Dense", "config": {"name": "it", "units": 2, "kernel_regularizer": {"class_name": "OrthogonalRegularizer", "config": {}}}}""")]
    [DataRow("glu", """{"class_name": "Activation", "config": {"name": "it", "activation": "glu"}}""")]
    [DataRow("sparsemax", """{"class_name": "Dense", "config": {"name": "it", "units": 2, "activation": "sparsemax"}}""")]
    [DataRow("sparse_plus", """{"class_name": "Activation", "config": {"name": "it", "activation": "sparse_plus"}}""")]
    [DataRow("sparse_sigmoid", """{"class_name": "Activation", "config": {"name": "it", "activation": {"class_name": "function", "config": "sparse_sigmoid"}}}""")]
    [DataRow("a layer of one's own", """{"class_name": "Swirl", "config": {"name": "it"}}""")]
    public void AGapOfKerasIsRefusedWithTheLayersName(string gap, string layer)
    {
        Assert.Contains(gap, Gaps("Formats.Keras").Select(g => g.What));
        const string Start = """{"class_name": "Sequential", "config": {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": [null, 4, 4, 2], "name": "input"}}, """, End = "]}}";

        ModelFormatException e = Assert.ThrowsExactly<ModelFormatException>(() => ConvNets.Formats.KerasConfig.Parse(Start + layer + End));

        StringAssert.Contains(e.Message, "\"it\"");
    }

    private static Gap[] Gaps(string place)
    {
        using Stream file = Places[place].Assembly.GetManifestResourceStream($"ConvNets.{place}.gaps.json")!;
        return JsonSerializer.Deserialize<Gap[]>(file, Json)!;
    }

    private static bool Runs(ActivationFunction function)
    {
        Model model = LayerCases.Build([[3]], new Activation(function));
        using Executor executor = Engine.Managed.CreateExecutor(new ExecutorRequest(model, new Sgd(), [new MeanSquaredError()], [1f], Threads: 1, Seed: 1));
        using Batch batch = executor.CreateBatch(1, training: false);
        batch.Count = 1;
        executor.Predict(batch);
        return true;
    }
}
