"""Compares the figures of `hyperdist evaluate --json` with those computed from its probabilities.

usage: check_evaluation.py PROBABILITIES.h5 FIGURES.json

scikit-learn computes what it has; the rest follows the formulas of docs/interface.md. Prints the number of
values compared; ends with an error that lists the values that differ by more than 1e-6.
"""
import json
import sys

import h5py
import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.metrics import accuracy_score, average_precision_score, log_loss, roc_auc_score, roc_curve

from calibrated import calibrated_likelihood

figures = json.load(open(sys.argv[2]))
file = h5py.File(sys.argv[1], "r")
probabilities = file["probabilities"][()].astype(np.float64)
labels = file["labels"][()].astype(int)
classes = np.arange(probabilities.shape[2])
compared, failures = 0, []


def compare(name, expected, found=None):
    global compared
    compared += 1
    found = figures[name] if found is None else found
    if found is None or not abs(found - expected) <= 1e-6:
        failures.append(f"{name}: {found}, should be {expected}")


def nll(p):
    # log_loss divides rows by their sum, which single precision leaves off 1 by 1e-7.
    p = np.maximum(p, 1e-12)
    return log_loss(labels, p / p.sum(1, keepdims=True), labels=classes)


def entropy(p):
    return -np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0), -1)


def calibration_error(p, bins):
    confidence, right = p.max(1), p.argmax(1) == labels
    return sum(abs(right[b].sum() - confidence[b].sum()) for b in bins) / len(labels)


def scores(prefix, p):
    confidence = p.max(1)
    compare(prefix + "nll", nll(p))
    compare(prefix + "brier", ((p - np.eye(p.shape[1])[labels]) ** 2).sum(1).mean())
    # As torchmetrics' MulticlassCalibrationError(n_bins=15, norm="l1") has its bins.
    edges = np.linspace(0, 1, 16)
    place = np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, 14)
    compare(prefix + "ece", calibration_error(p, [place == b for b in range(15)]))
    order = np.argsort(confidence, kind="stable")
    compare(prefix + "adaptive_ece", calibration_error(p, np.array_split(order, 15)))


count = len(probabilities)
mean = probabilities.mean(0)
assert np.abs(file["mean_probabilities"][()] - mean).max() <= 1e-12
predicted = probabilities.argmax(2)
accuracies = (predicted == labels).mean(1)
for index, value in enumerate(accuracies):
    compare(f"accuracies[{index}]", value, figures["accuracies"][index])
assert [len(accuracies), len(labels)] == [figures["samples"], figures["images"]]
for name, value in [("mean", accuracies.mean()), ("std", accuracies.std()), ("min", accuracies.min()),
                    ("max", accuracies.max())]:
    compare(name + "_accuracy", value)


def majority(predicted):
    return (predicted[None] == classes[:, None, None]).sum(1).argmax(0)


compare("majority_accuracy", accuracy_score(labels, majority(predicted)))
compare("mean_probability_accuracy", accuracy_score(labels, mean.argmax(1)))
compare("majority_gain", accuracy_score(labels, majority(predicted)) - accuracies.mean())
compare("mean_probability_gain", accuracy_score(labels, mean.argmax(1)) - accuracies.mean())
confident = predicted[probabilities.max(2).argmax(0), np.arange(len(labels))]
compare("most_confident_accuracy", accuracy_score(labels, confident))
scores("", mean)
compare("predictive_entropy", entropy(mean).mean())
compare("network_entropy", entropy(probabilities).mean())
information = entropy(mean) - entropy(probabilities).mean(0)
if count > 1:
    compare("mutual_information", information.mean())
    wrong = predicted != labels
    overlaps = [(a & b).sum() / (a | b).sum() if (a | b).any() else 1
                for i, a in enumerate(wrong) for b in wrong[:i]]
    compare("error_iou_mean", np.mean(overlaps))
    compare("error_iou_max", np.max(overlaps))
    pairs = [(predicted[i] != predicted[j]).mean() for i in range(count) for j in range(i)]
    compare("disagreement", np.mean(pairs))
