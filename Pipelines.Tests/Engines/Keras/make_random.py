"""Makes random_layers.h5 beside it: what Keras's random layers make of images in training where their ranges leave nothing to chance. Usage: make_random.py FOLDER"""
import os
import sys

import h5py
import keras
import numpy as np
from keras import Input, Sequential, layers

NOTE = "x: images; each group: attribute config = Keras 3 model.to_json(), y = model(x, training=True)"
FILLS = ("reflect", "wrap", "constant", "nearest")


def always(value):
    return value, value


def cases():
    for fill in FILLS:
        for interpolation in ("nearest", "bilinear"):
            common = {"fill_mode": fill, "interpolation": interpolation, "fill_value": 0.7}
            name = f"{fill}_{interpolation}"
            yield f"translation_{name}", layers.RandomTranslation(always(0.37), always(-0.61), **common)
            yield f"rotation_{name}", layers.RandomRotation(always(0.13), **common)
            yield f"zoom_out_{name}", layers.RandomZoom(always(0.63), **common)
            yield f"zoom_in_{name}", layers.RandomZoom(always(-0.31), always(0.17), **common)
    yield "quarter_turn", layers.RandomRotation(always(0.25))
    yield "no_translation", layers.RandomTranslation(0.0, 0.0)
    yield "brighter", layers.RandomBrightness(always(0.2), value_range=(0.0, 1.0))
    yield "darker", layers.RandomBrightness(always(-0.4), value_range=(0.0, 1.0))
    yield "no_contrast", layers.RandomContrast(always(0.0), value_range=(0.0, 1.0))


if __name__ == "__main__":
    x = np.random.default_rng(5).random((3, 6, 7, 2)).astype("float32")
    with h5py.File(os.path.join(sys.argv[1], "random_layers.h5"), "w", libver="latest") as file:
        file.attrs["note"] = NOTE
        file["x"] = x
        for name, layer in cases():
            model = Sequential([Input(x.shape[1:]), layer])
            group = file.create_group(name)
            group.attrs["config"] = model.to_json()
            group["y"] = model(x, training=True).numpy()
