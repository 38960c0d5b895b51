using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests.ModelDefs;

/// <summary>Each layer's output shape and parameters as Keras 3.15.1 has them, and the arguments and inputs that it refuses.</summary>
[TestClass]
public sealed class LayerTests
{
    public static IEnumerable<(TensorShape Input, Layer Layer, string Output, int Parameters)> Shapes()
    {
        yield return ([7, 9, 3], new Conv2D(5, (3, 2)), "(None, 5, 8, 5)", 95);
        yield return ([7, 6, 2], new Conv2D(4, (4, 2), padding: Padding.Same), "(None, 7, 6, 4)", 68);
        yield return ([8, 7, 3], new Conv2D(5, 3, strides: (2, 3), padding: Padding.Same), "(None, 4, 3, 5)", 140);
        yield return ([10, 11, 1], new Conv2D(2, 2, strides: 4, padding: Padding.Same), "(None, 3, 3, 2)", 10);
        yield return ([11, 8, 2], new Conv2D(3, 3, strides: (3, 2), useBias: false), "(None, 3, 3, 3)", 54);
        yield return ([9, 8, 2], new Conv2D(3, (3, 2), dilationRate: (2, 3)), "(None, 5, 5, 3)", 39);
        yield return ([6, 5, 6], new Conv2D(4, 3, groups: 2, padding: Padding.Same), "(None, 6, 5, 4)", 112);
        yield return ([7, 6, 3], new MaxPooling2D(), "(None, 3, 3, 3)", 0);
        yield return ([7, 5, 2], new MaxPooling2D((3, 4), strides: 2, padding: Padding.Same), "(None, 4, 3, 2)", 0);
        yield return ([9, 10, 2], new MaxPooling2D(2, strides: (4, 3), padding: Padding.Same), "(None, 3, 4, 2)", 0);
        yield return ([6, 7, 1], new MaxPooling2D(3, strides: 1), "(None, 4, 5, 1)", 0);
        yield return ([4, 5, 2], new ZeroPadding2D(), "(None, 6, 7, 2)", 0);
        yield return ([4, 5, 2], new ZeroPadding2D((2, 1)), "(None, 8, 7, 2)", 0);
        yield return ([4, 5, 2], new ZeroPadding2D(((1, 2), (0, 3))), "(None, 7, 8, 2)", 0);
        yield return ([4, 5, 2], new BatchNormalization(axis: 1), "(None, 4, 5, 2)", 16);
        yield return ([4, 5, 2], new BatchNormalization(center: false), "(None, 4, 5, 2)", 6);
        yield return ([7], new BatchNormalization(), "(None, 7)", 28);
        yield return ([4, 5, 2], new ReLU(), "(None, 4, 5, 2)", 0);
        yield return ([2, 3, 4], new Flatten(), "(None, 24)", 0);
        yield return ([], new Flatten(), "(None, 1)", 0);
        yield return ([2, 5, 4], new Dense(3), "(None, 2, 5, 3)", 15);
        yield return ([4], new Dense(3, useBias: false), "(None, 3)", 12);
    }

    [TestMethod]
    [DynamicData(nameof(Shapes))]
    public void ShapesAndParametersAreKerass(TensorShape input, Layer layer, string output, int parameters)
    {
        KerasTensor y = layer.Call(new InputLayer(input).Output);

        Assert.AreEqual((output, parameters), (y.Shape.ToString(), layer.CountParameters()));
        Assert.AreEqual(0, layer.Weights.SkipWhile(w => w.Trainable).Count(w => w.Trainable), "trainable weights come first");
    }