else:
    assert figures["mutual_information"] == 0 and figures["disagreement"] is None
    information = np.zeros_like(information)
for row in figures["ensemble_sizes"]:
    part = probabilities[:row["size"]]
    name = f"ensemble_sizes[{row['size']}]."
    compare(name + "majority_accuracy", accuracy_score(labels, majority(predicted[:row["size"]])),
            row["majority_accuracy"])
    compare(name + "mean_probability_accuracy", accuracy_score(labels, part.mean(0).argmax(1)),
            row["mean_probability_accuracy"])
    compare(name + "nll", nll(part.mean(0)), row["nll"])
    if len(labels) > 1:
        compare(name + "calibrated_ll", calibrated_likelihood(part.mean(0), labels, figures["seed"])[0],
                row["calibrated_ll"])
assert figures["calibrated_ll"] == figures["ensemble_sizes"][-1]["calibrated_ll"]
assert [row["size"] for row in figures["ensemble_sizes"]] == sorted(
    {s for s in (1, 2, 5, 10, 20, 50, 100, 200) if s < count} | {count})

width, histogram = figures["histogram"]["width"], figures["histogram"]
assert sum(histogram["count"]) == count
for start, number in zip(histogram["from"], histogram["count"]):
    assert ((accuracies >= start - 1e-9) & (accuracies < start + width - 1e-9)).sum() == number

if "validation" in file:
    fitted = file["validation/mean_probabilities"][()]
    fitted_labels = file["validation/labels"][()].astype(int)
    assert len(fitted_labels) == figures["temperature_images"]

    def scale(p, temperature):
        x = np.log(np.maximum(p, 1e-12)) / temperature
        x = np.exp(x - x.max(1, keepdims=True))
        return x / x.sum(1, keepdims=True)

    def loss(log_temperature):
        q = scale(fitted, np.exp(log_temperature))
        return -np.log(q[np.arange(len(q)), fitted_labels]).mean()

    best = minimize_scalar(loss, bounds=(np.log(0.01), np.log(100)), method="bounded",
                           options={"xatol": 1e-12})
    # A minimum's place is known to the root of the value's precision only, and not at all where all temperatures
    # do as well: on one image of which a network is sure.
    isFlat = min(loss(best.x - 0.1), loss(best.x + 0.1)) - best.fun < 1e-9
    assert isFlat or abs(np.log(figures["temperature"]) - best.x) <= 1e-4, (figures["temperature"], np.exp(best.x))
    assert loss(np.log(figures["temperature"])) <= best.fun + 1e-12
    assert file["temperature"][0] == figures["temperature"]
    scores("scaled_", scale(mean, figures["temperature"]))
else:
    assert figures["temperature"] is None and np.isnan(file["temperature"][0])

if "ood" in file:
    others = file["ood/probabilities"][()].astype(np.float64)
    other_mean = others.mean(0)
    other_information = entropy(other_mean) - entropy(others).mean(0)
    if count == 1:
        other_information = np.zeros_like(other_information)
    ood = figures["ood"]
    assert ood["images"] == len(other_mean)
    compare("ood.predictive_entropy", entropy(other_mean).mean(), ood["predictive_entropy"])
    compare("ood.mutual_information", other_information.mean(), ood["mutual_information"])
    is_outlier = np.r_[np.zeros(len(mean)), np.ones(len(other_mean))]
    for name, inliers, outliers in [("max_probability", -mean.max(1), -other_mean.max(1)),
                                    ("entropy", entropy(mean), entropy(other_mean)),
                                    ("mutual_information", information, other_information)]:
        score = np.r_[inliers, outliers]
        found = ood["scores"][name]
        compare(name + ".auroc", roc_auc_score(is_outlier, score), found["auroc"])
        compare(name + ".aupr", average_precision_score(is_outlier, score), found["aupr"])
        false, true, _ = roc_curve(is_outlier, score, drop_intermediate=False)
        compare(name + ".fpr95", false[np.argmax(true >= 0.95)], found["fpr95"])

if failures:
    sys.exit("\n".join(failures))
print(compared)
