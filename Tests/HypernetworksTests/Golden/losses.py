#!/usr/bin/env python3
"""Losses of numbers and their gradients by PyTorch, in double precision: losses.json.

Inputs come from the hash of README.md: 7 images of 3 targets, outputs f = 2 signed(201), targets y = signed(202), logarithms of
variances s = signed(203); sums over all images and targets, and their gradients with respect to outputs (images, outputs).
"""

import json
import pathlib

import torch


def uniform(tensor, index):
    x = (tensor * 0x9E3779B9 + index) & 0xFFFFFFFF
    x ^= x >> 16
    x = (x * 0x7FEB352D) & 0xFFFFFFFF
    x ^= x >> 15
    x = (x * 0x846CA68B) & 0xFFFFFFFF
    x ^= x >> 16
    return (x >> 8) * 2.0**-24


def signed(tensor, count):
    return [2 * uniform(tensor, index) - 1 for index in range(count)]


IMAGES, TARGETS, FLOOR = 7, 3, 1e-6
f = 2 * torch.tensor(signed(201, IMAGES * TARGETS), dtype=torch.float64).reshape(IMAGES, TARGETS)
y = torch.tensor(signed(202, IMAGES * TARGETS), dtype=torch.float64).reshape(IMAGES, TARGETS)
s = torch.tensor(signed(203, IMAGES * TARGETS), dtype=torch.float64).reshape(IMAGES, TARGETS)


def case(loss, outputs):
    outputs = outputs.clone().requires_grad_()
    value = loss(outputs)
    value.backward()
    return {"loss": value.item(), "gradient": outputs.grad.flatten().tolist()}


def gaussian(outputs):
    mean, variance = outputs[:, :TARGETS], outputs[:, TARGETS:].exp() + FLOOR
    return torch.nn.GaussianNLLLoss(full=True, eps=0, reduction="sum")(mean, y, variance)


def fixed(outputs):
    return torch.nn.GaussianNLLLoss(full=True, eps=0, reduction="sum")(outputs, y, torch.full_like(y, 0.25))


cases = {
    "squared": case(lambda o: torch.nn.MSELoss(reduction="sum")(o, y), f),
    "huber": case(lambda o: torch.nn.HuberLoss(reduction="sum", delta=0.75)(o, y), f),
    "fixed": case(fixed, f),
    "output": case(gaussian, torch.cat([f, s], 1)),
}
path = pathlib.Path(__file__).with_name("losses.json")
path.write_text(json.dumps({"cases": [{"name": name, **values} for name, values in cases.items()]}, indent=1) + "\n")
