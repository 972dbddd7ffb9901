#!/usr/bin/env python3
"""Golden values of one whole MNIST training step, from PyTorch's automatic differentiation in double
precision.

usage: generate.py            (needs: pip install torch numpy)

Writes mnist-CASE.json beside itself. Inputs come from an integer hash, so that a test makes the same
numbers without reading a file. README.md says what hash, what inputs and what the files hold.
"""

import json
import math
import pathlib

import numpy
import torch
import torch.nn.functional as F

LATENTS, IMAGES, LATENT_SIZE, CODE_SIZE = 32, 32, 300, 15
FILTERS = [32, 16, 8, 1]  # the last layer is one filter to its generator
NETWORKS = {
    "extractor": [300, 300, 300, 855],
    "generator1": [15, 40, 40, 26],
    "generator2": [15, 100, 100, 801],
    "generator3": [15, 100, 100, 785],
    "generator4": [15, 60, 60, 90],
}
# Filters, input channels, kernel elements on each input channel, of each target layer.
TARGET = [(32, 1, 25), (16, 32, 25), (8, 16, 49), (10, 8, 1)]
LEAK, NORMALIZATION_EPSILON, NORMALIZATION_DECAY = 0.05, 1e-7, 0.98
TINY = 1e-8  # under the gauge's root, and beside a nearest distance in the logarithm
LATENT_TENSOR, IMAGE_TENSOR, LABEL_TENSOR = 101, 102, 103
PROBES, PROBE_IMAGE_TENSOR, PROBE_LABEL_TENSOR = 8, 106, 107
THETA_GRADIENT_TENSOR, RAW_GRADIENT_TENSOR, THETA_TENSOR, PROBE = 104, 105, 200, 1000

CASES = {
    "entropy-l1": dict(diversity="entropy", metric="l1", gauge=True, weight=2.0**-8),
    "entropy-l2": dict(diversity="entropy", metric="l2", gauge=True, weight=2.0**-8),
    "variance": dict(diversity="variance", metric="l1", gauge=False, weight=2.0**-13),
    "none": dict(diversity="none", metric="l1", gauge=True, weight=1.0),
    "entropy-k3": dict(diversity="entropy", metric="l2", gauge=True, weight=2.0**-8, k=3),
    "output-entropy": dict(diversity="output-entropy", metric="l2", gauge=True, weight=2.0**6),
    "ensemble": dict(diversity="ensemble", metric="l1", gauge=True, weight=1.0),
    "permutation": dict(
        diversity="entropy", metric="l2", gauge=True, weight=2.0**-8, permutation=True),
}


# Inputs


def uniform(tensor, count):
    """Elements 0 ..< count of the hash's tensor, in [0, 1), as float32 (24 bits, so exact)."""
    x = numpy.arange(count, dtype=numpy.uint32) + numpy.uint32(tensor * 0x9E3779B9 & 0xFFFFFFFF)
    x ^= x >> numpy.uint32(16)
    x *= numpy.uint32(0x7FEB352D)
    x ^= x >> numpy.uint32(15)
    x *= numpy.uint32(0x846CA68B)
    x ^= x >> numpy.uint32(16)
    return (x >> numpy.uint32(8)).astype(numpy.float32) * numpy.float32(2.0**-24)


def signed(tensor, count):
    """The same on [-1, 1)."""
    return numpy.float32(2) * uniform(tensor, count) - numpy.float32(1)


def double(values, *shape):
    return torch.from_numpy(values.astype(numpy.float64)).reshape(*shape)


def make_parameters():
    """Name -> tensor, in the order of the parameter layout."""
    parameters = {}

    def add(name, shape, make):
        count = math.prod(shape)
        values = make(len(parameters) + 1, count)
        parameters[name] = double(values, *shape).requires_grad_()

    for network, widths in NETWORKS.items():
        layers = len(widths) - 1
        for layer, (fan_in, width) in enumerate(zip(widths, widths[1:]), start=1):
            bound = numpy.float32(0.3 / math.sqrt(fan_in))
            add(f"{network}/layer{layer}/weight", (width, fan_in), lambda t, n: signed(t, n) * bound)
            if layer < layers:
                half = numpy.float32(0.5)
                add(f"{network}/norm{layer}/scale", (width,), lambda t, n: half + uniform(t, n))
                add(f"{network}/norm{layer}/shift", (width,), lambda t, n: uniform(t, n) - half)
    assert sum(p.numel() for p in parameters.values()) == 633_640
    return parameters


