"""The calibrated log-likelihood of an ensemble, and the program's random orders, by NumPy and SciPy."""
import numpy as np
from scipy.optimize import minimize_scalar

CALIBRATION_HALVES, NETWORK_ORDERS = 14, 16


def philox(counter, key):
    """Philox4x32-10: four words for each of the counters."""
    x = [np.asarray(word, dtype=np.uint64) for word in np.broadcast_arrays(*counter)]
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    k0, k1 = key
    for _ in range(10):
        first, second = x[0] * np.uint64(0xD2511F53), x[2] * np.uint64(0xCD9E8D57)
        x = [(second >> shift) ^ x[1] ^ np.uint64(k0), second & low,
             (first >> shift) ^ x[3] ^ np.uint64(k1), first & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return x


def shuffled(count, repetition, seed, purpose):
    """A random order by Fisher and Yates: a function of (seed, purpose, repetition)."""
    mixed = philox((purpose, 0, 0, 0xFFFFFFFF), (seed & 0xFFFFFFFF, seed >> 32))
    words = philox((np.arange(count), 0, repetition, 0), (int(mixed[0]), int(mixed[1])))
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        other = ((int(words[0][last]) << 32 | int(words[1][last])) * (last + 1)) >> 64
        order[last], order[other] = order[other], order[last]
    return np.array(order)


def scaled_by(p, temperature):
    x = np.log(np.maximum(p, 1e-12)) / temperature
    x = np.exp(x - x.max(1, keepdims=True))
    return x / x.sum(1, keepdims=True)


def calibrated_likelihood(p, labels, seed):
    """Test-time cross-validation of the temperature, five times two halves: the mean, and each image's."""
    values, images = [], np.zeros(len(p))
    for repetition in range(5):
        order = shuffled(len(p), repetition, seed, CALIBRATION_HALVES)
        halves = order[:len(p) // 2], order[len(p) // 2:]
        for fit, score in (halves, halves[::-1]):
            def loss(log_temperature):
                q = scaled_by(p[fit], np.exp(log_temperature))
                return -np.log(q[np.arange(len(fit)), labels[fit]]).mean()
            best = minimize_scalar(loss, bounds=(np.log(0.01), np.log(100)), method="bounded", options={"xatol": 1e-12})
            q = scaled_by(p[score], np.exp(best.x))
            terms = np.log(1e-12 + q[np.arange(len(score)), labels[score]])
            values.append(terms.mean())
            images[score] += terms / 5
    return np.mean(values), images
