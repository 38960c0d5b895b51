"""Makes the golden files, or checks some, with Keras 3 on TensorFlow.

usage: python make_golden.py make FOLDER [--seed N] [--only training layers optimizers losses_metrics]
       python make_golden.py check FOLDER [--only ...]

make:  writes FOLDER/training.h5, layers.h5, optimizers.h5 and losses_metrics.h5: random inputs that depend on the seed alone, and what Keras computes from them.
check: computes everything again from the inputs in the files, and prints for each file the largest deviation in units of what is allowed there. Fails above 1.
"""
import argparse
import importlib
import os
import sys

import h5py
import numpy as np

PARTS = ("training", "layers", "optimizers", "losses_metrics")


def make(path, part, seed):
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with h5py.File(temporary, "w") as file:
            file.attrs["note"] = part.NOTE
            part.make(file, np.random.default_rng(seed))
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
    print(f"{path}: {os.path.getsize(path):,} bytes")


def check(path, part):
    with h5py.File(path) as file:
        deviations = sorted(part.check(file), key=lambda entry: -np.nan_to_num(entry[1], nan=np.inf))
    name, worst = deviations[0]
    print(f"{path}: {len(deviations)} results, the largest deviation is {worst:.2g} of what is allowed, at {name}")
    return worst <= 1


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("what", choices=("make", "check"))
    arguments.add_argument("folder")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    given = arguments.parse_args()

    good = True
    for name in given.only:
        path, part = os.path.join(given.folder, f"{name}.h5"), importlib.import_module(f"golden_{name}")
        if given.what == "make":
            os.makedirs(given.folder, exist_ok=True)
            make(path, part, given.seed)
        else:
            good &= check(path, part)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
