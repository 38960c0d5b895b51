using System.Text.Json;
using ConvNets.Data.Hdf5;
using ConvNets.Engines;
using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.Engines;

/// <summary>Whole fits against Keras: names and values of the history, and the weights in the end.</summary>
[TestClass]
[TestCategory("Oracle")]
public sealed class FitOracleTests
{
    private const double Tolerance = 2e-5;

    [TestMethod]
    public void TwoOutputsWithWeightsAndValidationSplitAreKeras()
    {
        using Hdf5File file = Hdf5File.Open(KerasOracles.PathOf("fits.h5"));
        KerasTensor x = new InputLayer([6]).Output;
        KerasTensor hidden = new Dense(8, ActivationFunction.Relu, name: "hidden").Call(x);
        var model = new Model([x], [new Dense(1, ActivationFunction.Sigmoid, name: "yes").Call(hidden), new Dense(3, ActivationFunction.Softmax, name: "kind").Call(hidden)]);
        using CompiledModel compiled = model.Compile(new Sgd(0.1, momentum: 0.9),
        [
            new(new BinaryCrossentropy()) { Weight = 0.3, Metrics = ["accuracy"], WeightedMetrics = ["mae"] },
            new(new CategoricalCrossentropy()) { Metrics = ["accuracy", "mse"] },
        ]);
        AssertFit(file, "two", compiled, () => compiled.Fit([Data(file, "x", 6)], [Data(file, "yes", 1), Data(file, "kind", 3)], new FitOptions
        {
            BatchSize = 5,
            Epochs = 3,
            Shuffle = false,
            ValidationSplit = 0.25,
            SampleWeights = file.Dataset("weights").Read<float>(),
        }));
    }

    [TestMethod]
    public void ClassWeightsInitialEpochAndRareValidationAreKeras()
    {
        using Hdf5File file = Hdf5File.Open(KerasOracles.PathOf("fits.h5"));
        using CompiledModel model = OneOutput(new Adam(0.01));
        AssertFit(file, "classes", model, () => model.Fit(Data(file, "x", 6), Data(file, "labels", 1), new FitOptions
        {
            ClassWeights = new Dictionary<int, double> { [0] = 1, [1] = 2.5, [2] = 0.5 },
            BatchSize = 4,
            Epochs = 4,
            InitialEpoch = 1,
            Shuffle = false,
            ValidationData = Dataset.FromTensors(Data(file, "x", 6).Slice(0, 7), Data(file, "labels", 1).Slice(0, 7)),
            ValidationFrequency = 2,
        }));
    }

    [TestMethod]
    public void MovingAverageTakesTheWeightsPlaceInTheEndAsInKeras()
    {
        using Hdf5File file = Hdf5File.Open(KerasOracles.PathOf("fits.h5"));
        using CompiledModel model = OneOutput(new Sgd(0.1) { UseEma = true, EmaMomentum = 0.8 });
        AssertFit(file, "average", model, () => model.Fit(Data(file, "x", 6), Data(file, "labels", 1), new FitOptions { BatchSize = 8, Epochs = 2, Shuffle = false }));
    }

    public static IEnumerable<(string Name, Func<Optimizer> Optimizer)> Optimizers =>
    [
        ("exponential", () => new Sgd(momentum: 0.9, nesterov: true) { Schedule = new ExponentialDecay(0.2, 3, 0.7, staircase: true) }),
        ("cosine", () => new Adam { Schedule = new CosineDecay(0.001, 8, alpha: 0.1, warmupTarget: 0.05, warmupSteps: 3) }),
        ("piecewise", () => new RMSprop { Schedule = new PiecewiseConstantDecay([4, 9], [0.02, 0.01, 0.002]) }),
        ("clipnorm", () => new Adam(0.02) { ClipNorm = 0.05 }),
        ("clipvalue", () => new Sgd(0.2) { ClipValue = 0.01 }),
        ("global_clipnorm", () => new AdamW(0.02, weightDecay: 0.05) { GlobalClipNorm = 0.1 }),
        ("accumulation", () => new Adam(0.02) { GradientAccumulationSteps = 3 }),
        ("overwrite", () => new Sgd(0.1) { UseEma = true, EmaMomentum = 0.7, EmaOverwriteFrequency = 4 }),
    ];

    [TestMethod]
    [DynamicData(nameof(Optimizers))]
    public void OptimizersInAFitAreKeras(string name, Func<Optimizer> optimizer)
    {
        using Hdf5File file = Hdf5File.Open(KerasOracles.PathOf("fits.h5"));
        using CompiledModel model = OneOutput(optimizer());
        AssertFit(file, name, model, () => model.Fit(Data(file, "x", 6), Data(file, "labels", 1), new FitOptions { BatchSize = 4, Epochs = 3, Shuffle = false, ValidationSplit = 0.2 }));
    }

