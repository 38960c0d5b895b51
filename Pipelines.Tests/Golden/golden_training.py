"""training.h5: the course's two architectures trained with Adam on small generated images, in double precision.

Each result carries the deviation that an implementation in single precision may have: ten times that of Keras's own. For this, Keras runs again in single precision
with two threads, with one, and without oneDNN, each in a process of its own: python golden_training.py PRECISION THREADS INPUTS.npz RESULTS.npz
"""
import os
import subprocess
import sys
import tempfile

import keras
import numpy as np
import tensorflow as tf
from keras import Input, Model, Sequential, layers

NOTE = ("The two architectures, Adam with its defaults, images x/255. Computed by Keras in float64 from float32 start weights; every result has the attribute tolerance (absolute, on the "
        "largest element): ten times the largest deviation of three float32 runs of Keras (2 threads, 1 thread, oneDNN off), for series the running maximum up to each entry (dataset "
        "NAME_tolerance), at least 2e-6 of the result's largest element, and one row for accuracies. start/NN, gradient_1/NN, after_S/NN: weights in Keras's order (attribute path), gradients "
        "of the first batch, weights after step S. Steps: step s (from 0) takes the batch of rows from (s*batch) mod (n-batch+1); losses: batch mean before the update. predict_S: the first 8 "
        "validation rows after S steps, inference mode. fit: Keras's History from the start weights, batches in order, the last one partial, validation after each epoch; evaluate_loss, "
        "evaluate_accuracy: the validation rows after fit, batch 32.")
STEPS, KEPT = 40, (1, 10, 40)
SERIES = ("losses", "fit/loss", "fit/accuracy", "fit/val_loss", "fit/val_accuracy")
ROUNDED_FROM = 512  # weights of so many elements or more are kept in float32, which is far below their tolerance


def happy():
    return Sequential([Input((64, 64, 3)), layers.ZeroPadding2D(3), layers.Conv2D(32, 7), layers.BatchNormalization(axis=3), layers.ReLU(), layers.MaxPooling2D(), layers.Flatten(),
                       layers.Dense(1, activation="sigmoid")])


def signs():
    image = Input((64, 64, 3))
    x = layers.MaxPooling2D(8, strides=8, padding="same")(layers.ReLU()(layers.Conv2D(8, 4, padding="same")(image)))
    x = layers.MaxPooling2D(4, strides=4, padding="same")(layers.ReLU()(layers.Conv2D(16, 2, padding="same")(x)))
    return Model(image, layers.Dense(6, activation="softmax")(layers.Flatten()(x)))


# Architecture, loss, classes, batch, rows to train and to validate on, epochs of fit.
JOBS = {"happy": (happy, "binary_crossentropy", 2, 16, 56, 24, 6), "signs": (signs, "categorical_crossentropy", 6, 64, 152, 40, 30)}


def images(random, labels):
    """Colored tiles with a few specks, and as many bright bars as the label says, and one more."""
    pictures = random.integers(40, 170, (len(labels), 8, 8, 3)).repeat(8, 1).repeat(8, 2)
    for picture, label in zip(pictures, labels):
        for bar in range(label + 1):
            row, column = random.integers(4, 40), 4 + 9 * bar + random.integers(0, 4)
            picture[row:row + 20, column:column + 3] += 80
        picture[tuple(random.integers(0, 64, (2, 40)))] = 255
    return pictures.clip(0, 255).astype("uint8")


def targets(name, labels):
    return np.eye(JOBS[name][2])[labels] if name == "signs" else labels[:, None]


