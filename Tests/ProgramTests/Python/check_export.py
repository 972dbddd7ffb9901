"""Compares exported ONNX files with what `evaluate` and `sample` say of the same networks.

usage: check_export.py FOLDER DATA STATISTICS

FOLDER has networks.onnx (--networks), and of a hypernetwork ensemble.onnx (--with-target), generator.onnx and samples.h5; and
probabilities.h5 (evaluate --save-probabilities). DATA is a folder of CIFAR-10's files; STATISTICS training images
from which normalizations have their statistics. Prints the largest difference of a probability.
"""

import os
import sys

import h5py
import numpy
import onnx
import onnxruntime

folder, data, statistics = sys.argv[1], sys.argv[2], int(sys.argv[3])


def images(name, count):
    records = numpy.fromfile(f"{data}/{name}.bin", dtype=numpy.uint8).reshape(-1, 3073)[:count]
    return (records[:, 1:].reshape(-1, 3, 32, 32) / 255).astype("f4")


def session(name):
    path = f"{folder}/{name}.onnx"
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    assert model.producer_name == "hyperdist" and model.opset_import[0].version == 17
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert len(metadata["configuration_sha256"]) == 64 and metadata["step"] == "2", metadata
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


file = h5py.File(f"{folder}/probabilities.h5")
expected = file["probabilities"][()].transpose(1, 0, 2)
mean = file["mean_probabilities"][()]
inputs = images("test_batch", len(mean))
# Networks that say the same of everything would prove nothing.
assert expected.std(0).max() > 1e-3 and expected.std(1).max() > 1e-4, (expected.std(0).max(), expected.std(1).max())


def compare(found):
    logits, probabilities, ensemble = found
    assert abs(numpy.exp(logits - logits.max(2, keepdims=True)).sum(2) * probabilities.max(2) - 1).max() < 1e-5
    return max(abs(probabilities - expected).max(), abs(ensemble - mean).max())


names = ["logits", "probabilities", "mean_probabilities"]
networks = session("networks")
assert [value.name for value in networks.get_inputs()] == ["inputs"]
assert networks.get_outputs()[1].shape == ["batch", expected.shape[1], expected.shape[2]]
worst = compare(networks.run(names, {"inputs": inputs}))
one = networks.run(names, {"inputs": inputs[:1]})
worst = max(worst, abs(one[1] - expected[:1]).max())

if os.path.exists(f"{folder}/ensemble.onnx"):
    samples = h5py.File(f"{folder}/samples.h5")
    latents = samples["latents"][()]
    ensemble = session("ensemble")
    feeds = {"latents": latents, "inputs": inputs}
    if len(ensemble.get_inputs()) == 3:
        feeds["statistics_inputs"] = images("data_batch_1", statistics)
    worst = max(worst, compare(ensemble.run(names, feeds)))

    generator = session("generator")
    outputs = [value.name for value in generator.get_outputs()]
    for name, found in zip(outputs, generator.run(outputs, {"latents": latents})):
        tensor = samples[name.replace(".", "/")][()]
        assert found.shape == tensor.shape, name
        assert abs(found - tensor).max() <= 1e-5 * abs(tensor).max(), (name, abs(found - tensor).max())
    assert len(outputs) == sum(
        1 for layer in samples["weights"].values() for name in layer if name not in ("mean", "variance"))

print(worst)
# Far below what tells images apart.
assert worst <= 1e-3 * expected.std(0).max(), (worst, expected.std(0).max())