# The step


def apply_network(name, x, parameters, statistics):
    """A sub-network on rows x; the batch statistics of its normalizations go into `statistics`."""
    layers = len(NETWORKS[name]) - 1
    for layer in range(1, layers):
        x = x @ parameters[f"{name}/layer{layer}/weight"].T
        x = torch.where(x > 0, x, LEAK * x)
        mean = x.mean(0)
        variance = ((x - mean) ** 2).mean(0)
        statistics[f"{name}/norm{layer}"] = (mean.detach(), x.var(0, unbiased=True).detach())
        x = (x - mean) / torch.sqrt(variance + NORMALIZATION_EPSILON)
        x = x * parameters[f"{name}/norm{layer}/scale"] + parameters[f"{name}/norm{layer}/shift"]
    return x @ parameters[f"{name}/layer{layers}/weight"].T


def generate_weights(latents, parameters, statistics):
    """Flat weight vectors before gauge fixing, (latents, 20018)."""
    codes = apply_network("extractor", latents, parameters, statistics)
    codes = codes.reshape(LATENTS, sum(FILTERS), CODE_SIZE)
    parts, first = [], 0
    for layer, filters in enumerate(FILTERS, start=1):
        rows = codes[:, first : first + filters].reshape(LATENTS * filters, CODE_SIZE)
        out = apply_network(f"generator{layer}", rows, parameters, statistics)
        parts.append(out.reshape(LATENTS, -1))
        first += filters
    return torch.cat(parts, 1)


def split_layers(theta):
    """(kernel [latents, filters, channels, elements], bias [latents, filters]) of each target layer."""
    layers, offset = [], 0
    for filters, channels, elements in TARGET:
        size = channels * elements + 1
        block = theta[:, offset : offset + filters * size].reshape(LATENTS, filters, size)
        kernel = block[..., :-1].reshape(LATENTS, filters, channels, elements)
        layers.append((kernel, block[..., -1]))
        offset += filters * size
    assert offset == theta.shape[1] == 20_018
    return layers


def join_layers(layers):
    parts = [torch.cat([kernel.flatten(2), bias[..., None]], 2).flatten(1) for kernel, bias in layers]
    return torch.cat(parts, 1)


def fix_gauge(theta, permutation=False):
    layers, fixed, incoming, orders = split_layers(theta), [], None, []
    for index, (kernel, bias) in enumerate(layers):
        if incoming is not None:
            kernel = kernel * incoming[:, None, :, None]
        if index < len(layers) - 1:
            squares = (kernel**2).sum((2, 3)) + bias**2
            incoming = torch.sqrt(squares / (kernel[0, 0].numel() + 1) + TINY)
            kernel, bias = kernel / incoming[..., None, None], bias / incoming
            orders.append(torch.sort(incoming.detach(), dim=1, stable=True))
        else:
            bias = bias - bias.mean(1, keepdim=True)
        fixed.append((kernel, bias))
    if permutation:
        # Norms so far apart that single precision sorts them alike.
        assert min((s[:, 1:] / s[:, :-1]).min() for s, _ in orders if s.shape[1] > 1) > 1 + 1e-6
        fixed = [sort_layer(layer, index, orders) for index, layer in enumerate(fixed)]
    return join_layers(fixed)


def sort_layer(layer, index, orders):
    """A layer with its filters in its own order and its input channels in that of the layer before."""
    kernel, bias = layer
    if index < len(orders):
        order = orders[index][1]
        kernel, bias = torch.stack([k[o] for k, o in zip(kernel, order)]), bias.gather(1, order)
    if index > 0:
        kernel = torch.stack([k[:, o] for k, o in zip(kernel, orders[index - 1][1])])
    return kernel, bias


