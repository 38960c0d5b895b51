using ConvNets.Engines;
using ConvNets.ModelDefs;
using ConvNets.ModelDefs.TensorFlow;
using ConvNets.Pipelines.Tests.Formats.Onnx;

namespace ConvNets.Pipelines.Tests.Engines.TensorFlow;

/// <summary>What TensorFlow's engine computes, against the layers' definitions and the managed engine; and what it refuses.</summary>
[TestClass]
[TestCategory("Oracle")]
public sealed class TensorFlowEngineTests
{
    private static readonly string[] Both = ["managed", "tensorflow"];

    [TestInitialize]
    public void RequireLibrary() => NativeTensorFlow.Require();

    public static IEnumerable<(string Name, TensorShape Input, Func<Layer[]> Layers)> SingleLayers => OnnxExportTests.SingleLayers();

    [TestMethod]
    [DynamicData(nameof(SingleLayers))]
    public void EveryLayerPredictsByItsDefinition(string name, TensorShape input, Func<Layer[]> layers)
    {
        Model model = OnnxExportTests.Stack(input, layers());
        ModelWeights weights = TestWeights.Random(model, 1);
        float[] x = TestWeights.Normal(2 * input.Size, 2);
        using CompiledModel compiled = Compile(model, "tensorflow", new MeanSquaredError(), new Sgd());
        compiled.SetWeights(weights);
        float[] found = compiled.Predict(new Tensor(x, input)).Values.ToArray();
        double[] expected = [.. x.Chunk(input.Size).SelectMany(sample => NaiveForward.Predict(model, weights, [.. sample.Select(v => (double)v)])[0])];
        AssertClose(expected, found, 1e-5, name);
    }

    [TestMethod]
    [DynamicData(nameof(SingleLayers))]
    public void EveryLayersGradientsAreThoseOfTheManagedEngine(string name, TensorShape input, Func<Layer[]> layers)
    {
        // A Dense layer in front, so that the layer's input has a gradient too.
        Layer[] stack = [new Dense(input[^1]), .. layers()];
        Model model = OnnxExportTests.Stack(input, stack);
        ModelWeights weights = TestWeights.Random(model, 3);
        var x = new Tensor(TestWeights.Normal(3 * input.Size, 4), input);
        var y = new Tensor(TestWeights.Normal(3 * model.Outputs[0].Shape.Size, 5), model.Outputs[0].Shape);
        ModelWeights[] gradients = [.. Both.Select(Gradients)];
        AssertSame(gradients[0], gradients[1], 1e-4, name);

        ModelWeights Gradients(string engine)
        {
            using CompiledModel compiled = Compile(model, engine, new MeanSquaredError(), new Sgd());
            compiled.SetWeights(weights);
            compiled.Executor.ComputeGradients(Fill(compiled, x, y), out ModelWeights found);
            return found;
        }
    }

    public static IEnumerable<object[]> Optimizers =>
    [
        ["adam", () => new Adam(0.01, 0.8, 0.95, 1e-5)],
        ["sgd", () => new Sgd(0.1)],
        ["sgd, momentum", () => new Sgd(0.1, 0.9)],
        ["sgd, nesterov", () => new Sgd(0.1, 0.9, nesterov: true)],
        ["rmsprop", () => new RMSprop(0.01)],
        ["rmsprop, momentum", () => new RMSprop(0.01, 0.8, 0.5)],
        ["adam, a schedule", () => new Adam { Schedule = new CosineDecay(0.02, decaySteps: 10) }],
        ["adamw", () => new AdamW(0.01)],
        ["lion, clipped", () => new Lion(0.01) { GlobalClipNorm = 0.5 }],
        ["sgd, accumulated and averaged", () => new Sgd(0.1) { GradientAccumulationSteps = 2, UseEma = true, EmaOverwriteFrequency = 3 }],
        ["rmsprop, centered", () => new RMSprop(0.01, centered: true, epsilon: 1e-3)],
    ];

    [TestMethod]
    [DynamicData(nameof(Optimizers))]
    public void OptimizersAreThoseOfTheManagedEngine(string name, Func<Optimizer> optimizer)
    {
        ModelWeights[] results = [.. Both.Select(engine => Trained(engine, optimizer(), Loss.Get("mse"), sampleWeights: null))];
        AssertSame(results[0], results[1], 2e-4, name);
    }

