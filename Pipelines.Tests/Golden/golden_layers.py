"""layers.h5: small models of every kind of layer: outputs, gradients and moving statistics."""
import json

import keras
import numpy as np
import tensorflow as tf
from keras import Input, Model, Sequential, layers

NOTE = ("each group: attribute config = Keras 3 model.to_json(); weights/NN = model.weights in order (attribute path); x_i = inputs; y_i = model(x, training=False); r_i random; "
        "t_i = model(x, training=True); loss = sum_i sum(t_i * r_i) + sum(model.losses); grad_x_i and grad/NN = its gradients (trainable weights only, same NN); "
        "after/NN = non-trainable weights after the training call")
ALLOWED = 1e-4
ACTIVATIONS = ("relu", "sigmoid", "tanh", "elu", "selu", "softplus", "gelu", "silu", "linear", "softmax")
RANDOM = (layers.Dropout, layers.SpatialDropout2D, layers.GaussianNoise)


def single_layers(random):
    """Name, the shape of a sample (None: an image of random size) and the layers of each sequential case."""
    def window():
        return tuple(int(v) for v in random.integers(1, 6, 2))

    def padding():
        return str(random.choice(["valid", "same"]))

    for i in range(6):
        yield f"conv2d_{i}", None, [layers.Conv2D(int(random.integers(4, 20)), window(), strides=int(random.integers(1, 4)), padding=padding(),
                                                  activation=str(random.choice(ACTIVATIONS)), use_bias=bool(random.integers(2)))]
    yield "conv2d_groups", (10, 9, 6), [layers.Conv2D(9, 3, padding="same", groups=3)]
    yield "depthwise", None, [layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)]
    yield "separable", None, [layers.SeparableConv2D(7, 3, strides=2, padding="same")]
    yield "conv2d_transpose", None, [layers.Conv2DTranspose(4, 3, strides=2)]
    for i in range(4):
        pooling = (layers.MaxPooling2D, layers.AveragePooling2D)[i % 2]
        yield f"pool_{i}", None, [pooling(int(random.integers(2, 5)), padding=padding())]
    yield "global_avg", None, [layers.GlobalAveragePooling2D()]
    yield "global_max", None, [layers.GlobalMaxPooling2D(keepdims=True)]
    yield "zero_padding", None, [layers.ZeroPadding2D(((1, 2), (2, 0)))]
    yield "cropping", None, [layers.Cropping2D(((1, 2), (2, 1)))]
    yield "upsampling_nearest", None, [layers.UpSampling2D((2, 3))]
    yield "upsampling_bilinear", None, [layers.UpSampling2D(2, interpolation="bilinear")]
    yield "batchnorm", None, [layers.BatchNormalization(axis=3, momentum=0.9)]
    yield "batchnorm_noscale", None, [layers.BatchNormalization(scale=False)]
    yield "batchnorm_dense", (11,), [layers.Dense(6), layers.BatchNormalization(center=False)]
    yield "layernorm", None, [layers.LayerNormalization()]
    yield "groupnorm", (13, 8, 8), [layers.GroupNormalization(groups=4)]
    yield "dense", (13,), [layers.Dense(7, activation="tanh")]
    yield "dense_on_image", None, [layers.Dense(5)]
    yield "flatten_dense_softmax", None, [layers.Flatten(), layers.Dense(6, activation="softmax")]
    yield "reshape_permute", (4, 6, 3), [layers.Reshape((6, 12)), layers.Permute((2, 1))]
    for activation in ACTIVATIONS:
        yield f"activation_{activation}", None, [layers.Activation(activation)]
    yield "relu_capped", None, [layers.ReLU(max_value=0.8, negative_slope=0.1, threshold=0.05)]
    yield "leaky", None, [layers.LeakyReLU(negative_slope=0.2)]
    yield "prelu", None, [layers.PReLU(shared_axes=[1, 2])]
    yield "elu", None, [layers.ELU(alpha=0.7)]
    yield "softmax", None, [layers.Softmax()]
    yield "rescaling", None, [layers.Rescaling(1 / 255, offset=-0.5)]
    yield "normalization", (7, 13, 3), [layers.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.1, 0.2, 0.3])]
    yield "l2_regularized", None, [layers.Conv2D(4, 3, kernel_regularizer=keras.regularizers.L2(0.01)), layers.Flatten(),
                                   layers.Dense(2, kernel_regularizer=keras.regularizers.L1(0.02))]
    yield "dropout_inference", None, [layers.Dropout(0.5), layers.SpatialDropout2D(0.3), layers.GaussianNoise(0.1)]


def residual():
    x = Input((8, 8, 4))
    y = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(x))
    return Model(x, layers.GlobalAveragePooling2D()(layers.ReLU()(layers.Add()([y, x]))))


def inception():
    x = Input((9, 9, 3))
    return Model(x, layers.Concatenate()([layers.Conv2D(2, 1)(x), layers.Conv2D(3, 3, padding="same")(x), layers.MaxPooling2D(3, strides=1, padding="same")(x)]))


