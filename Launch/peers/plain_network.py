#!/usr/bin/env python3
"""Ordinary networks trained one by one, in PyTorch: what a hypernetwork that generates them is compared with.

usage: plain_network.py DATA [--target lenet|mnist] [--seeds 1,2,...] [--epochs 60] [--batch 128] [--rate 1e-3]
                        [--augment none|shift|crop-flip] [--validation 5000] [--threads 2]

DATA is a folder of CIFAR-10's binary batches (lenet) or MNIST's IDX files, gzipped or not (mnist). The network is that
of the presets lenet-cifar10 and mnist; the images are split, normalized and changed at random as the presets do it:
the last 5,000 of CIFAR-10's training files are for validation and the first 5,000 of MNIST's, crop-flip (lenet's default;
mnist's: none) shifts by up to 4 pixels each way and mirrors every other image. Adam, whose rate falls to 0 by a half cosine,
E epochs of all other images; PyTorch's initialization. One network for each seed, and all together: a deep ensemble.

Prints one line of JSON with the keys of `hyperdist evaluate --json` on the test images (scaled_nll: at the temperature that
fits the validation images best) and ensemble_sizes of the first 1, 2, 3 ... networks; each epoch's validation accuracy goes to
standard error. The same seed gives the same network on the same machine and thread count. Needs torch and numpy.
"""
import argparse
import gzip
import json
import math
import pathlib
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

FLOOR = 1e-12


def lenet():
    return nn.Sequential(
        nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def mnist():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 16, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(784, 8), nn.ReLU(), nn.Linear(8, 10))


# Images


def read_cifar10(folder):
    """(images, labels) of the training files, in their order, and of the test file; bytes."""
    def read(name):
        records = np.frombuffer((folder / name).read_bytes(), np.uint8).reshape(-1, 3073)
        return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]

    batches = [read(f"data_batch_{k}.bin") for k in range(1, 6)]
    return tuple(np.concatenate(parts) for parts in zip(*batches)), read("test_batch.bin")


