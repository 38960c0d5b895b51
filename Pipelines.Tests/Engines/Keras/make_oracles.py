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
