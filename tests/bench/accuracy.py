"""How exact compiled schedules are, beside what other libraries and a careful hand compute.

    python -m tests.bench.accuracy [vocabulary] [recipes] [random] [jax] [floor]    (default: all)
                          (peers: pip install jax optax; pip install --no-deps fvcore)

vocabulary: every curve and recipe, and the peers' forms that go in cycles, in Python, C, JavaScript
and numpy against 50 digits, around boundaries, restarts and both ends; and how far any two of these
are apart: at most 2 units, or 2 times the condition number where a library rounds a sine, a power
or an expm1 to the other neighbour of its value (of a thousand sines glibc does it with one or two).
recipes: every schedule of examples/recipes, at every update of runs of at most `EVERY` of them, in
longer runs at every update around both ends, the first and last boundaries and restarts, and at
`RANDOM` others (minutes). random: `PROGRAMS` random files that `check` accepts (tests/fuzz), with a
length and without one, against 40 digits and the condition number of each value. jax: the
vocabulary in JAX, jitted, in 64 and in 32 bits. floor: a cosine down to 0 over 100,000 updates, the
digits that each rival has right near its end. Exits with 1 when a target is missed.
"""

from __future__ import annotations

import math
import platform
import random
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from importlib.metadata import version
from importlib.util import find_spec
from itertools import combinations
from math import cos, log10, pi
from pathlib import Path
from typing import Any

import numpy as np
import torch

import schedc
from schedc.expr import operators
from tests.accuracy import apart, ulps
from tests.fuzz.condition import at_update
from tests.schedules import PEERS_CYCLES, VOCABULARY
from tests.targets import TARGETS, Places, named, telling

warnings.filterwarnings("ignore")