def read_mnist(folder):
    def read(name, header):
        path = folder / name
        data = path.read_bytes() if path.exists() else (folder / (name + ".gz")).read_bytes()
        return np.frombuffer(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data, np.uint8)[header:]

    return tuple(
        (read(f"{name}-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28), read(f"{name}-labels-idx1-ubyte", 8))
        for name in ("train", "t10k"))


class Images:
    """Bytes and labels; `normalize` is (mean, deviation) of a pixel in [0, 1], a number a channel."""

    def __init__(self, pixels, labels, normalize=None):
        self.pixels, self.labels = torch.from_numpy(pixels.copy()), torch.from_numpy(labels.astype(np.int64))
        self.normalize = normalize

    def values(self, pixels):
        values = pixels.float() / 255
        if self.normalize is None:
            return values
        mean, deviation = self.normalize
        return (values - mean) / deviation

    def changed(self, chosen, reach, mirrors):
        """Those of the indices `chosen`, each moved by up to `reach` pixels each way, black where nothing comes from, and
        mirrored every other time."""
        if reach == 0:
            return self.values(self.pixels[chosen])
        height, width = self.pixels.shape[2:]
        padded = F.pad(self.pixels[chosen], (reach,) * 4)
        rows = torch.arange(height) + torch.randint(2 * reach + 1, (len(chosen), 1))
        columns = torch.arange(width).expand(len(chosen), width)
        if mirrors:
            columns = torch.where(torch.randint(2, (len(chosen), 1)) == 1, width - 1 - columns, columns)
        columns = columns + torch.randint(2 * reach + 1, (len(chosen), 1))
        image, channel = torch.arange(len(chosen))[:, None, None, None], torch.arange(padded.shape[1])[:, None, None]
        return self.values(padded[image, channel, rows[:, None, :, None], columns[:, None, None, :]])


TARGETS = {
    "lenet": dict(network=lenet, read=read_cifar10, validation_first=False, normalizes=True, augment="crop-flip"),
    "mnist": dict(network=mnist, read=read_mnist, validation_first=True, normalizes=False, augment="none"),
}
# The farthest an image is moved, and whether it may be mirrored.
AUGMENTATIONS = {"none": (0, False), "shift": (2, False), "crop-flip": (4, True)}


def load(target, folder, validation_count):
    """Training, validation and test images."""
    (pixels, labels), test = target["read"](folder)
    if not 0 < validation_count < len(labels):
        sys.exit(f"--validation {validation_count}: {folder} has {len(labels)} training images")
    cut = validation_count if target["validation_first"] else len(labels) - validation_count
    parts = [(pixels[:cut], labels[:cut]), (pixels[cut:], labels[cut:])]
    validation, training = parts if target["validation_first"] else reversed(parts)
    normalize = None
    if target["normalizes"]:
        mean, deviation = (
            torch.from_numpy(moment(training[0] / np.float64(255), axis=(0, 2, 3)).astype(np.float32)).reshape(-1, 1, 1)
            for moment in (np.mean, np.std))
        normalize = mean, torch.where(deviation > 0, deviation, torch.ones_like(deviation))
    return tuple(Images(*part, normalize) for part in (training, validation, test))


# Training


def probabilities(network, images):
    """(images, classes), double precision."""
    network.eval()
    with torch.no_grad():
        return torch.cat([
            torch.softmax(network(images.values(part)).double(), 1) for part in images.pixels.split(500)]).numpy()


def train(seed, target, training, validation, args):
    torch.manual_seed(seed)
    network = target["network"]()
    optimizer = torch.optim.Adam(network.parameters(), lr=args.rate)
    count = len(training.labels)
    steps = args.epochs * math.ceil(count / args.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: 0.5 * (1 + math.cos(math.pi * min(step, steps) / steps)))
    for epoch in range(1, args.epochs + 1):
        network.train()
        begin, total = time.perf_counter(), 0.0
        for chosen in torch.randperm(count).split(args.batch):
            inputs = training.changed(chosen, *AUGMENTATIONS[args.augment])
            loss = F.cross_entropy(network(inputs), training.labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        accuracy = (probabilities(network, validation).argmax(1) == validation.labels.numpy()).mean()
        print(f"seed {seed} epoch {epoch}: loss {total / count:.4f}, validation {100 * accuracy:.2f} %, "
              f"{time.perf_counter() - begin:.1f} s", file=sys.stderr, flush=True)
    return network


# Figures


def nll(p, labels):
    return -np.log(np.maximum(p[np.arange(len(labels)), labels], FLOOR)).mean()


def scaled(p, temperature):
    logits = np.log(np.maximum(p, FLOOR)) / temperature
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def fitted_temperature(p, labels):
    """The temperature of the mean probability that minimizes the NLL, by golden section of its logarithm."""
    low, high = math.log(0.01), math.log(100.0)
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if nll(scaled(p, math.exp(a)), labels) <= nll(scaled(p, math.exp(b)), labels):
            high = b
        else:
            low = a
    return math.exp((low + high) / 2)


def ensemble(test, validation, labels, validation_labels):
    """Figures of networks together; probabilities are (networks, images, classes)."""
    count, images, classes = test.shape
    named = test.argmax(2)
    votes = np.stack([(named == k).sum(0) for k in range(classes)], 1)
    mean = test.mean(0)
    temperature = fitted_temperature(validation.mean(0), validation_labels)
    pairs = count * (count - 1)
    return {
        "majority_accuracy": float((votes.argmax(1) == labels).mean()),
        "mean_probability_accuracy": float((mean.argmax(1) == labels).mean()),
        "nll": float(nll(mean, labels)), "temperature": temperature,
        "scaled_nll": float(nll(scaled(mean, temperature), labels)),
        "disagreement": float(1 - (votes * (votes - 1)).sum() / (pairs * images)) if pairs else None,
    }


def figures(test, validation, labels, validation_labels):
    accuracies = [float((p.argmax(1) == labels).mean()) for p in test]
    return {
        "samples": len(test), "images": len(labels), "mean_accuracy": float(np.mean(accuracies)),
        **ensemble(test, validation, labels, validation_labels), "accuracies": accuracies,
        "network_nll": [float(nll(p, labels)) for p in test],
        "ensemble_sizes": [
            {"size": n, **ensemble(test[:n], validation[:n], labels, validation_labels)}
            for n in range(1, len(test) + 1)],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--target", choices=TARGETS, default="lenet")
    parser.add_argument("--seeds", type=lambda text: [int(seed) for seed in text.split(",")], default=[1])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--augment", choices=AUGMENTATIONS)
    parser.add_argument("--validation", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.epochs < 1 or args.batch < 1:
        parser.error("--epochs and --batch must be at least 1")
    target = TARGETS[args.target]
    args.augment = args.augment or target["augment"]
    torch.set_num_threads(args.threads)
    training, validation, test = load(target, args.data, args.validation)
    begin = time.perf_counter()
    said = [
        [probabilities(network, images) for images in (test, validation)]
        for network in (train(seed, target, training, validation, args) for seed in args.seeds)]
    seconds = time.perf_counter() - begin
    print(json.dumps({
        "peer": f"pytorch {torch.__version__}", "target": args.target, "seeds": args.seeds, "epochs": args.epochs,
        "batch": args.batch, "rate": args.rate, "augment": args.augment, "training_images": len(training.labels),
        "image_passes": args.epochs * len(training.labels) * len(args.seeds), "threads": args.threads,
        "seconds": seconds,
        **figures(*(np.stack(p) for p in zip(*said)), test.labels.numpy(), validation.labels.numpy()),
    }))


if __name__ == "__main__":
    main()
