#!/usr/bin/env python3
"""The forward passes of `hyperdist evaluate` on MNIST in PyTorch: a loop over networks.

usage: pytorch_evaluate.py NETWORKS.h5 IMAGES LABELS [--threads 2] [--batch 64] [--channels-last]
                           [--images N]

NETWORKS.h5 is made by `hyperdist sample`, IMAGES and LABELS are MNIST's t10k files (.gz or not). Timed are the
networks' probabilities on all images, their sum and each network's right answers; not the start of Python
nor reading files. Prints one line of JSON with seconds_median (of the one pass there is) and mean_accuracy.
Needs torch, h5py and numpy.
"""
import argparse
import gzip
import json
import time

import h5py
import numpy as np
import torch
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("networks")
parser.add_argument("image_file")
parser.add_argument("label_file")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--channels-last", action="store_true")
parser.add_argument("--images", type=int, default=10_000)
args = parser.parse_args()
torch.set_num_threads(args.threads)
layout = torch.channels_last if args.channels_last else torch.contiguous_format


def read(path, header):
    data = (gzip.open if path.endswith(".gz") else open)(path, "rb").read()
    return torch.from_numpy(np.frombuffer(data, np.uint8)[header:].copy())


images = (read(args.image_file, 16).reshape(-1, 1, 28, 28).float() / 255)[:args.images]
labels = read(args.label_file, 8).long()[:args.images]
with h5py.File(args.networks) as file:
    weights = [[torch.from_numpy(file[f"weights/layer{k}/{name}"][()]) for name in ("kernel", "bias")]
               for k in (1, 2, 3, 4)]
count = len(weights[0][0])
batches = [b.contiguous(memory_format=layout) for b in images.split(args.batch)]


def forward(x, w):
    x = F.max_pool2d(F.relu(F.conv2d(x, *w[0], padding=2)), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, *w[1], padding=2)), 2)
    x = F.relu(F.linear(x.flatten(1), *w[2]))
    return torch.softmax(F.linear(x, *w[3]), 1)


with torch.inference_mode():
    forward(batches[0], [[t[0] for t in layer] for layer in weights])
    begin = time.perf_counter()
    total = torch.zeros(len(images), 10, dtype=torch.float64)
    accuracies = []
    for network in range(count):
        w = [[layer[0][network].contiguous(memory_format=layout) if layer[0].dim() == 5
              else layer[0][network], layer[1][network]] for layer in weights]
        p = torch.cat([forward(batch, w) for batch in batches])
        total += p
        accuracies.append((p.argmax(1) == labels).double().mean().item())
    seconds = time.perf_counter() - begin
print(json.dumps({"peer": f"pytorch {torch.__version__}", "seconds_median": seconds, "networks": count,
                  "threads": args.threads, "batch": args.batch, "channels_last": args.channels_last,
                  "mean_accuracy": float(np.mean(accuracies)),
                  "mean_probability_accuracy": (total.argmax(1) == labels).double().mean().item()}))
