#!/usr/bin/env python3
"""Scores of mixtures of normal densities by their definitions, with NumPy and SciPy: regression.json.

Inputs come from the hash of README.md: 5 networks, 12 images, 2 targets; means 2 signed(211), deviations 0.1 + uniform(212), observed
numbers 2 signed(213). CRPS is the integral of (F(x) - [y <= x])^2, quantiles are roots of F(x) = p.
"""

import json
import pathlib

import numpy
from scipy import integrate, optimize, stats

from losses import signed, uniform

NETWORKS, IMAGES, TARGETS = 5, 12, 2
COUNT = NETWORKS * IMAGES * TARGETS
mean = 2 * numpy.array(signed(211, COUNT)).reshape(NETWORKS, IMAGES, TARGETS)
deviation = numpy.float32(0.1) + numpy.array([uniform(212, i) for i in range(COUNT)], dtype="f4")
deviation = deviation.astype("f8").reshape(NETWORKS, IMAGES, TARGETS)
observed = 2 * numpy.array(signed(213, IMAGES * TARGETS)).reshape(IMAGES, TARGETS)


def cdf(x, m, s):
    return stats.norm.cdf(x, m, s).mean()


def crps(y, m, s):
    low, high = min(y, (m - 12 * s).min()), max(y, (m + 12 * s).max())
    points = sorted([y, *m])
    left = integrate.quad(lambda x: cdf(x, m, s) ** 2, low, y, limit=500, points=[p for p in points if p < y] or None)
    right = integrate.quad(lambda x: (1 - cdf(x, m, s)) ** 2, y, high, limit=500, points=[p for p in points if p > y] or None)
    return left[0] + right[0]


def quantile(p, m, s):
    return optimize.brentq(lambda x: cdf(x, m, s) - p, (m - 9 * s).min(), (m + 9 * s).max(), xtol=1e-13)


pairs = [(i, k) for i in range(IMAGES) for k in range(TARGETS)]
error = mean.mean(0) - observed
variance = (deviation**2).mean(0) + mean.var(0)
probability = numpy.array([cdf(observed[i, k], mean[:, i, k], deviation[:, i, k]) for i, k in pairs])
density = stats.norm.logpdf(observed, mean, deviation).sum(2)
levels = numpy.arange(1, 20) / 20
order = numpy.argsort(variance.flatten(), kind="stable")
result = {
    "rmse": float(numpy.sqrt((error**2).mean())),
    "mae": float(abs(error).mean()),
    "targetRMSE": numpy.sqrt((error**2).mean(0)).tolist(),
    "networkRMSE": numpy.sqrt(((mean - observed) ** 2).mean((1, 2))).tolist(),
    "networkMAE": abs(mean - observed).mean((1, 2)).tolist(),
    "networkNLL": (-density.mean(1)).tolist(),
    "nll": float(-numpy.log(numpy.exp(density).mean(0)).mean()),
    "crps": float(numpy.mean([crps(observed[i, k], mean[:, i, k], deviation[:, i, k]) for i, k in pairs])),
    "coverage": [float((abs(2 * probability - 1) <= level).mean()) for level in (0.5, 0.9, 0.95)],
    "width": [
        float(
            numpy.mean(
                [
                    quantile((1 + level) / 2, mean[:, i, k], deviation[:, i, k])
                    - quantile((1 - level) / 2, mean[:, i, k], deviation[:, i, k])
                    for i, k in pairs
                ]
            )
        )
        for level in (0.5, 0.9, 0.95)
    ],
    "calibration": [float((probability <= level).mean()) for level in levels],
    "spreadDeviation": [float(numpy.sqrt(variance.flatten()[part].mean())) for part in numpy.array_split(order, 10)],
    "spreadRMSE": [float(numpy.sqrt((error.flatten()[part] ** 2).mean())) for part in numpy.array_split(order, 10)],
    "deviation": float(numpy.sqrt(variance.mean())),
    "networkSpread": float(numpy.sqrt(mean.var(0).mean())),
    # The deviation with which the networks' equal mixture makes each target most likely.
    "noise": [
        float(
            optimize.minimize_scalar(
                lambda s: -numpy.log(stats.norm.pdf(observed[:, k], mean[:, :, k], numpy.exp(s)).mean(0)).sum(),
                bounds=(-4, 2),
                method="bounded",
                options={"xatol": 1e-10},
            ).x
        )
        for k in range(TARGETS)
    ],
}
result["noise"] = numpy.exp(result["noise"]).tolist()
path = pathlib.Path(__file__).with_name("regression.json")
path.write_text(json.dumps(result, indent=1) + "\n")