def logits_of(layers, latent, images):
    (k1, b1), (k2, b2), (k3, b3), (k4, b4) = [(k[latent], b[latent]) for k, b in layers]
    x = images.reshape(-1, 1, 28, 28)
    x = F.max_pool2d(torch.relu(F.conv2d(x, k1.reshape(32, 1, 5, 5), b1, padding=2)), 2)
    x = F.max_pool2d(torch.relu(F.conv2d(x, k2.reshape(16, 32, 5, 5), b2, padding=2)), 2)
    x = torch.relu(F.linear(x.flatten(1), k3.flatten(1), b3))
    return F.linear(x, k4.flatten(1), b4)


def nearest_distances(theta, metric, k=1):
    difference = theta[:, None] - theta[None]
    others = ~torch.eye(LATENTS, dtype=torch.bool)
    # The diagonal leaves before the root, whose derivative at 0 is infinite.
    difference = difference[others].reshape(LATENTS, LATENTS - 1, -1)
    if metric == "l1":
        distances = difference.abs().sum(2)
    else:
        distances = (difference**2).sum(2).sqrt()
    return distances.sort(1)[0][:, k - 1], distances.detach()


def entropy_estimate(vectors, metric, k):
    nearest, distances = nearest_distances(vectors, metric, k)
    psi = lambda n: float(torch.digamma(torch.tensor(float(n), dtype=torch.float64)))
    dropped = psi(k) - psi(1)
    return psi(LATENTS) - dropped + LATENT_SIZE * torch.log(nearest + TINY).mean(), nearest, distances


class Objective:
    """One step's loss, lambda * accuracy_loss + diversity_loss, with what it is made of."""

    def __init__(self, parameters, latents, images, labels, probes, *, diversity, metric, gauge, weight, k=1,
                 permutation=False, assemble=None):
        """images: (latents, any number, 784); labels: (latents, that number); probes: images and labels that
        all networks see; assemble: makes weights of what the generators yield."""
        self.statistics = {}
        self.raw = generate_weights(latents, parameters, self.statistics)
        if assemble is not None:
            self.raw = assemble(self.raw)
        self.theta = fix_gauge(self.raw, permutation) if gauge else self.raw.clone()
        layers = split_layers(self.theta)
        logits = torch.stack([logits_of(layers, i, images[i]) for i in range(LATENTS)])
        self.accuracy_loss = F.cross_entropy(logits.reshape(-1, 10), labels.reshape(-1))
        self.correct = int((logits.argmax(2) == labels).sum())
        self.entropy, self.nearest, self.distances = entropy_estimate(self.theta, metric, k)
        self.diversity_loss = self.diversity(diversity, layers, probes, metric, k)
        self.loss = weight * self.accuracy_loss + self.diversity_loss

    def diversity(self, name, layers, probes, metric, k):
        if name == "none":
            return torch.zeros((), dtype=self.theta.dtype)
        if name == "entropy":
            return -self.entropy
        if name == "variance":
            return -((self.theta - self.theta.mean(0)) ** 2).mean()
        images, labels = probes
        outputs = torch.stack([logits_of(layers, i, images) for i in range(LATENTS)]).softmax(2)
        if name == "output-entropy":
            return -entropy_estimate(outputs.flatten(1), metric, k)[0]
        assert name == "ensemble"
        mean_of_labels = outputs.mean(0)[torch.arange(len(labels)), labels]
        return -torch.log(mean_of_labels + 1e-12).mean()


def labels_of(tensor, *shape):
    labels = numpy.floor(numpy.float32(10) * uniform(tensor, math.prod(shape)))
    return torch.from_numpy(labels.astype(numpy.int64)).reshape(*shape)


