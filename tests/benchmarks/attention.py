"""The generator by form of its attention: python tests/benchmarks/attention.py [--sides 256 512] [--train].

Each case runs in a process of its own, so that the peak of memory is its own; weights are random. ``dense`` is the
published formula as it is usually written: all patches as filters of a convolution, pasted by a transposed one.
Prints the table and, last, the same as JSON with versions.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F
from torch import Tensor

from eraser.networks import generator
from eraser.networks.generator import GeneratorParams, PENNetGenerator

FORMS = ("dense", "published", "published bfloat16", "own")


def dense_attention(low: Tensor, high: Tensor, hole: Tensor, *, patch: int = 3, scale: float = 10.0) -> Tensor:
    filled = []
    for picture, code, mask in zip(low.split(1), high.split(1), hole.split(1), strict=True):
        n = code.shape[2] * code.shape[3]
        known = (F.max_pool2d(mask, patch, 1, patch // 2) == 0).view(1, n, 1, 1).to(code.dtype)
        keys = F.unfold(code, patch, padding=patch // 2)[0].T.reshape(n, -1, patch, patch)
        keys = keys / keys.square().sum((1, 2, 3), keepdim=True).sqrt().clamp_min(1e-4)
        scores = F.conv2d(code, keys, padding=patch // 2) * known
        weights = ((scores * scale).softmax(1) * known).clamp_min(1e-8)
        values = F.unfold(picture, 4, stride=2, padding=1)[0].T.reshape(n, -1, 4, 4)
        filled.append(F.conv_transpose2d(weights, values, stride=2, padding=1) / 4)
    return torch.cat(filled)


def scene(side: int, batch: int) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(0)
    mask = torch.zeros(batch, 1, side, side)
    for i in range(batch):
        size = side // 4 + i % 4 * side // 16
        y, x = torch.randint(0, side - size, (2,), generator=draw).tolist()
        mask[i, :, y : y + size, x : x + size] = 1
    photo = torch.rand(batch, 3, side, side, generator=draw) * 2 - 1
    return torch.cat([torch.where(mask > 0, 1.0, photo), mask], 1), mask


def build(form: str) -> PENNetGenerator:
    torch.manual_seed(0)
    net = PENNetGenerator(GeneratorParams(attention="own" if form == "own" else "published"))
    with torch.no_grad():
        for weight in net.picture.parameters():
            weight.normal_(0, 0.05)
    if form == "dense":
        generator.attention_transfer = dense_attention
    return net.to(memory_format=torch.channels_last)


def measure(form: str, side: int, batch: int, rounds: int, train: bool) -> dict[str, float]:
    net, (x, mask) = build(form).train(train), scene(side, batch)
    if form.endswith("bfloat16"):
        with torch.inference_mode():
            exact = net(x, mask)[1]
        net, x, mask = net.bfloat16(), x.bfloat16(), mask.bfloat16()
    seconds = []
    for _ in range(rounds + 1):  # the first one warms up
        start = time.perf_counter()
        if train:
            pyramid, picture = net(x, mask)
            sum(p.abs().mean() for p in (*pyramid, picture)).backward()
        else:
            with torch.inference_mode():
                picture = net(x, mask)[1]
        seconds.append(time.perf_counter() - start)
    result = {
        "seconds": statistics.median(seconds[1:]) / batch,
        "iqr": statistics.quantiles(seconds[1:], n=4)[2] - statistics.quantiles(seconds[1:], n=4)[0]
        if rounds > 1
        else 0,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }
    if form.endswith("bfloat16"):
        result["worst_error_of_255"] = (picture.float() - exact).abs().max().item() * 127.5
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", type=int, nargs="+", default=[256, 512, 768])
    parser.add_argument("--forms", nargs="+", default=list(FORMS), choices=FORMS)
    parser.add_argument("--train", action="store_true", help="a training step at 64 and 128 px, per picture")
    parser.add_argument("--batch", type=int, default=0, help="pictures at a time; 1, in training 32 and 16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--case", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.case:
        form, side = args.case[0], int(args.case[1])
        batch = args.batch or ((32 if side <= 64 else 16) if args.train else 1)
        sys.stdout.write(json.dumps(measure(form, side, batch, args.rounds, args.train)))
        return

    cases = {}
    for side in [64, 128] if args.train else args.sides:
        for form in args.forms:
            if form == "dense" and side > 512:
                continue  # more than 20 GB
            command = [sys.executable, __file__, "--case", form, str(side), "--rounds", str(args.rounds)]
            command += ["--threads", str(args.threads), "--batch", str(args.batch)] + ["--train"] * args.train
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
            cases[f"{form} {side}"] = case = json.loads(done.stdout)
            print(f"{form:>20} {side:>4}²", *(f"{name} {value:.3f}" for name, value in case.items()), flush=True)
    about = {
        "torch": torch.__version__,
        "threads": args.threads,
        "cores": os.cpu_count(),
        "machine": platform.machine(),
    }
    print(json.dumps({"about": about, "load": os.getloadavg(), "cases": cases}))


if __name__ == "__main__":
    main()
