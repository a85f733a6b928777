"""What is said of schedules, against every one of their updates:
`python tests/fuzz/brute.py --count 3_000`.

In: a count and a first seed; the same seed, the same schedule. Out: whatever was said that is not
so, with its text; the exit code is 1 when there was any.
The one rule: nothing here asks the prover. A value is the reference's at a position; a limit, a
slope and an area come of values beside one another.

Said of each schedule, at a length of at most some hundred updates: bounds and where they are
reached, sign, stretches, kinks with their slopes, jumps, the largest ratio of neighbours, the
first, the last and the end value, the area.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, isfinite
from pathlib import Path
from random import Random
from typing import Any

import mpmath

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "fuzz")]

import fitting  # noqa: E402  # after the path to it

from schedc.amounts import Amount  # noqa: E402
from schedc.checks import check_source  # noqa: E402
from schedc.expr import Expr, Undefined, exactly  # noqa: E402
from schedc.numeric import numerically  # noqa: E402
from schedc.program import Track  # noqa: E402
from schedc.properties import Properties, properties  # noqa: E402
from schedc.source import Source  # noqa: E402

F = Fraction
DIGITS = 30
BASE = F(371, 10**4)
NEAR = F(1, 10**12)
"""Updates: beside a jump or a kink, so near that a formula has hardly moved."""

LONGEST = 1_300
"""Updates; of a longer run nothing is asked."""


def made(seed: int) -> str:
    """A file whose run is short enough to look at every update."""
    rng = Random(seed)
    steps = rng.choice([41, 60, 97, 135, 200, 313])
    return re.sub(r"\bsteps: \d+", f"steps: {steps}", fitting.text(rng), count=1)


@dataclass
class Asked:
    """A schedule at a length, and its values as far as they were asked for."""

    track: Track
    total: int | None
    updates: int
    known: dict[Fraction, Any] = field(default_factory=dict)

    def __call__(self, k: Fraction | int) -> Any:
        """The value at a position of the clock."""
        at = F(k)
        if at not in self.known:
            self.known[at] = self.track.value(at, self.total, base=BASE, digits=DIGITS)
        return self.known[at]

    def number(self, expr: Expr) -> Any:
        """A constant of the run."""
        known = {"base": BASE}
        if self.total is not None:
            known["total"] = F(self.total)
        return numerically(expr, known, DIGITS)

    def place(self, expr: Expr) -> Fraction | None:
        """A position, where it is rational."""
        return exactly(expr, {} if self.total is None else {"total": F(self.total)})


def asked(seed: int) -> Iterator[Asked]:
    """The schedules of a file, each at a length."""
    report = check_source(Source("main.yaml", made(seed)))
    if not report.ok:
        return
    rng = Random(seed)
    for compiled in report.compiled:
        for track in compiled.tracks.values():
            total = None
            updates = track.run.executed
            if updates is None:
                case = rng.choice(track.cases)
                high = case.low + 300 if case.high is None else min(case.high, case.low + 300)
                total = rng.randint(case.low, high)
                updates = track.run.at_horizon(total).executed
            if updates is not None and updates <= LONGEST:
                yield Asked(track, total, updates)


def faults(one: Asked) -> Iterator[str]:
    """Everything that is said of a schedule and is not so."""
    said = properties(one.track, one.total)
    first = one.track.run.first
    clocks = range(first, first + one.updates)
    end = max(
        [one.place(p.stop) or F(0) for p in (one.track.only if one.total is None
         else one.track.case(one.total) or one.track.only).pieces] + [F(clocks[-1])]
    )  # fmt: skip
    halves = [F(2 * k + 1, 2) for k in range(ceil(end)) if F(2 * k + 1, 2) < end]
    everywhere = {F(k): one(k) for k in (*range(ceil(end)), *halves)}
    scale = max(abs(value) for value in (*everywhere.values(), *map(one, clocks)))
    tiny = (scale or mpmath.mpf(1)) * mpmath.mpf(10) ** -22
    yield from _bounds(one, said, everywhere, tiny)
    yield from _sign(said, [*everywhere.values(), *map(one, clocks)], tiny)
    yield from _stretches(one, said, tiny)
    yield from _corners(one, said, end, tiny)
    yield from _ratio(one, said, [one(k) if abs(one(k)) > tiny else 0 for k in clocks])
    yield from _ends(one, said, clocks[-1], end, tiny)
    yield from _area(one, said, end, scale)


def _within(value: Any, amount: Amount, one: Asked, slack: Any) -> bool:
    if amount.exact is not None:
        return bool(abs(value - one.number(amount.exact)) <= slack)
    return bool(_real(amount.low) - slack <= value <= _real(amount.high) + slack)


def _real(x: Fraction | float) -> Any:
    with mpmath.workdps(DIGITS + 10):
        return mpmath.mpf(x) if isinstance(x, float) else mpmath.mpf(x.numerator) / x.denominator


def _bounds(
    one: Asked, said: Properties, values: dict[Fraction, Any], tiny: Any
) -> Iterator[str]:
    for extreme, way, name in ((said.highest, 1, "highest"), (said.lowest, -1, "lowest")):
        exact = extreme.value.exact
        most = one.number(exact) if exact is not None else _real(
            extreme.value.high if way > 0 else extreme.value.low
        )
        for at, value in values.items():
            if way * (value - most) > tiny:
                yield f"{name} is {most}, but at {float(at)} it is {value}"
                break
        if extreme.at is None:
            continue
        at_ = one.place(extreme.at)
        if at_ is None or exact is None:
            continue
        reached = [one(x) for x in (at_, at_ - NEAR**2) if x >= 0]
        if min(abs(v - most) for v in reached) > tiny + mpmath.mpf(10) ** -8:
            yield f"{name} is {most} at {float(at_)}, but there it is {reached}"


def _sign(said: Properties, values: list[Any], tiny: Any) -> Iterator[str]:
    holds = {
        "positive": lambda v: v > 0, "negative": lambda v: v < 0,
        "not negative": lambda v: v >= -tiny, "not positive": lambda v: v <= tiny,
        "zero": lambda v: abs(v) <= tiny, "both": lambda v: True, None: lambda v: True,
    }  # fmt: skip
    if not all(map(holds[said.sign], values)):
        yield f"it is said to be {said.sign}, and has {min(values)} and {max(values)}"
    if said.sign == "both" and not (min(values) < tiny and max(values) > -tiny):
        yield f"it is said to have both signs, and has {min(values)} to {max(values)}"


def _stretches(one: Asked, said: Properties, tiny: Any) -> Iterator[str]:
    for stretch in said.stretches:
        start, stop = one.place(stretch.start), one.place(stretch.stop)
        if start is None or stop is None or stretch.motion is None:
            continue
        whole = [F(k) for k in range(ceil(start), ceil(stop))]
        between = [start + (stop - start) * F(i, 13) for i in range(13)]
        places = sorted({*whole, *between})
        for a, b in pairwise(places):
            moved = one(b) - one(a)
            wrong = {0: abs(moved) > tiny, 1: moved < -tiny, -1: moved > tiny}
            if wrong.get(stretch.motion, False):
                yield (
                    f"from {float(start)} to {float(stop)} it is said to go {stretch.motion}, but "
                    f"from {float(a)} to {float(b)} it goes by {moved}"
                )
                break


def _corners(one: Asked, said: Properties, end: Fraction, tiny: Any) -> Iterator[str]:
    jumps = {at: s for s in said.steps if (at := one.place(s.at)) is not None}
    kinks = {at: k for k in said.kinks if (at := one.place(k.at)) is not None}
    for at, jump in jumps.items():
        if not at or at > end:
            continue
        sides = one(at - NEAR), one(at)
        for side, expr in zip(sides, (jump.before, jump.after), strict=True):
            value = one.number(expr)
            if abs(side - value) > tiny + max(abs(value), abs(side)) * 1e-5 + _steep(one, at):
                yield f"at {float(at)} it is said to jump to or from {value}, and there is {side}"
    for at, kink in kinks.items():
        if not 0 < at < end:
            continue
        for way, expr in ((-1, kink.before), (1, kink.after)):
            near, far = one(at + way * NEAR), one(at + way * NEAR * 2)
            slope = way * (far - near) / _real(NEAR)
            if expr is None:
                if abs(slope) * 1e-3 < abs(one(at + way * F(1, 50)) - near):
                    yield f"at {float(at)} the slope is said to be vertical, and is {slope}"
                continue
            known = one.number(expr)
            further = way * (one(at + way * NEAR * 3) - far) / _real(NEAR)
            if abs(slope - known) > 1e-4 * abs(known) + tiny * 10**13 + 4 * abs(further - slope):
                yield f"at {float(at)} the slope is said to be {known}, and is {slope}"
    if any("step" in text or "jump" in text for text in said.unproved):
        return
    yield from _untold(one, {*jumps, *kinks}, set(jumps), end, tiny)


def _steep(one: Asked, at: Fraction) -> Any:
    """How much it moves within so little."""
    return 3 * max(abs(one(at - NEAR) - one(at - 2 * NEAR)), abs(one(at + NEAR) - one(at)))


def _untold(
    one: Asked, corners: set[Fraction], jumps: set[Fraction], end: Fraction, tiny: Any
) -> Iterator[str]:
    """Jumps that nobody told of: where it moves most between two places, halved to the place."""
    places = sorted({F(k, 2) for k in range(floor(2 * end))} | {x for x in jumps if x < end})
    gaps = [(a, b) for a, b in pairwise(places)]
    gaps.sort(key=lambda g: -abs(one(g[1] - NEAR if g[1] in jumps else g[1]) - one(g[0])))
    for a, b in gaps[:4]:
        b = b - NEAR if b in jumps else b
        whole = abs(one(b) - one(a))
        if whole <= tiny:
            continue
        for _ in range(60):
            middle = (a + b) / 2
            if abs(one(middle) - one(a)) >= abs(one(b) - one(middle)):
                b = middle
            else:
                a = middle
        left = abs(one(b) - one(a))
        if left > whole * mpmath.mpf(10) ** -4 and left > tiny:
            yield f"near {float(a)} it jumps by {left}, and nobody told"


def _ratio(one: Asked, said: Properties, values: list[Any]) -> Iterator[str]:
    pairs = [
        (max(b / a, a / b), k) for k, (a, b) in enumerate(pairwise(values))
        if a * b > 0 and abs(a - b) > mpmath.mpf(10) ** -20 * abs(a)
    ]  # fmt: skip
    if said.ratio is None:
        if pairs and not said.unproved:
            yield f"no ratio is said, and the largest is {max(pairs)[0]}"
        return
    at = said.ratio.update - one.track.run.first
    before, after = (  # near 0 with more digits: the ratio needs as many as others
        one.track.value(F(k), one.total, base=BASE, digits=3 * DIGITS)
        for k in (said.ratio.update, said.ratio.update + 1)
    )
    if not before:
        yield f"the ratio at {at} is said to be {_real(said.ratio.factor)}, from 0"
        return
    mine = after / before
    if abs(mine - _real(said.ratio.factor)) > mine * mpmath.mpf(10) ** -18:
        yield f"the ratio at {at} is said to be {_real(said.ratio.factor)}, and is {mine}"
    largest, where = max(pairs) if pairs else (mpmath.mpf(1), 0)
    if max(mine, 1 / mine) < largest * (1 - mpmath.mpf(10) ** -18):
        yield f"the largest ratio is said to be {mine} at {at}; at {where} it is {largest}"


def _ends(one: Asked, said: Properties, last: int, end: Fraction, tiny: Any) -> Iterator[str]:
    rows = (("first", said.first, F(one.track.run.first)), ("last", said.last, F(last)),
            ("final", said.final, end + 10))  # fmt: skip
    for name, expr, at in rows:
        if expr is not None and abs(one.number(expr) - one(at)) > tiny:
            yield f"the {name} value is said to be {one.number(expr)}, and is {one(at)}"


_GAUSS = [
    (F(0), 0.5688888888888889), (F("0.5384693101056831"), 0.47862867049936647),
    (F("-0.5384693101056831"), 0.47862867049936647),
    (F("0.9061798459386640"), 0.23692688505618908),
    (F("-0.9061798459386640"), 0.23692688505618908),
]  # fmt: skip
"""Five points and weights: Abramowitz and Stegun, Handbook of Mathematical Functions, 25.4.30."""


def _area(one: Asked, said: Properties, end: Fraction, scale: Any) -> Iterator[str]:
    if said.area is None:
        return
    run = one.track.run if one.total is None else one.track.run.at_horizon(one.total)
    total = exactly(run.total, {})
    assert total is not None
    cuts = {F(0), total, *(F(k) for k in range(ceil(total)))}
    cuts |= {x for s in (*said.steps, *said.kinks) if (x := one.place(s.at)) is not None}
    case = one.track.only if one.total is None else one.track.case(one.total)
    assert case is not None
    for p in case.pieces:  # a short one may bend more than an update shows
        a, b = one.place(p.start), one.place(p.stop)
        if a is not None and b is not None:
            cuts |= {a + (b - a) * F(i, 20) for i in range(21)}
            for i in range(5, 25):  # `inverse` from 7e-5 to 2 does nearly all of it at its end
                cuts |= {a + (b - a) / 2**i, b - (b - a) / 2**i}
    found = mpmath.mpf(0)
    for a, b in pairwise(sorted(x for x in cuts if 0 <= x <= total)):
        half = (b - a) / 2
        found += _real(half) * sum(w * one(a + half * (1 + x)) for x, w in _GAUSS)
    slack = (6e-3 + 1e-6 * _real(total)) * scale
    if not _within(found, said.area, one, slack):
        known = said.area.exact
        told = [float(e) for e in (said.area.low, said.area.high) if isfinite(e)]
        yield f"the area is said to be {known and one.number(known)} {told}, and is {found}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=lambda t: int(t.replace("_", "")), default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e9)
    wanted = parser.parse_args()
    began, found, counts = time.time(), 0, Counter[str]()
    seed = wanted.seed
    while counts["compared"] < wanted.count and time.time() - began < 60 * wanted.minutes:
        try:
            for one in asked(seed):
                counts["compared"] += 1
                counts["updates"] += one.updates
                with mpmath.workdps(DIGITS + 10):
                    wrong = list(faults(one))
                for fault in wrong:
                    found += 1
                    name, total = one.track.name, one.total
                    print(f"seed {seed} {name} (length {total}): {fault}\n{made(seed)}", flush=True)
        except Undefined as undefined:
            found += 1
            print(f"seed {seed}: no value: {undefined}\n{made(seed)}", flush=True)
        seed += 1
    print(
        f"{counts['compared']:,} schedules of seeds {wanted.seed} to {seed - 1}, "
        f"{counts['updates']:,} updates, {time.time() - began:.0f} s: {found} wrong"
    )
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
