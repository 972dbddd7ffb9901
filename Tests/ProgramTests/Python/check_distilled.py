"""Compares a network of `hyperdist distill` with the mean of those of `hyperdist sample`.

usage: check_distilled.py NETWORKS.h5 MEAN.h5    (networks of two layers)
"""
import sys

import h5py
import numpy as np

many, one = h5py.File(sys.argv[1]), h5py.File(sys.argv[2])
assert np.isnan(one["latents"][()]).all() and one["latents"].shape == (1, 6)
for layer in ("layer1", "layer2"):
    for name in ("kernel", "bias"):
        wanted = many[f"weights/{layer}/{name}"][()].astype(float).mean(0)
        found = one[f"weights/{layer}/{name}"][()]
        assert found.shape == (1,) + wanted.shape
        assert np.abs(found[0] - wanted).max() <= 1e-7 * np.abs(wanted).max()
print("ok")
