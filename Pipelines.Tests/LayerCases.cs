using ConvNets.ModelDefs;

namespace ConvNets.Pipelines.Tests;

/// <summary>
/// Every layer on shapes where kernels go wrong: one sample, one channel, images of one pixel, strides above windows, numbers of channels and values that are no multiple of a
/// vector. A case is a stack of layers, the first of which is called on all inputs.
/// </summary>
internal static class LayerCases
{
    public static IEnumerable<(string Name, TensorShape[] Inputs, Func<Layer[]> Layers)> All => [.. Windows, .. Normalizations, .. Shapes, .. Elements, .. Together];

    public static Model Build(TensorShape[] inputs, params Layer[] layers)
    {
        KerasTensor[] tensors = [.. inputs.Select(shape => new InputLayer(shape).Output)];
        return new Model(tensors, [layers.Skip(1).Aggregate(layers[0].Call(tensors), (value, layer) => layer.Call(value))]);
    }

    private static IEnumerable<(string, TensorShape[], Func<Layer[]>)> Windows
    {
        get
        {
            yield return ("conv, one pixel", [[1, 1, 1]], () => [new Conv2D(1, 1)]);
            yield return ("conv, one channel", [[5, 4, 1]], () => [new Conv2D(1, 3, padding: Padding.Same)]);
            yield return ("conv, window larger than the image", [[2, 3, 3]], () => [new Conv2D(5, 5, padding: Padding.Same)]);
            yield return ("conv, strides above the window", [[9, 10, 2]], () => [new Conv2D(3, 2, strides: (4, 3), padding: Padding.Same)]);
            yield return ("conv, 17 to 19 channels", [[3, 4, 17]], () => [new Conv2D(19, (2, 3), activation: ActivationFunction.Tanh)]);
            yield return ("conv, dilation", [[9, 8, 3]], () => [new Conv2D(3, (3, 2), dilationRate: (2, 3), useBias: false)]);
            yield return ("conv, groups", [[5, 4, 6]], () => [new Conv2D(9, 3, strides: (1, 2), groups: 3, activation: ActivationFunction.Softplus)]);
            yield return ("conv, one group a channel", [[4, 4, 5]], () => [new Conv2D(5, 2, groups: 5)]);
            yield return ("depthwise, one pixel", [[1, 1, 1]], () => [new DepthwiseConv2D(3, padding: Padding.Same)]);
            yield return ("depthwise, multiplier", [[6, 5, 3]], () => [new DepthwiseConv2D((2, 3), strides: 2, depthMultiplier: 3, activation: ActivationFunction.Sigmoid)]);
            yield return ("depthwise, 17 channels, dilation", [[6, 5, 17]], () => [new DepthwiseConv2D(2, dilationRate: (3, 2), padding: Padding.Same, useBias: false)]);
            yield return ("separable", [[6, 7, 3]], () => [new SeparableConv2D(5, (3, 2), strides: 2, padding: Padding.Same, depthMultiplier: 2)]);
            yield return ("separable, one pixel", [[1, 1, 1]], () => [new SeparableConv2D(1, 1, activation: ActivationFunction.Gelu, useBias: false)]);
            yield return ("transpose, one pixel", [[1, 1, 1]], () => [new Conv2DTranspose(1, 3)]);
            yield return ("transpose, strides above the window", [[3, 2, 3]], () => [new Conv2DTranspose(2, 2, strides: (3, 4), activation: ActivationFunction.Elu)]);
            yield return ("transpose, same", [[3, 4, 5]], () => [new Conv2DTranspose(7, (3, 4), strides: 2, padding: Padding.Same)]);
            yield return ("transpose, output padding", [[3, 4, 2]], () => [new Conv2DTranspose(3, 3, strides: (2, 3), padding: Padding.Same, outputPadding: (1, 0), useBias: false)]);
            yield return ("transpose, dilation", [[3, 4, 2]], () => [new Conv2DTranspose(3, 2, dilationRate: (2, 3))]);
            yield return ("max pool, one pixel", [[1, 1, 1]], () => [new MaxPooling2D(3, padding: Padding.Same)]);
            yield return ("max pool, overlapping, 17 channels", [[5, 6, 17]], () => [new MaxPooling2D(3, strides: (1, 2))]);
            yield return ("max pool, strides above the window", [[9, 10, 3]], () => [new MaxPooling2D(2, strides: (4, 3), padding: Padding.Same)]);
            yield return ("average pool, same", [[5, 7, 3]], () => [new AveragePooling2D((3, 2), padding: Padding.Same)]);
            yield return ("average pool, strides above the window", [[9, 8, 1]], () => [new AveragePooling2D(2, strides: (3, 5))]);
            yield return ("global average, 19 channels", [[3, 5, 19]], () => [new GlobalAveragePooling2D()]);
            yield return ("global average, one pixel", [[1, 1, 1]], () => [new GlobalAveragePooling2D(keepDims: true)]);
            yield return ("global max, 19 channels", [[3, 5, 19]], () => [new GlobalMaxPooling2D(keepDims: true)]);
            yield return ("dense, one value", [[1]], () => [new Dense(1)]);
            yield return ("dense, 33 to 17", [[33]], () => [new Dense(17, ActivationFunction.Silu)]);
            yield return ("dense, on images", [[2, 3, 5]], () => [new Dense(3, ActivationFunction.Softmax, useBias: false)]);
            yield return ("dense, regularized", [[7]], () => [new Dense(3, kernelRegularizer: new L2(0.1), biasRegularizer: new L1(0.2)) { ActivityRegularizer = new L1L2(0.1, 0.3) }]);
        }
    }