    [TestMethod]
    public void WeightsOfValidationSamplesAreKeras()
    {
        using Hdf5File file = Hdf5File.Open(KerasOracles.PathOf("fits.h5"));
        using CompiledModel model = OneOutput(new Adam(0.02));
        float[] weights = file.Dataset("weights").Read<float>();
        AssertFit(file, "weighted_validation", model, () => model.Fit(Data(file, "x", 6), Data(file, "labels", 1), new FitOptions
        {
            BatchSize = 4,
            Epochs = 3,
            Shuffle = false,
            SampleWeights = weights,
            ValidationData = Dataset.FromTensors(Data(file, "x", 6).Slice(0, 8), Data(file, "labels", 1).Slice(0, 8), weights[..8]),
        }));
    }

    [TestMethod]
    public void AnEndlessSequenceInStepsIsKeras()
    {
        using Hdf5File file = Hdf5File.Open(KerasOracles.PathOf("fits.h5"));
        Tensor x = Data(file, "x", 6), y = Data(file, "labels", 1);
        IEnumerable<Samples> Batches()
        {
            while (true)
            {
                for (int i = 0; i < 20; i += 5)
                    yield return new Samples(x.Slice(i, 5), y.Slice(i, 5));
            }
        }
        using CompiledModel model = OneOutput(new Adam(0.02));
        AssertFit(file, "generator", model, () => model.Fit(Batches(), new FitOptions { StepsPerEpoch = 3, Epochs = 4, ValidationData = Dataset.FromBatches(Batches()), ValidationSteps = 2 }));
    }

    [TestMethod]
    public void FrozenLayersAndThoseThatLearnAgainAreKeras()
    {
        using Hdf5File file = Hdf5File.Open(KerasOracles.PathOf("fits.h5"));
        Tensor x = Data(file, "x", 6), y = Data(file, "labels", 1);
        var norm = new BatchNormalization { Trainable = false };
        var layers = new Sequential([new InputLayer([6]), new Dense(8) { ActivityRegularizer = new L2(0.01), Trainable = false }, norm, new Dense(3, ActivationFunction.Softmax, kernelRegularizer: new L1(0.02))]);
        var options = new FitOptions { BatchSize = 5, Epochs = 2, Shuffle = false };
        using CompiledModel frozen = layers.Compile(new Sgd(0.1), new SparseCategoricalCrossentropy(), ["accuracy"]);
        AssertFit(file, "frozen", frozen, () => frozen.Fit(x, y, options));

        norm.Trainable = true;
        using CompiledModel thawed = frozen.Recompile(new Sgd(0.1));
        AssertFit(file, "thawed", thawed, () => thawed.Fit(x, y, options));
    }

    private static CompiledModel OneOutput(Optimizer optimizer) =>
        new Sequential([new InputLayer([6]), new Dense(8, ActivationFunction.Relu), new Dense(3, ActivationFunction.Softmax)])
            .Compile(optimizer, [new(new SparseCategoricalCrossentropy()) { Metrics = ["accuracy"], WeightedMetrics = ["sparse_categorical_crossentropy"] }]);

    private static Tensor Data(Hdf5File file, string name, int width) => new(file.Dataset(name).Read<float>(), [width]);

    private static void AssertFit(Hdf5File file, string group, CompiledModel model, Func<History> fit)
    {
        model.SetWeights(Weights(file, $"{group}/start", model.Model));
        History history = fit();
        string[] names = JsonSerializer.Deserialize<string[]>(file.Group(group).Attribute("names")!.ReadString())!;
        CollectionAssert.AreEquivalent(names, history.Names.ToArray());
        foreach (string name in names)
        {
            double[] expected = file.Dataset($"{group}/history/{name}").Read<double>();
            Assert.HasCount(expected.Length, history[name], name);
            for (int i = 0; i < expected.Length; i++)
                Assert.AreEqual(expected[i], history[name][i], Tolerance, $"{name}, epoch {i}");
        }
        ModelWeights found = model.GetWeights(), end = Weights(file, $"{group}/end", model.Model);
        for (int i = 0; i < end.Count; i++)
        {
            for (int j = 0; j < end[i].Values.Length; j++)
                Assert.AreEqual(end[i].Values[j], found[i].Values[j], Tolerance, end[i].Path);
        }
    }

    private static ModelWeights Weights(Hdf5File file, string group, Model model) =>
        new(model.WeightSlots.Select((slot, i) => new WeightTensor(slot.Path, slot.Spec.Shape, file.Dataset($"{group}/{i}").Read<float>(), slot.Trainable)));
}
