"""What a call costs: compiled schedules beside the same written by hand, in the same run.

    python tests/bench/speed.py

Every pair is timed in turn over the same updates, round after round; the best round counts, so that
a busy machine slows both alike. By hand means what a careful person writes: constants in globals,
the usual formula, the end value held.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from math import cos, pi, sqrt
from typing import Any

import numpy as np

import schedc

N, PEAK, LOW = 10_000, 3e-4, 1e-5
ROUNDS = 15


def linear(step: int) -> float:
    if step < 500:
        return PEAK * step / 500
    if step < N:
        return PEAK * (N - step) / (N - 500)
    return 0.0


def cosine(step: int) -> float:
    if step < 500:
        return PEAK * step / 500
    if step < N:
        return LOW + 0.5 * (PEAK - LOW) * (1 + cos(pi * (step - 500) / (N - 500)))
    return LOW


def wsd(step: int) -> float:
    if step < 100:
        return PEAK * step / 100
    if step < 8000:
        return PEAK
    if step < N:
        return PEAK * (N - step) / 2000
    return 0.0


def root(step: int) -> float:
    if step < 500:
        return PEAK * step / 500
    if step < N:
        return PEAK * (1 - sqrt((step - 500) / (N - 500)))
    return 0.0


def inverse_root(step: int) -> float:
    if step < 500:
        return PEAK * step / 500
    if step < N:
        return PEAK * sqrt(500 / step)
    return PEAK * sqrt(500 / N)


def noam(step: int) -> float:
    s = min(step, N) + 1
    return float(512**-0.5 * min(s**-0.5, s * 4000**-1.5))


def exponential(step: int) -> float:
    if step < 500:
        return PEAK * step / 500
    if step < N:
        return float(PEAK * (3e-7 / PEAK) ** ((step - 500) / (N - 500)))
    return 3e-7


def square(step: int) -> float:
    if step < 500:
        return PEAK * step / 500
    if step < N:
        return LOW + (PEAK - LOW) * (1 - (step - 500) / (N - 500)) ** 2
    return LOW


def onecycle(step: int) -> float:
    if step < 3000:
        return 4e-4 + (1e-2 - 4e-4) * (1 - cos(pi * step / 3000)) / 2
    if step < N:
        return 4e-8 + (1e-2 - 4e-8) * (1 + cos(pi * (step - 3000) / 7000)) / 2
    return 4e-8


def steps_down(step: int) -> float:
    return float(0.1 * 0.97 ** (min(step, N - 1) // 240))


PAIRS: dict[str, Callable[[int], float]] = {
    "linear(0→3e-4, 500 steps) >> linear(→0)": linear,
    "linear(0→3e-4, 500 steps) >> cosine(→1e-5)": cosine,
    "wsd(peak=3e-4)": wsd,
    "linear(0→3e-4, 500 steps) >> sqrt(→0)": root,
    "linear(0→3e-4, 500 steps) >> inverse_sqrt": inverse_root,
    "512^-0.5 * min((step+1)^-0.5, (step+1) * 4000^-1.5)": noam,
    "linear(0→3e-4, 500 steps) >> exponential(→3e-7)": exponential,
    "linear(0→3e-4, 500 steps) >> polynomial(→1e-5, power=2)": square,
    "onecycle(peak=0.01)": onecycle,
    "step_decay(peak=0.1, rate=0.97, every=240 steps)": steps_down,
}


def best(calls: dict[str, Callable[[int], object]], steps: Iterable[int]) -> dict[str, float]:
    """Nanoseconds a call, the best of many rounds, each rival in turn."""
    updates = list(steps)
    found = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.perf_counter_ns()
            for k in updates:
                call(k)
            found[name] = min(found[name], (time.perf_counter_ns() - start) / len(updates))
    return found


def shortest(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Seconds, the best of some rounds."""
    found = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        found = min(found, time.perf_counter() - start)
    return found


def by_hand() -> None:
    print("compiled  by hand   ratio  object   schedule     (ns a call)")
    ratios, objects = [], []
    for text, hand in PAIRS.items():
        schedule = schedc.compile(text, steps=N)
        compiled = schedule.function
        for k in range(0, N, 77):
            assert abs(compiled(k) - hand(k)) <= 1e-6 * abs(hand(k)) + 1e-18, (text, k)
        ns = best({"ours": compiled, "hand": hand, "object": schedule}, range(0, N, 3))
        ratios.append(ns["ours"] / ns["hand"])
        objects.append(ns["object"] / ns["ours"])
        print(f"{ns['ours']:8.0f} {ns['hand']:8.0f} {ratios[-1]:7.2f} {objects[-1]:7.2f}   {text}")
    print(f"median {statistics.median(ratios):19.2f} {statistics.median(objects):7.2f}\n")


def many_phases() -> None:
    text = f"linear(1e-3→5e-3, 3 steps){''.join(_down_and_up(n) for n in range(9_999))}"
    start = time.perf_counter()
    many = schedc.compile(text, steps=30_000)
    laid = time.perf_counter() - start
    start = time.perf_counter()
    call = many.function
    lowered = time.perf_counter() - start
    two = schedc.compile("linear(0→3e-4, 500 steps) >> cosine(→1e-5)", steps=30_000).function
    ns = best({"many": call, "two": two}, range(0, 30_000, 7))
    print(f"10,000 phases: {laid:.2f} s to lay out, {lowered:.2f} s to lower and compile")
    ratio = ns["many"] / ns["two"]
    print(f"a call {ns['many']:.0f} ns, with two phases {ns['two']:.0f}: {ratio:.2f}\n")


def _down_and_up(n: int) -> str:
    return f" >> linear(→{1 + 4 * (n % 2)}.{n % 97:02}e-3, 3 steps)"


def five_phases() -> None:
    text = "linear(0→1e-3, 10%) >> constant(20%) >> cosine(→1e-4, 30%) >> constant(10%) >> sqrt(→0)"
    lengths = iter(range(10_000, 11_000))  # never the same program twice
    seconds = shortest(lambda: schedc.compile(text, steps=next(lengths)).function)
    print(f"five phases from text to function: {seconds * 1e3:.1f} ms\n")


def numpy_arrays() -> None:
    scope: dict[str, Any] = {}
    schedule = schedc.compile("linear(0→1e-3, 10%) >> cosine(min=1e-6)", steps=1_000_000)
    exec(schedule.source("numpy"), scope)
    updates = np.arange(1_000_000)
    angles = updates * 1e-6
    ours, plain = shortest(lambda: scope["lr"](updates)), shortest(lambda: np.cos(angles))
    times = f"{ours * 1e3:.1f} ms, np.cos alone {plain * 1e3:.1f}: {ours / plain:.2f}"
    print(f"numpy, 1e6 updates: {times}")


if __name__ == "__main__":
    by_hand()
    five_phases()
    many_phases()
    numpy_arrays()
