"""Compares a comparison.json with what NumPy computes from saved probabilities.

usage: check_comparison.py COMPARISON.json NAME=PROBABILITIES.h5...

Curves over random orders, deep-ensemble equivalents and paired differences, by the formulas of docs/evaluation.md. Prints the number of
values compared; ends with an error that lists the values that differ by more than 1e-6.
"""
import json
import sys

import h5py
import numpy as np

from calibrated import NETWORK_ORDERS, calibrated_likelihood, shuffled

comparison = json.load(open(sys.argv[1]))
seed, pool = comparison["seed"], comparison["pool"]
networks, labels = {}, None
for argument in sys.argv[2:]:
    name, path = argument.split("=")
    with h5py.File(path, "r") as file:
        networks[name] = file["probabilities"][()].astype(np.float64)
        labels = file["labels"][()].astype(int)
compared, failures = 0, []


def compare(name, expected, found):
    global compared
    compared += 1
    if (found is None) != (expected is None) or found is not None and not abs(found - expected) <= 1e-6:
        failures.append(f"{name}: {found}, should be {expected}")


def ensembles(p, size):
    """The first `size` networks of each of five orders."""
    return [p[shuffled(len(p), order, seed, NETWORK_ORDERS)[:size]] for order in range(5)]


def majority(part):
    votes = part.argmax(2)
    return (votes[None] == np.arange(part.shape[2])[:, None, None]).sum(1).argmax(0)


def likelihoods(p, size):
    return np.array([calibrated_likelihood(part.mean(0), labels, seed)[0] for part in ensembles(p, size)])


def reaching(values, wanted):
    """The least l at which the line through the values of l = 1, 2 ... reaches what is wanted, sought on a fine grid."""
    places = np.arange(1, len(values) + 1)
    wanted -= 1e-12  # sums in another order
    if wanted > values.max():
        return None
    grid = np.linspace(1, len(values), 100 * (len(values) - 1) + 1)
    line = np.interp(grid, places, values)
    first = np.argmax(line >= wanted)
    if first == 0:
        return 1.0
    low, high = grid[first - 1], grid[first]
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if np.interp(middle, places, values) >= wanted else (middle, high)
    return high


reference = networks[pool]
curve = np.array([likelihoods(reference, size) for size in range(1, len(reference) + 1)])
mean, std = curve.mean(1), curve.std(1, ddof=1)


def check_equivalent(name, value, found):
    assert found["pool"] == len(reference)
    for key, values in (("size", mean), ("least", mean + std), ("most", mean - std)):
        compare(f"{name}.{key}", reaching(values, value), found[key])


for method in comparison["methods"]:
    name, p = method["name"], networks[method["name"]]
    assert method["samples"] == len(p)
    for row in method["sizes"]:
        size, parts = row["size"], ensembles(p, row["size"])
        place = f"{name}[{size}]"
        compare(place + ".majority", np.mean([(majority(q) == labels).mean() for q in parts]), row["majority_accuracy"])
        compare(place + ".mean probability", np.mean([(q.mean(0).argmax(1) == labels).mean() for q in parts]),
                row["mean_probability_accuracy"])
        values = likelihoods(p, size)
        compare(place + ".calibrated_ll", values.mean(), row["calibrated_ll"])
        compare(place + ".calibrated_ll_std", values.std(ddof=1) if size < len(p) else 0, row["calibrated_ll_std"])
        check_equivalent(place, values.mean(), row["dee"])
    assert method["sizes"][-1]["size"] == len(p) and method["dee"] == method["sizes"][-1]["dee"]
    if name == pool:
        assert [row["size"] for row in method["sizes"]] == list(range(1, len(p) + 1)) and method["paired"] is None
        continue
    common = min(len(p), len(reference))
    images = [calibrated_likelihood(ensembles(q, common)[0].mean(0), labels, seed)[1] for q in (p, reference)]
    difference = images[0] - images[1]
    assert method["paired"]["networks"] == common
    compare(name + ".difference", difference.mean(), method["paired"]["difference"])
    compare(name + ".standard_error", difference.std(ddof=1) / np.sqrt(len(labels)), method["paired"]["standard_error"])

if failures:
    sys.exit("\n".join(failures))
print(compared)
