"""Makes metrics.h5 beside it: metrics of every class and argument by their serialized form. Usage: make_metrics.py FOLDER"""
import json
import os
import sys

import h5py
import keras
import numpy as np
from keras import metrics as m

NOTE = "groups of data: y_true, y_pred, sample_weight; below, each metric: attributes config = keras.metrics.serialize as JSON, value, weighted"
ROWS, CLASSES = 41, 5

METRICS = {
    "multiclass": [m.CategoricalAccuracy(name="right"), m.TopKCategoricalAccuracy(k=2), m.TopKCategoricalAccuracy(k=3), m.Precision(), m.Precision(thresholds=0.3), m.Precision(top_k=2),
                   m.Recall(class_id=2), m.Recall(thresholds=0.1, class_id=1), m.Recall(top_k=3), m.F1Score(average="macro"), m.F1Score(average="micro"), m.F1Score("weighted", 0.3),
                   m.AUC(num_thresholds=50), m.AUC(curve="PR"), m.CategoricalCrossentropy(), m.CategoricalCrossentropy(label_smoothing=0.2), m.CategoricalCrossentropy(from_logits=True),
                   m.KLDivergence(), m.CategoricalHinge(), m.CosineSimilarity(), m.Poisson()],
    "sparse": [m.SparseCategoricalAccuracy(), m.SparseTopKCategoricalAccuracy(k=2), m.SparseCategoricalCrossentropy(), m.SparseCategoricalCrossentropy(from_logits=True)],
    "binary": [m.BinaryAccuracy(threshold=0.4), m.BinaryCrossentropy(label_smoothing=0.1), m.BinaryCrossentropy(from_logits=True), m.AUC(num_thresholds=3), m.Hinge(), m.SquaredHinge()],
    "regression": [m.MeanSquaredError(), m.RootMeanSquaredError(), m.MeanAbsoluteError(), m.MeanAbsolutePercentageError(), m.MeanSquaredLogarithmicError(), m.LogCoshError(), m.R2Score()],
}


def data(random):
    labels = random.integers(0, CLASSES, ROWS)
    shares = random.dirichlet(np.ones(CLASSES), ROWS)
    positive = random.uniform(0.1, 3, (2, ROWS, 3))
    return {"multiclass": (np.eye(CLASSES)[labels], shares), "sparse": (labels, shares), "binary": (random.integers(0, 2, (ROWS, 1)), random.random((ROWS, 1))),
            "regression": (positive[0], positive[1])}


if __name__ == "__main__":
    random = np.random.default_rng(9)
    with h5py.File(os.path.join(sys.argv[1], "metrics.h5"), "w", libver="latest") as file:
        file.attrs["note"] = NOTE
        for name, (y_true, y_pred) in data(random).items():
            group, weights = file.create_group(name), random.uniform(0, 2, ROWS).astype("f")
            group["y_true"], group["y_pred"], group["sample_weight"] = y_true.astype("f"), y_pred.astype("f"), weights
            for i, metric in enumerate(METRICS[name]):
                entry = group.create_group(f"{i:02}_{type(metric).__name__}")
                entry.attrs["config"] = json.dumps(keras.metrics.serialize(metric))
                for attribute, sample_weight in (("value", None), ("weighted", weights)):
                    metric.reset_state()
                    metric.update_state(group["y_true"][()], group["y_pred"][()], sample_weight=sample_weight)
                    entry.attrs[attribute] = float(metric.result())
