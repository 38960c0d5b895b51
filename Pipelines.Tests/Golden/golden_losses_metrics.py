"""losses_metrics.h5: values, weighted values and gradients of losses, and values of metrics."""
import json

import keras
import numpy as np
import tensorflow as tf

NOTE = ("binary, multiclass, sparse, regression: y_true, y_pred, sample_weight; losses/NAME: attributes value (batch mean) and weighted; "
        "metrics/NAME: attributes value and weighted, over the whole group. What the configs leave out: huber_loss has delta 0.7, the top-k metrics k = 2, f1_score average macro.")
ROWS, CLASSES = 37, 6
ALLOWED = 1e-6


def losses_and_metrics():
    from keras import losses, metrics
    return {
        "binary": (
            [losses.BinaryCrossentropy(), losses.BinaryCrossentropy(label_smoothing=0.1), losses.BinaryFocalCrossentropy(), losses.Hinge()],
            [metrics.BinaryAccuracy(), metrics.BinaryCrossentropy(), metrics.AUC(name="auc"), metrics.AUC(curve="PR", name="auc_pr"),
             metrics.Precision(name="precision"), metrics.Recall(name="recall")]),
        "binary_logits": ([losses.BinaryCrossentropy(from_logits=True)], []),
        "multiclass": (
            [losses.CategoricalCrossentropy(), losses.CategoricalCrossentropy(label_smoothing=0.1), losses.KLDivergence()],
            [metrics.CategoricalAccuracy(), metrics.TopKCategoricalAccuracy(k=2), metrics.F1Score(average="macro"), metrics.CategoricalCrossentropy()]),
        "sparse": (
            [losses.SparseCategoricalCrossentropy()],
            [metrics.SparseCategoricalAccuracy(), metrics.SparseTopKCategoricalAccuracy(k=2)]),
        "regression": (
            [losses.MeanSquaredError(), losses.MeanAbsoluteError(), losses.Huber(delta=0.7), losses.LogCosh(), losses.CosineSimilarity()],
            [metrics.MeanSquaredError(), metrics.RootMeanSquaredError(), metrics.MeanAbsoluteError(), metrics.R2Score()]),
    }


def compute(group, y_true, y_pred, weight):
    """Names below the group, with what is written there: attributes, and for a loss its gradient."""
    losses, metrics = losses_and_metrics()[group]
    for i, loss in enumerate(losses):
        predictions = tf.Variable(y_pred)
        with tf.GradientTape() as tape:
            value = loss(y_true, predictions)
        attributes = {"config": json.dumps(loss.get_config()), "value": float(value), "weighted": float(loss(y_true, y_pred, sample_weight=weight))}
        yield f"losses/{i}_{loss.name}", attributes, tape.gradient(value, predictions).numpy()
    for i, metric in enumerate(metrics):
        attributes = {}
        for name, weights in (("value", None), ("weighted", weight)):
            metric.reset_state()
            metric.update_state(y_true, y_pred, sample_weight=weights)
            attributes[name] = np.float32(metric.result())
        yield f"metrics/{i}_{metric.name}", attributes, None


def inputs(random):
    """The data of each group. The first predictions are certain, right or wrong: losses clip there."""
    answers = random.integers(0, 2, (ROWS, 1)).astype("float32")
    probabilities = random.uniform(0, 1, (ROWS, 1))
    probabilities[:3, 0] = [0, 1, 0]
    labels = random.integers(0, CLASSES, ROWS)
    scores = np.exp(random.normal(size=(ROWS, CLASSES)))
    scores[0] = np.eye(CLASSES)[0]
    shares = (scores / scores.sum(1, keepdims=True)).astype("float32")
    return {
        "binary": (answers, probabilities.astype("float32")),
        "binary_logits": (answers, (np.log(np.maximum(probabilities, 1e-36)) - np.log(np.maximum(1 - probabilities, 1e-36))).astype("float32")),
        "multiclass": (np.eye(CLASSES, dtype="float32")[labels], shares),
        "sparse": (labels.astype("float32"), shares),
        "regression": (2 * random.normal(size=(ROWS, 3)).astype("float32"), 2 * random.normal(size=(ROWS, 3)).astype("float32")),
    }


def make(file, random):
    weight = random.uniform(0, 2, ROWS).astype("float32")
    for group, (y_true, y_pred) in inputs(random).items():
        file[f"{group}/y_true"], file[f"{group}/y_pred"], file[f"{group}/sample_weight"] = y_true, y_pred, weight
        for name, attributes, gradient in compute(group, y_true, y_pred, weight):
            entry = file.create_group(f"{group}/{name}")
            entry.attrs.update(attributes)
            if gradient is not None:
                entry["grad"] = gradient


def check(file):
    for group, data in file.items():
        y_true, y_pred, weight = (data[name][()] for name in ("y_true", "y_pred", "sample_weight"))
        for name, attributes, gradient in compute(group, y_true, y_pred, weight):
            for key in ("value", "weighted"):
                expected = data[name].attrs[key]
                yield f"{group}/{name} {key}", abs(attributes[key] - expected) / (ALLOWED * abs(expected))
            if gradient is not None:
                expected = data[name]["grad"][()]
                yield f"{group}/{name}/grad", np.abs(gradient - expected).max() / (ALLOWED * np.abs(expected).max())
