#!/usr/bin/env python3
"""The preset mnist trained by an independent PyTorch program, to compare accuracy and entropy with.

usage: train.py FOLDER [--seed 1] [--steps 4500] [--threads 2]      (needs: pip install torch numpy)

FOLDER holds MNIST's four files, plain or .gz. Prints, at some steps, what 50 generated networks give on the
first 2,000 test images: mean accuracy (lowest - highest), majority vote, NLL of the mean probability,
entropy and mean nearest L1 distance. Images are drawn with replacement from the last 55,000.
"""

import argparse
import gzip
import math
import pathlib

import numpy
import torch
import torch.nn.functional as F

LATENTS, IMAGES, LATENT_SIZE, CODE_SIZE = 32, 32, 300, 15
LEAK, EPSILON, MOMENTUM, TINY = 0.05, 1e-7, 0.02, 1e-8
LAMBDA, RATE, RATE_DECAY = 1e3, 3e-4, 0.99998
REPORTS = (500, 1000, 1500, 2000, 3000, 4500)


def read(folder, name, header):
    path = pathlib.Path(folder) / name
    content = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    return numpy.frombuffer(content[header:], dtype=numpy.uint8)


def load(folder, prefix):
    images = read(folder, f"{prefix}-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28)
    labels = read(folder, f"{prefix}-labels-idx1-ubyte", 8)
    return torch.from_numpy(images.astype("f4") / 255), torch.from_numpy(labels.astype("i8"))


class Perceptron:
    def __init__(self, *widths):
        self.weights = [
            torch.nn.Parameter(torch.randn(a, b) * math.sqrt(0.01 / a)) for a, b in zip(widths, widths[1:])
        ]
        hidden = widths[1:-1]
        self.norms = [(torch.nn.Parameter(torch.ones(w)), torch.nn.Parameter(torch.zeros(w))) for w in hidden]
        self.running = [(torch.zeros(w), torch.ones(w)) for w in hidden]

    def parameters(self):
        return self.weights + [p for pair in self.norms for p in pair]

    def __call__(self, x, training):
        for weight, norm, running in zip(self.weights, self.norms, self.running):
            x = F.leaky_relu(x @ weight, LEAK)
            rows = x.reshape(-1, x.shape[-1])
            x = F.batch_norm(rows, *running, *norm, training, MOMENTUM, EPSILON).reshape(x.shape)
        return x @ self.weights[-1]


extractor = Perceptron(LATENT_SIZE, 300, 300, 57 * CODE_SIZE)
generators = [
    Perceptron(CODE_SIZE, 40, 40, 26),
    Perceptron(CODE_SIZE, 100, 100, 801),
    Perceptron(CODE_SIZE, 100, 100, 785),
    Perceptron(CODE_SIZE, 60, 60, 90),
]


def fix_scale(weights, previous):
    if previous is not None:
        kernels = weights[..., :-1].unflatten(-1, (previous.shape[1], -1)) * previous[:, None, :, None]
        weights = torch.cat([kernels.flatten(-2), weights[..., -1:]], -1)
    scale = torch.sqrt((weights * weights).mean(-1) + TINY)
    return weights / scale[..., None], scale


def generate(latents, training):
    codes = extractor(latents, training).unflatten(1, (57, CODE_SIZE)).split([32, 16, 8, 1], 1)
    w1, scale = fix_scale(generators[0](codes[0], training), None)
    w2, scale = fix_scale(generators[1](codes[1], training), scale)
    w3, scale = fix_scale(generators[2](codes[2], training), scale)
    last = generators[3](codes[3][:, 0], training)
    kernel = last[:, :80].unflatten(1, (8, 10)) * scale[:, :, None]
    return w1, w2, w3, kernel, last[:, 80:] - last[:, 80:].mean(1, keepdim=True)


def logits(x, w1, w2, w3, k4, b4):
    x = F.max_pool2d(F.relu(F.conv2d(x, w1[:, :-1].reshape(32, 1, 5, 5), w1[:, -1], padding=2)), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, w2[:, :-1].reshape(16, 32, 5, 5), w2[:, -1], padding=2)), 2)
    return F.relu(F.linear(x.flatten(1), w3[:, :-1], w3[:, -1])) @ k4 + b4


def entropy(weights):
    """The estimate, and the mean nearest distance."""
    theta = torch.cat([w.flatten(1) for w in weights], 1)
    count = len(theta)
    nearest = (torch.cdist(theta, theta, p=1) + torch.eye(count) * 1e30).min(1)[0]
    psi = torch.digamma(torch.tensor(float(count)))
    return psi + LATENT_SIZE * torch.log(nearest + TINY).mean(), nearest.mean()


@torch.no_grad()
def evaluate(images, labels, count=50):
    weights = generate(torch.rand(count, LATENT_SIZE) * 2 - 1, False)
    outputs = [torch.softmax(logits(images, *(w[i] for w in weights)), 1) for i in range(count)]
    probabilities = torch.stack(outputs)
    accuracies = (probabilities.argmax(2) == labels).float().mean(1) * 100
    majority = F.one_hot(probabilities.argmax(2), 10).sum(0).argmax(1)
    nll = F.nll_loss(probabilities.mean(0).log(), labels)
    estimate, nearest = entropy(weights)
    return (
        f"mean {accuracies.mean():.2f} % ({accuracies.min():.1f} - {accuracies.max():.1f}), "
        f"majority {(majority == labels).float().mean() * 100:.2f} %, NLL {nll:.4f}, "
        f"entropy {estimate:.1f}, nearest {nearest:.0f}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=4500)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    images, labels = (t[5000:] for t in load(args.folder, "train"))
    test = [t[:2000] for t in load(args.folder, "t10k")]
    torch.manual_seed(args.seed)
    networks = [extractor] + generators
    for network in networks:
        for weight in network.weights:
            weight.data.normal_(0, math.sqrt(0.01 / weight.shape[0]))
    optimizer = torch.optim.Adam([p for n in networks for p in n.parameters()], lr=RATE)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, RATE_DECAY)
    for step in range(1, args.steps + 1):
        chosen = torch.randint(0, len(labels), (LATENTS, IMAGES))
        weights = generate(torch.rand(LATENTS, LATENT_SIZE) * 2 - 1, True)
        outputs = [logits(images[chosen[i]], *(w[i] for w in weights)) for i in range(LATENTS)]
        loss = LAMBDA * F.cross_entropy(torch.cat(outputs), labels[chosen].flatten()) - entropy(weights)[0]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        if step in REPORTS:
            state = torch.get_rng_state()
            print(f"step {step}: {evaluate(*test)}", flush=True)
            torch.set_rng_state(state)


if __name__ == "__main__":
    main()
