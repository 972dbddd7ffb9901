#!/usr/bin/env python3
"""Golden values of multiplicative normalizing flows (Louizos and Welling 2017) on the MNIST target, from PyTorch's automatic differentiation
in double precision: a network of a latent, the divergence from the prior, and the gradients of both.

usage: mnfg.py            (needs: pip install torch numpy)

Writes mnfg.json beside itself. README.md says what the file holds.
"""

import json
import math
import pathlib

import numpy
import torch

from generate import lines, rounded, signed, summary, uniform

STEPS, WIDTH, REVERSE_WIDTH, LIMIT = 2, 50, 100, 0.2
PARAMETER_TENSOR, GRADIENT_TENSOR, DRAWN_GRADIENT_TENSOR = 600, 800, 1000
LATENT_TENSOR, LATENT_MASK_TENSOR, PENALTY_TENSOR, PENALTY_MASK_TENSOR = 700, 701, 702, 703
WEIGHT_TENSOR, SLOPE_TENSOR = 710, 711
# Filters, kernel elements, whether the layer is a convolution.
LAYERS = [(32, 25, True), (16, 800, True), (8, 784, False), (10, 8, False)]
LOG_2PI = math.log(2 * math.pi)


def shapes():
    """Names and shapes of all tensors in their order."""
    def flow(prefix, size, width):
        for step in range(1, STEPS + 1):
            for name, outputs in (("hidden", width), ("shift", size), ("gate", size)):
                yield f"{prefix}{step}/{name}/weight", (width, size)
                yield f"{prefix}{step}/{name}/bias", (outputs,)

    for layer, (filters, kernel, convolution) in enumerate(LAYERS, 1):
        size = filters if convolution else kernel
        yield f"layer{layer}/mean", (filters, kernel + 1)
        yield f"layer{layer}/spread", (filters, kernel + 1)
        yield f"layer{layer}/start", (size,)
        yield f"layer{layer}/start_spread", (size,)
        yield from flow(f"layer{layer}/flow", size, WIDTH)
    for layer, (filters, kernel, convolution) in enumerate(LAYERS, 1):
        size = filters if convolution else kernel
        for name in ("mean", "precision", "direction"):
            yield f"layer{layer}/reverse/{name}", (size,)
        yield from flow(f"layer{layer}/reverse/flow", size, REVERSE_WIDTH)


def scale_and_shift(name):
    if name.endswith("/spread"):
        return 1.5, -3
    if name.endswith("/start_spread"):
        return 1, -1
    if name.endswith("/start"):
        return 1, 0
    if name.endswith("gate/bias"):
        return 1, 1
    if name.endswith("/bias"):
        return 0.5, 0
    return 0.125, 0


def double(values):
    return torch.from_numpy(values.astype(numpy.float64))


def make_parameters():
    parameters = {}
    for number, (name, shape) in enumerate(shapes()):
        scale, shift = scale_and_shift(name)
        values = signed(PARAMETER_TENSOR + number, math.prod(shape)) * numpy.float32(scale) + numpy.float32(shift)
        parameters[name] = double(values).reshape(shape).requires_grad_()
    return parameters


class Noise:
    """Normal numbers and masks, taken one vector behind the other."""

    def __init__(self, tensor, mask_tensor):
        self.numbers, self.bits = tensor, mask_tensor
        self.used, self.masked = 0, 0

    def normal(self, count):
        values = signed(self.numbers, self.used + count)[self.used:] * numpy.float32(2)
        self.used += count
        return double(values)

    def masks(self, count):
        values = (uniform(self.bits, self.masked + count)[self.masked:] >= 0.5)
        self.masked += count
        return double(values)


def run_flow(p, prefix, z, masks):
    determinant = 0
    for step, m in enumerate(masks.reshape(STEPS, -1), 1):
        def tensor(name):
            return p[f"{prefix}{step}/{name}"]
        h = torch.tanh((m * z) @ tensor("hidden/weight").T + tensor("hidden/bias"))
        mu = h @ tensor("shift/weight") + tensor("shift/bias")
        g = torch.sigmoid(h @ tensor("gate/weight") + tensor("gate/bias"))
        z = m * z + (1 - m) * (g * z + (1 - g) * mu)
        determinant = determinant + ((1 - m) * torch.log(g)).sum()
    return z, determinant