    public static IEnumerable<object[]> Losses =>
    [
        ["binary, logits of the sigmoid", ActivationFunction.Sigmoid, () => new BinaryCrossentropy()],
        ["binary, probabilities", ActivationFunction.Softmax, () => new BinaryCrossentropy()],
        ["binary, from logits", ActivationFunction.Linear, () => new BinaryCrossentropy(fromLogits: true)],
        ["categorical, logits of the softmax", ActivationFunction.Softmax, () => new CategoricalCrossentropy()],
        ["categorical, probabilities", ActivationFunction.Sigmoid, () => new CategoricalCrossentropy()],
        ["categorical, from logits", ActivationFunction.Linear, () => new CategoricalCrossentropy(fromLogits: true)],
        ["sparse, logits of the softmax", ActivationFunction.Softmax, () => new SparseCategoricalCrossentropy()],
        ["sparse, from logits", ActivationFunction.Linear, () => new SparseCategoricalCrossentropy(fromLogits: true)],
        ["binary, smoothed", ActivationFunction.Sigmoid, () => new BinaryCrossentropy(labelSmoothing: 0.1)],
        ["categorical, sum", ActivationFunction.Softmax, () => new CategoricalCrossentropy { Reduction = LossReduction.Sum }],
        ["huber", ActivationFunction.Linear, () => new Huber()],
        ["cosine similarity", ActivationFunction.Linear, () => new CosineSimilarity()],
        ["mean squared error", ActivationFunction.Linear, () => new MeanSquaredError()],
    ];

    [TestMethod]
    [DynamicData(nameof(Losses))]
    public void LossesAndSampleWeightsAreThoseOfTheManagedEngine(string name, ActivationFunction last, Func<Loss> loss)
    {
        foreach (float[]? sampleWeights in new[] { null, new[] { 1f, 0, 2, 0.5f, 3 } })
        {
            double[][] losses = [.. Both.Select(engine =>
            {
                using CompiledModel model = TwoSoftLayers(engine, new Sgd(0.2), loss(), last);
                History history = model.Fit(Dataset.FromTensors(Inputs, Targets(loss()), sampleWeights), new FitOptions { Epochs = 4, BatchSize = 2, Shuffle = false });
                return history["loss"].Append(model.Evaluate(Inputs, Targets(loss()))["loss"]).ToArray();
            })];
            AssertClose(losses[0], [.. losses[1].Select(v => (float)v)], 1e-5, name);
        }
    }

    /// <summary>The slopes of the loss along each weight tensor's first element, from losses at both sides.</summary>
    [TestMethod]
    public void ALayerThatIsCalledTwiceLearnsFromBothCalls()
    {
        KerasTensor input = new InputLayer([6]).Output;
        var shared = new Dense(6, name: "shared");
        var normalization = new BatchNormalization(momentum: 0.5);
        KerasTensor once = normalization.Call(shared.Call(input));
        var model = new Model(input, new Dense(2, name: "last").Call(normalization.Call(shared.Call(once))));
        ModelWeights weights = TestWeights.Random(model, 8);
        using CompiledModel compiled = Compile(model, "tensorflow", new MeanSquaredError(), new Sgd());
        compiled.SetWeights(weights);
        Batch batch = Fill(compiled, Inputs, new Tensor(TestWeights.Normal(10, 9), [2]));
        compiled.Executor.ComputeGradients(batch, out ModelWeights gradients);
        foreach (WeightTensor gradient in gradients)
            Assert.AreEqual((LossAt(gradient.Path, 1e-2f) - LossAt(gradient.Path, -1e-2f)) / 2e-2, gradient.Values[0], 1e-4, gradient.Path);

        double LossAt(string path, float distance)
        {
            compiled.SetWeights(new ModelWeights(weights.Select(w => w.Path == path ? w with { Values = [w.Values[0] + distance, .. w.Values.Skip(1)] } : w)));
            return compiled.Executor.ComputeGradients(batch, out _)[0];
        }
    }

