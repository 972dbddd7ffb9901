#!/usr/bin/env python3
"""Training steps, and target networks alone, as one would write them in PyTorch: a peer for Launch/bench. Imports nothing of hyperdist.

usage: pytorch_step.py {mnist|lenet|mnist-targets|lenet-targets|resnet32-targets} [--threads 2 | --processes 2]
                       [--latents N] [--images M] [--channels-last] [--repeats 12]

mnist, lenet      whole steps of the presets mnist and lenet-cifar10: hypernetwork forward and backward, gauge, target
                  networks, diversity (entropy; committees of ten latents as one ensemble), Adam
...-targets       forward and backward passes of target networks, each on its own images
--threads T       one process with T threads
--processes P     P processes of one thread, each with its share of the latents, as DistributedDataParallel runs them;
                  whole steps average the gradients by gloo
Prints one JSON line: seconds a round, minimum and median. Needs: pip install torch numpy
"""
import argparse
import json
import math
import os
import time

import torch
import torch.distributed
import torch.multiprocessing
import torch.nn.functional as F

LENET = [(6, 75), (16, 150), (120, 400), (84, 120), (10, 84)]


# Small networks within a hypernetwork


def perceptron(widths):
    weights = [torch.nn.Parameter(torch.randn(a, b) * math.sqrt(0.01 / a)) for a, b in zip(widths, widths[1:])]
    norms = [(torch.nn.Parameter(torch.ones(w)), torch.nn.Parameter(torch.zeros(w))) for w in widths[1:-1]]
    return weights, norms


def run_perceptron(net, x):
    weights, norms = net
    for index, weight in enumerate(weights):
        x = x @ weight
        if index < len(norms):
            shape = x.shape
            x = F.leaky_relu(x, 0.05).reshape(-1, shape[-1])
            x = F.batch_norm(x, None, None, *norms[index], True, 0.02, 1e-7).reshape(shape)
    return x


def parameters_of(nets):
    return [p for weights, norms in nets for p in weights + [q for pair in norms for q in pair]]


def fix_scale(w, previous):
    """Filters (latent, filter, kernel and bias) brought to one scale, which the next layer's kernels take up."""
    if previous is not None:
        latents, filters, channels = w.shape[0], w.shape[1], previous.shape[1]
        kernel = w[..., :-1].reshape(latents, filters, channels, -1) * previous[:, None, :, None]
        w = torch.cat([kernel.reshape(latents, filters, -1), w[..., -1:]], -1)
    scale = torch.sqrt((w * w).mean(-1) + 1e-8)
    return w / scale[..., None], scale


def fix_layers(layers):
    fixed, scale = [], None
    for layer in layers[:-1]:
        layer, scale = fix_scale(layer, scale)
        fixed.append(layer)
    kernel = layers[-1][..., :-1] * scale[:, None, :]
    bias = layers[-1][..., -1]
    return fixed + [torch.cat([kernel, (bias - bias.mean(1, keepdim=True))[..., None]], -1)]


# Target networks: weights are (filter, kernel and bias) of each layer


def run_mnist(x, w):
    x = F.max_pool2d(F.relu(F.conv2d(x, w[0][:, :-1].reshape(32, 1, 5, 5), w[0][:, -1], padding=2)), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, w[1][:, :-1].reshape(16, 32, 5, 5), w[1][:, -1], padding=2)), 2)
    x = F.relu(F.linear(x.flatten(1), w[2][:, :-1], w[2][:, -1]))
    return F.linear(x, w[3][:, :-1], w[3][:, -1])


def run_lenet(x, w):
    x = F.max_pool2d(F.relu(F.conv2d(x, w[0][:, :-1].reshape(6, 3, 5, 5), w[0][:, -1])), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, w[1][:, :-1].reshape(16, 6, 5, 5), w[1][:, -1])), 2)
    x = F.relu(F.linear(x.flatten(1), w[2][:, :-1], w[2][:, -1]))
    x = F.relu(F.linear(x, w[3][:, :-1], w[3][:, -1]))
    return F.linear(x, w[4][:, :-1], w[4][:, -1])


