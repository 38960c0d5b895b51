using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

/// <summary>The functional form: graphs of layers, their order and their names.</summary>
[TestClass]
public sealed class ModelTests
{
    private static KerasTensor Input(string name = "in") => new InputLayer([4], name).Output;

    private static KerasTensor Dense(string name, KerasTensor x) => new Dense(4, name: name).Call(x);

    private static KerasTensor Join(params KerasTensor[] x) => new Merge("s").Call(x);

    /// <summary>Graphs with the order that Keras 3.15.1 gives their layers.</summary>
    public static IEnumerable<(string Name, Func<Model> Build, string Layers)> Graphs()
    {
        yield return ("skip", () =>
        {
            KerasTensor x = Input();
            return new Model(x, new ReLU(name: "f").Call(Join(Dense("b", Dense("a", x)), x)));
        }, "in a b s f");
        yield return ("branches of unequal length, the short one first", () =>
        {
            KerasTensor x = Input();
            return new Model(x, Join(Dense("short", x), Dense("l2", Dense("l1", x))));
        }, "in l1 short l2 s");
        yield return ("branches of unequal length, the long one first", () =>
        {
            KerasTensor x = Input();
            return new Model(x, Join(Dense("l2", Dense("l1", x)), Dense("short", x)));
        }, "in l1 l2 short s");
        yield return ("shared layer", () =>
        {
            KerasTensor p = Input("p"), q = Input("q");
            var shared = new Dense(4, name: "d");
            return new Model([p, q], [Join(Dense("after", shared.Call(q)), shared.Call(p))]);
        }, "q d p after s");
        yield return ("shared layer on its own output", () =>
        {
            KerasTensor p = Input("p"), q = Input("q");
            var shared = new Dense(4, name: "d");
            return new Model([p, q], [Join(shared.Call(Dense("e", shared.Call(p))), q)]);
        }, "p d e q s");
        yield return ("outputs at several depths", () =>
        {
            KerasTensor i = Input(), x = Dense("x", i), y = Dense("y", x), z = Dense("z", i);
            return new Model([i], [z, y, x]);
        }, "in x z y");
        yield return ("two outputs", () =>
        {
            KerasTensor i = Input(), y = Dense("y", Dense("x", i)), z = Dense("z", i);
            return new Model([i], [y, z]);
        }, "in x y z");
        yield return ("inputs in the order in which the outputs meet them", () =>
        {
            KerasTensor a = Input("first"), b = Input("second");
            return new Model([a, b], [Dense("of_second", b), Dense("of_first", a)]);
        }, "second first of_second of_first");
        yield return ("nested model, called twice", () =>
        {
            var inner = new Sequential([new Dense(4, name: "inner_a"), new BatchNormalization(name: "inner_b")], "inner");
            KerasTensor x = Input();
            return new Model(x, Dense("out", inner.Call(inner.Call(x))));
        }, "in inner out");
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void LayersStandInKerassOrder(string name, Func<Model> build, string layers) => Assert.AreEqual(layers, string.Join(' ', build().Layers.Select(l => l.Name)), name);

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void CallsStandInAnOrderInWhichTheyCanRun(string name, Func<Model> build, string layers)
    {
        Model model = build();
        HashSet<KerasTensor> known = [];

        foreach (Node node in model.Nodes)
        {
            Assert.IsTrue(node.Inputs.All(known.Contains), $"{name}: {node.Layer} of {layers}");
            known.UnionWith(node.Outputs);
        }
        Assert.IsTrue(model.Outputs.All(known.Contains));
    }

    [TestMethod]
    public void WeightsStandInKerassOrderWithTheirPaths()
    {
        Model nested = Graphs().Single(g => g.Name.StartsWith("nested", StringComparison.Ordinal)).Build();

        Assert.AreEqual(
            "inner/inner_a/kernel inner/inner_a/bias inner/inner_b/gamma inner/inner_b/beta inner/inner_b/moving_mean inner/inner_b/moving_variance out/kernel out/bias",
            string.Join(' ', nested.WeightSlots.Select(s => s.Path)));
        Assert.AreEqual("TTTTFFTT", string.Concat(nested.WeightSlots.Select(s => s.Trainable ? 'T' : 'F')));
    }

    [TestMethod]
    public void AFrozenLayerOrNestedModelHasNoTrainableWeights()
    {
        Model model = Graphs().Single(g => g.Name.StartsWith("nested", StringComparison.Ordinal)).Build();

        model.GetLayer("inner").Trainable = false;
        Assert.AreEqual("FFFFFFTT", string.Concat(model.WeightSlots.Select(s => s.Trainable ? 'T' : 'F')));
        Assert.Contains("Trainable params: 20\nNon-trainable params: 36\n", model.Summary());
        model.GetLayer("out").Trainable = false;
        Assert.DoesNotContain(s => s.Trainable, model.WeightSlots);
    }

    [TestMethod]
    public void ASharedLayerHasItsWeightsOnce()
    {
        KerasTensor p = Input("p"), q = Input("q");
        var shared = new Dense(4);
        var model = new Model([p, q], [Join(shared.Call(p), shared.Call(q))]);

        Assert.AreEqual(20, model.CountParameters());
        Assert.HasCount(4, model.Layers);
        Assert.HasCount(5, model.Nodes);
    }

    [TestMethod]
    public void ASharedLayerKeepsTheShapeOfItsWeights()
    {
        var shared = new Dense(4, name: "d");
        _ = shared.Call(Input());

        ModelException e = Assert.ThrowsExactly<ModelException>(() => shared.Call(new InputLayer([5]).Output));

        Assert.AreEqual("Dense \"d\" was built on an input of shape (None, 4) and is called on (None, 5), for which its weights would have other shapes; use a new layer there.", e.Message);
    }

    [TestMethod]
    public void AConvolutionIsSharedByImagesOfAnySize()
    {
        var shared = new Conv2D(2, 3);

        Assert.AreEqual("(None, 4, 4, 2)", shared.Call(new InputLayer([6, 6, 1]).Output).Shape.ToString());
        Assert.AreEqual("(None, 7, 2, 2)", shared.Call(new InputLayer([9, 4, 1]).Output).Shape.ToString());
    }

    [TestMethod]
    public void NamesAreUnique()
    {
        KerasTensor x = Input();

        ModelException e = Assert.ThrowsExactly<ModelException>(() => new Model(x, Dense("same", Dense("same", x))));

        Assert.AreEqual("Two layers of the model are named \"same\"; every layer needs a name of its own.", e.Message);
    }

    [TestMethod]
    public void GivenNamesAreSkippedByTheCounters()
    {
        KerasTensor x = Input();
        var model = new Model(x, new Dense(1).Call(Dense("dense_1", new Dense(1).Call(Dense("dense", x)))));

        Assert.AreEqual("in dense dense_2 dense_1 dense_3", string.Join(' ', model.Layers.Select(l => l.Name)));
    }

    [TestMethod]
    public void ADisconnectedGraphIsRefused()
    {
        KerasTensor listed = Input("listed"), forgotten = Input("forgotten");
        KerasTensor joined = Join(Dense("a", listed), Dense("b", forgotten));

        ModelException e = Assert.ThrowsExactly<ModelException>(() => new Model(listed, joined));

        Assert.AreEqual("The graph is disconnected: an output depends on <KerasTensor shape=(None, 4), from InputLayer \"forgotten\">, which is not among the model's inputs.", e.Message);
    }

    [TestMethod]
    public void AnInputThatNothingUsesIsRefused()
    {
        KerasTensor used = Input("used"), unused = Input("unused");

        Assert.Contains("\"unused\"", Assert.ThrowsExactly<ModelException>(() => new Model([used, unused], [Dense("a", used)])).Message);
    }

    [TestMethod]
    public void AnInputComesFromAnInputLayer()
    {
        KerasTensor middle = Dense("a", Input());

        Assert.Contains("must come from an InputLayer", Assert.ThrowsExactly<ModelException>(() => new Model(middle, Dense("b", middle))).Message);
    }

    [TestMethod]
    public void ALayerSaysHowManyTensorsItTakes()
    {
        KerasTensor x = Input();

        Assert.AreEqual("ReLU was called on 2 tensors; it takes 1.", Assert.ThrowsExactly<ModelException>(() => new ReLU().Call(x, x)).Message);
        Assert.AreEqual("Merge \"s\" was called on 1 tensors; it takes at least 2.", Assert.ThrowsExactly<ModelException>(() => Join(x)).Message);
    }

    [TestMethod]
    public void ANestedModelChecksItsInputs()
    {
        KerasTensor x = Input();
        var inner = new Model(x, Dense("a", x), "inner");

        Assert.Contains("Functional \"inner\" received an input of shape (None, 5)", Assert.ThrowsExactly<ModelException>(() => inner.Call(new InputLayer([5]).Output)).Message);
    }

    [TestMethod]
    public void AVeryDeepModelIsBuilt()
    {
        KerasTensor input = Input(), x = input;
        for (int i = 0; i < 20_000; i++)
            x = new ReLU().Call(x);

        Assert.HasCount(20_001, new Model(input, x).Layers);
    }

    [TestMethod]
    public void AMissingLayerIsNamedWithThoseThereAre()
    {
        KerasTensor x = Input();
        var model = new Model(x, Dense("a", x));

        Assert.AreEqual("Model \"functional\" has no layer \"b\"; it has in, a.", Assert.ThrowsExactly<ModelException>(() => model.GetLayer("b")).Message);
    }
}