def multipliers(p, layer, e, masks):
    z0 = p[f"layer{layer}/start"] + torch.exp(p[f"layer{layer}/start_spread"] / 2) * e
    return run_flow(p, f"layer{layer}/flow", z0, masks)


def moments(p, layer, convolution, z):
    """Means and deviations, (filters, kernel + 1)."""
    mean, spread = p[f"layer{layer}/mean"], p[f"layer{layer}/spread"]
    factor = z[:, None] if convolution else torch.cat([z, torch.ones(1, dtype=z.dtype)])[None, :]
    deviation = torch.cat([torch.exp(spread[:, :-1]), torch.exp(spread[:, -1:] / 2)], 1)
    return factor * mean, deviation


def generate(p):
    noise = Noise(LATENT_TENSOR, LATENT_MASK_TENSOR)
    sizes = [f if c else k for f, k, c in LAYERS]
    starts = [noise.normal(size) for size in sizes]
    weights = []
    for layer, (filters, kernel, convolution) in enumerate(LAYERS, 1):
        e = noise.normal(filters * (kernel + 1)).reshape(filters, kernel + 1)
        z, _ = multipliers(p, layer, starts[layer - 1], noise.masks(STEPS * sizes[layer - 1]))
        mean, deviation = moments(p, layer, convolution, z)
        weights.append((mean + torch.clamp(deviation, max=LIMIT) * e).reshape(-1))
    return torch.cat(weights)


def penalty(p):
    noise = Noise(PENALTY_TENSOR, PENALTY_MASK_TENSOR)
    sizes = [f if c else k for f, k, c in LAYERS]
    starts = [noise.normal(size) for size in sizes]
    summaries = [noise.normal(k + 1 if c else f) for f, k, c in LAYERS]
    masks = [noise.masks(STEPS * size) for size in sizes]
    reverse_masks = [noise.masks(STEPS * size) for size in sizes]
    total = 0
    for layer, (filters, kernel, convolution) in enumerate(LAYERS, 1):
        z, determinant = multipliers(p, layer, starts[layer - 1], masks[layer - 1])
        mean, deviation = moments(p, layer, convolution, z)
        normal = (-torch.log(deviation) + (deviation**2 + mean**2) / 2 - 0.5).sum()
        log_q = -(LOG_2PI + p[f"layer{layer}/start_spread"] + 1).sum() / 2 - determinant
        c, e = p[f"layer{layer}/reverse/direction"], summaries[layer - 1]
        if convolution:
            sums = (c[:, None] * mean).sum(0) + torch.sqrt(((c[:, None] * deviation) ** 2).sum(0)) * e
            u = sums[:-1].mean() + sums[-1]
        else:
            spread = torch.sqrt(((c[None, :] * deviation[:, :-1]) ** 2).sum(1))
            u = torch.tanh((c[None, :] * mean[:, :-1]).sum(1) + spread * e).mean()
        y, reverse_determinant = run_flow(p, f"layer{layer}/reverse/flow", z, reverse_masks[layer - 1])
        precision = p[f"layer{layer}/reverse/precision"] * u
        distance = y - p[f"layer{layer}/reverse/mean"] * u
        log_r = reverse_determinant + (-torch.exp(precision) * distance**2 / 2 - LOG_2PI / 2 + precision / 2).sum()
        total = total + normal + log_q - log_r
    return total


def main():
    folder = pathlib.Path(__file__).resolve().parent
    torch.set_num_threads(1)
    p = make_parameters()
    names = list(p)
    weights = generate(p)
    slopes = double(signed(SLOPE_TENSOR, len(weights)))
    drawn = torch.autograd.grad((weights * slopes).sum(), [p[n] for n in names], allow_unused=True)
    divergence = penalty(p)
    gradients = torch.autograd.grad(divergence, [p[n] for n in names])
    result = {
        "weights": summary(weights, WEIGHT_TENSOR), "divergence": divergence.item(),
        "drawnGradients": {
            name: summary(gradient, DRAWN_GRADIENT_TENSOR + number)
            for number, (name, gradient) in enumerate(zip(names, drawn)) if gradient is not None},
        "divergenceGradients": {
            name: summary(gradient, GRADIENT_TENSOR + number)
            for number, (name, gradient) in enumerate(zip(names, gradients))},
    }
    (folder / "mnfg.json").write_text(lines(rounded(result)) + "\n")
    print(divergence.item(), len(weights), sum(v.numel() for v in p.values()))


if __name__ == "__main__":
    main()
