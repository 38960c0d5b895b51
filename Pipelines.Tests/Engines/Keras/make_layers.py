"""Makes layers_more.h5 beside it: arguments of layers, and shapes of models, that the golden layers.h5 does not have, in the same form. Usage: make_layers.py FOLDER [SEED]"""
import os
import sys

import h5py
import keras
import numpy as np
from keras import Input, Model, Sequential, initializers, layers, regularizers

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Golden"))
import golden_layers  # noqa: E402

ACTIVATIONS = ("softsign", "exponential", "hard_sigmoid", "hard_silu", "leaky_relu", "relu6", "mish", "log_softmax", "celu", "log_sigmoid", "hard_tanh", "hard_shrink", "soft_shrink",
               "tanh_shrink", "squareplus")
IMAGE = (6, 5, 4)


def frozen(layer):
    layer.trainable = False
    return layer


def windows(random):
    """Convolutions and pools of random sizes."""
    def number(least, greatest):
        return int(random.integers(least, greatest + 1))

    def pair(greatest):
        return number(1, greatest), number(1, greatest)

    def image(groups=1):
        return number(5, 11), number(5, 11), groups * number(1, 5)

    def common():
        return {"padding": str(random.choice(["valid", "same"])), "activation": str(random.choice(ACTIVATIONS)), "use_bias": bool(number(0, 1))}

    for i in range(4):
        groups = number(1, 4)
        yield f"conv_groups_{i}", image(groups), [layers.Conv2D(groups * number(1, 4), pair(3), strides=pair(3), groups=groups, **common())]
        yield f"conv_dilation_{i}", (13, 14, number(1, 5)), [layers.Conv2D(number(1, 9), pair(3), dilation_rate=pair(3), **common())]
        yield f"depthwise_{i}", image(), [layers.DepthwiseConv2D(pair(4), strides=number(1, 3), depth_multiplier=number(1, 3), **common())]
        yield f"separable_{i}", image(), [layers.SeparableConv2D(number(1, 9), pair(4), strides=number(1, 3), depth_multiplier=number(1, 3), **common())]
        height, width = pair(3)  # oneDNN has no transpose with a stride above the window
        yield f"transpose_{i}", image(), [layers.Conv2DTranspose(number(1, 6), (height + number(0, 2), width + number(0, 2)), strides=(height, width), **common())]
        yield f"transpose_output_padding_{i}", image(), [layers.Conv2DTranspose(number(1, 6), (3, 4), strides=(2, 3), output_padding=(number(0, 1), number(0, 2)), **common())]
        pool = (layers.MaxPooling2D, layers.AveragePooling2D)[i % 2]
        yield f"pool_{i}", image(), [pool(pair(4), strides=pair(5), padding=("valid", "same")[i // 2])]
    yield "depthwise_dilation", (13, 14, 3), [layers.DepthwiseConv2D(3, dilation_rate=(2, 3), depth_multiplier=2)]
    yield "separable_dilation", (13, 14, 3), [layers.SeparableConv2D(4, 3, dilation_rate=2, padding="same")]
    yield "transpose_dilation", (5, 6, 2), [layers.Conv2DTranspose(3, (2, 3), dilation_rate=(3, 2), padding="same")]


def normalizations():
    for axis in (1, 2, -2):
        yield f"batchnorm_axis_{axis}", IMAGE, [layers.BatchNormalization(axis=axis, momentum=0.7, epsilon=0.01)]
    yield "batchnorm_vectors", (9,), [layers.BatchNormalization(scale=False, center=False)]
    yield "batchnorm_frozen", IMAGE, [layers.Conv2D(3, 2), frozen(layers.BatchNormalization()), layers.ReLU(), layers.MaxPooling2D()]
    yield "batchnorm_regularized", IMAGE, [layers.BatchNormalization(beta_regularizer="l2", gamma_regularizer=regularizers.L1L2(0.1, 0.2))]
    for axes in (1, [1, 2], [1, 3], [-1, -2], [1, 2, 3]):
        yield f"layernorm_{axes}", IMAGE, [layers.LayerNormalization(axis=axes, epsilon=0.01)]
    yield "layernorm_bare", IMAGE, [layers.LayerNormalization(center=False, scale=False)]
    for groups, axis, shape in ((-1, -1, IMAGE), (1, -1, IMAGE), (5, 2, IMAGE), (2, 1, IMAGE), (2, -1, (8,)), (3, 1, (9, 4)), (2, -1, (2, 3, 4, 6))):
        yield f"groupnorm_{groups}_{axis}_{len(shape)}", shape, [layers.GroupNormalization(groups=groups, axis=axis, epsilon=0.01)]
    yield "groupnorm_default", (2, 3, 64), [layers.GroupNormalization(center=False)]
    yield "normalization_scalar", IMAGE, [layers.Normalization(axis=None, mean=0.3, variance=2.0)]
    yield "normalization_inverted", (4, 5, 3), [layers.Normalization(mean=[1, 2, 3], variance=[1, 2, 3], invert=True)]
    yield "normalization_two_axes", (2, 5, 3), [layers.Normalization(axis=(3, 1), mean=[[1, 2, 3], [4, 5, 6]], variance=[[1, 2, 3], [3, 2, 1]])]
    yield "normalization_last_of_two", (2, 5, 3), [layers.Normalization(axis=(2, 3), mean=[1, 2, 3], variance=[3, 2, 1])]


def simple():
    for activation in ACTIVATIONS:
        yield f"activation_{activation}", IMAGE, [layers.Activation(activation)]
    yield "activation_layer", IMAGE, [layers.Activation(layers.LeakyReLU(0.4)), layers.Dense(3, activation=layers.ReLU())]
    for i, arguments in enumerate(({"max_value": 6}, {"negative_slope": 0.3}, {"threshold": 0.4}, {"max_value": 0.6, "threshold": 0.2}, {"negative_slope": 0.1, "threshold": 0.5})):
        yield f"relu_{i}", IMAGE, [layers.ReLU(**arguments)]
    for i, axes in enumerate((None, [1], [3], [1, 2, 3], [-1])):
        yield f"prelu_{i}", IMAGE, [layers.PReLU(alpha_initializer="he_normal", alpha_regularizer="l1", shared_axes=axes)]
    for axes in (1, 2, (1, 2), (1, 3), (-1, -2), (1, 2, 3)):
        yield f"softmax_{axes}", IMAGE, [layers.Softmax(axis=axes)]
    yield "rescaling_channels", IMAGE, [layers.Rescaling([0.1, 0.2, 0.3, 0.4], offset=[1, 2, 3, 4]), layers.Rescaling(0.5, offset=[4, 3, 2, 1])]
    for i, margins in enumerate((1, (1, 2), ((0, 1), (2, 3)))):
        yield f"padding_{i}", IMAGE, [layers.ZeroPadding2D(margins), layers.Conv2D(3, 3, strides=2)]
        yield f"cropping_{i}", (9, 9, 3), [layers.Cropping2D(margins)]
    yield "upsampling", IMAGE, [layers.UpSampling2D((3, 1)), layers.UpSampling2D((1, 3), interpolation="bilinear")]
    for height, width in ((4, 3), (6, 5), (7, 9), (4, 9), (8, 4)):
        yield f"center_crop_{height}_{width}", IMAGE, [layers.CenterCrop(height, width)]
    yield "reshape_rest", IMAGE, [layers.Reshape((-1, 8)), layers.Permute((2, 1)), layers.Reshape((2, 4, 15)), layers.Permute((3, 1, 2))]
    yield "pool_keeps_axes", IMAGE, [layers.GlobalAveragePooling2D(keepdims=True)]
    yield "random_layers", IMAGE, [
        layers.RandomFlip(seed=1), layers.RandomRotation(0.1, fill_mode="wrap"), layers.RandomZoom((-0.2, 0.1), None, interpolation="nearest"),
        layers.RandomTranslation(0.2, (-0.1, 0.3), fill_mode="constant", fill_value=0.5), layers.RandomContrast((0.2, 0.3), value_range=(0, 1)), layers.RandomBrightness(0.2, value_range=(0, 1)),
        layers.Dropout(0.2, noise_shape=(None, 1, 1, 4), seed=2), layers.SpatialDropout2D(0.2), layers.GaussianNoise(0.1), layers.Dropout(0.1)]


def regularized():
    for name, penalty in (("l1", regularizers.L1(0.02)), ("l2", "l2"), ("l1l2", regularizers.L1L2(0.01, 0.02))):
        common = {"bias_regularizer": penalty, "activity_regularizer": penalty}
        yield f"regularized_{name}", IMAGE, [
            layers.Conv2D(4, 2, activation="relu", kernel_regularizer=penalty, **common), layers.DepthwiseConv2D(2, depthwise_regularizer=penalty, **common),
            layers.SeparableConv2D(3, 2, depthwise_regularizer=penalty, pointwise_regularizer=penalty, **common), layers.Conv2DTranspose(2, 2, kernel_regularizer=penalty, **common),
            layers.BatchNormalization(activity_regularizer=penalty), layers.Flatten(), layers.Dense(3, kernel_regularizer=penalty, **common), layers.ActivityRegularization(0.1, 0.2)]
    for i, initializer in enumerate((initializers.VarianceScaling(2.0, "fan_out", "uniform", seed=3), initializers.GlorotNormal(seed=keras.random.SeedGenerator(1)), initializers.Orthogonal(2.0),
                                     initializers.Identity(2.0), initializers.RandomNormal(0.1, 0.2, seed=1), "truncated_normal", "lecun_uniform", "random_uniform", "ones")):
        yield f"initializer_{i}", (5,), [layers.Dense(5, kernel_initializer=initializer, bias_initializer=initializers.Constant(0.2))]
    yield "frozen", IMAGE, [layers.Conv2D(3, 2), frozen(layers.Conv2D(3, 2)), layers.Flatten(), layers.Dense(2, trainable=False)]


def graphs():
    for merge in (layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum):
        inputs = [Input((4, 1, 3)), Input((1, 5, 1))]
        yield f"broadcast_{merge.__name__}", Model(inputs, merge()(inputs))
        inputs = [Input((3,)), Input((4, 5, 3))]
        yield f"ranks_{merge.__name__}", Model(inputs, merge()(inputs))
    for axis in (1, 2, -1):
        inputs = [Input(tuple(d + i * (a == axis % 4) for a, d in enumerate((4, 5, 3), 1))) for i in range(3)]
        yield f"concatenate_{axis}", Model(inputs, layers.Concatenate(axis=axis)(inputs))

    x = Input((4,))
    y = layers.Dense(3)(x)
    yield "one_tensor_given_out_often", Model(x, [y, y, layers.Reshape((3, 1))(y), layers.Softmax()(y), x])
    x = Input((4,))
    yield "one_tensor_merged_with_itself", Model(x, [layers.Add()([x, x]), layers.Multiply()([x, x, x]), layers.Concatenate()([x, x])])
    x = Input((4,))
    yield "plus", Model(x, layers.Dense(4)(x) + x)
    x = Input((6, 6, 2))
    shared, normal = layers.Conv2D(2, 3, padding="same", activation="relu"), layers.BatchNormalization()
    yield "shared", Model(x, normal(shared(normal(shared(x)))))

    a, b = Input((5,)), Input((5,))
    inner = Model([a, b], [layers.Dense(3, activity_regularizer="l2")(layers.Add()([a, b])), layers.Dense(2, activation="tanh")(a)])
    a, b = Input((5,), name="a"), Input((5,), name="b")
    yield "nested_twice", Model([b, a], layers.Concatenate()([*inner([a, b]), *inner([b, a])]))
    x = Input((5,))
    yield "nested_deep", Model(x, layers.Dense(2)(Sequential([Sequential([layers.Dense(4), frozen(Sequential([layers.Dense(3), layers.BatchNormalization()]))])])(x)))
    x = Input((8, 8, 2))
    down = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    up = layers.Conv2DTranspose(4, 2, strides=2)(layers.Conv2D(6, 3, padding="same")(layers.MaxPooling2D()(down)))
    yield "u_net", Model(x, layers.Conv2D(2, 1, activation="softmax")(layers.Concatenate()([up, down])))
    x = Input((7, 7, 3))
    mobile = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(8, 1, use_bias=False)(x))))
    yield "mobile", Model(x, layers.ReLU(6.0)(layers.BatchNormalization()(mobile)))
    x = Input((8, 8, 3))
    padded = layers.ZeroPadding2D(1)(x)
    yield "padding_read_twice", Model(x, [padded, layers.Add()([layers.Conv2D(4, 3)(padded), layers.Conv2D(4, 3)(padded)])])
    x = Input((8, 8, 3))
    convolved = layers.Conv2D(4, 3)(x)
    rectified = layers.ReLU()(layers.BatchNormalization(scale=False, center=False)(convolved))
    yield "fusions_read_twice", Model(x, [convolved, rectified, layers.MaxPooling2D((2, 3), strides=(3, 4), padding="same")(rectified)])


def cases(random):
    for group in (windows(random), normalizations(), simple(), regularized()):
        for name, shape, stack in group:
            yield name, Sequential([Input(shape), *stack])
    yield from graphs()


if __name__ == "__main__":
    golden_layers.RANDOM += (layers.RandomFlip,)
    with h5py.File(os.path.join(sys.argv[1], "layers_more.h5"), "w", libver="latest") as file:
        file.attrs["note"] = golden_layers.NOTE
        golden_layers.make(file, np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 7), cases)
