"""Accuracies that PyTorch finds for generated LeNets or ResNets on CIFAR-10's first test images.

usage: cifar_networks.py SAMPLES.h5 test_batch.bin IMAGES PROBABILITIES.h5

Fails where its probabilities are not those of `evaluate --save-probabilities`, or do not depend on the image.
"""

import sys

import h5py
import numpy
import torch
from torch.nn.functional import batch_norm, conv2d, linear, max_pool2d, pad, relu

layers = h5py.File(sys.argv[1])["weights"]
records = numpy.fromfile(sys.argv[2], dtype=numpy.uint8).reshape(-1, 3073)[: int(sys.argv[3])]
images = torch.tensor(records[:, 1:].reshape(-1, 3, 32, 32) / 255, dtype=torch.float32)
labels = torch.tensor(records[:, 0].astype("i8"))


def get(layer, name, i):
    return torch.tensor(layers[f"layer{layer}/{name}"][i])


def lenet(x, i):
    for layer in (1, 2):
        x = max_pool2d(relu(conv2d(x, get(layer, "kernel", i), get(layer, "bias", i))), 2)
    x = x.flatten(1)
    for layer in (3, 4, 5):
        x = linear(x if layer == 3 else relu(x), get(layer, "kernel", i), get(layer, "bias", i))
    return x


def resnet(x, i):
    def convolution(x, layer, stride=1):
        mean, variance, scale, shift = (get(layer, n, i) for n in ("mean", "variance", "scale", "shift"))
        x = conv2d(x, get(layer, "kernel", i), stride=stride, padding=1)
        return batch_norm(x, mean, variance, scale, shift, eps=1e-5)

    x = relu(convolution(x, 1))
    for layer in range(2, len(layers), 2):
        width = get(layer, "scale", i).numel()
        stride = 2 if width > x.shape[1] else 1
        y = convolution(relu(convolution(x, layer, stride)), layer + 1)
        x = relu(y + pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, width - x.shape[1])))
    last = len(layers)
    return linear(x.mean((2, 3)), get(last, "kernel", i), get(last, "bias", i))


network = resnet if "mean" in layers["layer1"] else lenet
with torch.no_grad():
    for i in range(layers["layer1/kernel"].shape[0]):
        logits = network(images, i)
        found = logits.softmax(1)
        expected = torch.tensor(h5py.File(sys.argv[4])["probabilities"][i])
        spread, error = expected.std(0).max().item(), (found - expected).abs().max().item()
        assert error < 1e-2 * spread and spread > 1e-4, f"network {i}: off by {error}, spread over images {spread}"
        print((logits.argmax(1) == labels).double().mean().item())
