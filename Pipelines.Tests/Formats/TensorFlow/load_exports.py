"""Loads every export of a folder with TensorFlow. Of each NAME.json (inputs by name with their shapes, outputs by name): the frozen graph NAME.pb and the SavedModel NAME, fed with
NAME.x.I (float32), give NAME.frozen.y.I and NAME.saved.y.I. Usage: load_exports.py FOLDER"""
import glob
import json
import os
import sys

import numpy as np
import tensorflow as tf

for description in sorted(glob.glob(os.path.join(sys.argv[1], "*.json"))):
    path = description[:-5]
    with open(description) as f:
        names = json.load(f)
    x = {name: np.fromfile(f"{path}.x.{i}", "<f4").reshape([-1, *shape]) for i, (name, shape) in enumerate(names["inputs"])}

    graph = tf.Graph()
    with graph.as_default(), open(f"{path}.pb", "rb") as f:
        tf.import_graph_def(tf.compat.v1.GraphDef.FromString(f.read()), name="")
    with tf.compat.v1.Session(graph=graph) as session:
        frozen = session.run([f"{name}:0" for name in names["outputs"]], {f"{name}:0": value for name, value in x.items()})

    loaded = tf.saved_model.load(path)
    saved = loaded.signatures["serving_default"](**{name: tf.constant(value) for name, value in x.items()})
    assert len(loaded.variables) == names["variables"], (path, len(loaded.variables))
    for i, name in enumerate(names["outputs"]):
        frozen[i].astype("<f4").tofile(f"{path}.frozen.y.{i}")
        saved[name].numpy().astype("<f4").tofile(f"{path}.saved.y.{i}")
