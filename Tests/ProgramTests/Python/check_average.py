"""The averages in a run's last checkpoint against those of the parameters in all of its checkpoints, one a step.

usage: check_average.py FOLDER DECAY    Prints the largest difference by the average's root mean square.
"""
import glob
import sys

import h5py
import numpy

files = [h5py.File(name) for name in sorted(glob.glob(sys.argv[1] + "/step-*.h5"))]
names = []
files[-1]["hypernetwork"].visititems(
    lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
averaged = []
files[-1]["average"].visititems(
    lambda name, item: averaged.append(name) if isinstance(item, h5py.Dataset) else None)
assert sorted(names) == sorted(averaged), set(names) ^ set(averaged)
worst = 0.0
for name in names:
    mean = 0.0
    for step, file in enumerate(files, start=1):
        assert file.attrs["step"] == step
        keep = min(float(sys.argv[2]), 1 - 1 / step)
        mean = keep * mean + (1 - keep) * file["hypernetwork/" + name][()].astype(numpy.float64)
        found = file["average/" + name][()]
        worst = max(worst, numpy.abs(found - mean).max() / max(1e-30, numpy.sqrt((mean**2).mean())))
    last = files[-1]["hypernetwork/" + name][()]
    assert numpy.abs(last - mean).max() > 0, name + " never moved"
print(worst)
