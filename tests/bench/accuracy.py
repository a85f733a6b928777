"""How exact compiled schedules are, beside what other libraries and a careful hand compute.

    python -m tests.bench.accuracy       (peers: pip install optax; pip install --no-deps fvcore)

The first table: every curve and recipe of the vocabulary in Python, C, JavaScript and numpy against
50 digits, around boundaries, restarts and both ends. The second: a cosine down to 0 over 100,000
updates, the digits that each rival has right near its end. Exits with 1 when a target is missed.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from math import cos, log10, pi
from pathlib import Path
from typing import Any

import numpy as np
import torch

import schedc
from tests.accuracy import ulps
from tests.schedules import VOCABULARY
from tests.targets import TARGETS, named, telling

warnings.filterwarnings("ignore")

STEPS = (997, 10_007)
TARGET = 4.0
PEAK, N = 3e-4, 100_000
PLACES = (N // 2, N - 1000, N - 100, N - 10, N - 1)
Values = Callable[[Sequence[int]], Sequence[float]]


def vocabulary() -> bool:
    """The worst curve in each target; true when every one is within the target."""
    worst: dict[str, list[tuple[float, str]]] = {name: [] for name in TARGETS}
    for steps in STEPS:
        schedules = named(VOCABULARY, steps)
        places = [telling(schedule) for schedule in schedules]
        exact = [[s.track.value(k) for k in ks] for s, ks in zip(schedules, places, strict=True)]
        for target, run in TARGETS.items():
            with tempfile.TemporaryDirectory() as folder:
                values = run(schedules, places, Path(folder))
            for s, got, right in zip(schedules, values, exact, strict=True):
                error = max(ulps(a, b) for a, b in zip(got, right, strict=True))
                worst[target].append((error, s.text))
    print(f"{len(VOCABULARY)} curves and recipes, {' and '.join(map(str, STEPS))} updates")
    print("target     worst  median   of which      (units of 2^-52 of the value; target 4)")
    for target, found in worst.items():
        found.sort()
        (most, text), (median, _) = found[-1], found[len(found) // 2]
        print(f"{target:8} {most:7.2f} {median:7.2f}   {text}")
    print()
    return all(found[-1][0] <= TARGET for found in worst.values())


def by_hand(ks: Sequence[int]) -> list[float]:
    return [0.5 * PEAK * (1 + cos(pi * k / N)) for k in ks]


def of_torch(ks: Sequence[int]) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, N)
    seen = {}
    for k in range(max(ks) + 1):
        seen[k] = float(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return [seen[k] for k in ks]


def of_transformers(ks: Sequence[int]) -> list[float]:
    from transformers import get_cosine_schedule_with_warmup

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    scheduler = get_cosine_schedule_with_warmup(optimizer, 0, N)
    return [PEAK * scheduler.lr_lambdas[0](k) for k in ks]


def of_fvcore(ks: Sequence[int]) -> list[float]:
    from fvcore.common.param_scheduler import CosineParamScheduler

    scheduler = CosineParamScheduler(PEAK, 0.0)
    return [float(scheduler(k / N)) for k in ks]


def of_optax(ks: Sequence[int], jit: bool, bits: int) -> list[float]:
    import jax
    import optax

    with jax.enable_x64(bits == 64):
        schedule = optax.cosine_decay_schedule(PEAK, N)
        schedule = jax.jit(schedule) if jit else schedule
        return [float(schedule(jax.numpy.int32(k))) for k in ks]


def of_our_jax(ks: Sequence[int], bits: int) -> list[float]:
    import jax

    scope: dict[str, Any] = {}
    with jax.enable_x64(bits == 64):
        exec(OURS.source("jax"), scope)
        return [float(v) for v in jax.jit(scope["s0"])(np.array(ks, dtype=np.int32))]


OURS = schedc.compile(f"cosine({PEAK}→0)", steps=N, name="s0")
NEEDED = {
    "fvcore": "fvcore",
    "optax": "optax",
    "schedc, jax": "jax",
    "transformers": "transformers",
}
RIVALS: dict[str, Values] = {
    "by hand": by_hand,
    "torch CosineAnnealingLR": of_torch,
    "transformers": of_transformers,
    "fvcore": of_fvcore,
    "optax eager": lambda ks: of_optax(ks, False, 32),
    "optax jit": lambda ks: of_optax(ks, True, 32),
    "optax jit, 64 bits": lambda ks: of_optax(ks, True, 64),
    "schedc, jax jit": lambda ks: of_our_jax(ks, 32),
    "schedc, jax jit, 64 bits": lambda ks: of_our_jax(ks, 64),
}


def near_a_floor() -> bool:
    """The digits each rival has right; true when ours are right to the target."""
    exact = [OURS.track.value(k) for k in PLACES]
    print(f"cosine({PEAK}→0) over {N:,} updates: digits that are right (16: all of a double)")
    print(f"{'update':26}" + "".join(f"{f'N-{N - k}':>9}" for k in PLACES))
    for name, values in RIVALS.items():
        module = next((m for start, m in NEEDED.items() if name.startswith(start)), None)
        if module is not None and find_spec(module) is None:
            print(f"{name:26}   not installed")
            continue
        _row(name, values(PLACES), exact)
    good = True
    for target, run in TARGETS.items():
        with tempfile.TemporaryDirectory() as folder:
            (got,) = run([OURS], [PLACES], Path(folder))
        _row(f"schedc, {target}", got, exact)
        good = good and max(ulps(a, b) for a, b in zip(got, exact, strict=True)) <= TARGET
    return good


def _row(name: str, got: Sequence[float], exact: Sequence[Any]) -> None:
    cells = []
    for value, right in zip(got, exact, strict=True):
        error = float(abs(value - right) / abs(right))
        digits = 16.0 if error < 1e-16 else max(0.0, -log10(error))
        cells.append(f"{digits:9.1f}")
    print(f"{name:26}{''.join(cells)}")


if __name__ == "__main__":
    met = [vocabulary(), near_a_floor()]
    print("\nevery target is met" if all(met) else "\na target is MISSED")
    sys.exit(0 if all(met) else 1)
