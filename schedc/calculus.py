"""Where a formula of one variable rises and falls, decided by the sign of its derivative.

In: an `Expr` over one variable and an interval. Out: the parts where its sign is certain, the
stretches where it is monotone.
The one rule: a sign or a motion is claimed for a whole part at once, from an enclosure, never from
samples. Where nothing is certain (a tiny bracket around a root that is not rational) it says None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import TypeAlias

from schedc.algebra import affine, same
from schedc.derivatives import BROKEN, NotSmooth, derivative
from schedc.expr import (
    HALF,
    ZERO,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    make,
    num,
    replaced,
    substitute,
    variables,
    walk,
)
from schedc.intervals import (
    CONSTANT,
    EITHER,
    FALLING,
    INF,
    RISING,
    End,
    Motion,
    Reach,
    reach,
    turns_of,
)

Among: TypeAlias = Mapping[str, Reach]
"""The reach of every variable but the one that moves."""

_CUTS = 120
"""How often one interval may be cut before its remaining parts are left undecided."""

_WORK = 20_000
"""How many parts of formulas may be looked at in cuts, for all the steps of one formula together:
what takes more is left undecided as a whole."""

_MOST_STEPS = 2_000
"""A formula with more steps inside a part is not taken apart."""

FINE = 1 << 44
"""A root that is not rational is bracketed to the width of the interval divided by this."""


# ---- signs


@dataclass(frozen=True, slots=True)
class Part:
    """On `[low, high]` the sign is 1 (never negative), -1 (never positive), 0, or None: unknown."""

    low: Fraction
    high: Fraction
    sign: int | None


def signs(
    expr: Expr, name: str, low: Fraction, high: Fraction, among: Among, *, slope: bool = False
) -> list[Part]:
    """The interval in parts of one sign; neighbours differ. Roots that are not rational stay in a
    bracket of sign None that is `FINE` times narrower than the interval.

    slope: `expr` is the derivative of a formula that is defined everywhere here; then single points
    without a slope (a root at 0) do not matter.
    """
    return _signs_and_work(expr, name, low, high, among, slope)[0]


def _signs_and_work(
    expr: Expr, name: str, low: Fraction, high: Fraction, among: Among, slope: bool
) -> tuple[list[Part], int]:
    """The same, and the work it took: the parts of the formulas that were looked at for cuts."""
    search = _Search(expr, name, among, slope, (high - low) / FINE)
    most, parts = search.budget, list[Part]()
    ends = [low, *_crests(expr, name, low, high), high]
    for a, b in pairwise(ends):
        for part in _signs(search, a, b):
            if parts and parts[-1].sign == part.sign:
                part = Part(parts.pop().low, part.high, part.sign)
            parts.append(part)
    # a part that needs no cut is looked at as well: a thousand giants take seconds
    size = sum(1 for _ in walk(expr))
    return parts, (most - search.budget) * size + size // 5 + _WORK - search.bends


def _crests(expr: Expr, name: str, low: Fraction, high: Fraction) -> list[Fraction]:
    """Where cosines and sines of evenly moving angles have crests, troughs and zeros."""
    points: set[Fraction] = set()
    for part in walk(expr):
        if not isinstance(part, Apply) or part.op not in ("cos", "sin"):
            continue
        turns = turns_of(part.args[0])
        line = None if turns is None else affine(turns, name)
        if line is None or not (isinstance(line[0], Num) and isinstance(line[1], Num)):
            continue
        p, q = line[0].value, line[1].value
        if not p or abs(p) * (high - low) < 1 or abs(p) * (high - low) > _MOST_STEPS:
            continue
        first, last = sorted((p * low + q, p * high + q))
        for n in range(ceil(2 * first), floor(2 * last) + 1):
            points.add((Fraction(n, 2) - q) / p)
    return sorted(x for x in points if low < x < high)


class _Search:
    """What a search for signs carries along."""

    __slots__ = ("among", "bends", "budget", "expr", "name", "open", "slope", "tiny")

    def __init__(
        self, expr: Expr, name: str, among: Among, slope: bool, tiny: Fraction
    ) -> None:
        self.expr, self.name, self.among = expr, name, among
        self.slope, self.tiny = slope, tiny
        open_ended = any(reaches.high == INF for reaches in among.values())
        self.open = open_ended and bool(variables(expr) - {name})
        # cutting finer does not help against a constant that is any positive number
        self.budget = _CUTS // 10 if self.open else _CUTS
        if isinstance(expr, Apply):  # nor do many against a giant, at a price
            size = expr.size  # type: ignore[attr-defined]
            self.budget = min(self.budget, max(_CUTS // 10, _WORK // size))
        self.bends = _WORK  # parts of its own derivative that may be looked at


def _signs(search: _Search, low: Fraction, high: Fraction) -> list[Part]:
    expr, name, among = search.expr, search.name, search.among
    found = _reach(expr, name, low, high, among)
    if found is not None and found.doubt is not None and not search.slope:
        found = None
    if found is not None and found.sign is not None:
        return [Part(low, high, found.sign)]
    search.budget -= 1
    if search.budget < 0 or high - low <= search.tiny:
        return [Part(low, high, None)]
    if found is not None and _monotone(search, low, high, found):
        at_low, at_high = sign_at(expr, name, low, among), sign_at(expr, name, high, among)
        if at_low is not None and at_high is not None:
            if at_low * at_high >= 0:  # a monotone formula lies between its ends
                return [Part(low, high, at_low or at_high)]
            return _around_root(expr, name, low, high, among, at_low, search.tiny)
    middle = _middle(low, high)
    if search.open:
        search.budget -= 3  # each place is as much work as a cut
        if all(sign_at(expr, name, x, among) is None for x in (middle, low, high)):
            return [Part(low, high, None)]  # the constant decides it, at each of them
    return [*_signs(search, low, middle), *_signs(search, middle, high)]


def _middle(low: Fraction, high: Fraction) -> Fraction:
    """A short fraction near the middle."""
    middle, third = (low + high) / 2, (high - low) / 4
    return simplest(middle - third / 2, middle + third / 2)


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the smallest denominator in [low, high]."""
    if low > high:
        raise ValueError(f"{low} > {high}")
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest(-high, -low)
    # continued fractions, without recursion
    quotients: list[int] = []
    while True:
        whole = ceil(low)
        if whole <= high:
            break
        whole -= 1
        quotients.append(whole)
        low, high = 1 / (high - whole), 1 / (low - whole)
    value = Fraction(whole)
    for quotient in reversed(quotients):
        value = quotient + 1 / value
    return value


