#!/usr/bin/env python3
"""Trains and evaluates regressions on random splits of a table, as usual for the UCI sets: RMSE and NLL on the test rows, mean and
standard error over the splits, of a hypernetwork and of a deep ensemble of the same networks.

usage: Launch/peers/regression_splits.py TABLE.csv|diabetes FOLDER [--target COLUMN] [--splits 20] [--first 0] [--jobs 1] [--program hyperdist]
                     [--set KEY=VALUE]... [--choose KEY=VALUE,VALUE...] [--choose-baseline KEY=VALUE,VALUE...] [--only train|baseline]

Hernandez-Lobato and Adams (ICML 2015): 90 % of the rows to train on, chosen at random, the others to test; one hidden layer of 50 ReLUs, inputs
and targets normalized by the training rows. TABLE.csv has a header and numbers; its last column, or --target, is predicted. `diabetes` is
scikit-learn's. Split s is NumPy's permutation of seed s. --choose takes, split by split, the value whose training on four fifths of the training
rows gives the others the best likelihood, and trains with it on all of them: test rows decide nothing. Needs h5py (and scikit-learn for diabetes).
"""

import argparse
import concurrent.futures
import csv
import json
import pathlib
import subprocess

import h5py
import numpy

SETTINGS = [
    "data.normalize=channel", "data.augment=none", "data.validationCount=0", "validation.every=0", "checkpoint.every=0", "metrics.every=100",
    "objective.loss=gaussian-nll", "objective.noise=output", "objective.noiseDeviation=0.1",
    "target.layers=[fullyConnected: {outputs: 50}, relu, fullyConnected: {outputs: 2}]",
    "hypernetwork.generatorHidden=[[64], [64]]", "hypernetwork.generation=[filter, layer]",
    "hypernetwork.center=true", "hypernetwork.initialization=target-small", "training.imagesPerLatent=32", "training.steps=600",
    "training.gradientNorm=5", "objective.lambda=500", "objective.entropy.weighting=function", "baseline.members=5", "baseline.batch=32",
    "baseline.sliceImages=32", "baseline.steps=1000", "baseline.learningRate=0.003",
]


def table(name, target):
    if name == "diabetes":
        from sklearn.datasets import load_diabetes

        data = load_diabetes(scaled=False)
        return data.data, data.target[:, None]
    with open(name, newline="") as file:
        rows = list(csv.reader(file))
    values = numpy.array(rows[1:], dtype="f8")
    column = rows[0].index(target) if target else len(rows[0]) - 1
    return numpy.delete(values, column, 1), values[:, [column]]


def write(path, inputs, targets, **splits):
    with h5py.File(path, "w") as file:
        for name, rows in splits.items():
            file[f"{name}/inputs"] = inputs[rows].astype("f4")
            file[f"{name}/targets"] = targets[rows].astype("f4")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--target")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--program", default="hyperdist")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--choose")
    parser.add_argument("--choose-baseline")
    parser.add_argument("--only", choices=["train", "baseline"])
    options = parser.parse_args()
    inputs, targets = table(options.table, options.target)
    print(f"{len(inputs)} rows, {inputs.shape[1]} features")
    options.folder.mkdir(parents=True, exist_ok=True)
    methods = [m for m in ("train", "baseline") if options.only in (None, m)]

    def call(*words):
        done = subprocess.run([options.program, *words], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stderr}")
        return done.stdout

    def measure(method, split, data, name, settings, rows):
        """The figures of `evaluate` on `rows` after a training on the file `data`."""
        run = options.folder / f"{method}-{split}{name}"
        settings = [f"training.seed={split + 1}", "data.name=file", f"data.path={data.resolve()}", *SETTINGS, *options.set, *settings]
        words = ["train"] if method == "train" else ["baseline", "deep-ensemble"]
        call(*words, "--preset", "regression-1d", "--run-dir", str(run), "--resume", "never", "--threads", "1",
             *(word for setting in settings for word in ("--set", setting)))
        file = run / ("networks.h5" if method == "baseline" else "checkpoints/latest")
        samples = [] if method == "baseline" else ["--samples", "100"]
        return json.loads(call("evaluate", str(file), *samples, "--split", rows, "--threads", "1", "--json", "-"))

    def run_split(split):
        order = numpy.random.default_rng(split).permutation(len(inputs))
        train, test = order[: round(0.9 * len(inputs))], order[round(0.9 * len(inputs)) :]
        data, part = options.folder / f"split-{split}.h5", options.folder / f"split-{split}-choice.h5"
        write(data, inputs, targets, train=train, test=test)
        kept = round(0.8 * len(train))
        write(part, inputs, targets, train=train[:kept], validation=train[kept:])
        results = {}
        for method in methods:
            choice, settings = options.choose if method == "train" else options.choose_baseline, []
            if choice:
                key, values = choice.split("=")
                found = {v: measure(method, split, part, f"-{v}", [f"{key}={v}"], "validation")["nll"] for v in values.split(",")}
                settings = [f"{key}={min(found, key=found.get)}"]
            results[method] = measure(method, split, data, "", settings, "test") | {"settings": settings}
        return results

    figures = {method: [] for method in methods}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        splits = range(options.first, options.first + options.splits)
        for split, results in zip(splits, pool.map(run_split, splits)):
            for method in methods:
                figures[method].append(results[method])
            print(split, *(f"{m}: RMSE {f['rmse']:.3f} NLL {f['nll']:.3f} {' '.join(f['settings'])}" for m, f in results.items()), flush=True)
    for method in methods:
        for key in ("rmse", "nll", "crps", "mean_rmse", "mean_nll", "calibration_error"):
            values = numpy.array([f[key] for f in figures[method]])
            error = values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0
            print(f"{method:9} {key:18} {values.mean():.4f} +- {error:.4f}  median {numpy.median(values):.4f}")
        coverage = numpy.array([[i["coverage"] for i in f["intervals"]] for f in figures[method]]).mean(0)
        print(f"{method:9} coverage of 50, 90, 95 %: {' '.join(f'{100 * c:.1f}' for c in coverage)}")


main()