    private static IEnumerable<(string, TensorShape[], Func<Layer[]>)> Normalizations
    {
        get
        {
            yield return ("batch normalization, one channel", [[3, 3, 1]], () => [new BatchNormalization()]);
            yield return ("batch normalization, 17 channels", [[3, 2, 17]], () => [new BatchNormalization(epsilon: 0.1, momentum: 0.5)]);
            yield return ("batch normalization, axis 1", [[3, 2, 5]], () => [new BatchNormalization(axis: 1, scale: false)]);
            yield return ("batch normalization, axis 2", [[3, 2, 5]], () => [new BatchNormalization(axis: 2, center: false)]);
            yield return ("batch normalization, vectors", [[5]], () => [new BatchNormalization(scale: false, center: false)]);
            yield return ("batch normalization, frozen", [[3, 2, 5]], () => [new Conv2D(3, 2), new BatchNormalization { Trainable = false }]);
            yield return ("layer normalization", [[3, 2, 7]], () => [new LayerNormalization()]);
            yield return ("layer normalization, all axes", [[3, 2, 1]], () => [new LayerNormalization([1, 2, 3])]);
            yield return ("layer normalization, first and last axis", [[3, 2, 5]], () => [new LayerNormalization([1, 3], center: false)]);
            yield return ("layer normalization, root mean square", [[3, 7]], () => [new LayerNormalization(rmsScaling: true, center: false)]);
            yield return ("group normalization", [[3, 2, 6]], () => [new GroupNormalization(groups: 3)]);
            yield return ("group normalization, one a channel", [[3, 3, 5]], () => [new GroupNormalization(groups: -1, scale: false)]);
            yield return ("group normalization, axis 1, one group", [[3, 2, 5]], () => [new GroupNormalization(groups: 1, axis: 1)]);
            yield return ("normalization", [[3, 2, 3]], () => [new Normalization(mean: [1, 2, 3], variance: [0.5, 1, 2])]);
            yield return ("normalization, weights along two axes", [[2, 3, 5]], () => [new Normalization(axes: [1, 3])]);
            yield return ("normalization, inverted", [[7]], () => [new Normalization(axes: [], mean: [1.5], variance: [4], invert: true)]);
            yield return ("rescaling", [[3, 3, 1]], () => [new Rescaling(0.3, -1)]);
            yield return ("rescaling, by channel", [[3, 2, 3]], () => [new Rescaling([0.1, 2, -3], [1, 0, -1])]);
            yield return ("softmax", [[17]], () => [new Softmax()]);
            yield return ("softmax, axis 1", [[3, 2, 5]], () => [new Softmax(1)]);
            yield return ("softmax, axes 1 and 3", [[3, 2, 5]], () => [new Softmax([1, 3])]);
        }
    }