def _around_root(
    expr: Expr, name: str, low: Fraction, high: Fraction, among: Among, at_low: int, tiny: Fraction
) -> list[Part]:
    """A monotone formula with ends of opposite sign: its one root, exactly or in a bracket."""
    a, b, steps = low, high, 0
    away: dict[Fraction, End] = {}  # how far from 0 it is
    beside = _BESIDE
    while b - a > tiny:
        middle, line = (a + b) / 2, away.get(a, INF) + away.get(b, INF)
        guessed = steps % 4 and 0 < line < INF
        if steps % 8 == 4:  # short fractions: most roots are
            middle = simplest(a, b)
        elif guessed:  # where the line between both ends is 0, and beside it on the side left over
            share = Fraction(float(away[a] / line))
            sooner = share > HALF.value
            share += -beside if sooner else beside
            near = (b - a) * beside / 4
            middle = simplest(a + (b - a) * share - near, a + (b - a) * share + near)
        if not a < middle < b:
            middle = (a + b) / 2
        steps += 1
        here, away[middle] = _at(expr, name, middle, among)
        if here == 0:
            return [Part(low, middle, at_low), Part(middle, high, -at_low)]
        if here is None:
            break
        if guessed:
            beside = beside**2 if (here == at_low) == sooner else min(4 * beside, _BESIDE)
            beside = max(beside, tiny / (high - low))  # no finer than what is looked for
        a, b = (middle, b) if here == at_low else (a, middle)
    return [Part(low, a, at_low), Part(a, b, None), Part(b, high, -at_low)]


_BESIDE = Fraction(1, 64)
"""So much of a bracket is the first guess of a root beside where a line has it."""


def sign_at(expr: Expr, name: str, x: Fraction, among: Among) -> int | None:
    """The sign at one exact point: 1, 0, -1, or None when it is not certain."""
    return _at(expr, name, x, among)[0]


