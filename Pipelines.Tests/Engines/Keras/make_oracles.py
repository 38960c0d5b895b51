"""Makes the HDF5 files beside it: results of Keras 3.15.1 that go beyond those of the golden files, in the same form. Usage: make_oracles.py FOLDER"""
import json
import os
import sys

import h5py
import keras
import numpy as np

folder = sys.argv[1]
random = np.random.default_rng(7)


def optimizers():
    o, s = keras.optimizers, keras.optimizers.schedules
    cases = {
        "accumulation": o.Adam(0.01, gradient_accumulation_steps=3),
        "accumulation_ema": o.SGD(0.01, momentum=0.9, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3),
        "accumulation_schedule": o.Nadam(s.CosineDecay(0.01, 7), gradient_accumulation_steps=4, clipnorm=0.3),
        "ema_overwrite": o.RMSprop(0.01, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=4),
        "sgd_decay": o.SGD(s.ExponentialDecay(0.05, 3, 0.7), momentum=0.5, nesterov=True, weight_decay=0.1),
        "lion_decay": o.Lion(0.003, weight_decay=0.05, clipvalue=0.2),
        "adadelta_one": o.Adadelta(1.0, rho=0.9, global_clipnorm=1.0),
        "adagrad_other": o.Adagrad(0.05, initial_accumulator_value=0.5, epsilon=1e-3),
        "adamax_other": o.Adamax(0.02, beta_1=0.8, beta_2=0.95),
        "nadam_other": o.Nadam(0.02, beta_1=0.8, beta_2=0.95, weight_decay=0.01),
        "amsgrad_other": o.AdamW(0.02, weight_decay=0.02, beta_2=0.9, amsgrad=True),
        "rmsprop_momentum": o.RMSprop(0.01, rho=0.7, momentum=0.8),
        "ftrl_regularized": o.Ftrl(0.1, l1_regularization_strength=0.02, l2_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.05, beta=0.5),
        "ftrl_power": o.Ftrl(0.1, learning_rate_power=-0.8, initial_accumulator_value=0.4),
        "restarts": o.SGD(s.CosineDecayRestarts(0.05, 3, t_mul=2.0, m_mul=0.8, alpha=0.1)),
        "restarts_equal": o.SGD(s.CosineDecayRestarts(0.05, 4, t_mul=1.0, m_mul=0.5)),
        "polynomial_cycle": o.SGD(s.PolynomialDecay(0.05, 6, end_learning_rate=0.001, power=0.5, cycle=True)),
        "inverse_staircase": o.SGD(s.InverseTimeDecay(0.05, 4, 0.5, staircase=True)),
        "cosine_alpha": o.SGD(s.CosineDecay(0.001, 8, alpha=0.2, warmup_target=0.05, warmup_steps=4)),
    }
    with h5py.File(os.path.join(folder, "optimizers_more.h5"), "w") as f:
        f.attrs["note"] = "as the golden optimizers.h5: a and b: start values; grads; each group: attribute config, a and b after every step"
        start = {"a": random.normal(size=(3, 4)).astype("f"), "b": random.normal(size=5).astype("f")}
        grads = {n: (random.normal(size=(20,) + v.shape) * 0.3).astype("f") for n, v in start.items()}
        for n in start:
            f[n], f[f"grads/{n}"] = start[n], grads[n]
        for name, optimizer in cases.items():
            variables = {n: keras.Variable(v) for n, v in start.items()}
            optimizer.build(list(variables.values()))
            values = {n: [] for n in start}
            for step in range(20):
                optimizer.apply([keras.ops.convert_to_tensor(grads[n][step]) for n in start], list(variables.values()))
                for n in start:
                    values[n].append(variables[n].numpy().copy())
            group = f.create_group(name)
            group.attrs["config"] = json.dumps(keras.optimizers.serialize(optimizer))
            for n in start:
                group[n] = np.stack(values[n])


optimizers()


