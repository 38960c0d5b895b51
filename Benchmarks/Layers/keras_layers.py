"""Times Keras's layers, forward and backward, for `Benchmarks -- layers`: reads a layer's name a line from standard input, and answers with its milliseconds a line.

One step is what a training step does with the layer: its output in training mode, and from the output's derivatives those of its inputs and weights; compiled by tf.function.
"""
import json
import sys
import time

import keras
import numpy as np
import tensorflow as tf

L = keras.layers
BATCH, SHAPE = 32, (32, 32, 32)
IMAGE, FLAT = [SHAPE], [(SHAPE[0] * SHAPE[1] * SHAPE[2],)]


def on(layer, inputs=IMAGE):
    return lambda: (layer(), inputs)


def adapted():
    layer = L.Normalization(axis=-1, mean=[0.1] * SHAPE[-1], variance=[2.0] * SHAPE[-1])
    return layer


CASES = {
    "Dense": on(lambda: L.Dense(64), FLAT),
    "Dense on the last axis": on(lambda: L.Dense(32)),
    "Conv2D 1×1": on(lambda: L.Conv2D(32, 1)),
    "Conv2D 3×3": on(lambda: L.Conv2D(32, 3, padding="same")),
    "Conv2D 5×5": on(lambda: L.Conv2D(32, 5, padding="same")),
    "Conv2D 3×3, strides 2": on(lambda: L.Conv2D(32, 3, strides=2, padding="same")),
    "Conv2D 3×3, dilation 2": on(lambda: L.Conv2D(32, 3, dilation_rate=2, padding="same")),
    "Conv2D 3×3, groups 4": on(lambda: L.Conv2D(32, 3, groups=4, padding="same")),
    "Conv2DTranspose 3×3, strides 2": on(lambda: L.Conv2DTranspose(32, 3, strides=2, padding="same")),
    "DepthwiseConv2D 3×3": on(lambda: L.DepthwiseConv2D(3, padding="same")),
    "DepthwiseConv2D 3×3, strides 2": on(lambda: L.DepthwiseConv2D(3, strides=2, padding="same")),
    "DepthwiseConv2D 3×3, multiplier 2": on(lambda: L.DepthwiseConv2D(3, depth_multiplier=2, padding="same")),
    "SeparableConv2D 3×3": on(lambda: L.SeparableConv2D(32, 3, padding="same")),
    "MaxPooling2D 2×2": on(lambda: L.MaxPooling2D()),
    "MaxPooling2D 3×3, strides 2": on(lambda: L.MaxPooling2D(3, strides=2, padding="same")),
    "AveragePooling2D 2×2": on(lambda: L.AveragePooling2D(2)),
    "AveragePooling2D 3×3, strides 2": on(lambda: L.AveragePooling2D(3, strides=2, padding="same")),
    "GlobalMaxPooling2D": on(lambda: L.GlobalMaxPooling2D()),
    "GlobalAveragePooling2D": on(lambda: L.GlobalAveragePooling2D()),
    "BatchNormalization": on(lambda: L.BatchNormalization()),
    "LayerNormalization": on(lambda: L.LayerNormalization()),
    "LayerNormalization, all axes": on(lambda: L.LayerNormalization(axis=[1, 2, 3])),
    "GroupNormalization": on(lambda: L.GroupNormalization(groups=8)),
    "Normalization": on(adapted),
    "Rescaling": on(lambda: L.Rescaling(1 / 255, offset=-0.5)),
    "Add": on(lambda: L.Add(), [SHAPE] * 2),
    "Subtract": on(lambda: L.Subtract(), [SHAPE] * 2),
    "Multiply": on(lambda: L.Multiply(), [SHAPE] * 2),
    "Average": on(lambda: L.Average(), [SHAPE] * 2),
    "Maximum": on(lambda: L.Maximum(), [SHAPE] * 2),
    "Minimum": on(lambda: L.Minimum(), [SHAPE] * 2),
    "Concatenate": on(lambda: L.Concatenate(), [SHAPE] * 2),
    "ReLU": on(lambda: L.ReLU()),
    "ReLU, all arguments": on(lambda: L.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.2)),
    "LeakyReLU": on(lambda: L.LeakyReLU()),
    "PReLU": on(lambda: L.PReLU()),
    "PReLU, a slope a channel": on(lambda: L.PReLU(shared_axes=[1, 2])),
    "ELU": on(lambda: L.ELU()),
    "Softmax": on(lambda: L.Softmax()),
    "Dropout": on(lambda: L.Dropout(0.5)),
    "SpatialDropout2D": on(lambda: L.SpatialDropout2D(0.5)),
    "GaussianNoise": on(lambda: L.GaussianNoise(0.1)),
    "Flatten": on(lambda: L.Flatten()),
    "Reshape": on(lambda: L.Reshape((1024, 32))),
    "Permute": on(lambda: L.Permute((3, 1, 2))),
    "ZeroPadding2D": on(lambda: L.ZeroPadding2D(2)),
    "Cropping2D": on(lambda: L.Cropping2D(2)),
    "CenterCrop": on(lambda: L.CenterCrop(24, 24)),
    "UpSampling2D, nearest": on(lambda: L.UpSampling2D()),
    "UpSampling2D, bilinear": on(lambda: L.UpSampling2D(interpolation="bilinear")),
    "RandomFlip": on(lambda: L.RandomFlip()),
    "RandomTranslation": on(lambda: L.RandomTranslation(0.2, 0.2)),
    "RandomRotation": on(lambda: L.RandomRotation(0.1)),
    "RandomZoom": on(lambda: L.RandomZoom(0.2)),
    "RandomContrast": on(lambda: L.RandomContrast(0.2)),
    "RandomBrightness": on(lambda: L.RandomBrightness(0.2)),
}
for name in ("relu", "sigmoid", "softmax", "tanh", "elu", "selu", "gelu", "silu", "softplus", "softsign", "exponential", "hard_sigmoid", "hard_silu", "leaky_relu", "relu6", "mish", "log_softmax"):
    CASES[f"Activation {name}"] = on(lambda name=name: L.Activation(name))


def milliseconds(name, seconds):
    layer, shapes = CASES[name]()
    random = np.random.default_rng(1)
    xs = [tf.constant(random.normal(size=(BATCH, *shape)).astype("f")) for shape in shapes]
    given = xs if len(xs) > 1 else xs[0]
    dy = tf.constant(random.normal(size=layer(given).shape).astype("f"))
    weights = [w.value for w in layer.trainable_weights]

    @tf.function
    def step(given, dy):
        with tf.GradientTape() as tape:
            tape.watch(given)
            y = layer(given, training=True)
        return y, tape.gradient(y, [given, weights], output_gradients=dy)

    times, end = [], time.perf_counter() + seconds
    for _ in range(3):
        step(given, dy)
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        y, _ = step(given, dy)
        times.append((time.perf_counter() - start) * 1000)
    return float(np.median(times))


if __name__ == "__main__":
    print(json.dumps({"peer": f"Keras {keras.__version__} on TensorFlow {tf.__version__}", "cases": list(CASES)}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ms": milliseconds(request["name"], request["seconds"])}
        except Exception as error:  # noqa: BLE001: a layer that TensorFlow cannot run is a row of the table, not its end
            answer = {"error": str(error).splitlines()[0][:200]}
        print(json.dumps(answer), flush=True)