def run(name, x, y, xv, yv, *start):
    """Everything that a job's group holds besides its inputs, in Keras's present precision."""
    build, loss, _, batch, n, _, epochs = JOBS[name]
    kind = keras.config.floatx()
    x, xv, y, yv = (values.astype(kind) for values in (x / 255, xv / 255, targets(name, y), targets(name, yv)))
    results = {}

    def fresh():
        model = build()
        model.compile("adam", loss, metrics=["accuracy"])
        model.set_weights(start)
        return model

    model = fresh()
    numbers = {id(w): f"{i:02}" for i, w in enumerate(model.weights)}

    @tf.function
    def step(rows, answers):
        with tf.GradientTape() as tape:
            value = model.compute_loss(y=answers, y_pred=model(rows, training=True))
        gradients = tape.gradient(value, [w.value for w in model.trainable_weights])
        model.optimizer.apply(gradients, model.trainable_weights)
        return value, gradients

    def predict():
        return model(xv[:8], training=False).numpy()

    results["predict_0"], losses = predict(), []
    for s in range(STEPS):
        first = s * batch % (n - batch + 1)
        value, gradients = step(x[first:first + batch], y[first:first + batch])
        losses.append(value.numpy())
        if s == 0:
            results |= {f"gradient_1/{numbers[id(w)]}": g.numpy() for w, g in zip(model.trainable_weights, gradients)}
        if s + 1 in KEPT:
            results |= {f"after_{s + 1}/{numbers[id(w)]}": w.numpy() for w in model.weights}
    results["losses"], results[f"predict_{STEPS}"] = np.array(losses), predict()

    model = fresh()
    history = model.fit(x, y, batch_size=batch, epochs=epochs, shuffle=False, validation_data=(xv, yv), verbose=0).history
    results |= {f"fit/{series}": np.array(values) for series, values in history.items()}
    for metric, value in zip(("loss", "accuracy"), model.evaluate(xv, yv, batch_size=32, verbose=0)):
        results[f"evaluate_{metric}"] = np.array([value])
    return {result: np.asarray(value, "float64") for result, value in results.items()}


def run_apart(name, inputs, precision, threads, onednn=True):
    """The same in a process of its own, where precision and threads can be set."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "inputs.npz"), os.path.join(folder, "results.npz")
        np.savez(source, *inputs, name=name)
        subprocess.run([sys.executable, __file__, precision, str(threads), source, target], check=True, env=os.environ | {"TF_ENABLE_ONEDNN_OPTS": str(int(onednn))})
        with np.load(target) as results:
            return dict(results)


def tolerances(result, exact, singles, rows):
    """The tolerance of each entry of a series, or the one of any other result."""
    deviation = 10 * np.max([np.abs(single[result] - exact) for single in singles], axis=0)
    least = max(2e-6 * np.abs(exact).max(), 1.01 / rows if "accuracy" in result else 0)
    return np.maximum.accumulate(np.maximum(deviation, least)) if result in SERIES else max(deviation.max(), least)


def write(group, result, value, tolerance):
    path = group.get(f"start/{result[-2:]}")
    small = value.size < ROUNDED_FROM or path is None
    data = group.create_dataset(result, data=value if small else value.astype("float32"))
    if path is not None:
        data.attrs["path"] = path.attrs["path"]
    data.attrs["tolerance"] = np.max(tolerance)
    if result in SERIES:
        group[f"{result}_tolerance"] = tolerance


def make(file, random):
    keras.utils.set_random_seed(int(random.integers(2**31)))
    for name, (build, _, classes, batch, n, validation, _) in JOBS.items():
        group = file.create_group(name)
        group.attrs["batch"] = batch
        inputs = []
        for suffix, rows in (("", n), ("v", validation)):
            labels = random.integers(0, classes, rows)
            inputs += [images(random, labels), labels]
            group.create_dataset(f"x{suffix}", data=inputs[-2], chunks=(8, 64, 64, 3), compression="gzip", compression_opts=9)
            group[f"y{suffix}"] = labels
        for i, weight in enumerate(build().weights):
            inputs.append(weight.numpy())
            group[f"start/{i:02}"] = inputs[-1]
            group[f"start/{i:02}"].attrs["path"] = weight.path
        exact = run_apart(name, inputs, "float64", threads=2)
        singles = [run_apart(name, inputs, "float32", threads, onednn) for threads, onednn in ((2, True), (1, True), (2, False))]
        for result, value in exact.items():
            write(group, result, value, tolerances(result, value, singles, n if result == "fit/accuracy" else validation))


def check(file):
    for name, group in file.items():
        inputs = [group[n][()] for n in ("x", "y", "xv", "yv")] + [group["start"][n][()] for n in sorted(group["start"])]
        for result, found in run_apart(name, inputs, "float64", threads=2).items():
            tolerance = group[f"{result}_tolerance"][()] if result in SERIES else group[result].attrs["tolerance"]
            yield f"{name}/{result}", np.max(np.abs(found - group[result][()]) / tolerance)


if __name__ == "__main__":
    keras.config.set_floatx(sys.argv[1])
    keras.config.set_dtype_policy(sys.argv[1])
    tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[2]))
    tf.config.threading.set_inter_op_parallelism_threads(1)
    with np.load(sys.argv[3]) as given:
        np.savez(sys.argv[4], **run(str(given["name"]), *(given[f"arr_{i}"] for i in range(len(given.files) - 1))))