def two_in_two_out():
    left, right = Input((8, 8, 3), name="left"), Input((8, 8, 3), name="right")
    shared = layers.Conv2D(5, 3, name="shared")
    a, b = shared(left), shared(right)
    classes = layers.Dense(3, activation="softmax", name="class")(layers.Flatten()(layers.Maximum()([a, b])))
    pooled = layers.GlobalMaxPooling2D(name="pooled")(layers.Multiply()([a, layers.Subtract()([a, b])]))
    return Model([left, right], [classes, pooled])


def nested():
    encoder = Sequential([Input((10, 10, 2)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D()], name="encoder")
    x = Input((10, 10, 2))
    return Model(x, layers.Dense(2)(layers.Flatten()(encoder(x))))


def averages():
    x = Input((6, 6, 4))
    return Model(x, layers.Average()([layers.Conv2D(4, 1)(x), x, layers.Minimum()([x, layers.ReLU()(x)])]))


def squeeze_excite():
    x = Input((8, 8, 6))
    gate = layers.Dense(6, activation="sigmoid")(layers.Dense(2, activation="relu")(layers.GlobalAveragePooling2D(keepdims=True)(x)))
    return Model(x, layers.Multiply()([x, gate]))


def cases(random):
    """Name and model of each case."""
    for name, shape, stack in single_layers(random):
        shape = shape or (*random.integers(7, 14, 2).tolist(), int(random.integers(1, 9)))
        yield name, Sequential([Input(shape), *stack])
    for graph in (residual, inception, two_in_two_out, nested, averages, squeeze_excite):
        yield graph.__name__, graph()


def start_value(weight, random):
    """Values such as training could bring about: none is an initializer's 0 or 1."""
    if weight.name in ("gamma", "moving_variance"):
        return random.uniform(0.5, 1.5, weight.shape).astype("float32")
    return weight.numpy() + 0.1 * random.normal(size=weight.shape).astype("float32")


def is_random(model):
    return any(isinstance(layer, RANDOM) for layer in model.layers)


def as_list(value):
    return value if isinstance(value, (list, tuple)) else [value]


def predict(model, inputs):
    return {f"y_{i}": y.numpy() for i, y in enumerate(as_list(model(inputs if len(inputs) > 1 else inputs[0], training=False)))}


def train(model, inputs, directions):
    """What a training call gives, and the gradients of the sum of its outputs along given directions."""
    numbers = {id(weight): f"{i:02}" for i, weight in enumerate(model.weights)}
    variables = [tf.Variable(x) for x in inputs]
    with tf.GradientTape() as tape:
        outputs = as_list(model([v + 0 for v in variables] if len(variables) > 1 else variables[0] + 0, training=True))
        loss = sum(tf.reduce_sum(t * r) for t, r in zip(outputs, directions)) + sum(model.losses)
    gradients = tape.gradient(loss, [*variables, *(w.value for w in model.trainable_weights)])
    results = {f"t_{i}": t.numpy() for i, t in enumerate(outputs)}
    results["loss"] = np.float64(loss)
    results |= {f"grad_x_{i}": g.numpy() for i, g in enumerate(gradients) if i < len(inputs)}
    results |= {f"grad/{numbers[id(w)]}": g.numpy() for w, g in zip(model.trainable_weights, gradients[len(inputs):])}
    return results | {f"after/{numbers[id(w)]}": w.numpy() for w in model.non_trainable_weights}


def make(file, random, cases=cases):
    keras.utils.set_random_seed(int(random.integers(2**31)))
    for name, model in cases(random):
        group = file.create_group(name)
        group.attrs["config"] = model.to_json()
        for i, weight in enumerate(model.weights):
            weight.assign(start_value(weight, random))
            group[f"weights/{i:02}"] = weight.numpy()
            group[f"weights/{i:02}"].attrs["path"] = weight.path
        batch = int(random.integers(2, 5))
        inputs = [random.normal(size=(batch, *x.shape[1:])).astype("float32") for x in model.inputs]
        results = {f"x_{i}": x for i, x in enumerate(inputs)} | predict(model, inputs)
        if not is_random(model):
            directions = [random.normal(size=results[f"y_{i}"].shape).astype("float32") for i in range(len(model.outputs))]
            results |= {f"r_{i}": r for i, r in enumerate(directions)} | train(model, inputs, directions)
        for result, value in results.items():
            group[result] = value


def check(file):
    for name, group in file.items():
        model = keras.models.model_from_json(group.attrs["config"])
        model.set_weights([group["weights"][n][()] for n in sorted(group.get("weights", {}))])
        inputs = [group[f"x_{i}"][()] for i in range(len(model.inputs))]
        results = predict(model, inputs)
        if "r_0" in group:
            results |= train(model, inputs, [group[f"r_{i}"][()] for i in range(len(model.outputs))])
        largest_gradient = max((np.linalg.norm(group[r][()]) for r in results if r.startswith("grad")), default=0)
        for result, found in results.items():
            expected = group[result][()]
            yield f"{name}/{result}", np.linalg.norm(found - expected) / (ALLOWED * max(np.linalg.norm(expected), 0.1 * largest_gradient, 1e-30))