    private static IEnumerable<(string, TensorShape[], Func<Layer[]>)> Shapes
    {
        get
        {
            yield return ("flatten", [[2, 3, 5]], () => [new Flatten(), new Dense(2)]);
            yield return ("reshape", [[2, 3, 5]], () => [new Reshape([-1, 2]), new Dense(3)]);
            yield return ("permute", [[2, 3, 5]], () => [new Permute([3, 1, 2]), new Dense(2)]);
            yield return ("zero padding", [[1, 2, 3]], () => [new ZeroPadding2D(((1, 2), (0, 3)))]);
            yield return ("zero padding, convolution", [[4, 5, 3]], () => [new ZeroPadding2D(((1, 2), (0, 3))), new Conv2D(2, 3, strides: 2)]);
            yield return ("cropping", [[4, 6, 3]], () => [new Cropping2D(((1, 2), (0, 3)))]);
            yield return ("center crop", [[5, 6, 1]], () => [new CenterCrop(2, 3)]);
            yield return ("center crop, larger than the image", [[3, 5, 2]], () => [new CenterCrop(7, 4)]);
            yield return ("up-sampling, nearest", [[1, 2, 3]], () => [new UpSampling2D((3, 2))]);
            yield return ("up-sampling, bilinear", [[3, 2, 17]], () => [new UpSampling2D((2, 3), Interpolation.Bilinear)]);
            yield return ("add, three", [[3, 5], [3, 5], [3, 5]], () => [new Add()]);
            yield return ("add, repeated", [[2, 1, 3], [1, 4, 3]], () => [new Add()]);
            yield return ("subtract, repeated", [[2, 3, 5], [5]], () => [new Subtract()]);
            yield return ("multiply, three", [[7], [7], [7]], () => [new Multiply()]);
            yield return ("multiply, repeated", [[2, 3, 5], [1, 1, 5]], () => [new Multiply()]);
            yield return ("average, repeated", [[2, 3, 1], [2, 3, 5]], () => [new Average()]);
            yield return ("maximum, three", [[19], [19], [19]], () => [new Maximum()]);
            yield return ("minimum, repeated", [[2, 3, 5], [3, 1]], () => [new Minimum()]);
            yield return ("concatenate", [[2, 3, 1], [2, 3, 4]], () => [new Concatenate()]);
            yield return ("concatenate, axis 1", [[2, 3, 2], [1, 3, 2], [3, 3, 2]], () => [new Concatenate(axis: 1)]);
        }
    }

    private static IEnumerable<(string, TensorShape[], Func<Layer[]>)> Elements
    {
        get
        {
            foreach (ActivationFunction function in Enum.GetValues<ActivationFunction>())
                yield return ($"activation, {function.KerasName()}", [[3, 7]], () => [new Activation(function)]);
            yield return ("relu", [[1]], () => [new ReLU()]);
            yield return ("relu, maximum", [[3, 7]], () => [new ReLU(maxValue: 0.5)]);
            yield return ("relu, all three", [[3, 7]], () => [new ReLU(maxValue: 0.9, negativeSlope: 0.2, threshold: 0.4)]);
            yield return ("relu, threshold", [[3, 7]], () => [new ReLU(threshold: 0.4)]);
            yield return ("leaky relu", [[3, 7]], () => [new LeakyReLU()]);
            yield return ("parametric relu", [[3, 1, 5]], () => [new PReLU()]);
            yield return ("parametric relu, one a channel", [[3, 2, 5]], () => [new PReLU(sharedAxes: [1, 2])]);
            yield return ("elu", [[3, 7]], () => [new ELU(alpha: 0.7)]);
            yield return ("penalty on activity", [[3, 7]], () => [new ActivityRegularization(0.1, 0.2)]);
            yield return ("random layers without effect", [[4, 3, 2]], () =>
            [
                new Dropout(0), new SpatialDropout2D(0), new GaussianNoise(0), new RandomTranslation(0, 0), new RandomRotation(0), new RandomZoom(0), new RandomContrast(0, (-100, 100)),
                new RandomBrightness(0, (-100, 100)),
            ]);
        }
    }

    /// <summary>Layers that run as one operation.</summary>
    private static IEnumerable<(string, TensorShape[], Func<Layer[]>)> Together
    {
        get
        {
            yield return ("convolution, rectifier", [[4, 5, 3]], () => [new Conv2D(5, 2), new ReLU()]);
            yield return ("convolution, pool", [[7, 6, 3]], () => [new Conv2D(5, 2, padding: Padding.Same), new MaxPooling2D()]);
            yield return ("convolution, rectifier, pool with gaps", [[9, 8, 2]], () => [new Conv2D(3, 2, activation: ActivationFunction.Relu), new MaxPooling2D(2, strides: (3, 4), padding: Padding.Same)]);
            yield return ("convolution, normalization", [[4, 5, 3]], () => [new Conv2D(5, 2), new BatchNormalization()]);
            yield return ("convolution, normalization, rectifier, pool", [[7, 6, 3]], () => [new Conv2D(17, 2, useBias: false), new BatchNormalization(), new ReLU(), new MaxPooling2D()]);
            yield return ("convolution, bare normalization, rectifier, pool with gaps", [[9, 8, 2]], () => [new Conv2D(3, 2), new BatchNormalization(scale: false, center: false), new ReLU(), new MaxPooling2D((2, 3), strides: (3, 4))]);
            yield return ("convolution, frozen normalization, rectifier, pool", [[7, 6, 3]], () => [new Conv2D(4, 2), new BatchNormalization { Trainable = false }, new ReLU(), new MaxPooling2D()]);
            yield return ("normalization, rectifier", [[3, 4, 5]], () => [new BatchNormalization(), new ReLU()]);
        }
    }
}
