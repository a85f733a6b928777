"""What a step of the scheduler costs, beside a bare loop, torch's own schedulers and transformers'.

    python tests/bench/step.py [GROUPS …]

The bare loop evaluates a schedule written by hand and assigns it to every group; all others are
shown as multiples of it. Every rival is timed in turn over the same updates, round after round, in
processor time, and the best round counts, so that a busy machine slows all of them alike. Exits
with 1 when a target is missed.
"""

from __future__ import annotations

import math
import sys
import time
import warnings
from collections.abc import Callable

import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    SequentialLR,
)

import schedc

torch.set_num_threads(1)
warnings.filterwarnings("ignore")

UPDATES, WARMUP, PEAK, FLOOR = 10_000, 1_000, 1e-3, 1e-6
TEXT = "linear(0→1e-3, 10%) >> cosine(min=1e-6)"
ROUNDS = 25
STEP_TARGETS = {1: 2.0, 10: 2.0, 1000: 1.3}
"""Groups → at most so many bare loops."""
THREE_TARGET = 2.0
"""lr, weight_decay and momentum together: at most so many times lr alone."""


def by_hand(k: int) -> float:
    if k < WARMUP:
        return PEAK * k / WARMUP
    if k < UPDATES:
        t = (k - WARMUP) / (UPDATES - WARMUP)
        return FLOOR + (PEAK - FLOOR) * 0.5 * (1 + math.cos(math.pi * t))
    return FLOOR


def optimizer(groups: int) -> torch.optim.Optimizer:
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(groups)]
    return torch.optim.SGD([{"params": [p]} for p in parameters], lr=PEAK, momentum=0.9)


def bare(groups: int) -> Callable[[int], None]:
    made = optimizer(groups)

    def loop(count: int) -> None:
        for k in range(count):
            value = by_hand(k)
            for group in made.param_groups:
                group["lr"] = value

    return loop


def stepping(scheduler: LRScheduler) -> Callable[[int], None]:
    def loop(count: int) -> None:
        scheduler.last_epoch = 0  # every round makes the same updates
        step = scheduler.step
        for _ in range(count):
            step()

    return loop


def rivals(groups: int) -> dict[str, Callable[[int], None]]:
    """A fresh run of each: called with the number of updates to make."""
    lr = schedc.compile(TEXT, steps=UPDATES)
    three = schedc.loads(
        f"run: {{steps: {UPDATES}}}\nschedules:\n  lr: {TEXT}\n"
        "  weight_decay: cosine(0.04→0.4)\n  momentum: linear(0.85→0.95, 10%) >> cosine(→0.85)\n"
    )
    sequential = optimizer(groups)
    parts = [
        LinearLR(sequential, 1e-3, 1.0, WARMUP),
        CosineAnnealingLR(sequential, UPDATES - WARMUP, FLOOR),
    ]
    found = {
        "bare loop": bare(groups),
        "schedc": stepping(lr.torch(optimizer(groups), watch=False)),
        "schedc, lr + weight_decay + momentum": stepping(
            three.torch(optimizer(groups), watch=False)
        ),
        "LambdaLR": stepping(LambdaLR(optimizer(groups), lambda k: by_hand(k) / PEAK)),
        "SequentialLR": stepping(SequentialLR(sequential, parts, [WARMUP])),
        "OneCycleLR": stepping(
            OneCycleLR(optimizer(groups), PEAK, UPDATES, cycle_momentum=False)
        ),
    }
    try:
        from transformers import get_cosine_schedule_with_warmup
    except ImportError:
        return found
    cosine = get_cosine_schedule_with_warmup(optimizer(groups), WARMUP, UPDATES)
    return {**found, "transformers' cosine": stepping(cosine)}


def measured(groups: int) -> dict[str, float]:
    """Seconds an update, of each."""
    count = max(20, 2000 // groups)
    loops = rivals(groups)
    best = dict.fromkeys(loops, math.inf)
    for _ in range(ROUNDS):
        for name, loop in loops.items():
            begin = time.process_time()
            loop(count)
            best[name] = min(best[name], (time.process_time() - begin) / count)
    return best


def main(sizes: list[int]) -> int:
    missed = 0
    for groups in sizes:
        best = measured(groups)
        unit = best["bare loop"]
        print(f"\n{groups} groups: the bare loop takes {unit * 1e6:.2f} µs an update")
        for name, seconds in best.items():
            print(f"  {seconds / unit:6.2f} ×  {name}")
        alone = best["schedc"]
        three = best["schedc, lr + weight_decay + momentum"]
        for what, ratio, target in (
            ("a step, in bare loops", alone / unit, STEP_TARGETS.get(groups)),
            ("three hyperparameters, in one", three / alone, THREE_TARGET),
        ):
            if target is not None:
                missed += ratio > target
                verdict = "missed" if ratio > target else "met"
                print(f"  {what}: {ratio:.2f}, target at most {target}: {verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [1, 10, 100, 1000]))
