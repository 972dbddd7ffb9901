#!/usr/bin/env python3
"""Steps of stochastic gradient descent of an ordinary network in PyTorch, which `hyperdist bench step --set baseline.method=sgd` is compared with.

usage: pytorch_sgd.py [--target lenet|resnet32] [--batch 128] [--repeats 20] [--threads 2]

Times whole steps of the presets' targets on made-up images: forward, backward and torch.optim.SGD with momentum 0.9 and weight decay, batch
normalizations with the statistics of the minibatch. The images are in memory as the network takes them; nothing is changed at random.
Prints one line of JSON: seconds_median and seconds_min of a step. Needs torch.
"""
import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn


def lenet():
    return nn.Sequential(
        nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


class Block(nn.Module):
    """Two convolutions and a shortcut: every other pixel, and zeros for the channels that are missing (He et al. 2016, option A)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.stride, self.missing = stride, outputs - inputs

    def forward(self, x):
        shortcut = x
        if self.stride > 1 or self.missing:
            shortcut = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, 0, self.missing))
        return F.relu(self.layers(x) + shortcut)


def resnet32():
    layers, width = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for stage, outputs in enumerate((16, 32, 64)):
        for block in range(5):
            layers.append(Block(width, outputs, 2 if stage > 0 and block == 0 else 1))
            width = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


TARGETS = {"lenet": lenet, "resnet32": resnet32}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", choices=TARGETS, default="lenet")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    network = TARGETS[args.target]()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    images, labels = torch.randn(args.batch, 3, 32, 32), torch.randint(10, (args.batch,))
    seconds = []
    for step in range(3 + args.repeats):
        begin = time.perf_counter()
        loss = F.cross_entropy(network(images), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        seconds.append(time.perf_counter() - begin)
    seconds = seconds[3:]
    print(json.dumps({
        "peer": f"pytorch {torch.__version__}", "target": args.target, "batch": args.batch, "threads": args.threads,
        "weights": sum(p.numel() for p in network.parameters()), "repeats": args.repeats,
        "seconds_median": statistics.median(seconds), "seconds_min": min(seconds),
    }))


if __name__ == "__main__":
    main()