def losses_and_metrics():
    k, m = keras.losses, keras.metrics
    n, width = 23, 4

    def softmax(z):
        e = np.exp(z - z.max(-1, keepdims=True))
        return (e / e.sum(-1, keepdims=True)).astype("f")

    one_hot = np.eye(width, dtype="f")[random.integers(0, width, n)]
    labels = random.integers(0, width, n).astype("f")
    logits = random.normal(size=(n, width)).astype("f") * 2
    positive = np.abs(random.normal(size=(n, 3))).astype("f") + 0.1
    data = {
        "probabilities": (one_hot, softmax(logits)),
        "logits": (one_hot, logits),
        "sparse": (labels, softmax(logits)),
        "sparse_logits": (labels, logits),
        "several": ((random.random((n, 3)) < 0.4).astype("f"), random.random((n, 3)).astype("f")),
        "several_logits": ((random.random((n, 3)) < 0.4).astype("f"), random.normal(size=(n, 3)).astype("f")),
        "counts": (np.round(positive * 3).astype("f"), positive * 3),
        "margins": ((random.integers(0, 2, (n, 3)) * 2 - 1).astype("f"), random.normal(size=(n, 3)).astype("f")),
    }
    losses = {
        "probabilities": [k.CategoricalFocalCrossentropy(), k.CategoricalFocalCrossentropy(alpha=0.6, gamma=1.5, label_smoothing=0.1), k.CategoricalHinge(), k.CosineSimilarity(),
                          k.CategoricalCrossentropy(reduction="sum"), k.KLDivergence(reduction="mean_with_sample_weight")],
        "logits": [k.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2), k.CategoricalFocalCrossentropy(from_logits=True)],
        "sparse": [k.SparseCategoricalCrossentropy(), k.SparseCategoricalCrossentropy(ignore_class=1)],
        "sparse_logits": [k.SparseCategoricalCrossentropy(from_logits=True), k.SparseCategoricalCrossentropy(from_logits=True, ignore_class=2)],
        "several": [k.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=1.5, label_smoothing=0.1), k.Hinge(), k.SquaredHinge(), k.MeanAbsolutePercentageError()],
        "several_logits": [k.BinaryFocalCrossentropy(from_logits=True), k.BinaryCrossentropy(from_logits=True, label_smoothing=0.3)],
        "counts": [k.Poisson(), k.MeanSquaredLogarithmicError(), k.MeanAbsolutePercentageError(), k.Huber(delta=0.3)],
        "margins": [k.Hinge(), k.SquaredHinge(reduction="mean_with_sample_weight")],
    }
    metrics = {
        "probabilities": [("precision_top_2", lambda: m.Precision(top_k=2)), ("recall_class_1", lambda: m.Recall(thresholds=0.3, class_id=1)),
                          ("f1_micro", lambda: m.F1Score(average="micro", threshold=0.25)), ("f1_weighted", lambda: m.F1Score(average="weighted")), ("auc", m.AUC),
                          ("kl_divergence", m.KLDivergence), ("categorical_hinge", m.CategoricalHinge), ("cosine_similarity", m.CosineSimilarity)],
        "sparse": [("sparse_categorical_crossentropy", m.SparseCategoricalCrossentropy)],
        "several": [("binary_accuracy", m.BinaryAccuracy), ("precision", m.Precision), ("recall", m.Recall), ("auc", m.AUC), ("auc_pr", lambda: m.AUC(curve="PR")), ("hinge", m.Hinge)],
        "counts": [("poisson", m.Poisson), ("mean_squared_logarithmic_error", m.MeanSquaredLogarithmicError), ("mean_absolute_percentage_error", m.MeanAbsolutePercentageError),
                   ("logcosh", m.LogCoshError), ("r2_score", m.R2Score)],
        "margins": [("squared_hinge", m.SquaredHinge)],
    }
    with h5py.File(os.path.join(folder, "losses_more.h5"), "w") as f:
        f.attrs["note"] = "as the golden losses_metrics.h5"
        for group, (y_true, y_pred) in data.items():
            weights = random.random(n).astype("f") * 2
            f[f"{group}/y_true"], f[f"{group}/y_pred"], f[f"{group}/sample_weight"] = y_true, y_pred, weights
            for i, loss in enumerate(losses.get(group, [])):
                import tensorflow as tf

                p = tf.Variable(y_pred)
                with tf.GradientTape() as tape:
                    value = loss(y_true, p)
                g = f.create_group(f"{group}/losses/{i}_{loss.name}")
                g.attrs["config"] = json.dumps(loss.get_config())
                g.attrs["value"] = float(value)
                g.attrs["weighted"] = float(loss(y_true, y_pred, sample_weight=weights))
                g["grad"] = tape.gradient(value, p).numpy()
            for i, (name, make) in enumerate(metrics.get(group, [])):
                g = f.create_group(f"{group}/metrics/{i}_{name}")
                for attribute, sample_weight in (("value", None), ("weighted", weights)):
                    metric = make()
                    metric.update_state(y_true, y_pred, sample_weight=sample_weight)
                    g.attrs[attribute] = float(metric.result())


losses_and_metrics()


