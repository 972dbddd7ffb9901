# Compares the figures of `evaluate --json` of a regression with those of the saved predictions, by NumPy and SciPy; prints how many agree.

import json
import sys

import h5py
import numpy
from scipy import optimize, stats

with h5py.File(sys.argv[1]) as f:
    mean = f["predictions"][...].astype("f8")
    observed = f["observed"][...]
    deviation = f["deviations"][...].astype("f8") if "deviations" in f else numpy.broadcast_to(f["noise"][...], mean.shape)
    noise = None if "deviations" in f else f["noise"][...].tolist()
figures = json.load(open(sys.argv[2]))
count = 0


def check(name, found, expected, bound=1e-6):
    global count
    found, expected = numpy.asarray(found, dtype="f8"), numpy.asarray(expected, dtype="f8")
    assert found.shape == expected.shape, (name, found.shape, expected.shape)
    assert (abs(found - expected) <= bound * numpy.maximum(1, abs(expected))).all(), (name, found, expected)
    count += found.size


def crps(y, m, s):
    def a(d, v):
        z = d / numpy.sqrt(v)
        return 2 * numpy.sqrt(v) * stats.norm.pdf(z) + d * (2 * stats.norm.cdf(z) - 1)

    pairs = a(m[:, None] - m[None, :], s[:, None] ** 2 + s[None, :] ** 2)
    return a(y - m, s**2).mean() - pairs.mean() / 2


def quantile(p, m, s):
    return optimize.brentq(lambda x: stats.norm.cdf(x, m, s).mean() - p, (m - 9 * s).min(), (m + 9 * s).max(), xtol=1e-13)


def scores(m, s):
    error = m.mean(0) - observed
    density = stats.norm.logpdf(observed, m, s).sum(2)
    largest = density.max(0)
    nll = -(largest + numpy.log(numpy.exp(density - largest).mean(0))).mean()
    pairs = [(i, k) for i in range(observed.shape[0]) for k in range(observed.shape[1])]
    ranked = numpy.mean([crps(observed[i, k], m[:, i, k], s[:, i, k]) for i, k in pairs])
    return numpy.sqrt((error**2).mean()), nll, ranked


networks, images, targets = mean.shape
assert (figures["samples"], figures["images"], figures["targets"]) == (networks, images, targets)
single = numpy.sqrt(((mean - observed) ** 2).mean((1, 2)))
check("rmses", figures["rmses"], single)
check("mean_rmse", figures["mean_rmse"], single.mean())
check("min_rmse", figures["min_rmse"], single.min())
check("max_rmse", figures["max_rmse"], single.max())
check("mean_mae", figures["mean_mae"], abs(mean - observed).mean())
check("mean_nll", figures["mean_nll"], -stats.norm.logpdf(observed, mean, deviation).sum(2).mean())
error = mean.mean(0) - observed
variance = (deviation**2).mean(0) + mean.var(0)
rmse, nll, ranked = scores(mean, deviation)
check("rmse", figures["rmse"], rmse)
check("mae", figures["mae"], abs(error).mean())
check("target_rmse", figures["target_rmse"], numpy.sqrt((error**2).mean(0)))
check("nll", figures["nll"], nll)
check("crps", figures["crps"], ranked)
if noise is None:
    assert figures["noise"] is None
else:
    check("noise", figures["noise"], noise)
probability = numpy.array(
    [[stats.norm.cdf(observed[i, k], mean[:, i, k], deviation[:, i, k]).mean() for k in range(targets)] for i in range(images)]
)
for interval in figures["intervals"]:
    level = interval["level"]
    check("coverage", interval["coverage"], (abs(2 * probability - 1) <= level).mean())
    widths = [
        quantile((1 + level) / 2, mean[:, i, k], deviation[:, i, k]) - quantile((1 - level) / 2, mean[:, i, k], deviation[:, i, k])
        for i in range(images)
        for k in range(targets)
    ]
    check("width", interval["width"], numpy.mean(widths))
levels = numpy.array(figures["calibration"]["expected"])
check("expected", levels, numpy.arange(1, 20) / 20)
curve = [(probability <= level).mean() for level in levels]
check("observed", figures["calibration"]["observed"], curve)
check("calibration_error", figures["calibration_error"], abs(curve - levels).mean())
check("deviation", figures["deviation"], numpy.sqrt(variance.mean()))
check("network_spread", figures["network_spread"], numpy.sqrt(mean.var(0).mean()), 1e-5)
order = numpy.argsort(variance.flatten(), kind="stable")
bins = numpy.array_split(order, min(10, order.size))
check("spread", [b["deviation"] for b in figures["spread"]], [numpy.sqrt(variance.flatten()[b].mean()) for b in bins])
check("spread rmse", [b["rmse"] for b in figures["spread"]], [numpy.sqrt((error.flatten()[b] ** 2).mean()) for b in bins])
assert [b["count"] for b in figures["spread"]] == [len(b) for b in bins]
for size in figures["ensemble_sizes"]:
    n = size["size"]
    check(f"size {n}", [size["rmse"], size["nll"], size["crps"]], scores(mean[:n], deviation[:n]))
print(count)