def run_resnet32(x, w):
    kernels, norms = w[:31], w[31:]

    def convolve(x, index, stride, rectified):
        x = F.conv2d(x, kernels[index], stride=stride, padding=1)
        x = F.batch_norm(x, None, None, norms[2 * index], norms[2 * index + 1], True)
        return F.relu(x) if rectified else x

    x, index = convolve(x, 0, 1, True), 1
    for stage, width in enumerate((16, 32, 64)):
        for block in range(5):
            stride = 2 if stage > 0 and block == 0 else 1
            h = convolve(convolve(x, index, stride, True), index + 1, 1, False)
            index += 2
            if x.shape[1] != width:
                x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, width - x.shape[1]))
            x = F.relu(h + x)
    return F.linear(x.mean((2, 3)), norms[-2], norms[-1])


def resnet32_weights():
    shapes, channels = [(16, 3, 3, 3)], 16
    for width in (16, 32, 64):
        for block in range(5):
            shapes += [(width, channels, 3, 3), (width, width, 3, 3)]
            channels = width
    kernels = [torch.randn(shape) * 0.05 for shape in shapes]
    norms = [values for shape in shapes for values in (torch.ones(shape[0]), torch.zeros(shape[0]))]
    return kernels + norms + [torch.randn(10, 64) * 0.1, torch.zeros(10)]


def filters(shapes):
    return [torch.randn(count, size + 1) / math.sqrt(size) for count, size in shapes]


TARGETS = {
    "mnist": (run_mnist, (1, 28, 28), lambda: filters([(32, 25), (16, 800), (8, 784), (10, 8)])),
    "lenet": (run_lenet, (3, 32, 32), lambda: filters(LENET)),
    "resnet32": (run_resnet32, (3, 32, 32), resnet32_weights),
}


def targets_round(name, latents, images, layout):
    run, shape, make = TARGETS[name]
    networks = [[w.requires_grad_() for w in make()] for _ in range(latents)]
    x = [torch.rand(images, *shape).contiguous(memory_format=layout) for _ in range(latents)]
    y = torch.randint(0, 10, (latents, images))

    def round():
        for index, network in enumerate(networks):
            F.cross_entropy(run(x[index], network), y[index]).backward()

    return round, []


# Whole steps


def mnist_step(latents, images, layout):
    extractor = perceptron([300, 300, 300, 855])
    generators = [perceptron(w) for w in ([15, 40, 40, 26], [15, 100, 100, 801], [15, 100, 100, 785], [15, 60, 60, 90])]
    parameters = parameters_of([extractor] + generators)
    assert sum(p.numel() for p in parameters) == 633_640
    optimizer = torch.optim.Adam(parameters, lr=3e-4, fused=True)
    x = torch.rand(latents, images, 1, 28, 28)
    y = torch.randint(0, 10, (latents, images))

    def step(average):
        optimizer.zero_grad(set_to_none=True)
        codes = run_perceptron(extractor, torch.rand(latents, 300) * 2 - 1).split([480, 240, 120, 15], 1)
        layers = [
            run_perceptron(g, c.reshape(latents, -1, 15)) for g, c in zip(generators[:3], codes)
        ] + [run_perceptron(generators[3], codes[3]).reshape(latents, 10, 9)]
        layers = fix_layers(layers)
        logits = [
            run_mnist(x[i].contiguous(memory_format=layout), [layer[i] for layer in layers]) for i in range(latents)
        ]
        loss = F.cross_entropy(torch.cat(logits), y.flatten())
        theta = torch.cat([layer.reshape(latents, -1) for layer in layers], 1)
        distance = torch.cdist(theta, theta, p=1) + torch.eye(latents) * 1e30
        (1e3 * loss - 300 * torch.log(distance.min(1)[0] + 1e-8).mean()).backward()
        average(parameters)
        optimizer.step()

    return step, parameters