def _at(expr: Expr, name: str, x: Fraction, among: Among) -> tuple[int | None, End]:
    """`sign_at`, and about how far from 0 the value is, as far as that is known."""
    try:
        here = substitute(expr, {name: Num(x)})
        if isinstance(here, Num):
            return (here.value > 0) - (here.value < 0), abs(here.value)
        found = reach(here, among, 120)
        if found.doubt is None:
            if found.low > 0 or (found.low == 0 and found.nonzero):
                return 1, found.low
            if found.high < 0 or (found.high == 0 and found.nonzero):
                return -1, -found.high
        if same(here, ZERO):
            return 0, Fraction(0)
    except (Undefined, TooLarge, RecursionError):
        pass
    return None, INF


def _reach(
    expr: Expr, name: str, low: Fraction, high: Fraction, among: Among
) -> Reach | None:
    try:
        return reach(expr, {**among, name: Reach(low, high, RISING)})
    except (Undefined, TooLarge, RecursionError):
        return None


def _monotone(search: _Search, low: Fraction, high: Fraction, found: Reach) -> bool:
    if found.motion is not None:
        return True
    try:
        bend = derivative(search.expr, search.name)
    except (NotSmooth, Undefined, TooLarge):
        return False
    size = bend.size if isinstance(bend, Apply) else 1  # type: ignore[attr-defined]
    if size > search.bends:
        return False
    search.bends -= size
    slope = _reach(bend, search.name, low, high, search.among)
    return slope is not None and slope.doubt is None and slope.sign is not None


# ---- parts without corners and steps


@dataclass(frozen=True, slots=True)
class Smooth:
    """Between `low` and `high` the formula is this one; at the ends it is the limit from inside."""

    low: Fraction
    high: Fraction
    formula: Expr


def smooth(expr: Expr, name: str, low: Fraction, high: Fraction, among: Among) -> list[Smooth]:
    """The formula in parts without `min max abs clamp floor ceil round mod`, as far as possible."""
    try:
        return _smooth(expr, name, low, high, among, _Allowance())
    except _SpentError:
        return [Smooth(low, high, expr)]


class _SpentError(Exception):
    """Too much work."""


class _Allowance:
    """The work that taking one formula apart may be, as `_WORK` counts it."""

    def __init__(self) -> None:
        self.left = 2 * _WORK

    def spend(self, expr: Expr, parts: list[Part], cuts: int) -> None:
        """For finding these parts of one sign, and the cuts that it took. Raises `_SpentError`."""
        brackets = sum(part.sign is None for part in parts)
        looks = 1 + brackets * FINE.bit_length()  # a bracket is halved until it is so narrow
        self.left -= looks * sum(1 for _ in walk(expr)) + cuts
        if self.left < 0:
            raise _SpentError


def _smooth(
    expr: Expr, name: str, low: Fraction, high: Fraction, among: Among, work: _Allowance
) -> list[Smooth]:
    broken = _innermost(expr, name)
    if broken is None or low >= high:
        return [Smooth(low, high, expr)]
    branches = _branches(broken, name, low, high, among, work)
    if branches is None:
        return [Smooth(low, high, expr)]
    parts: list[Smooth] = []
    for a, b, branch in branches:
        if branch is None:
            parts.append(Smooth(a, b, expr))
        else:
            parts.extend(_smooth(replaced(expr, {broken: branch}), name, a, b, among, work))
        if len(parts) > _MOST_STEPS:
            return [Smooth(low, high, expr)]
    return parts


def _innermost(expr: Expr, name: str) -> Apply | None:
    found = None
    for part in walk(expr):
        if isinstance(part, Apply) and part.op in BROKEN and name in variables(part):
            inside = any(
                isinstance(p, Apply) and p.op in BROKEN and name in variables(p)
                for a in part.args for p in walk(a)
            )
            if not inside:
                found = part
    return found


_Branches: TypeAlias = list[tuple[Fraction, Fraction, Expr | None]]


