"""Makes callbacks.json beside it: what the callbacks of Keras 3.15.1 do on given figures, and in which order hooks are called. Usage: make_callbacks.py FOLDER"""
import json
import os
import sys

import keras
import numpy as np

folder = sys.argv[1]
random = np.random.default_rng(5)


class Figures(keras.callbacks.Callback):
    """Gives each epoch the figure that is wanted."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs["figure"] = self.values[epoch]


def run(values, callback):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model.fit(np.zeros((2, 1)), np.zeros((2, 1)), epochs=len(values), verbose=0, callbacks=[Figures(values), callback])


series = [[float(np.round(v, 2)) for v in s] for s in (np.linspace(2, 1, 16) + random.normal(size=16) * 0.15, np.linspace(1, 2, 16) + random.normal(size=16) * 0.2, random.random(16))]
stopping, plateau = [], []
for values in series:
    for options in (
        {"patience": 0}, {"patience": 2}, {"patience": 3, "min_delta": 0.05}, {"patience": 1, "mode": "max"}, {"patience": 2, "baseline": 1.5}, {"patience": 2, "start_from_epoch": 6},
        {"patience": 4, "mode": "max", "min_delta": 0.1, "baseline": 1.2},
    ):
        options = {"mode": "min", **options}
        callback = keras.callbacks.EarlyStopping(monitor="figure", restore_best_weights=True, **options)
        history = run(values, callback)
        stopping.append({"values": values, **options, "epochs": len(history.epoch), "best_epoch": int(callback.best_epoch), "stopped": int(callback.stopped_epoch)})
    for options in ({"patience": 1}, {"patience": 2, "factor": 0.5}, {"patience": 1, "factor": 0.5, "cooldown": 2}, {"patience": 0, "factor": 0.5, "min_lr": 0.02}, {"patience": 2, "mode": "max", "min_delta": 0.2}):
        options = {"mode": "min", **options}
        history = run(values, keras.callbacks.ReduceLROnPlateau(monitor="figure", **options))
        plateau.append({"values": values, **options, "learning_rates": [float(v) for v in history.history["learning_rate"]]})

calls = []


class Recorder(keras.callbacks.Callback):
    pass


def record(name):
    return lambda self, *arguments, **named: calls.append(name)


for name in ("train", "test", "predict"):
    for when in ("begin", "end"):
        setattr(Recorder, f"on_{name}_{when}", record(f"on_{name}_{when}"))
        setattr(Recorder, f"on_{name}_batch_{when}", record(f"on_{name}_batch_{when}"))
for when in ("begin", "end"):
    setattr(Recorder, f"on_epoch_{when}", record(f"on_epoch_{when}"))

model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x = np.zeros((5, 1))
model.fit(x, x, batch_size=3, epochs=2, validation_data=(x, x), validation_freq=2, verbose=0, callbacks=[Recorder()])
model.evaluate(x, x, batch_size=4, verbose=0, callbacks=[Recorder()])
model.predict(x, batch_size=4, verbose=0, callbacks=[Recorder()])

with open(os.path.join(folder, "callbacks.json"), "w") as f:
    json.dump({"early_stopping": stopping, "reduce_lr_on_plateau": plateau, "calls": calls}, f, indent=1)
