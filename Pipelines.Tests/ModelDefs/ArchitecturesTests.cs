using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

/// <summary>The course's two models, against the lists and tables that the course itself shows.</summary>
[TestClass]
public sealed class ArchitecturesTests
{
    private static readonly LayerDescriptor[] HappyDescriptors =
    [
        "['ZeroPadding2D', (None, 70, 70, 3), 0, ((3, 3), (3, 3))]",
        "['Conv2D', (None, 64, 64, 32), 4736, 'valid', 'linear', 'GlorotUniform']",
        "['BatchNormalization', (None, 64, 64, 32), 128]",
        "['ReLU', (None, 64, 64, 32), 0]",
        "['MaxPooling2D', (None, 32, 32, 32), 0, (2, 2), (2, 2), 'valid']",
        "['Flatten', (None, 32768), 0]",
        "['Dense', (None, 1), 32769, 'sigmoid']",
    ];

    private static readonly LayerDescriptor[] SignsDescriptors =
    [
        "['InputLayer', [(None, 64, 64, 3)], 0]",
        "['Conv2D', (None, 64, 64, 8), 392, 'same', 'linear', 'GlorotUniform']",
        "['ReLU', (None, 64, 64, 8), 0]",
        "['MaxPooling2D', (None, 8, 8, 8), 0, (8, 8), (8, 8), 'same']",
        "['Conv2D', (None, 8, 8, 16), 528, 'same', 'linear', 'GlorotUniform']",
        "['ReLU', (None, 8, 8, 16), 0]",
        "['MaxPooling2D', (None, 2, 2, 16), 0, (4, 4), (4, 4), 'same']",
        "['Flatten', (None, 64), 0]",
        "['Dense', (None, 6), 390, 'softmax']",
    ];

    [TestMethod]
    public void HappyModelPassesTheCoursesTest()
    {
        Assert.AreEqual("All tests passed!", Comparator.Compare(Architectures.HappyModel().LayerDescriptors(), HappyDescriptors));
        Assert.IsInstanceOfType<Sequential>(Architectures.HappyModel());
    }

    [TestMethod]
    public void ConvolutionalModelPassesTheCoursesTest() =>
        Assert.AreEqual("All tests passed!", Comparator.Compare(Architectures.ConvolutionalModel([64, 64, 3]).LayerDescriptors(), SignsDescriptors));

    [TestMethod]
    public void ArgumentsThatTheListsDoNotShowAreTheCourses()
    {
        Sequential happy = Architectures.HappyModel();
        var normalization = (BatchNormalization)happy.Layers[2];

        Assert.AreEqual((1, 3, 0.99, 0.001), (((Conv2D)happy.Layers[1]).Strides.Height, normalization.Axis, normalization.Momentum, normalization.Epsilon));
        Assert.AreEqual(new Size2D(7, 7), ((Conv2D)happy.Layers[1]).KernelSize);
        Model signs = Architectures.ConvolutionalModel([64, 64, 3]);
        Assert.AreEqual((new Size2D(4, 4), new Size2D(2, 2)), (((Conv2D)signs.Layers[1]).KernelSize, ((Conv2D)signs.Layers[4]).KernelSize));
    }

    [TestMethod]
    public void HappyModelPrintsTheCoursesTable() => AssertTable(
        """
        Model: "sequential"
        _________________________________________________________________
        Layer (type)                 Output Shape              Param #
        =================================================================
        zero_padding2d (ZeroPadding2 (None, 70, 70, 3)         0
        _________________________________________________________________
        conv2d (Conv2D)              (None, 64, 64, 32)        4736
        _________________________________________________________________
        batch_normalization (BatchNo (None, 64, 64, 32)        128
        _________________________________________________________________
        re_lu (ReLU)                 (None, 64, 64, 32)        0
        _________________________________________________________________
        max_pooling2d (MaxPooling2D) (None, 32, 32, 32)        0
        _________________________________________________________________
        flatten (Flatten)            (None, 32768)             0
        _________________________________________________________________
        dense (Dense)                (None, 1)                 32769
        =================================================================
        Total params: 37,633
        Trainable params: 37,569
        Non-trainable params: 64
        _________________________________________________________________
        """, Architectures.HappyModel());