def fits():
    """Whole fits: two outputs with weights and a validation split, class weights with validation now and then, a moving average of weights."""
    keras.utils.set_random_seed(3)
    x = random.normal(size=(20, 6)).astype("f")
    yes = (x[:, :1] + x[:, 1:2] > 0).astype("f")
    labels = random.integers(0, 3, (20, 1))
    kind = np.eye(3, dtype="f")[labels[:, 0]]
    weights = (random.random(20) * 2).astype("f")

    def save(f, name, model, fit):
        group = f.create_group(name)
        for i, w in enumerate(model.get_weights()):
            group[f"start/{i}"] = w
        history = fit(model).history
        group.attrs["names"] = json.dumps(list(history))
        for key, values in history.items():
            group[f"history/{key}"] = np.array(values)
        for i, w in enumerate(model.get_weights()):
            group[f"end/{i}"] = w

    def two():
        i = keras.Input((6,))
        h = keras.layers.Dense(8, activation="relu", name="hidden")(i)
        model = keras.Model(i, [keras.layers.Dense(1, activation="sigmoid", name="yes")(h), keras.layers.Dense(3, activation="softmax", name="kind")(h)])
        model.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss=["binary_crossentropy", "categorical_crossentropy"], loss_weights=[0.3, 1.0],
                      metrics=[["accuracy"], ["accuracy", "mse"]], weighted_metrics=[["mae"], []])
        return model

    def one(optimizer):
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3, activation="softmax")])
        model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=["sparse_categorical_crossentropy"])
        return model

    with h5py.File(os.path.join(folder, "fits.h5"), "w") as f:
        f.attrs["note"] = "x, yes, labels, kind, weights: data; each group: weights at start and end, and the history of a fit without shuffling; attribute names: the history's order"
        f["x"], f["yes"], f["labels"], f["kind"], f["weights"] = x, yes, labels.astype("f"), kind, weights
        # Batches of one size: Keras averages an output's own loss over batches, not over samples.
        save(f, "two", two(), lambda m: m.fit(x, [yes, kind], sample_weight=[weights, weights], batch_size=5, epochs=3, shuffle=False, validation_split=0.25, verbose=0))
        save(f, "classes", one(keras.optimizers.Adam(0.01)), lambda m: m.fit(
            x, labels, class_weight={0: 1.0, 1: 2.5, 2: 0.5}, batch_size=4, epochs=4, initial_epoch=1, shuffle=False, validation_data=(x[:7], labels[:7]), validation_freq=2, verbose=0))
        save(f, "average", one(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.8)), lambda m: m.fit(x, labels, batch_size=8, epochs=2, shuffle=False, verbose=0))
        # Optimizers at work in a fit: what they do to a step depends on how many there were.
        o, d = keras.optimizers, keras.optimizers.schedules
        for name, optimizer in {
            "exponential": o.SGD(d.ExponentialDecay(0.2, 3, 0.7, staircase=True), momentum=0.9, nesterov=True),
            "cosine": o.Adam(d.CosineDecay(0.001, 8, alpha=0.1, warmup_target=0.05, warmup_steps=3)),
            "piecewise": o.RMSprop(d.PiecewiseConstantDecay([4, 9], [0.02, 0.01, 0.002])),
            "clipnorm": o.Adam(0.02, clipnorm=0.05),
            "clipvalue": o.SGD(0.2, clipvalue=0.01),
            "global_clipnorm": o.AdamW(0.02, weight_decay=0.05, global_clipnorm=0.1),
            "accumulation": o.Adam(0.02, gradient_accumulation_steps=3),
            "overwrite": o.SGD(0.1, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=4),
        }.items():
            save(f, name, one(optimizer), lambda m: m.fit(x, labels, batch_size=4, epochs=3, shuffle=False, validation_split=0.2, verbose=0))

        # Weights of samples in the validation data too, and in metrics that are not weighted by name.
        save(f, "weighted_validation", one(o.Adam(0.02)), lambda m: m.fit(
            x, labels, sample_weight=weights, batch_size=4, epochs=3, shuffle=False, validation_data=(x[:8], labels[:8], weights[:8]), validation_batch_size=4, verbose=0))

        def batches():
            while True:
                for i in range(0, 20, 5):
                    yield x[i:i + 5], labels[i:i + 5]

        save(f, "generator", one(o.Adam(0.02)), lambda m: m.fit(batches(), steps_per_epoch=3, epochs=4, validation_data=batches(), validation_steps=2, verbose=0))

        # Frozen layers: BatchNormalization then runs in inference mode. Compiled anew, they learn.
        def frozen():
            model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activity_regularizer=keras.regularizers.L2(0.01), name="below"), keras.layers.BatchNormalization(name="norm"),
                                      keras.layers.Dense(3, activation="softmax", kernel_regularizer=keras.regularizers.L1(0.02))])
            model.get_layer("norm").set_weights([random.random(8).astype("f") + 0.5, random.normal(size=8).astype("f"), random.normal(size=8).astype("f"), random.random(8).astype("f") + 0.5])
            model.get_layer("below").trainable = model.get_layer("norm").trainable = False
            model.compile(o.SGD(0.1), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
            return model

        def thawed(model):
            model.get_layer("norm").trainable = True
            model.compile(o.SGD(0.1), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
            return model.fit(x, labels, batch_size=5, epochs=2, shuffle=False, verbose=0)

        model = frozen()
        save(f, "frozen", model, lambda m: m.fit(x, labels, batch_size=5, epochs=2, shuffle=False, verbose=0))
        save(f, "thawed", model, thawed)


fits()
