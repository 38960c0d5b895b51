using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using ConvNets.Engines;
using ConvNets.Formats;
using ConvNets.Formats.TensorFlow;
using ConvNets.ModelDefs;
using ConvNets.Pipelines.Tests.Engines.TensorFlow;
using ProtoBuf;

namespace ConvNets.Pipelines.Tests.Formats.TensorFlow;

/// <summary>Frozen graphs and SavedModels: TensorFlow itself loads both and predicts as our engines do; what is refused, and that nothing is left half-written.</summary>
[TestClass]
public sealed class TensorFlowExportTests
{
    private static readonly TensorShape Image = [8, 8, 3];

    private static IEnumerable<(string Name, Model Model)> Models
    {
        get
        {
            yield return ("happy", Architectures.HappyModel());
            yield return ("signs", Architectures.ConvolutionalModel([64, 64, 3]));
            yield return ("layers", new Sequential(
            [
                new Rescaling(0.5, 0.1) { InputShape = Image }, new RandomFlip(), new Conv2D(6, 3, dilationRate: 2, groups: 3, padding: Padding.Same), new LeakyReLU(), new SeparableConv2D(4, 3, strides: 2),
                new GroupNormalization(2), new Conv2DTranspose(4, 3, strides: 2), new LayerNormalization(), new PReLU(new RandomNormal()), new DepthwiseConv2D(3, strides: (2, 1)),
                new BatchNormalization(axis: 1), new Dropout(0.5), new UpSampling2D(2, Interpolation.Bilinear), new AveragePooling2D(2), new Activation(ActivationFunction.Gelu), new GlobalAveragePooling2D(),
                new Dense(3, ActivationFunction.LogSoftmax),
            ]));
            yield return ("graph", Graph());
        }
    }

    [TestMethod]
    [TestCategory("Oracle")]
    public void TensorFlowLoadsBothAndPredictsTheSame()
    {
        string keras = SharedFiles.Require("peers/keras.sh");
        using var folder = new TemporaryFolder();
        var expected = new Dictionary<string, IReadOnlyList<Tensor>>(StringComparer.Ordinal);
        foreach ((string name, Model model) in Models)
            expected[name] = Export(Path.Combine(folder.Path, name), model, TestWeights.Random(model, 1), Engine.Managed);
        Run(keras, folder.Path);
        foreach ((string name, IReadOnlyList<Tensor> outputs) in expected)
            AssertSame(folder.Path, name, outputs);
    }

    [TestMethod]
    [TestCategory("Oracle")]
    public void AModelTrainedOnTensorFlowIsLoadedByTensorFlow()
    {
        NativeTensorFlow.Require();
        string keras = SharedFiles.Require("peers/keras.sh");
        using var folder = new TemporaryFolder();
        Model model = new Sequential([new Conv2D(4, 3) { InputShape = Image }, new BatchNormalization(momentum: 0.5), new ReLU(), new MaxPooling2D(2), new Flatten(), new Dense(2, ActivationFunction.Softmax)]);
        using CompiledModel compiled = model.Compile(new Adam(0.01), new SparseCategoricalCrossentropy(), options: new CompileOptions { Engine = Engine.TensorFlow() });
        compiled.Fit(new Tensor(TestWeights.Normal(6 * Image.Size, 1), Image), new Tensor(new float[] { 0, 1, 0, 1, 1, 0 }, [1]), new FitOptions { Epochs = 3, BatchSize = 2 });
        IReadOnlyList<Tensor> outputs = Export(Path.Combine(folder.Path, "trained"), model, compiled.GetWeights(), Engine.TensorFlow());
        Run(keras, folder.Path);
        AssertSame(folder.Path, "trained", outputs);
    }

    [TestMethod]
    public void AFrozenGraphHasItsInputsItsOutputsAndConstants()
    {
        Model model = Graph();
        byte[] bytes = TensorFlowExport.ToFrozenGraph(model, TestWeights.Random(model, 1), new TensorFlowExportOptions { InputNames = ["left", "right/x"], OutputNames = ["a", "b", "c"] });
        GraphDef graph = Serializer.Deserialize<GraphDef>(new MemoryStream(bytes));
        CollectionAssert.AreEquivalent(new[] { "left", "right/x" }, graph.Node.Where(n => n.Op == "Placeholder").Select(n => n.Name).ToArray());
        foreach (string name in new[] { "a", "b", "c" })
            Assert.AreEqual("Identity", graph.Node.Single(n => n.Name == name).Op);
        Assert.IsFalse(graph.Node.Exists(n => n.Op is "VarHandleOp" or "ReadVariableOp"));

        // A layer that is called twice has its weights once.
        Assert.HasCount(1, graph.Node.Where(n => n.Name!.StartsWith("shared/kernel", StringComparison.Ordinal)));
        Assert.HasCount(2, graph.Node.Where(n => n.Op == "MatMul" && n.Name!.StartsWith("shared/", StringComparison.Ordinal)));
        var names = graph.Node.Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
        Assert.HasCount(graph.Node.Count, names);
        Assert.IsTrue(graph.Node.SelectMany(n => n.Input).All(input => names.Contains(input.TrimStart('^').Split(':')[0])));
    }