    [TestMethod]
    public void ConvolutionalModelWithTheCoursesNamesPrintsTheCoursesTable()
    {
        KerasTensor input = new InputLayer([64, 64, 3], "input_2").Output;
        KerasTensor x = new Conv2D(8, 4, padding: Padding.Same, name: "conv2d_3").Call(input);
        x = new MaxPooling2D(8, strides: 8, padding: Padding.Same, name: "max_pooling2d_3").Call(new ReLU(name: "re_lu_3").Call(x));
        x = new Conv2D(16, 2, padding: Padding.Same, name: "conv2d_4").Call(x);
        x = new MaxPooling2D(4, strides: 4, padding: Padding.Same, name: "max_pooling2d_4").Call(new ReLU(name: "re_lu_4").Call(x));
        x = new Dense(6, ActivationFunction.Softmax, name: "dense_2").Call(new Flatten("flatten_2").Call(x));

        AssertTable(
            """
            Model: "functional_3"
            _________________________________________________________________
            Layer (type)                 Output Shape              Param #
            =================================================================
            input_2 (InputLayer)         [(None, 64, 64, 3)]       0
            _________________________________________________________________
            conv2d_3 (Conv2D)            (None, 64, 64, 8)         392
            _________________________________________________________________
            re_lu_3 (ReLU)               (None, 64, 64, 8)         0
            _________________________________________________________________
            max_pooling2d_3 (MaxPooling2 (None, 8, 8, 8)           0
            _________________________________________________________________
            conv2d_4 (Conv2D)            (None, 8, 8, 16)          528
            _________________________________________________________________
            re_lu_4 (ReLU)               (None, 8, 8, 16)          0
            _________________________________________________________________
            max_pooling2d_4 (MaxPooling2 (None, 2, 2, 16)          0
            _________________________________________________________________
            flatten_2 (Flatten)          (None, 64)                0
            _________________________________________________________________
            dense_2 (Dense)              (None, 6)                 390
            =================================================================
            Total params: 1,310
            Trainable params: 1,310
            Non-trainable params: 0
            _________________________________________________________________
            """, new Model(input, x, "functional_3"));
    }

    [TestMethod]
    public void OurOwnNamesCountFromZero()
    {
        // A second model of the same kind counts anew.
        _ = Architectures.ConvolutionalModel([64, 64, 3]);
        Model model = Architectures.ConvolutionalModel([64, 64, 3]);

        Assert.AreEqual("input_layer conv2d re_lu max_pooling2d conv2d_1 re_lu_1 max_pooling2d_1 flatten dense", string.Join(' ', model.Layers.Select(l => l.Name)));
        Assert.StartsWith("Model: \"functional\"\n", model.Summary());
    }

    [TestMethod]
    public void OtherShapesAndClassesArePossible()
    {
        Assert.AreEqual("(None, 10)", Architectures.ConvolutionalModel([28, 28, 1], classes: 10).Outputs[0].Shape.ToString());
        Assert.AreEqual("['Flatten', (None, 8192), 0]", Architectures.HappyModel([32, 32, 3]).LayerDescriptors()[5].Text);
    }

    /// <summary>Compares line by line; the literal tables leave out the blanks that fill each row up to the last column's end.</summary>
    private static void AssertTable(string expected, Model model)
    {
        string[] lines = model.Summary().Split('\n');

        Assert.AreEqual(expected.ReplaceLineEndings("\n"), string.Join('\n', lines.Select(l => l.TrimEnd())).TrimEnd('\n'));
        Assert.IsTrue(lines.Where(l => l.Contains('(', StringComparison.Ordinal)).All(l => l.Length == 65), "every row is filled up to the last column's end");
    }
}
