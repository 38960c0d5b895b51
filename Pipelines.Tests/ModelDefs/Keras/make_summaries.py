"""Makes the text files beside it: what model.summary() of Keras 3.15.1 prints for the models of SummaryTests. Usage: make_summaries.py FOLDER"""
import os
import sys

import keras

folder = sys.argv[1]
L = keras.layers


def save(name, model, **options):
    lines = []
    model.summary(print_fn=lambda text, line_break=False: lines.append(text), **options)
    with open(os.path.join(folder, f"{name}.txt"), "w") as f:
        f.write("".join(lines))
    keras.utils.clear_session()


def happy():
    return keras.Sequential([keras.Input((64, 64, 3)), L.ZeroPadding2D(3), L.Conv2D(32, 7), L.BatchNormalization(axis=3), L.ReLU(), L.MaxPooling2D(), L.Flatten(), L.Dense(1, activation="sigmoid")])


def skip():
    x = keras.Input((16, 16, 8), name="picture")
    y = L.Conv2D(8, 3, padding="same", name="a_layer_with_a_name_that_is_rather_long")(x)
    y = L.Add()([x, y])
    shared = L.Dense(4, name="shared")
    a, b = shared(L.Flatten()(y)), shared(L.Flatten()(L.AveragePooling2D(2)(L.UpSampling2D()(y))))
    return keras.Model(x, [L.Concatenate()([a, b]), L.Dense(3, activation="softmax")(a)], name="skips")


def nested(frozen=False):
    block = keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(4, 3), L.BatchNormalization(), L.Flatten()], name="features")
    block.trainable = not frozen
    x = keras.Input((8, 8, 3), name="x")
    outer = keras.Sequential([keras.Input((8, 8, 3)), block, L.Dropout(0.5), L.Dense(2)], name="outer")
    return keras.Model(x, outer(x), name="nest")


def big():
    return keras.Sequential([keras.Input((1000,)), L.Dense(1200), L.Dense(1500)])


save("happy", happy(), line_length=88)
save("happy_narrow", happy(), line_length=60)
save("happy_trainable", happy(), line_length=100, show_trainable=True)
save("skips", skip(), line_length=108)
save("skips_narrow", skip(), line_length=72)
save("nested", nested(), line_length=88)
save("nested_expanded", nested(), line_length=88, expand_nested=True)
save("nested_frozen", nested(frozen=True), line_length=100, expand_nested=True, show_trainable=True)
save("big", big(), line_length=88)
