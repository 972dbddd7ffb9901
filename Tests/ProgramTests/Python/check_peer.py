"""Launch/peers/plain_network.py on few images of its data sets' formats.

usage: check_peer.py PLAIN_NETWORK.py FOLDER      Prints a line for each thing that is as it should be.
"""
import contextlib
import io
import json
import pathlib
import runpy
import sys

import numpy
import torch

peer, folder = sys.argv[1], pathlib.Path(sys.argv[2])
random = numpy.random.default_rng(1)


def images(count, shape):
    """The label is about where the bright band is; and the labels."""
    labels = random.integers(10, size=count).astype(numpy.uint8)
    pixels = random.integers(64, size=(count, *shape)).astype(numpy.uint8)
    for image, label in zip(pixels, labels):
        top = 2 * int(label) + random.integers(4)
        image[:, top:top + 4] += 190
    return pixels, labels


for name, count in [(f"data_batch_{k}", 80) for k in range(1, 6)] + [("test_batch", 100)]:
    pixels, labels = images(count, (3, 32, 32))
    (folder / f"{name}.bin").write_bytes(numpy.hstack([labels[:, None], pixels.reshape(count, -1)]).tobytes())
for name, count in (("train", 400), ("t10k", 100)):
    pixels, labels = images(count, (1, 28, 28))
    (folder / f"{name}-images-idx3-ubyte").write_bytes(bytes(16) + pixels.tobytes())
    (folder / f"{name}-labels-idx1-ubyte").write_bytes(bytes(8) + labels.tobytes())


def run(*options):
    output = io.StringIO()
    sys.argv = [peer, str(folder), "--threads", "1", "--validation", "60", "--batch", "10", *options]
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
        runpy.run_path(peer, run_name="__main__")
    return json.loads(output.getvalue())


for target in ("lenet", "mnist"):
    found = run("--target", target, "--seeds", "1,2,1", "--epochs", "10", "--augment", "none")
    accuracies = found["accuracies"]
    assert found["samples"] == 3 and found["images"] == 100 and found["training_images"] == 340, found
    assert found["image_passes"] == 3 * 10 * 340, found
    # Learned, and by the seed alone.
    assert min(accuracies) >= 0.3 and accuracies[0] == accuracies[2], found
    assert found["network_nll"][0] == found["network_nll"][2] != found["network_nll"][1], found
    assert abs(found["mean_accuracy"] - sum(accuracies) / 3) < 1e-12, found
    first, second, third = found["ensemble_sizes"]
    assert first["disagreement"] is None and first["majority_accuracy"] == accuracies[0], found
    assert first["nll"] == found["network_nll"][0], found
    assert second["disagreement"] > 0 and third["majority_accuracy"] == accuracies[0], found
    # Two of the three pairs differ as the first pair does.
    assert abs(third["disagreement"] - 2 / 3 * second["disagreement"]) < 1e-12, found
    assert {key: found[key] for key in third if key != "size"} == {k: v for k, v in third.items() if k != "size"}
    assert found["scaled_nll"] > 0 and found["nll"] > 0, found
    print(target)

module = runpy.run_path(peer)
training, validation, test = module["load"](module["TARGETS"]["lenet"], folder, 60)
raw = numpy.fromfile(folder / "data_batch_5.bin", numpy.uint8).reshape(80, 3073)
assert (validation.labels.numpy() == raw[20:, 0]).all() and len(training.labels) == 340
every = training.values(training.pixels).double()
assert every.mean((0, 2, 3)).abs().max() < 1e-5 and (every.std((0, 2, 3), unbiased=False) - 1).abs().max() < 1e-5
training, validation, test = module["load"](module["TARGETS"]["mnist"], folder, 60)
assert (validation.pixels.numpy().tobytes() == (folder / "train-images-idx3-ubyte").read_bytes()[16:16 + 60 * 784])
assert training.values(training.pixels).max() == training.pixels.max() / 255
print("split")

for name, (reach, mirrors) in module["AUGMENTATIONS"].items():
    chosen = torch.zeros(300, dtype=torch.long) + 7
    padded = numpy.pad(training.pixels[7, 0].numpy(), reach)
    possible = {}
    for row in range(2 * reach + 1):
        for column in range(2 * reach + 1):
            part = padded[row:row + 28, column:column + 28]
            possible[part.tobytes()] = (row, column, False)
            if mirrors:
                possible[part[:, ::-1].tobytes()] = (row, column, True)
    torch.manual_seed(3)
    changed = (training.changed(chosen, reach, mirrors) * 255).round().byte().numpy()
    seen = [possible[image.tobytes()] for image in changed]
    assert {row for row, _, _ in seen} == {column for _, column, _ in seen} == set(range(2 * reach + 1)), seen
    assert (0.4 if mirrors else 0) <= sum(mirrored for _, _, mirrored in seen) / 300 <= (0.6 if mirrors else 0)
print("changes")
