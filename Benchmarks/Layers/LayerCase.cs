using ConvNets.ModelDefs;

namespace ConvNets.Benchmarks.Layers;

/// <summary>A layer of the table, under the name that <c>keras_layers.py</c> has it by.</summary>
/// <param name="Name">The name.</param>
/// <param name="Layer">Makes it.</param>
/// <param name="Common">Whether it is one of those that must not be slower than Keras's: convolutions, pools, normalizations, dense, activations, merges.</param>
internal sealed record LayerCase(string Name, Func<Layer> Layer, bool Common = true)
{
    private static readonly TensorShape Image = [32, 32, 32];

    /// <summary>How many inputs it is called on.</summary>
    public int Inputs { get; init; } = 1;

    /// <summary>The shape of one sample of each input.</summary>
    public TensorShape Shape { get; init; } = Image;

    /// <summary>The layer as a model of its own.</summary>
    public Model CreateModel()
    {
        KerasTensor[] inputs = [.. Enumerable.Range(0, Inputs).Select(_ => new InputLayer(Shape).Output)];
        return new Model(inputs, [Layer().Call(inputs)]);
    }

    public static IReadOnlyList<LayerCase> All { get; } =
    [
        new("Dense", static () => new Dense(64)) { Shape = [Image.Size] },
        new("Dense on the last axis", static () => new Dense(32)),
        new("Conv2D 1×1", static () => new Conv2D(32, 1)),
        new("Conv2D 3×3", static () => new Conv2D(32, 3, padding: Padding.Same)),
        new("Conv2D 5×5", static () => new Conv2D(32, 5, padding: Padding.Same)),
        new("Conv2D 3×3, strides 2", static () => new Conv2D(32, 3, strides: 2, padding: Padding.Same)),
        new("Conv2D 3×3, dilation 2", static () => new Conv2D(32, 3, dilationRate: 2, padding: Padding.Same)),
        new("Conv2D 3×3, groups 4", static () => new Conv2D(32, 3, groups: 4, padding: Padding.Same)),
        new("Conv2DTranspose 3×3, strides 2", static () => new Conv2DTranspose(32, 3, strides: 2, padding: Padding.Same)),
        new("DepthwiseConv2D 3×3", static () => new DepthwiseConv2D(3, padding: Padding.Same)),
        new("DepthwiseConv2D 3×3, strides 2", static () => new DepthwiseConv2D(3, strides: 2, padding: Padding.Same)),
        new("DepthwiseConv2D 3×3, multiplier 2", static () => new DepthwiseConv2D(3, depthMultiplier: 2, padding: Padding.Same)),
        new("SeparableConv2D 3×3", static () => new SeparableConv2D(32, 3, padding: Padding.Same)),
        new("MaxPooling2D 2×2", static () => new MaxPooling2D()),
        new("MaxPooling2D 3×3, strides 2", static () => new MaxPooling2D(3, strides: 2, padding: Padding.Same)),
        new("AveragePooling2D 2×2", static () => new AveragePooling2D()),
        new("AveragePooling2D 3×3, strides 2", static () => new AveragePooling2D(3, strides: 2, padding: Padding.Same)),
        new("GlobalMaxPooling2D", static () => new GlobalMaxPooling2D()),
        new("GlobalAveragePooling2D", static () => new GlobalAveragePooling2D()),
        new("BatchNormalization", static () => new BatchNormalization()),
        new("LayerNormalization", static () => new LayerNormalization()),
        new("LayerNormalization, all axes", static () => new LayerNormalization([1, 2, 3])),
        new("GroupNormalization", static () => new GroupNormalization(groups: 8)),
        new("Normalization", static () => new Normalization([-1], [.. Enumerable.Repeat(0.1, 32)], [.. Enumerable.Repeat(2.0, 32)])),
        new("Rescaling", static () => new Rescaling(1 / 255.0, -0.5)),
        new("Add", static () => new Add()) { Inputs = 2 },
        new("Subtract", static () => new Subtract()) { Inputs = 2 },
        new("Multiply", static () => new Multiply()) { Inputs = 2 },
        new("Average", static () => new Average()) { Inputs = 2 },
        new("Maximum", static () => new Maximum()) { Inputs = 2 },
        new("Minimum", static () => new Minimum()) { Inputs = 2 },
        new("Concatenate", static () => new Concatenate()) { Inputs = 2 },
        new("ReLU", static () => new ReLU()),
        new("ReLU, all arguments", static () => new ReLU(maxValue: 1.5, negativeSlope: 0.1, threshold: 0.2)),
        new("LeakyReLU", static () => new LeakyReLU()),
        new("PReLU", static () => new PReLU()),
        new("PReLU, a slope a channel", static () => new PReLU(sharedAxes: [1, 2])),
        new("ELU", static () => new ELU()),
        new("Softmax", static () => new Softmax()),
        .. KerasActivations.Select(name => new LayerCase($"Activation {name}", () => new Activation(KerasNames.ParseActivation(name)))),
        new("Dropout", static () => new Dropout(0.5), Common: false),
        new("SpatialDropout2D", static () => new SpatialDropout2D(0.5), Common: false),
        new("GaussianNoise", static () => new GaussianNoise(0.1), Common: false),
        new("Flatten", static () => new Flatten(), Common: false),
        new("Reshape", static () => new Reshape([1024, 32]), Common: false),
        new("Permute", static () => new Permute([3, 1, 2]), Common: false),
        new("ZeroPadding2D", static () => new ZeroPadding2D(2), Common: false),
        new("Cropping2D", static () => new Cropping2D(2), Common: false),
        new("CenterCrop", static () => new CenterCrop(24, 24), Common: false),
        new("UpSampling2D, nearest", static () => new UpSampling2D(), Common: false),
        new("UpSampling2D, bilinear", static () => new UpSampling2D(interpolation: Interpolation.Bilinear), Common: false),
        new("RandomFlip", static () => new RandomFlip(), Common: false),
        new("RandomTranslation", static () => new RandomTranslation(0.2, 0.2), Common: false),
        new("RandomRotation", static () => new RandomRotation(0.1), Common: false),
        new("RandomZoom", static () => new RandomZoom(0.2), Common: false),
        new("RandomContrast", static () => new RandomContrast(0.2), Common: false),
        new("RandomBrightness", static () => new RandomBrightness(0.2), Common: false),
    ];

    private static IEnumerable<string> KerasActivations =>
    [
        "relu", "sigmoid", "softmax", "tanh", "elu", "selu", "gelu", "silu", "softplus", "softsign", "exponential", "hard_sigmoid", "hard_silu", "leaky_relu", "relu6", "mish", "log_softmax",
    ];
}