def lenet_step(latents, images, layout, committee=10):
    rows = [6, 16, 120, 1, 1]
    widths = [76, 151, 401, 84 * 121, 10 * 85]
    extractor = perceptron([108, 80, 80, 8 * sum(rows)])
    generators = [perceptron([8, 64, 64, width]) for width in widths]
    counts = [count * (size + 1) for count, size in LENET]
    centers = [torch.nn.Parameter(torch.randn(5, n) * 0.05) for n in counts]
    parameters = parameters_of([extractor] + generators) + centers
    optimizer = torch.optim.Adam(parameters, lr=5e-3, fused=True)
    mode = torch.arange(latents) % 5
    x = torch.rand(latents // committee, images, 3, 32, 32)
    y = torch.randint(0, 10, (latents // committee, images))

    def step(average):
        optimizer.zero_grad(set_to_none=True)
        z = torch.cat([F.one_hot(mode, 5) * math.sqrt(103), torch.randn(latents, 103) * 0.1], 1)
        codes = run_perceptron(extractor, z).split([8 * n for n in rows], 1)
        layers = [
            (run_perceptron(g, c.reshape(latents, n, 8)).reshape(latents, -1) + center[mode]).reshape(latents, count, -1)
            for g, c, n, center, (count, _) in zip(generators, codes, rows, centers, LENET)
        ]
        layers = fix_layers(layers)
        logits = torch.stack([
            run_lenet(x[i // committee].contiguous(memory_format=layout), [layer[i] for layer in layers])
            for i in range(latents)
        ])
        logs = F.log_softmax(logits, -1).reshape(-1, committee, images, 10)
        given = logs.gather(3, y[:, None, :, None].expand(-1, committee, -1, -1))[..., 0]
        together = torch.logsumexp(given, 1) - math.log(committee)
        (-given.mean() - together.mean()).backward()
        average(parameters)
        optimizer.step()

    return step, parameters


# Measuring


def measure(args, latents, wait, average):
    layout = torch.channels_last if args.channels_last else torch.contiguous_format
    if args.workload.endswith("-targets"):
        round, _ = targets_round(args.workload.removesuffix("-targets"), latents, args.images, layout)
    else:
        step, _ = {"mnist": mnist_step, "lenet": lenet_step}[args.workload](latents, args.images, layout)

        def round():
            step(average)
    times = []
    for repeat in range(3 + args.repeats):
        wait()
        start = time.perf_counter()
        round()
        wait()
        times.append(time.perf_counter() - start)
    times = sorted(times[3:])
    print(json.dumps({
        "peer": f"pytorch {torch.__version__}", **vars(args), "seconds_min": times[0],
        "seconds_median": times[len(times) // 2]}), flush=True)


def run_process(rank, args):
    torch.manual_seed(rank)
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", rank=rank, world_size=args.processes)

    def average(parameters):
        gradient = torch.cat([p.grad.flatten() for p in parameters])
        torch.distributed.all_reduce(gradient)
        gradient /= args.processes
        for p, part in zip(parameters, gradient.split([p.numel() for p in parameters])):
            p.grad.copy_(part.reshape(p.shape))

    if rank > 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    measure(args, args.latents // args.processes, torch.distributed.barrier, average)
    torch.distributed.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", choices=["mnist", "lenet"] + [f"{name}-targets" for name in TARGETS])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--latents", type=int)
    parser.add_argument("--images", type=int)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--repeats", type=int, default=12)
    args = parser.parse_args()
    name = args.workload.removesuffix("-targets")
    args.latents = args.latents or {"mnist": 32, "lenet": 20, "resnet32": 4}[name]
    args.images = args.images or {"mnist": 32, "lenet": 192, "resnet32": 32}[name]
    if args.processes > 1:
        os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
        os.environ.setdefault("MASTER_PORT", str(20000 + os.getpid() % 20000))
        torch.multiprocessing.spawn(run_process, args=(args,), nprocs=args.processes)
    else:
        torch.manual_seed(0)
        torch.set_num_threads(args.threads)
        measure(args, args.latents, lambda: None, lambda parameters: None)


if __name__ == "__main__":
    main()
