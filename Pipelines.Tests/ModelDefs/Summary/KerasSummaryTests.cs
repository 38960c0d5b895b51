using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

/// <summary>Tables against those that Keras 3.15.1 printed; <c>Keras/make_summaries.py</c> made them.</summary>
[TestClass]
public sealed class KerasSummaryTests
{
    [TestMethod]
    [DataRow("happy", 88)]
    [DataRow("happy_narrow", 60)]
    [DataRow("happy_trainable", 100, false, true)]
    [DataRow("skips", 108)]
    [DataRow("skips_narrow", 72)]
    [DataRow("nested", 88)]
    [DataRow("nested_expanded", 88, true)]
    [DataRow("nested_frozen", 100, true, true)]
    [DataRow("big", 88)]
    public void PrintsWhatKerasPrints(string name, int lineLength, bool expandNested = false, bool showTrainable = false)
    {
        Model model = name.Split('_')[0] switch
        {
            "happy" => Architectures.HappyModel(),
            "skips" => Skips(),
            "nested" => Nested(frozen: name == "nested_frozen"),
            _ => new Sequential([new InputLayer([1000]), new Dense(1200), new Dense(1500)]),
        };
        string expected = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "ModelDefs", "Keras", $"{name}.txt"));
        string found = model.Summary(new KerasSummaryOptions { LineLength = lineLength, ExpandNested = expandNested, ShowTrainable = showTrainable });
        CollectionAssert.AreEqual(expected.Split('\n'), found.Split('\n'), found);
    }

    [TestMethod]
    public void TheWidthIsKerasUnlessGiven()
    {
        Assert.AreEqual(88, Architectures.HappyModel().Summary(new KerasSummaryOptions()).Split('\n')[1].Length);
        Assert.AreEqual(120, Skips().Summary(new KerasSummaryOptions { ShowTrainable = true }).Split('\n')[1].Length);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Skips().Summary(new KerasSummaryOptions { LineLength = 10 }));
        Assert.Contains("not built", Assert.ThrowsExactly<ModelException>(() => new Sequential([new Dense(1)]).Summary(new KerasSummaryOptions())).Message);
    }

    internal static Model Skips()
    {
        KerasTensor x = new InputLayer([16, 16, 8], name: "picture").Output;
        KerasTensor y = new Conv2D(8, 3, padding: Padding.Same, name: "a_layer_with_a_name_that_is_rather_long").Call(x);
        y = new Add().Call(x, y);
        var shared = new Dense(4, name: "shared");
        KerasTensor a = shared.Call(new Flatten().Call(y)), b = shared.Call(new Flatten().Call(new AveragePooling2D(2).Call(new UpSampling2D().Call(y))));
        return new Model([x], [new Concatenate().Call(a, b), new Dense(3, ActivationFunction.Softmax).Call(a)], name: "skips");
    }

    internal static Model Nested(bool frozen)
    {
        var block = new Sequential([new InputLayer([8, 8, 3]), new Conv2D(4, 3), new BatchNormalization(), new Flatten()], name: "features") { Trainable = !frozen };
        KerasTensor x = new InputLayer([8, 8, 3], name: "x").Output;
        var outer = new Sequential([new InputLayer([8, 8, 3]), block, new Dropout(0.5), new Dense(2)], name: "outer");
        return new Model(x, outer.Call(x), name: "nest");
    }
}
