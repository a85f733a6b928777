"""A run of ten million updates whose batch changes ten thousand times: compile, then evaluate.

    python tests/bench/ramp.py

Prints the time to compile, and the time of a call beside that of the same schedule with a constant
batch, in order and at random. Exits with 1 where a bound is missed: 0.5 s, 3 times, 5 times.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence

from schedc.loading import loads
from schedc.schedule import Schedule

RAMPED = """
run:
  samples: 44_400_000_000
  sequence: 2048
  batch: floor(linear(1000→11_000, 40_000_000_000 samples))
schedules:
  lr: linear(0→3e-4, 1%) >> cosine(→3e-5)
"""
CONSTANT = """
run: {steps: 10M, sequence: 2048, batch: 10_240}
schedules:
  lr: linear(0→3e-4, 1%) >> cosine(→3e-5)
"""
BOUNDS = {"compile": 0.5, "in order": 3.0, "at random": 5.0}


def compiled(text: str) -> tuple[Schedule, float]:
    """The schedule, and the seconds of processor time that reading, laying out, proving and
    compiling it took."""
    start = time.process_time()
    lr = loads(text)["lr"]
    lr.function(1)
    return lr, time.process_time() - start


def per_call(functions: Sequence[Callable[[int], float]], updates: Sequence[int]) -> list[float]:
    """Nanoseconds of processor time a call for each function, taken in turn, thirty times.

    A thousand updates are timed at once, and of each thousand the least counts: what another
    process pushed out of the caches in the middle of one is not paid for by the schedule.
    """
    parts = [updates[i : i + 1000] for i in range(0, len(updates), 1000)]
    best = [[float("inf")] * len(parts) for _ in functions]
    for _ in range(30):
        for least, function in zip(best, functions, strict=True):
            for i, part in enumerate(parts):
                start = time.thread_time()
                for k in part:
                    function(k)
                least[i] = min(least[i], time.thread_time() - start)
    return [sum(least) / len(updates) * 1e9 for least in best]


def main() -> int:
    loads(CONSTANT.replace("10M", "10"))  # the grammar and the prelude are read once a process
    ramped, took = compiled(RAMPED)
    constant, _ = compiled(CONSTANT)
    table = ramped.run.table
    assert table is not None
    executed = ramped.run.executed
    print(f"{executed:,} updates, {len(table.update):,} rows, compiled in {took:.3f} s")
    dice = random.Random(0)
    middle = [executed // 2 + k for k in range(20_000)]
    anywhere = [dice.randrange(executed) for _ in range(20_000)]
    ratios = {"compile": took}
    for name, updates in (("in order", middle), ("at random", anywhere)):
        a, b = per_call((ramped.function, constant.function), updates)
        ratios[name] = a / b
        print(f"{name}: {a:.0f} ns against {b:.0f} ns with a constant batch, {a / b:.2f} times")
    missed = [name for name, bound in BOUNDS.items() if ratios[name] > bound]
    if missed:
        print("missed: " + ", ".join(f"{name} (bound {BOUNDS[name]})" for name in missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
