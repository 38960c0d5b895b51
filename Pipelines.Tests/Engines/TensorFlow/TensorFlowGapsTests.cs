using System.Text.Json;
using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;

namespace ConvNets.Pipelines.Tests.Engines.TensorFlow;

/// <summary>Everything runs on TensorFlow's engine, or stands in its file of gaps with the reason; what stands there does not run.</summary>
[TestClass]
public sealed class TensorFlowGapsTests
{
    private sealed record Gap(string What, string Why);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private static readonly TensorShape Image = [4, 4, 3];

    /// <summary>What each gap is about: a model that the managed engine trains, and TensorFlow's refuses.</summary>
    private static readonly Dictionary<string, Func<Layer[]>> Tries = new(StringComparer.Ordinal)
    {
        ["a layer of one's own"] = static () => [new Own("own") { InputShape = Image }, new Flatten(), new Dense(2)],
        ["a regularizer of one's own"] = static () => [new Flatten { InputShape = Image }, new Dense(2, kernelRegularizer: new OwnPenalty())],
        ["a weight in front of RandomFlip"] = static () => [new Dense(3) { InputShape = Image }, new RandomFlip(), new Flatten(), new Dense(2)],
        ["a weight in front of RandomRotation"] = static () => [new Dense(3) { InputShape = Image }, new RandomRotation(0.1), new Flatten(), new Dense(2)],
        ["a weight in front of RandomTranslation"] = static () => [new Dense(3) { InputShape = Image }, new RandomTranslation(0.1, 0.1), new Flatten(), new Dense(2)],
        ["a weight in front of RandomZoom"] = static () => [new Dense(3) { InputShape = Image }, new RandomZoom(0.1), new Flatten(), new Dense(2)],
    };

    public static IEnumerable<object[]> Gaps => Read().Select(gap => new object[] { gap.What });

    [TestMethod]
    [TestCategory("Oracle")]
    [DynamicData(nameof(Gaps))]
    public void AGapIsOneAndTheManagedEngineHasNone(string what)
    {
        Assert.IsTrue(Tries.TryGetValue(what, out Func<Layer[]>? layers), $"Nothing here tries \"{what}\".");
        Engine tensorFlow = NativeTensorFlow.Engine("tensorflow");
        Train(Engine.Managed, layers());
        Exception e = Assert.Throws<Exception>(() => Train(tensorFlow, layers()));
        Assert.IsTrue(e is ModelException or TensorFlowException, e.ToString());
    }

    /// <summary>The golden files and <see cref="TensorFlowLayersTests"/> show that what has an entry runs.</summary>
    [TestMethod]
    public void EverythingElseHasAnEntry()
    {
        string[] missing =
        [
            .. Concrete(typeof(Layer), typeof(Layer)).Where(type => !TensorFlowLayers.Supports(type)).Select(type => type.Name),
            .. Enum.GetValues<ActivationFunction>().Where(function => !TensorFlowActivations.Supports(function)).Select(function => function.KerasName()),
            .. Concrete(typeof(Loss), typeof(Engine)).Where(type => type.IsPublic && !TensorFlowLosses.Supports(type)).Select(type => type.Name),
            .. Concrete(typeof(Optimizer), typeof(Engine)).Where(type => !TensorFlowOptimizers.Supports(type)).Select(type => type.Name),
            .. Concrete(typeof(Regularizer), typeof(Layer)).Where(type => !type.IsAssignableTo(typeof(L1L2))).Select(type => type.Name),
        ];
        Assert.IsEmpty(missing, string.Join(", ", missing));
    }

    [TestMethod]
    public void EveryGapHasAReason()
    {
        CollectionAssert.AreEquivalent(Tries.Keys, Read().Select(gap => gap.What).ToArray());
        foreach (Gap gap in Read())
            Assert.IsGreaterThan(40, gap.Why.Length, gap.What);
    }

    [TestMethod]
    public void ALayerOfOnesOwnIsRefusedByName()
    {
        var graph = new GraphBuilder();
        Model model = new Sequential([new Own("own") { InputShape = [3] }]);
        ModelException e = Assert.ThrowsExactly<ModelException>(() => new ModelLowering(graph, new GraphVariables(graph, model)).Lower(model, [graph.Placeholder("x", -1, 3)]));
        StringAssert.StartsWith(e.Message, "Own \"own\" cannot be made part of a TensorFlow graph; known are Activation, ActivityRegularization, ");
    }

    /// <summary>Losses and optimizers of one's own are no gaps: their parts of a step run on the host.</summary>
    [TestMethod]
    [TestCategory("Oracle")]
    public void LossesAndOptimizersOfOnesOwnTrainAsOnTheManagedEngine()
    {
        ModelWeights[] weights = [.. new[] { "managed", "tensorflow" }.Select(engine => Train(NativeTensorFlow.Engine(engine), [new Flatten { InputShape = Image }, new Dropout(0.3), new Dense(2, kernelRegularizer: new L2())], new FourthPower(), new Halving { UseEma = true }))];
        foreach ((WeightTensor managed, WeightTensor tensorFlow) in weights[0].Zip(weights[1]))
        {
            for (int i = 0; i < managed.Values.Length; i++)
                Assert.AreEqual(managed.Values[i], tensorFlow.Values[i], 1e-5 * Math.Max(1, Math.Abs(managed.Values[i])), managed.Path);
        }
    }

    private static ModelWeights Train(Engine engine, Layer[] layers, Loss? loss = null, Optimizer? optimizer = null)
    {
        using CompiledModel model = new Sequential(layers).Compile(optimizer ?? new Sgd(), loss ?? new MeanSquaredError(), options: new CompileOptions { Engine = engine });
        model.Fit(new Tensor(TestWeights.Normal(2 * Image.Size, 1), Image), new Tensor(TestWeights.Normal(4, 2), [2]), new FitOptions { Epochs = 3 });
        return model.GetWeights();
    }

    private static Gap[] Read()
    {
        using Stream file = typeof(Engine).Assembly.GetManifestResourceStream("ConvNets.Engines.TensorFlow.gaps.json")!;
        return JsonSerializer.Deserialize<Gap[]>(file, Json)!;
    }

    private static IEnumerable<Type> Concrete(Type baseType, Type ofAssembly) => ofAssembly.Assembly.GetTypes().Where(type => type.IsSubclassOf(baseType) && !type.IsAbstract);

    private sealed class Own(string name) : Layer(name), IManagedLayer
    {
        public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];

        public void Forward(LayerPass pass) => pass.Input(0).CopyTo(pass.Output);

        public void Backward(LayerPass pass)
        {
            for (int i = 0; i < pass.InputGradient(0).Length; i++)
                pass.InputGradient(0)[i] += pass.OutputGradient[i];
        }
    }

    private sealed class OwnPenalty : Regularizer
    {
        public override double Penalty(ReadOnlySpan<float> values) => values.Length;

        public override void AddGradient(ReadOnlySpan<float> values, float factor, Span<float> gradient) => gradient[0] += 0;
    }

    private sealed class FourthPower : ElementwiseLoss
    {
        public override string Name => "fourth_power";

        protected override (double Value, double Slope) Of(double target, double prediction) => (Math.Pow(prediction - target, 4), 4 * Math.Pow(prediction - target, 3));
    }

    private sealed class Halving() : Optimizer(0.01)
    {
        public override string Name => "halving";

        public override int SlotCount => 0;

        public override void Update(in WeightUpdate update)
        {
            for (int i = 0; i < update.Weights.Length; i++)
                update.Weights[i] -= (float)update.LearningRate / 2 * update.Gradients[i];
        }
    }
}