def _branches(
    broken: Apply, name: str, low: Fraction, high: Fraction, among: Among, work: _Allowance
) -> _Branches | None:
    """What an operator of `BROKEN` is, part by part; None where that is not known."""

    def decided(of: Expr) -> list[Part]:
        parts, cuts = _signs_and_work(of, name, low, high, among, slope=False)
        work.spend(of, parts, cuts)
        return parts

    match broken:
        case Apply("abs", (a,)):
            return [(p.low, p.high, _chosen(p.sign, a, make("neg", a))) for p in decided(a)]
        case Apply("min" | "max" as op, (a, b, *rest)):
            first = [
                (p.low, p.high, _chosen(p.sign, *((b, a) if op == "min" else (a, b))))
                for p in decided(make("sub", a, b))
            ]
            if not rest:
                return first
            return [
                (x, y, None if e is None else make(op, e, *rest)) for x, y, e in first
            ]
        case Apply("clamp", (a, b, c)):
            return [(low, high, make("min", make("max", a, b), c))]
        case Apply("mod", (a, m)):
            whole = make("floor", make("div", a, m))
            return [(low, high, make("sub", a, make("mul", m, whole)))]
        case Apply("ceil", (a,)):
            return [(low, high, make("neg", make("floor", make("neg", a))))]
        case Apply("round", (a,)):
            return [(low, high, make("floor", make("add", a, HALF)))]
        case Apply("floor", (a,)):
            return _floors(a, name, low, high, among)
    raise AssertionError(broken)


def _chosen(sign: int | None, above: Expr, below: Expr) -> Expr | None:
    return None if sign is None else above if sign >= 0 else below


def _floors(
    inside: Expr, name: str, low: Fraction, high: Fraction, among: Among
) -> _Branches | None:
    """The steps of floor(p*x + q); other arguments only if they stay between two whole numbers."""
    found = _reach(inside, name, low, high, among)
    if found is None or isinstance(found.low, float) or isinstance(found.high, float):
        return None
    bottom, top = floor(found.low), floor(found.high)
    if bottom == top:
        return [(low, high, num(bottom))]
    line = affine(inside, name)
    if line is None or top - bottom > _MOST_STEPS:
        return None
    p, q = line
    if not isinstance(p, Num) or not isinstance(q, Num) or not p.value:
        return None
    crossings = sorted(
        x for n in range(bottom, top + 2) if low < (x := (n - q.value) / p.value) < high
    )
    ends = [low, *crossings, high]
    return [
        (a, b, num(floor(p.value * (a + b) / 2 + q.value)))
        for a, b in pairwise(ends)
    ]


# ---- stretches


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part where the formula (without corners and steps, if it could be taken apart) moves one
    way; None: not known."""

    low: Fraction
    high: Fraction
    formula: Expr
    motion: Motion


def stretches(
    expr: Expr, name: str, low: Fraction, high: Fraction, among: Among
) -> list[Stretch]:
    """The interval in stretches, each monotone where that is certain."""
    found = _reach(expr, name, low, high, among)
    if found is not None and found.doubt is None and found.motion is not None:
        return [Stretch(low, high, expr, found.motion)]
    out: list[Stretch] = []
    work = 0
    for part in smooth(expr, name, low, high, among):
        moving, more = _monotone_parts(part, name, among)
        if out and work + more > _WORK:
            return [Stretch(low, high, expr, None)]
        work += more
        out.extend(moving)
    return out


def _monotone_parts(part: Smooth, name: str, among: Among) -> tuple[list[Stretch], int]:
    """The stretches of a part, and the work that cutting it took."""
    found = _reach(part.formula, name, part.low, part.high, among)
    if found is not None and found.doubt is None and found.motion in (CONSTANT, RISING, FALLING):
        return [Stretch(part.low, part.high, part.formula, found.motion)], 0
    certain = found is not None and found.doubt is None
    if certain and found is not None and found.motion == EITHER:
        return [Stretch(part.low, part.high, part.formula, EITHER)], 0
    try:
        slope = derivative(part.formula, name)
        parts, work = _signs_and_work(slope, name, part.low, part.high, among, certain)
    except (NotSmooth, Undefined, TooLarge):
        motion = found.motion if found is not None and found.doubt is None else None
        return [Stretch(part.low, part.high, part.formula, motion)], 0
    return [Stretch(p.low, p.high, part.formula, p.sign) for p in parts], work
