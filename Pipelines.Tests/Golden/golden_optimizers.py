"""optimizers.h5: how each optimizer, schedule and way of clipping moves two variables."""
import json

import keras
import numpy as np

NOTE = ("a (3x4) and b (5): start values; grads/a and grads/b: one gradient a step, 20 steps; each optimizer group: attribute config = keras.optimizers.serialize as JSON; "
        "a and b = the values after every step")
STEPS = 20
ALLOWED = 1e-5


def optimizers(rate):
    from keras.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Ftrl, Lion, Nadam, RMSprop, schedules
    return {
        "sgd": SGD(rate),
        "momentum": SGD(rate, momentum=0.9),
        "nesterov": SGD(rate, momentum=0.9, nesterov=True),
        "ema": SGD(rate, use_ema=True, ema_momentum=0.9),
        "clipvalue": SGD(rate, clipvalue=0.1),
        "clipnorm": Adam(rate, clipnorm=0.5),
        "global_clipnorm": SGD(rate, global_clipnorm=0.5),
        "adam_default": Adam(),
        "adam": Adam(rate),
        "amsgrad": Adam(rate, amsgrad=True),
        "adamw": AdamW(rate, weight_decay=0.02),
        "adamax": Adamax(rate),
        "nadam": Nadam(rate),
        "rmsprop": RMSprop(rate),
        "rmsprop_centered": RMSprop(rate, rho=0.8, momentum=0.5, centered=True),
        "adagrad": Adagrad(rate),
        "adadelta": Adadelta(rate),
        "ftrl": Ftrl(rate),
        "lion": Lion(rate),
        "exponential_decay": SGD(schedules.ExponentialDecay(rate, 5, 0.8)),
        "staircase": SGD(schedules.ExponentialDecay(rate, 5, 0.8, staircase=True)),
        "inverse_time": SGD(schedules.InverseTimeDecay(rate, 3, 0.5)),
        "piecewise": SGD(schedules.PiecewiseConstantDecay([5, 10], [rate, rate / 2, rate / 4])),
        "polynomial": SGD(schedules.PolynomialDecay(rate, 15, rate / 10, power=2.0)),
        "cosine": SGD(schedules.CosineDecay(rate, 15)),
        "cosine_warmup": SGD(schedules.CosineDecay(0.0, 15, warmup_target=rate, warmup_steps=5)),
    }


def compute(optimizer, start, gradients):
    """The variables' values after each step."""
    variables = [keras.Variable(value) for value in start]
    values = [[] for _ in variables]
    for step in range(STEPS):
        optimizer.apply([keras.ops.convert_to_tensor(g[step]) for g in gradients], variables)
        for series, variable in zip(values, variables):
            series.append(variable.numpy())
    return [np.stack(series) for series in values]


def make(file, random):
    shapes = {"a": (3, 4), "b": (5,)}
    start = [file.create_dataset(name, data=random.normal(size=shape).astype("float32"))[()] for name, shape in shapes.items()]
    gradients = [file.create_dataset(f"grads/{name}", data=(0.5 * random.normal(size=(STEPS, *shape))).astype("float32"))[()] for name, shape in shapes.items()]
    for name, optimizer in optimizers(float(10 ** random.uniform(-3, -2))).items():
        group = file.create_group(name)
        group.attrs["config"] = json.dumps(keras.optimizers.serialize(optimizer))
        group["a"], group["b"] = compute(optimizer, start, gradients)


def check(file):
    start, gradients = [file[n][()] for n in "ab"], [file[f"grads/{n}"][()] for n in "ab"]
    for name, group in file.items():
        if "config" not in group.attrs:
            continue
        results = compute(keras.optimizers.deserialize(json.loads(group.attrs["config"])), start, gradients)
        for variable, found in zip("ab", results):
            expected = group[variable][()]
            yield f"{name}/{variable}", np.abs(found - expected).max() / (ALLOWED * np.abs(expected).max())
