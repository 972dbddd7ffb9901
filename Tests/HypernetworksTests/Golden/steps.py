#!/usr/bin/env python3
"""Golden values of ten whole MNIST training steps, from PyTorch in double precision: automatic
differentiation, torch.optim.AdamW, running averages as torch.nn.BatchNorm1d moves them.

usage: steps.py [--single|--perturbed]           (needs: pip install torch numpy)

Writes steps-CASE.json beside itself; --single computes in single precision and writes nothing, but prints how
far that is from the files, and --perturbed the same from parameters off by 1e-6. Latents, images and probes are drawn as the training draws them, by a Philox
generator written here. README.md says what the files hold.
"""

import json
import math
import pathlib
import sys

import numpy
import torch

from generate import (
    LATENT_SIZE, LATENTS, PROBES, TARGET, Objective, double, labels_of, lines, make_parameters, rounded, signed, summary,
    uniform)

STEPS, IMAGES, IMAGE_COUNT, SEED = 10, 4, 500, 0x1234567890
RATE_DECAY, NORMALIZATION_DECAY = 0.875, 0.75
BYTE_TENSOR, BYTE_LABEL_TENSOR = 108, 109
FIRST_MOMENT_TENSOR, SECOND_MOMENT_TENSOR = 300, 400
LATENT_PURPOSE, SHUFFLE_PURPOSE, PROBE_PURPOSE = 2, 3, 20

CASES = {
    "entropy": dict(diversity="entropy", metric="l2", gauge=True, weight=2.0**-8, growth=1.25, rate=2.0**-13),
    "ensemble": dict(diversity="ensemble", metric="l2", gauge=False, weight=1.0, growth=0.75, rate=2.0**-16),
    "modes": dict(diversity="entropy", metric="l2", gauge=True, weight=2.0**-8, rate=2.0**-11, beyond=True),
}

# Of the case that goes beyond the paper: hypernetwork.modes, modeSpread, spread, initialVariance; the width up to which layers
# take whole steps; the schedules' ends; training.averageDecay; training.weightDecay.
MODES, MODE_SPREAD, SPREAD, INITIAL_VARIANCE, WHOLE_STEP_WIDTH = 4, 0.5, 0.5, 0.01, 8
WARMUP_STEPS, FINAL_RATE, FINAL_WEIGHT, AVERAGE_DECAY, WEIGHT_DECAY = 3, 2.0**-14, 2.0**-6, 0.75, 2.0
MODE_COORDINATE = math.sqrt(LATENT_SIZE - MODES)


# Random numbers


