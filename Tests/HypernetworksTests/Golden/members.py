#!/usr/bin/env python3
"""Golden values of ten steps of two ordinary networks of the MNIST target that train alone, from PyTorch in double precision:
torch.optim.SGD with momentum and weight decay, a rate that drops, and torch.optim.Adam.

usage: members.py            (needs: pip install torch numpy)

Writes members-CASE.json beside itself. README.md says what the files hold.
"""

import json
import pathlib

import numpy
import torch
import torch.nn.functional as F

import steps as training
from generate import LATENTS, TARGET, labels_of, lines, logits_of, rounded, signed, split_layers, summary, uniform
from steps import BYTE_LABEL_TENSOR, BYTE_TENSOR, IMAGE_COUNT, SEED, SHUFFLE_PURPOSE, Stream

STEPS, MEMBERS, BATCH = 10, 2, 64
WEIGHT_TENSOR, CHANGE_TENSOR, STATE_TENSOR = 500, 510, 520
CASES = {
    "sgd": dict(rate=0.05, momentum=0.9, decay=0.01, drops=[4, 7], factor=0.25),
    "adam": dict(rate=0.001, drops=[4, 7], factor=0.25),
}


def order_of(seed, epoch):
    """The order of the training images in an epoch of the run with this seed."""
    training.SEED = seed
    order = Stream(SHUFFLE_PURPOSE, epoch).permutation(IMAGE_COUNT)
    training.SEED = SEED
    return order


def train(member, rate, drops, factor, momentum=None, decay=0.0):
    size = sum(filters * (channels * elements + 1) for filters, channels, elements in TARGET)
    first = torch.from_numpy((signed(WEIGHT_TENSOR + member, size) * numpy.float32(0.125)).astype(numpy.float64))
    theta = first.clone().requires_grad_()
    optimizer = (
        torch.optim.Adam([theta]) if momentum is None
        else torch.optim.SGD([theta], lr=rate, momentum=momentum, weight_decay=decay))
    pixels = numpy.floor(numpy.float32(256) * uniform(BYTE_TENSOR, IMAGE_COUNT * 784)) / numpy.float32(255)
    pixels = torch.from_numpy(pixels.astype(numpy.float64)).reshape(IMAGE_COUNT, 784)
    labels, orders, losses = labels_of(BYTE_LABEL_TENSOR, IMAGE_COUNT), {}, []
    for step in range(1, STEPS + 1):
        chosen = []
        for position in range((step - 1) * BATCH, step * BATCH):
            epoch, within = divmod(position, IMAGE_COUNT)
            if epoch not in orders:
                orders[epoch] = order_of(SEED + member, epoch)
            chosen.append(orders[epoch][within])
        # split_layers takes the networks of all latents.
        layers = split_layers(theta.expand(LATENTS, -1))
        loss = F.cross_entropy(logits_of(layers, 0, pixels[chosen]), labels[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.param_groups[0]["lr"] = rate * factor ** sum(drop < step for drop in drops)
        optimizer.step()
        losses.append(loss.item())
    state = optimizer.state[theta]
    moments = [state["momentum_buffer"]] if momentum is not None else [state["exp_avg"], state["exp_avg_sq"]]
    return {
        "losses": losses, "change": summary(theta - first, CHANGE_TENSOR + member),
        "state": {
            name: summary(m, STATE_TENSOR + 2 * member + k) for k, (name, m) in enumerate(zip(("first", "second"), moments))},
    }


def main():
    folder = pathlib.Path(__file__).resolve().parent
    torch.set_num_threads(1)
    for name, case in CASES.items():
        result = {**case, "members": [train(member, **case) for member in range(MEMBERS)]}
        (folder / f"members-{name}.json").write_text(lines(rounded(result)) + "\n")
        print(name, json.dumps([m["losses"] for m in result["members"]]))


if __name__ == "__main__":
    main()