def run_case(weight, **case):
    parameters = make_parameters()
    latents = double(signed(LATENT_TENSOR, LATENTS * LATENT_SIZE), LATENTS, LATENT_SIZE)
    images = double(uniform(IMAGE_TENSOR, LATENTS * IMAGES * 784), LATENTS, IMAGES, 784)
    probes = double(uniform(PROBE_IMAGE_TENSOR, PROBES * 784), PROBES, 784)
    step = Objective(
        parameters, latents, images, labels_of(LABEL_TENSOR, LATENTS, IMAGES),
        (probes, labels_of(PROBE_LABEL_TENSOR, PROBES)), weight=weight, **case)
    raw, theta = step.raw, step.theta
    raw.retain_grad()
    terms = [torch.autograd.grad(t, theta, retain_graph=True, allow_unused=True)[0]
             for t in (weight * step.accuracy_loss, step.diversity_loss) if t.requires_grad]
    # Retained only now: autograd.grad would have added its own to theta.grad.
    theta.retain_grad()
    step.loss.backward()
    assert torch.allclose(theta.grad, sum(terms), rtol=1e-9, atol=1e-18)

    ordered = step.distances.sort(1)[0]
    result = {
        "lambda": weight,
        "diversity": case["diversity"],
        "metric": case["metric"],
        "gauge": case["gauge"],
        "loss": step.loss.item(),
        "accuracyLoss": step.accuracy_loss.item(),
        "diversityLoss": step.diversity_loss.item(),
        "correct": step.correct,
        "entropy": step.entropy.item(),
        "nearestDistanceMinimum": step.nearest.min().item(),
        "nearestDistanceMean": step.nearest.mean().item(),
        "nearestMarginSmallest": ((ordered[:, 1] - ordered[:, 0]) / ordered[:, 0]).min().item(),
        "termGradientNorms": [t.norm().item() for t in terms],
        "theta": {
            str(i): summary(theta[i], THETA_TENSOR + i) for i in (0, LATENTS - 1)
        },
        "thetaGradient": summary(theta.grad, THETA_GRADIENT_TENSOR),
        "rawGradient": summary(raw.grad, RAW_GRADIENT_TENSOR),
        "gradients": {
            name: summary(p.grad, t) for t, (name, p) in enumerate(parameters.items(), start=1)
        },
    }
    return result, parameters, step.statistics


def running_statistics(statistics):
    """After one step from mean 0, variance 1, the variance unbiased, as torch.nn.BatchNorm1d has it.

    Summarized under the scale's and the shift's numbers.
    """
    numbers = {name: t for t, name in enumerate(make_parameters(), start=1)}
    keep, take = NORMALIZATION_DECAY, 1 - NORMALIZATION_DECAY
    out = {}
    for name, (mean, variance) in statistics.items():
        out[f"{name}/running_mean"] = summary(take * mean, numbers[f"{name}/scale"])
        out[f"{name}/running_variance"] = summary(keep + take * variance, numbers[f"{name}/shift"])
    return out


def after_adam(parameters):
    optimizer = torch.optim.Adam(parameters.values(), lr=3e-4, betas=(0.9, 0.999), eps=1e-8)
    optimizer.step()
    return {name: summary(p, t) for t, (name, p) in enumerate(parameters.items(), start=1)}


def summary(tensor, number, elements=16):
    flat = tensor.detach().double().flatten()
    count = flat.numel()
    probe = double(signed(PROBE + number, count), count)
    return {
        "tensor": number,
        "shape": list(tensor.shape),
        "norm": flat.norm().item(),
        "sum": flat.sum().item(),
        "dot": flat.dot(probe).item(),
        "elements": [flat[k * count // elements].item() for k in range(elements)],
    }


# Output


def rounded(value):
    """Ten significant digits: far below what single precision resolves."""
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return value


def lines(value, depth=0):
    """JSON with one line a tensor: small, and a difference shows where it is."""
    if isinstance(value, dict) and any(isinstance(v, dict) for v in value.values()):
        pad = " " * (depth + 1)
        items = [f"{pad}{json.dumps(k)}: {lines(v, depth + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(items) + "\n" + " " * depth + "}"
    return json.dumps(value, separators=(",", ":"))


def main():
    folder = pathlib.Path(__file__).resolve().parent
    torch.set_num_threads(1)
    for name, case in CASES.items():
        result, parameters, statistics = run_case(**case)
        if name == "entropy-l1":
            result["runningStatistics"] = running_statistics(statistics)
            result["parametersAfterAdam"] = after_adam(parameters)
        (folder / f"mnist-{name}.json").write_text(lines(rounded(result)) + "\n")
        print(name, {k: result[k] for k in (
            "loss", "accuracyLoss", "correct", "entropy", "nearestDistanceMinimum",
            "nearestMarginSmallest", "termGradientNorms")})


if __name__ == "__main__":
    main()