UNIT = 2.0**-52
POWERS = frozenset({"pow", "exp", "tanh"})
STEPS = (997, 10_007)
TARGET = 4.0
JAX_TARGET = 16.0
"""In 32 bits a power is an exp, which is off by half its argument: 4 for most curves, 11 for a
half-life that falls by 2^76."""
PEAK, N = 3e-4, 100_000
PLACES = (N // 2, N - 1000, N - 100, N - 10, N - 1)
Values = Callable[[Sequence[int]], Sequence[float]]


def vocabulary() -> bool:
    """The worst curve in each target, and the worst pair; true when all are within the target."""
    worst: dict[str, list[tuple[float, str]]] = {name: [] for name in TARGETS}
    pairs: dict[tuple[str, str], list[Distance]] = {pair: [] for pair in combinations(TARGETS, 2)}
    for steps in STEPS:
        schedules = named([*VOCABULARY, *PEERS_CYCLES], steps)
        places = [telling(schedule) for schedule in schedules]
        exact = _exact(schedules, places)
        values = _everywhere(schedules, places)
        for target, found in values.items():
            for s, got, right in zip(schedules, found, exact, strict=True):
                worst[target].append((_worst(got, right), s.text))
        for (one, other), distances in pairs.items():
            for s, ks, xs, ys in zip(schedules, places, values[one], values[other], strict=True):
                three = zip(ks, xs, ys, strict=True)
                distances += [(apart(x, y), abs(x - y), s, k) for k, x, y in three]
    count = len(VOCABULARY) + len(PEERS_CYCLES)
    print(f"{count} curves and recipes, {' and '.join(map(str, STEPS))} updates")
    good = _table(worst, TARGET)
    print("targets apart       worst  over 2   of which       (the same units; target 2)")
    for names, distances in pairs.items():
        most, _, s, k = max(distances, key=lambda each: each[0])
        over = [each for each in distances if each[0] > 2]
        ratio = f"{len(over)} of {len(distances):,}"
        print(f"{' and '.join(names):18} {most:6.2f}  {ratio}   {s.text} at {k}")
        good &= all(off <= 2 * _lost(s, k) for _, off, s, k in over)
    print()
    return good


Distance = tuple[float, float, schedc.Schedule, float]
"""In units, absolute, and where."""


def _lost(schedule: schedc.Schedule, k: float) -> float:
    """What roundings of the formula may make of its value, absolute."""
    found = at_update(schedule.track, k, None, Fraction(1), UNIT)
    return UNIT * float(found.error) if found else 0.0


def _exact(schedules: Sequence[schedc.Schedule], places: Places) -> list[list[Any]]:
    return [[s.track.value(k) for k in ks] for s, ks in zip(schedules, places, strict=True)]


def _everywhere(
    schedules: Sequence[schedc.Schedule], places: Places
) -> dict[str, list[list[float]]]:
    with tempfile.TemporaryDirectory() as folder:
        return {name: run(schedules, places, Path(folder)) for name, run in TARGETS.items()}


def _worst(got: Sequence[float], right: Sequence[Any]) -> float:
    return max(ulps(a, b) for a, b in zip(got, right, strict=True))


def _table(worst: dict[str, list[tuple[float, str]]], limit: float) -> bool:
    print(f"target      worst  median   of which    (units of 2^-52 of it; target {limit:g})")
    for target, found in worst.items():
        found.sort()
        (most, text), (median, _) = found[-1], found[len(found) // 2]
        print(f"{target:9} {most:7.2f} {median:7.2f}   {text}")
    print()
    return all(found[-1][0] <= limit for found in worst.values())


PROGRAMS, SEED, BATCH = 1000, 5_100_000, 100


def random_programs() -> bool:
    """Random files in each target; true when every value is right to 4 units times its condition
    number, or 8 where a power or an exponential of the library is in it."""
    from tests.fuzz import targets as fuzz

    seeds, programs = iter(range(SEED, SEED + 10 * PROGRAMS)), []
    while len(programs) < PROGRAMS:
        program = fuzz.accepted(next(seeds))
        programs += [program] if program else []
    counts: dict[str, Counter[str]] = {target: Counter() for target in TARGETS}
    worst, unknown = dict.fromkeys(TARGETS, 0.0), 0
    for n in range(0, PROGRAMS, BATCH):
        some = programs[n : n + BATCH]
        questions = [question for program in some for question in program.questions]
        with tempfile.TemporaryDirectory() as folder:
            values = {
                "python": [row for program in some for row in fuzz.in_python(program)],
                "c": fuzz.in_c(some, Path(folder)),
                "js": fuzz.in_js(some, Path(folder)),
                "numpy": [row for program in some for row in fuzz.in_numpy(program)],
            }
        for i, q in enumerate(questions):
            for j, k in enumerate(q.updates):
                if k < 0:
                    continue
                right = at_update(q.track, k, q.total, Fraction(q.base), UNIT)
                if right is None or not abs(right.error) < math.inf:
                    unknown += 1
                    continue
                formula = q.track.formula(Fraction(k + q.track.run.first), q.total)
                most = 8 if operators(formula) & POWERS else 4
                for target, rows in values.items():
                    off, size = abs(rows[i][j] - right.value), abs(right.value)
                    times = float(off / (UNIT * max(right.error, size))) if off >= fuzz.TINY else 0
                    kind = "within 4" if off <= 4 * UNIT * size or not times else "within"
                    counts[target][kind if times <= most else "over"] += 1
                    worst[target] = max(worst[target], times)
    print(f"{PROGRAMS} random programs, accepted of {next(seeds) - SEED} files")
    print("target      values  over 4 units  over 4 (8) x condition  worst / condition")
    for target, found in counts.items():
        beyond = found["within"] + found["over"]
        numbers = f"{found.total():8,} {beyond:13} {found['over']:23} {worst[target]:18.2f}"
        print(f"{target:9} {numbers}")
    print(f"{unknown} values lie at a step between two numbers, or are of too many digits\n")
    return not any(found["over"] for found in counts.values())


EVERY, RANDOM, AROUND = 20_000, 10_000, 1000
RECIPES = Path(__file__).parents[2] / "examples" / "recipes"


def recipes() -> bool:
    """The worst schedule of the published recipes in each target."""
    chosen = random.Random(8)
    worst: dict[str, list[tuple[float, str]]] = {name: [] for name in TARGETS}
    whole = updates = 0
    for path in sorted(RECIPES.glob("*.yaml")):
        program = schedc.load(path)
        for name in program:
            schedule, steps = program[name], program[name].run.executed
            if steps is None:
                continue  # without a length: tests/test_lower.py
            ks = _places(schedule, steps, chosen)
            whole, updates = whole + (len(ks) >= steps), updates + len(ks)
            (right,) = _exact([schedule], [ks])
            for target, (values,) in _everywhere([schedule], [ks]).items():
                worst[target].append((_worst(values, right), f"{path.stem}: {name}"))
    count = len(worst["python"])
    print(f"{count} schedules of examples/recipes, {whole} at every update; {updates:,} in all")
    return _table(worst, TARGET)


def _places(schedule: schedc.Schedule, steps: int, chosen: random.Random) -> list[int]:
    if steps <= EVERY:
        return list(range(steps + 2))
    stops = [int(p.stop.value) for p in schedule.track.only.pieces]  # type: ignore[union-attr]
    near = {s + d for s in [0, *stops[:3], *stops[-3:]] for d in range(-AROUND, AROUND)}
    near |= {s + d for s in stops for d in (-1, 0, 1)} if len(stops) < AROUND else set()
    return sorted({k for k in near if k >= 0} | {chosen.randrange(steps) for _ in range(RANDOM)})


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


def in_jax() -> bool:
    """The worst curve in JAX, jitted over 32-bit integers, in the units of its precision."""
    if find_spec("jax") is None:
        print("JAX is not installed\n")
        return True
    import jax

    steps = STEPS[0]
    schedules = named([*VOCABULARY, *PEERS_CYCLES], steps)
    places = [telling(schedule) for schedule in schedules]
    exact = _exact(schedules, places)
    good = True
    for bits, unit in ((64, 2.0**-52), (32, 2.0**-23)):
        worst: list[tuple[float, str]] = []
        for s, ks, right in zip(schedules, places, exact, strict=True):
            scope: dict[str, Any] = {}
            with jax.enable_x64(bits == 64):
                exec(s.source("jax"), scope)
                got = [float(v) for v in jax.jit(scope[s.name])(np.array(ks, dtype=np.int32))]
            worst.append((_worst(got, right) * 2.0**-52 / unit, s.text))
        print(f"JAX, {bits} bits: units of {unit:g} of the value")
        good &= _table({f"jax {bits}": worst}, JAX_TARGET)
    return good


OURS = schedc.compile(f"cosine({PEAK}→0)", steps=N, name="s0")
PEERS = ("torch", "transformers", "fvcore", "optax", "jax")
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
    "optax eager, 32 bits": lambda ks: of_optax(ks, False, 32),
    "optax jit, 32 bits": lambda ks: of_optax(ks, True, 32),
    "optax jit, 64 bits": lambda ks: of_optax(ks, True, 64),
    "schedc, jax jit, 32 bits": lambda ks: of_our_jax(ks, 32),
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


PARTS = {
    "vocabulary": vocabulary,
    "recipes": recipes,
    "random": random_programs,
    "jax": in_jax,
    "floor": near_a_floor,
}



def versions() -> str:
    """What is compared, for somebody who reads the tables elsewhere."""
    installed = [name for name in ("numpy", *PEERS) if find_spec(name) is not None]
    peers = [f"{name} {version(name)}" for name in installed]
    return ", ".join([f"Python {platform.python_version()}", " ".join(platform.libc_ver()), *peers])


if __name__ == "__main__":
    print(f"{versions()}\n")
    met = [PARTS[part]() for part in sys.argv[1:] or PARTS]
    print("\nevery target is met" if all(met) else "\na target is MISSED")
    sys.exit(0 if all(met) else 1)