def philox(counter, key):
    """Philox4x32-10: four words for each of the counters, four arrays of 32-bit numbers."""
    x = [numpy.asarray(word, dtype=numpy.uint64) for word in counter]
    k0, k1 = key
    low, shift = numpy.uint64(0xFFFFFFFF), numpy.uint64(32)
    for _ in range(10):
        first, second = x[0] * numpy.uint64(0xD2511F53), x[2] * numpy.uint64(0xCD9E8D57)
        x = [(second >> shift) ^ x[1] ^ numpy.uint64(k0), second & low,
             (first >> shift) ^ x[3] ^ numpy.uint64(k1), first & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return x


class Stream:
    """The numbers of one purpose; `major` and `minor` number its streams."""

    def __init__(self, purpose, major=0, minor=0):
        mixed = philox((purpose, 0, 0, 0xFFFFFFFF), (SEED & 0xFFFFFFFF, SEED >> 32))
        self.key, self.major, self.minor = (int(mixed[0]), int(mixed[1])), major, minor

    def bits(self, index):
        return philox((index, 0, self.major, self.minor), self.key)

    def signed(self, count):
        """Uniform on [-1, 1), multiples of 2^-23."""
        words = numpy.stack(self.bits(numpy.arange((count + 3) // 4)), 1).flatten()[:count]
        return (words >> numpy.uint64(8)).astype(numpy.float64) * 2.0**-23 - 1

    def normal(self, count):
        """Standard normal, rounded to single precision."""
        x, y = (words.astype(numpy.float64) + 0.5 for words in self.bits(numpy.arange(count))[:2])
        values = numpy.sqrt(-2 * numpy.log(x * 2.0**-32)) * numpy.cos(2 * math.pi * y * 2.0**-32)
        return values.astype(numpy.float32).astype(numpy.float64)

    def integer(self, index, bound):
        words = self.bits(index)
        return ((int(words[0]) << 32 | int(words[1])) * bound) >> 64

    def permutation(self, count):
        order = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.integer(last, last + 1)
            order[last], order[other] = order[other], order[last]
        return order


class Images:
    """Bytes and labels of the hash, dealt in a new order each epoch."""

    def __init__(self, dtype):
        pixels = numpy.floor(numpy.float32(256) * uniform(BYTE_TENSOR, IMAGE_COUNT * 784))
        pixels = pixels / numpy.float32(255)
        self.pixels = torch.from_numpy(pixels.astype(numpy.float64)).to(dtype).reshape(IMAGE_COUNT, 784)
        self.labels = labels_of(BYTE_LABEL_TENSOR, IMAGE_COUNT)
        self.epochs = {}

    def at(self, position):
        epoch, within = divmod(position, IMAGE_COUNT)
        if epoch not in self.epochs:
            self.epochs[epoch] = Stream(SHUFFLE_PURPOSE, epoch).permutation(IMAGE_COUNT)
        return self.epochs[epoch][within]

    def batch(self, step):
        count = LATENTS * IMAGES
        chosen = [self.at((step - 1) * count + k) for k in range(count)]
        return self.pixels[chosen].reshape(LATENTS, IMAGES, 784), self.labels[chosen].reshape(LATENTS, IMAGES)

    def probes(self, step):
        stream = Stream(PROBE_PURPOSE, step)
        chosen = [stream.integer(k, IMAGE_COUNT) for k in range(PROBES)]
        return self.pixels[chosen], self.labels[chosen]


# What training.* and hypernetwork.* set


class Paper:
    """The paper's training: everything falls by a factor a step, latents are uniform, outputs are weights."""

    def __init__(self, weight, growth, rate):
        self.weight, self.growth, self.first_rate = weight, growth, rate

    def parameters(self):
        return make_parameters()

    def latent(self, step, sample):
        return Stream(LATENT_PURPOSE, step, sample).signed(LATENT_SIZE)

    def assemble(self, latents, parameters):
        return None

    def weight_at(self, step):
        return self.weight * self.growth ** (step - 1)

    def rate_at(self, step):
        return self.first_rate * RATE_DECAY ** (step - 1)

    def rate_factor(self, name, shape):
        return 1.0

    def weight_decay(self, name):
        return 0.0


class Beyond(Paper):
    """Modes with centres of their own, initialization by the target's layers, rates by width, a warm-up and a half cosine of the
    rate, a line of lambda."""

    def __init__(self, weight, rate):
        super().__init__(weight, None, rate)

    def parameters(self):
        parameters = make_parameters()
        size = sum(filters * (channels * elements + 1) for filters, channels, elements in TARGET)
        values = signed(len(parameters) + 1, MODES * size) * numpy.float32(0.125)
        parameters["center/weight"] = double(values, MODES, size).requires_grad_()
        return parameters

    def latent(self, step, sample):
        latent = Stream(LATENT_PURPOSE, step, sample).normal(LATENT_SIZE)
        latent[MODES:] *= MODE_SPREAD
        latent[:MODES] = 0
        latent[sample % MODES] = MODE_COORDINATE
        return latent

    def assemble(self, latents, parameters):
        """center(z) + factor * output: a kernel's factor is that which brings a generator's first outputs, of variance
        INITIAL_VARIANCE, to SPREAD times the deviation of an ordinary initialization."""
        factors = []
        for index, (filters, channels, elements) in enumerate(TARGET):
            fan_in = channels * elements
            fan = fan_in + filters if index == len(TARGET) - 1 else fan_in
            one = [math.sqrt(2 / fan)] * fan_in + [math.sqrt(1 / (3 * fan_in))]
            factors += one * filters
        factors = torch.tensor(factors, dtype=latents.dtype) * (SPREAD / math.sqrt(INITIAL_VARIANCE))
        return lambda outputs: outputs * factors + latents[:, :MODES] / MODE_COORDINATE @ parameters["center/weight"]

    def weight_at(self, step):
        return self.weight + (FINAL_WEIGHT - self.weight) * (step - 1) / (STEPS - 1)

    def rate_at(self, step):
        if step < WARMUP_STEPS:
            return self.first_rate * step / WARMUP_STEPS
        part = (step - WARMUP_STEPS) / (STEPS - WARMUP_STEPS)
        return FINAL_RATE + (self.first_rate - FINAL_RATE) * (1 + math.cos(math.pi * part)) / 2

    def rate_factor(self, name, shape):
        return min(1.0, WHOLE_STEP_WIDTH / shape[1]) if "/layer" in name else 1.0

    def weight_decay(self, name):
        return WEIGHT_DECAY if name.endswith("/weight") else 0.0


# The training


def run_case(dtype, weight, rate, growth=None, beyond=False, change=lambda p: p, **case):
    settings = Beyond(weight, rate) if beyond else Paper(weight, growth, rate)
    parameters = {
        name: change(p.detach().to(dtype)).requires_grad_() for name, p in settings.parameters().items()}
    first = {name: p.detach().clone() for name, p in parameters.items()}
    optimizer = torch.optim.AdamW(
        [{"params": [p], "weight_decay": settings.weight_decay(name)} for name, p in parameters.items()],
        betas=(0.9, 0.999), eps=1e-8)
    factors = [settings.rate_factor(name, p.shape) for name, p in parameters.items()]
    images, running, steps, average, average_running = Images(dtype), {}, [], {}, {}
    for step in range(1, STEPS + 1):
        latents = torch.from_numpy(numpy.stack([settings.latent(step, sample) for sample in range(LATENTS)])).to(dtype)
        weight_now, rate_now = settings.weight_at(step), settings.rate_at(step)
        made = Objective(
            parameters, latents, *images.batch(step), images.probes(step), weight=weight_now,
            assemble=settings.assemble(latents, parameters), **case)
        optimizer.zero_grad(set_to_none=True)
        made.loss.backward()
        steps.append({
            "lambda": weight_now, "learningRate": rate_now, "loss": made.loss.item(),
            "accuracyLoss": made.accuracy_loss.item(), "diversityLoss": made.diversity_loss.item(),
            "correct": made.correct, "entropy": made.entropy.item(),
            "nearestDistanceMinimum": made.nearest.min().item(),
            "nearestDistanceMean": made.nearest.mean().item(),
            "gradientNorm": math.sqrt(sum(p.grad.norm().item() ** 2 for p in parameters.values())),
        })
        for group, factor in zip(optimizer.param_groups, factors):
            group["lr"] = rate_now * factor
        optimizer.step()
        for name, (mean, variance) in made.statistics.items():
            move(running, f"{name}/running_mean", mean, NORMALIZATION_DECAY, step)
            # Unbiased.
            move(running, f"{name}/running_variance", variance, NORMALIZATION_DECAY, step)
        for name, p in parameters.items():
            move(average, name, p.detach(), AVERAGE_DECAY, step)
        for name, value in running.items():
            move(average_running, name, value, AVERAGE_DECAY, step)
    result = {**case, "rate": rate, **({} if beyond else {"growth": growth}), "steps": steps,
              **state(parameters, first, optimizer, running)}
    if beyond:
        numbers = {name: t for t, name in enumerate(parameters, start=1)}
        result["averageChange"] = {n: summary(a - first[n], numbers[n], 4) for n, a in average.items()}
        result["averageStatistics"] = {
            n: summary(v, statistic_number(numbers, n), 4) for n, v in average_running.items()}
    return result


def move(averages, name, value, decay, step):
    """Takes a value into an average with decay min(decay, 1 - 1 / step)."""
    keep = min(decay, 1 - 1 / step)
    averages[name] = keep * averages.get(name, torch.zeros_like(value)) + (1 - keep) * value


def statistic_number(numbers, name):
    return numbers[name.replace("running_mean", "scale").replace("running_variance", "shift")]


def state(parameters, first, optimizer, running):
    """What the steps did to the parameters, and all that a next step would start from."""
    numbers = {name: t for t, name in enumerate(parameters, start=1)}
    moments = {name: optimizer.state[p] for name, p in parameters.items()}
    return {
        "change": {n: summary(p - first[n], numbers[n], 4) for n, p in parameters.items()},
        "firstMoment": {
            n: summary(m["exp_avg"], FIRST_MOMENT_TENSOR + numbers[n], 4) for n, m in moments.items()},
        "secondMoment": {
            n: summary(m["exp_avg_sq"], SECOND_MOMENT_TENSOR + numbers[n], 4) for n, m in moments.items()},
        "runningStatistics": {n: summary(v, statistic_number(numbers, n), 4) for n, v in running.items()},
    }


# Output


def compare(single, exact):
    """Prints the largest differences, as the test measures them."""
    for key in ("loss", "accuracyLoss", "diversityLoss", "entropy", "nearestDistanceMean", "nearestDistanceMinimum"):
        print(f"  {key}:", " ".join(f"{a[key] - b[key]:.1e}" for a, b in zip(single["steps"], exact["steps"])))
    print("  correct:", [a["correct"] - b["correct"] for a, b in zip(single["steps"], exact["steps"])])
    groups = ("change", "firstMoment", "secondMoment", "runningStatistics", "averageChange", "averageStatistics")
    for group in (g for g in groups if g in exact):
        rows = {"norm": [], "dot": [], "element": []}
        for name, b in exact[group].items():
            a, scale = single[group][name], b["norm"]
            mean = scale / math.sqrt(math.prod(b["shape"]))
            rows["norm"].append((abs(a["norm"] - b["norm"]) / scale, name))
            rows["dot"].append((abs(a["dot"] - b["dot"]) / scale, name))
            rows["element"].append((max(
                abs(x - y) / max(mean, abs(y)) for x, y in zip(a["elements"], b["elements"])), name))
        print(f"  {group}:", ", ".join(f"{k} {max(v)[0]:.1e} ({max(v)[1]})" for k, v in rows.items()))


def perturbed(case, seed):
    """The case from parameters that are off by about 1e-6 of their size, as rounded sums are."""
    generator = torch.Generator().manual_seed(seed)
    return run_case(torch.float64, change=lambda p: p * (1 + 1e-6 * torch.randn(
        p.shape, generator=generator, dtype=torch.float64)), **case)


def main():
    folder = pathlib.Path(__file__).resolve().parent
    torch.set_num_threads(1)
    for name, case in CASES.items():
        path = folder / f"steps-{name}.json"
        if sys.argv[1:] == ["--single"]:
            print(name)
            compare(run_case(torch.float32, **case), json.loads(path.read_text()))
        elif sys.argv[1:] == ["--perturbed"]:
            for seed in range(1, 7):
                print(name, "seed", seed)
                compare(perturbed(case, seed), json.loads(path.read_text()))
        else:
            result = run_case(torch.float64, **case)
            path.write_text(lines(rounded(result)) + "\n")
            for step in result["steps"]:
                print(name, json.dumps(rounded(step)))


if __name__ == "__main__":
    main()
