"""Compares the components of `hyperdist analyze scatter` with those numpy finds.

usage: check_scatter.py NETWORKS.h5 SCATTER.csv    (networks of two layers, of `hyperdist sample`)
"""
import csv
import sys

import h5py
import numpy as np

f = h5py.File(sys.argv[1])
layers = [np.concatenate([f[f"weights/{n}/kernel"][()].reshape(9, -1),
                          f[f"weights/{n}/bias"][()].reshape(9, -1)], 1).astype(float)
          for n in ("layer1", "layer2")]
rows = list(csv.DictReader(open(sys.argv[2])))
for layer, x in enumerate([np.concatenate(layers, 1)] + layers):
    x = x - x.mean(0)
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    own = [r for r in rows if int(r["layer"]) == layer]
    assert len(own) == 9
    for c in range(4):
        found = np.array([float(r[f"pc{c + 1}"]) for r in own])
        wanted = u[:, c] * s[c]
        wanted *= np.sign(wanted[np.argmax(np.abs(wanted))])
        assert np.abs(found - wanted).max() <= 1e-6 * s[0], (layer, c, found, wanted)
print("ok")