    public static IEnumerable<(TensorShape Input, Layer Layer, string Message)> WrongInputs()
    {
        yield return ([8], new Conv2D(2, 3), "Conv2D received an input of shape (None, 8); it expects images (None, height, width, channels).");
        yield return ([2, 9, 1], new Conv2D(2, 3), "Conv2D received an input of shape (None, 2, 9, 1); it expects images of at least 3×3 pixels, the extent of its window; use padding: Padding.Same or a smaller window.");
        yield return ([5, 4, 1], new Conv2D(2, 3, dilationRate: 2), "Conv2D received an input of shape (None, 5, 4, 1); it expects images of at least 5×5 pixels, the extent of its window; use padding: Padding.Same or a smaller window.");
        yield return ([8, 8, 3], new Conv2D(4, 3, groups: 2), "Conv2D received an input of shape (None, 8, 8, 3); it expects a multiple of 2 channels, its number of groups.");
        yield return ([1, 1, 3], new MaxPooling2D(), "MaxPooling2D received an input of shape (None, 1, 1, 3); it expects images of at least 2×2 pixels, its window; use padding: Padding.Same or a smaller window.");
        yield return ([8, 8], new ZeroPadding2D(1, "pad"), "ZeroPadding2D \"pad\" received an input of shape (None, 8, 8); it expects images (None, height, width, channels).");
        yield return ([8, 8], new BatchNormalization(axis: 3), "BatchNormalization received an input of shape (None, 8, 8); it expects an input that has axis 3.");
        yield return ([8, 8], new BatchNormalization(axis: -3), "BatchNormalization received an input of shape (None, 8, 8); it expects an input that has axis -3.");
        yield return ([], new Dense(2), "Dense received an input of shape (None,); it expects at least one axis besides the batch.");
    }

    [TestMethod]
    [DynamicData(nameof(WrongInputs))]
    public void AnInputThatDoesNotSuitIsRefused(TensorShape input, Layer layer, string message) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<ModelException>(() => layer.Call(new InputLayer(input).Output)).Message);

    public static IEnumerable<(string Argument, Func<Layer> Make)> WrongArguments()
    {
        yield return ("filters", () => new Conv2D(0, 3));
        yield return ("kernelSize", () => new Conv2D(2, (3, 0)));
        yield return ("strides", () => new Conv2D(2, 3, strides: -1));
        yield return ("dilationRate", () => new Conv2D(2, 3, dilationRate: 0));
        yield return ("dilationRate", () => new Conv2D(2, 3, strides: 2, dilationRate: (1, 2)));
        yield return ("groups", () => new Conv2D(2, 3, groups: 0));
        yield return ("groups", () => new Conv2D(3, 3, groups: 2));
        yield return ("poolSize", () => new MaxPooling2D(0));
        yield return ("strides", () => new MaxPooling2D(2, strides: (1, 0)));
        yield return ("padding", () => new ZeroPadding2D(((0, 0), (0, -1))));
        yield return ("axis", () => new BatchNormalization(axis: 0));
        yield return ("momentum", () => new BatchNormalization(momentum: 1.5f));
        yield return ("epsilon", () => new BatchNormalization(epsilon: 0));
        yield return ("maxValue", () => new ReLU(maxValue: -1));
        yield return ("maxValue", () => new ReLU(maxValue: float.NaN));
        yield return ("negativeSlope", () => new ReLU(negativeSlope: -0.1f));
        yield return ("threshold", () => new ReLU(threshold: -0.1f));
        yield return ("units", () => new Dense(0));
        yield return ("name", () => new Dense(1, name: ""));
        yield return ("name", () => new Dense(1, name: "a/b"));
    }

    [TestMethod]
    [DynamicData(nameof(WrongArguments))]
    public void AnArgumentOutOfRangeIsNamed(string argument, Func<Layer> make) => Assert.AreEqual(argument, Assert.Throws<ArgumentException>(() => make()).ParamName);

    [TestMethod]
    [DataRow("MaxPooling2D", "max_pooling2d")]
    [DataRow("ReLU", "re_lu")]
    [DataRow("Conv2D", "conv2d")]
    [DataRow("ZeroPadding2D", "zero_padding2d")]
    [DataRow("BatchNormalization", "batch_normalization")]
    [DataRow("Conv2DTranspose", "conv2d_transpose")]
    [DataRow("PReLU", "p_re_lu")]
    [DataRow("ELU", "elu")]
    [DataRow("UpSampling2D", "up_sampling2d")]
    [DataRow("GlobalAveragePooling2D", "global_average_pooling2d")]
    public void NamesAreInKerassSnakeCase(string className, string name) => Assert.AreEqual(name, LayerNames.ToSnakeCase(className));
}