    [TestMethod]
    public void WeightsMoveBetweenEngines()
    {
        using CompiledModel tensorFlow = TwoSoftLayers("tensorflow", new Adam(), new MeanSquaredError(), ActivationFunction.Linear), managed = TwoSoftLayers("managed", new Adam(), new MeanSquaredError(), ActivationFunction.Linear);
        tensorFlow.Fit(Inputs, Targets(new MeanSquaredError()), new FitOptions { Epochs = 3 });
        managed.SetWeights(tensorFlow.GetWeights());
        AssertClose([.. managed.Predict(Inputs).Values.ToArray().Select(v => (double)v)], tensorFlow.Predict(Inputs).Values.ToArray(), 1e-5, "predictions");
        managed.Fit(Inputs, Targets(new MeanSquaredError()));
        tensorFlow.SetWeights(managed.GetWeights());
        AssertSame(managed.GetWeights(), tensorFlow.GetWeights(), 0, "weights");
    }

    [TestMethod]
    public void CheckpointsMoveBetweenEngines()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "training.ckpt");
        Optimizer optimizer = new AdamW(0.02) { UseEma = true, GradientAccumulationSteps = 2 };
        using CompiledModel tensorFlow = TwoSoftLayers("tensorflow", optimizer, new MeanSquaredError(), ActivationFunction.Linear), managed = TwoSoftLayers("managed", optimizer, new MeanSquaredError(), ActivationFunction.Linear);
        tensorFlow.Fit(Inputs, Targets(new MeanSquaredError()), new FitOptions { Epochs = 3, BatchSize = 2 });
        tensorFlow.SaveCheckpoint(path);
        managed.LoadCheckpoint(path);
        AssertSame(tensorFlow.GetWeights(), managed.GetWeights(), 0, "weights");
        foreach (CompiledModel model in new[] { managed, tensorFlow })
            model.Fit(Inputs, Targets(new MeanSquaredError()), new FitOptions { Epochs = 2, BatchSize = 2 });
        AssertSame(managed.GetWeights(), tensorFlow.GetWeights(), 1e-5, "weights after more steps");
        managed.SaveCheckpoint(path);
        tensorFlow.LoadCheckpoint(path);
        AssertSame(managed.Executor.GetOptimizerState().Values, tensorFlow.Executor.GetOptimizerState().Values, 0, "slots");
    }

    [TestMethod]
    public void AResumedRunHasTheBitsOfTheWholeOne()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "training.ckpt");
        ModelWeights[] results = [.. new[] { false, true }.Select(resumes =>
        {
            using CompiledModel model = TwoSoftLayers("tensorflow", new Adam(), new MeanSquaredError(), ActivationFunction.Linear);
            var options = new FitOptions { Epochs = 6, BatchSize = 2 };
            if (!resumes)
            {
                model.Fit(Inputs, Targets(new MeanSquaredError()), options with { Epochs = 3, Callbacks = [new ModelCheckpoint(path)] });
                return Trained("tensorflow", new Adam(), new MeanSquaredError(), sampleWeights: null, epochs: 6);
            }
            model.Fit(Inputs, Targets(new MeanSquaredError()), options with { ResumeFrom = path });
            return model.GetWeights();
        })];
        AssertSame(results[0], results[1], 0, "weights");
    }

    [TestMethod]
    public void ALossThatIsNotFiniteLeavesTheWeightsAndIsTracedToItsLayer()
    {
        foreach (Loss loss in new Loss[] { new MeanSquaredError(), new Huber() })
        {
            using CompiledModel model = TwoSoftLayers("tensorflow", new Adam(), loss, ActivationFunction.Exponential);
            ModelWeights weights = model.GetWeights();
            weights["dense_1/bias"].Values.AsSpan().Fill(200);
            model.SetWeights(weights);
            TrainingException e = Assert.ThrowsExactly<TrainingException>(() => model.Fit(Inputs, Targets(loss)));
            StringAssert.Contains(e.Message, "those of the layer \"dense_1\"");
            AssertSame(weights, model.GetWeights(), 0, loss.Name);
            Assert.AreEqual(0, model.Executor.GetOptimizerState().Batches);
        }
    }

    [TestMethod]
    public void TheLearningRateCanChange()
    {
        using CompiledModel model = TwoSoftLayers("tensorflow", new Sgd(), new MeanSquaredError(), ActivationFunction.Linear);
        model.LearningRate = 0;
        ModelWeights before = model.GetWeights();
        model.Fit(Inputs, Targets(new MeanSquaredError()), new FitOptions { Epochs = 2 });
        AssertSame(before, model.GetWeights(), 0, "weights");
    }

    [TestMethod]
    public void TheSameSeedGivesTheSameWeights()
    {
        ModelWeights[] results = [.. Enumerable.Range(0, 2).Select(_ => Trained("tensorflow", new Adam(), Loss.Get("mse"), sampleWeights: null))];
        AssertSame(results[0], results[1], 0, "weights");
    }

    [TestMethod]
    public void TrainingCanBeCancelled()
    {
        using CompiledModel model = TwoSoftLayers("tensorflow", new Sgd(), new MeanSquaredError(), ActivationFunction.Linear);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.IsTrue(model.Fit(Inputs, Targets(new MeanSquaredError()), new FitOptions { Epochs = 1000, CancellationToken = cancellation.Token }).WasCancelled);
        Assert.IsTrue(double.IsFinite(model.Evaluate(Inputs, Targets(new MeanSquaredError()))["loss"]));
    }

    [TestMethod]
    public void ADeviceThatDoesNotExistIsNamedBesideThoseThatDo()
    {
        Engine engine = Engine.TensorFlow(new TensorFlowOptions { Device = "/GPU:7" });
        using CompiledModel model = TwoSoftLayers(engine, new Sgd(), new MeanSquaredError(), ActivationFunction.Linear, initialize: false);
        TensorFlowException e = Assert.ThrowsExactly<TensorFlowException>(() => model.Predict(Inputs));
        StringAssert.StartsWith(e.Message, "There is no device \"/GPU:7\"; TensorFlow 2.");
        StringAssert.Contains(e.Message, "/CPU:0");
    }

    [TestMethod]
    public void ADeviceAndThreadsCanBeChosen()
    {
        foreach (string device in new[] { "/CPU:0", "/device:cpu:0" })
        {
            Engine engine = Engine.TensorFlow(new TensorFlowOptions { Device = device, IntraOpThreads = 1, InterOpThreads = 200 });
            using CompiledModel model = TwoSoftLayers(engine, new Adam(), new MeanSquaredError(), ActivationFunction.Linear);
            History history = model.Fit(Inputs, Targets(new MeanSquaredError()), new FitOptions { Epochs = 20 });
            Assert.IsLessThan(history["loss"][0], history["loss"][^1]);
        }
    }

    [TestMethod]
    public void OptionsOutOfRangeAreRefused()
    {
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Engine.TensorFlow(new TensorFlowOptions { IntraOpThreads = 0 })).Message, "IntraOpThreads must be at least 1.");
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Engine.TensorFlow(new TensorFlowOptions { InterOpThreads = -1 })).Message, "InterOpThreads must be at least 1.");
    }

    [TestMethod]
    public void AClassNumberOutOfRangeIsAnError()
    {
        using CompiledModel model = TwoSoftLayers("tensorflow", new Sgd(), new SparseCategoricalCrossentropy(), ActivationFunction.Softmax);
        TrainingException e = Assert.ThrowsExactly<TrainingException>(() => model.Fit(Inputs, new Tensor(new float[] { 0, 1, 2, 3, 0 }, [1]), new FitOptions { Shuffle = false }));
        Assert.AreEqual("Target 3 of row 3 is no class number: expected an integer from 0 to 2.", e.Message);
    }

    [TestMethod]
    public void WhatTensorFlowRefusesIsSaidInItsWords()
    {
        using var graph = new NativeGraph(device: null);
        graph.Builder.Floats("MatMul", "product", [graph.Builder.Scalar("a", 1), graph.Builder.Scalar("b", 2)]);
        TensorFlowException e = Assert.ThrowsExactly<TensorFlowException>(graph.Extend);
        StringAssert.StartsWith(e.Message, "TensorFlow cannot add the operation MatMul \"product\": INVALID_ARGUMENT: Shape must be rank 2 but is rank 0");
    }

    [TestMethod]
    public void ANativeErrorInARunLeavesTheSessionUsable()
    {
        using var graph = new NativeGraph(device: null);
        GraphOutput x = graph.Builder.Placeholder("x", -1), sum = graph.Builder.Floats("AddV2", "sum", [x, graph.Builder.Constant("two", new float[] { 1, 2 }, 2)]);
        graph.Extend();
        using var session = new GraphSession(graph, 1, 1);
        var call = new GraphCall(graph, [x], [sum], []);
        var results = new TensorHandle[1];
        using TensorHandle three = TensorOf(1, 2, 3), two = TensorOf(1, 2);
        TensorFlowException e = Assert.ThrowsExactly<TensorFlowException>(() => session.Run(call, [three], results, "add"));
        StringAssert.Contains(e.Message, "Incompatible shapes: [3] vs. [2]");
        session.Run(call, [two], results, "add");
        using TensorHandle result = results[0];
        CollectionAssert.AreEqual(new float[] { 2, 4 }, result.Floats.ToArray());
    }

    private static unsafe TensorHandle TensorOf(params float[] values)
    {
        fixed (float* data = values)
            return TensorHandle.Copy(data, [values.Length]);
    }

    private static Tensor Inputs => new(TestWeights.Normal(5 * 6, 11), [6]);

    private static Tensor Targets(Loss loss) => loss switch
    {
        SparseCategoricalCrossentropy => new Tensor(new float[] { 0, 2, 1, 1, 0 }, [1]),
        MeanSquaredError => new Tensor(TestWeights.Normal(5 * 3, 12), [3]),
        _ => new Tensor(new float[] { 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0 }, [3]),
    };

    private static ModelWeights Trained(string engine, Optimizer optimizer, Loss loss, float[]? sampleWeights, int epochs = 5)
    {
        using CompiledModel model = TwoSoftLayers(engine, optimizer, loss, ActivationFunction.Linear);
        model.Fit(Dataset.FromTensors(Inputs, Targets(loss), sampleWeights), new FitOptions { Epochs = epochs, BatchSize = 2 });
        return model.GetWeights();
    }

    private static CompiledModel TwoSoftLayers(string engine, Optimizer optimizer, Loss loss, ActivationFunction last) => TwoSoftLayers(NativeTensorFlow.Engine(engine), optimizer, loss, last);

    private static CompiledModel TwoSoftLayers(Engine engine, Optimizer optimizer, Loss loss, ActivationFunction last, bool initialize = true)
    {
        var model = new Sequential([new Dense(4, ActivationFunction.Sigmoid) { InputShape = [6] }, new Dense(3, last)]);
        CompiledModel compiled = model.Compile(optimizer, loss, options: new CompileOptions { Engine = engine, Threads = 2 });
        if (initialize)
            compiled.SetWeights(TestWeights.Random(model, 10));
        return compiled;
    }

    private static CompiledModel Compile(Model model, string engine, Loss loss, Optimizer optimizer) => model.Compile(optimizer, loss, options: new CompileOptions { Engine = NativeTensorFlow.Engine(engine) });

    private static Batch Fill(CompiledModel model, Tensor x, Tensor y)
    {
        Batch batch = model.BatchFor(x.Count, training: true, x.Count);
        batch.Count = x.Count;
        x.Values.Span.CopyTo(batch.Input(0));
        y.Values.Span.CopyTo(batch.Target(0));
        return batch;
    }

    private static void AssertSame(ModelWeights expected, ModelWeights found, double tolerance, string name)
    {
        foreach ((WeightTensor a, WeightTensor b) in expected.Zip(found))
            AssertClose([.. a.Values.Select(v => (double)v)], b.Values, tolerance, $"{name}: {a.Path}");
    }

    private static void AssertClose(double[] expected, float[] found, double tolerance, string name)
    {
        Assert.HasCount(expected.Length, found, name);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], found[i], tolerance * Math.Max(1, Math.Abs(expected[i])), $"{name}, element {i}");
    }
}