    [TestMethod]
    public void AnExportReplacesAnExportAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        Model model = new Sequential([new Dense(2) { InputShape = [3] }]);
        ModelWeights weights = TestWeights.Random(model, 1);
        string saved = Path.Combine(folder.Path, "model"), other = Path.Combine(folder.Path, "other");
        TensorFlowExport.SaveSavedModel(model, weights, saved);
        TensorFlowExport.SaveSavedModel(model, weights, saved + Path.DirectorySeparatorChar);
        CollectionAssert.AreEquivalent(new[] { "saved_model.pb", "variables.data-00000-of-00001", "variables.index" },
            Directory.GetFiles(saved, "*", SearchOption.AllDirectories).Select(Path.GetFileName).ToArray());
        Directory.CreateDirectory(other);
        File.WriteAllText(Path.Combine(other, "mine.txt"), "mine");
        IOException e = Assert.ThrowsExactly<IOException>(() => TensorFlowExport.SaveSavedModel(model, weights, other));
        StringAssert.Contains(e.Message, "is there and is no SavedModel");
        Assert.Throws<IOException>(() => TensorFlowExport.SaveFrozenGraph(model, weights, Path.Combine(folder.Path, "absent", "m.pb")));
        Assert.Throws<IOException>(() => TensorFlowExport.SaveSavedModel(model, weights, Path.Combine(other, "mine.txt")));
        CollectionAssert.AreEquivalent(new[] { "model", "other" }, Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).ToArray());
        CollectionAssert.AreEqual(new[] { "mine.txt" }, Directory.GetFileSystemEntries(other).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void WhatCannotBeWrittenIsRefusedByName()
    {
        Model model = new Sequential([new Dense(2, name: "out") { InputShape = [3] }]), own = new Sequential([new Own("mine") { InputShape = [3] }]);
        ModelWeights weights = TestWeights.Random(model, 1);
        StringAssert.Contains(Assert.ThrowsExactly<ModelFormatException>(() => TensorFlowExport.ToFrozenGraph(own, TestWeights.Random(own, 1))).Message, "Own \"mine\" cannot be made part of a TensorFlow graph");
        foreach ((TensorFlowExportOptions options, string message) in new[]
        {
            (new TensorFlowExportOptions { InputNames = ["a", "b"] }, "InputNames must have 1 names"),
            (new TensorFlowExportOptions { OutputNames = ["ä"] }, "\"ä\" is no name of a node"),
            (new TensorFlowExportOptions { InputNames = ["x"], OutputNames = ["X"] }, "received \"X\" twice"),
        })
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TensorFlowExport.ToFrozenGraph(model, weights, options)).Message, message);
        Assert.ThrowsExactly<ModelException>(() => TensorFlowExport.ToFrozenGraph(own, weights));
    }

    /// <summary>Two inputs, three outputs, a nested model, a shared layer, and an input that is given out.</summary>
    private static Model Graph()
    {
        KerasTensor left = new InputLayer([5], name: "left").Output, right = new InputLayer([5], name: "right").Output;
        var shared = new Dense(4, name: "shared");
        var inner = new Sequential([new Dense(4, ActivationFunction.Tanh) { InputShape = [4] }, new BatchNormalization()], name: "inner");
        KerasTensor sum = new Add().Call(inner.Call(shared.Call(left)), shared.Call(right));
        return new Model([left, right], [new Dense(3, ActivationFunction.Softmax, name: "named with spaces").Call(sum), sum, left]);
    }

    private static IReadOnlyList<Tensor> Export(string path, Model model, ModelWeights weights, Engine engine)
    {
        Tensor[] x = [.. model.Inputs.Select((input, i) => new Tensor(TestWeights.Normal(3 * input.Shape.Size, 10 + i), input.Shape))];
        var options = new TensorFlowExportOptions();
        TensorFlowExport.SaveFrozenGraph(model, weights, $"{path}.pb", options);
        TensorFlowExport.SaveSavedModel(model, weights, path, options);
        for (int i = 0; i < x.Length; i++)
            File.WriteAllBytes($"{path}.x.{i}", MemoryMarshal.AsBytes(x[i].Values.Span).ToArray());
        File.WriteAllText($"{path}.json", JsonSerializer.Serialize(new
        {
            inputs = options.InputNamesOf(model).Zip(model.Inputs, (name, input) => new object[] { name, input.Shape.ToArray() }),
            outputs = options.OutputNamesOf(model),
            variables = model.WeightSlots.Count,
        }));
        using CompiledModel compiled = model.Compile(new Sgd(), new MeanSquaredError(), options: new CompileOptions { Engine = engine });
        compiled.SetWeights(weights);
        return compiled.Predict(x);
    }

    private static void Run(string keras, string folder)
    {
        var start = new ProcessStartInfo(keras, [Path.Combine(AppContext.BaseDirectory, "Formats", "TensorFlow", "load_exports.py"), folder]) { RedirectStandardError = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 127)
            Assert.Inconclusive($"Python is not here: {error}");
        Assert.AreEqual(0, process.ExitCode, error);
    }

    private static void AssertSame(string folder, string name, IReadOnlyList<Tensor> outputs)
    {
        foreach (string kind in new[] { "frozen", "saved" })
        {
            for (int i = 0; i < outputs.Count; i++)
            {
                float[] found = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, $"{name}.{kind}.y.{i}"))).ToArray(), expected = outputs[i].Values.ToArray();
                Assert.HasCount(expected.Length, found, name);
                for (int k = 0; k < expected.Length; k++)
                    Assert.AreEqual(expected[k], found[k], 1e-5 * Math.Max(1, Math.Abs(expected[k])), $"{name}, {kind}, output {i}");
            }
        }
    }

    private sealed class Own(string name) : Layer(name)
    {
        public override TensorShape ComputeOutputShape(IReadOnlyList<TensorShape> inputShapes) => inputShapes[0];
    }
}
