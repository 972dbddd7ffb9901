"""Compares exported networks that predict numbers with what `evaluate` says of the same networks.

usage: check_export_numbers.py FOLDER none|fixed|learned|output

FOLDER has data.h5, networks.onnx (--networks), ensemble.onnx (--with-target), samples.h5 and probabilities.h5 (evaluate
--save-probabilities). Prints the largest difference, in units of the targets' deviation.
"""

import sys

import h5py
import numpy
import onnx
import onnxruntime

folder, noise = sys.argv[1:3]
file = h5py.File(f"{folder}/probabilities.h5")
data = h5py.File(f"{folder}/data.h5")
unit = data["train/targets"][()].std(0)
predictions = file["predictions"][()].astype("f8").transpose(1, 0, 2)
inputs = data["test/inputs"][: len(predictions)]
assert predictions.std(0).max() > 1e-3 * unit.max() and predictions.std(1).max() > 1e-4 * unit.max()
expected = {
    "predictions": predictions,
    "mean_predictions": predictions.mean(1),
    "network_spread": predictions.std(1),
}
variance = None
if "deviations" in file:
    deviations = file["deviations"][()].astype("f8").transpose(1, 0, 2)
    variance = (deviations**2).mean(1)
    # Of fixed noise networks give none of their own.
    if noise != "fixed":
        expected["deviations"] = deviations
if variance is not None:
    expected["mixture_deviations"] = numpy.sqrt(variance + expected["network_spread"] ** 2)

worst = 0
for name in ("networks", "ensemble"):
    path = f"{folder}/{name}.onnx"
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feeds = {"inputs": inputs}
    if name == "ensemble":
        feeds["latents"] = h5py.File(f"{folder}/samples.h5")["latents"][()]
    outputs = [value.name for value in session.get_outputs()]
    assert sorted(outputs) == sorted(list(expected) + ["outputs"]), (outputs, list(expected))
    for output, found in zip(outputs, session.run(outputs, feeds)):
        if output in expected:
            assert found.shape == expected[output].shape, (output, found.shape)
            worst = max(worst, (abs(found - expected[output]) / unit).max())
print(worst)
