"""Formulas that only move in steps → their levels, one exact constant each.

In: a piece whose value depends on the clock through floors alone. Out: consecutive pieces, each a
constant, cut where a floor jumps.
The one rule: no float decides a step. Where a floor's argument is not rational its jumps are found
here, exactly, and what is printed compares the number of the update with them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from schedc.backends.collect import NONE, flatten, rebuilt
from schedc.backends.constants import APPROXIMATE, closed
from schedc.backends.trial import approximately
from schedc.expr import (
    ONE,
    STEP,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    make,
    substitute,
    variables,
)
from schedc.program import Piece

MOST_LEVELS = 256
"""A formula with more levels stays a formula."""

_PROBES = 65  # places at which a curved argument is tried for rising
_CLOSE = Fraction(1, 10**50)


def levels(piece: Piece) -> list[Piece] | None:
    """The levels of a piece; None where it moves otherwise, or has too many, or no known ends."""
    start, stop = piece.start, piece.stop
    if not isinstance(start, Num) or not isinstance(stop, Num):
        return None
    if not variables(piece.value) <= {"step", "base"}:
        return None
    floors = list(_outer_floors(piece.value))
    if not floors or any(f is None for f in floors):
        return None
    jumps: set[Fraction] = set()
    for floor in dict.fromkeys(f for f in floors if f is not None):
        found = _jumps(floor, start.value, stop.value)
        if found is None or len(jumps) + len(found) >= MOST_LEVELS:
            return None
        jumps |= set(found)
    places = [start.value, *sorted(jumps), stop.value]
    out: list[Piece] = []
    for low, high in pairwise(places):
        try:
            inside = Fraction(math.ceil(low))  # an update, if there is one: it is what is asked for
            inside = inside if inside < high else (low + high) / 2
            value = rebuilt(flatten(_leveled(piece.value, inside)))
        except (Undefined, TooLarge):
            return None
        if "step" in variables(value):
            return None
        ends = {"first": piece.first if low == start.value else value}
        ends["last"] = piece.last if high == stop.value else value
        out.append(replace(piece, start=Num(low), stop=Num(high), value=value, **ends))
    return out


def _outer_floors(value: Expr) -> Iterator[Apply | None]:
    """The floors through which the step acts; None where it acts without one, or `base` with it."""
    match value:
        case Apply("floor" | "round", _) if "step" in variables(value):
            yield value if variables(value) == {"step"} else None
        case Apply(_, args):
            for a in args:
                yield from _outer_floors(a)
        case _ if value == STEP:
            yield None


def _leveled(value: Expr, k: Fraction) -> Expr:
    """The value with its floors taken at k; at the place of a jump, after it."""
    match value:
        case Apply("floor" | "round", (x,)) if "step" in variables(value):
            return Num(Fraction(_floor(_inside(value.op, x), k)))
        case Apply(op, args):
            return make(op, *[_leveled(a, k) for a in args])
    return value


def _inside(op: str, x: Expr) -> Expr:
    return x if op == "floor" else Apply("add", (x, Num(Fraction(1, 2))))


def _floor(x: Expr, k: Fraction) -> int:
    """The floor of an expression at k, exactly."""
    value = closed(substitute(x, {"step": Num(k)}))
    near = round(value)
    if value.denominator >= APPROXIMATE and abs(value - near) < _CLOSE * max(1, abs(near)):
        return near
    return math.floor(value)


def _jumps(floor: Apply, start: Fraction, stop: Fraction) -> list[Fraction] | None:
    """Where a rising floor jumps inside (start, stop)."""
    x = _inside(floor.op, floor.args[0])
    of = flatten(x)
    if all(not params and atom in (STEP, ONE) for params, atom in of):
        slope, offset = of.get((NONE, STEP), Fraction(0)), of.get((NONE, ONE), Fraction(0))
        if slope < 0:  # a falling floor owns the other end of its levels
            return None
        return jumps_of_line(slope, offset, start, stop, MOST_LEVELS)
    return _curved_jumps(x, start, stop)


def jumps_of_line(
    slope: Fraction, offset: Fraction, start: Fraction, stop: Fraction, most: int
) -> list[Fraction] | None:
    """Where the floor of a line that rises, or stands still, jumps inside (start, stop); None where
    its levels are more than `most`."""
    first, last = math.floor(slope * start + offset) + 1, math.ceil(slope * stop + offset)
    return [(m - offset) / slope for m in range(first, last)] if last - first < most else None


def _curved_jumps(x: Expr, start: Fraction, stop: Fraction) -> list[Fraction] | None:
    """The same where the argument is not rational: by bisection over whole updates."""
    width = float(stop - start)
    places = [float(start) + width * n / (_PROBES - 1) for n in range(_PROBES)]
    values = [approximately(x, {"step": k}) for k in places]
    if any(not a <= b for a, b in pairwise(values)):
        return None
    try:
        low, high = _floor(x, start), _floor(x, stop)
        if high - low >= MOST_LEVELS:
            return None
        out, begin = [], math.floor(start)
        for level in range(low + 1, high + 1):
            below, above = begin, math.ceil(stop)
            while above - below > 1:
                middle = (below + above) // 2
                if _floor(x, Fraction(middle)) >= level:
                    above = middle
                else:
                    below = middle
            begin = below
            place = _between(x, level, below, above)
            if start < place < stop:
                out.append(place)
    except (Undefined, TooLarge):
        return None
    return out


def _between(x: Expr, level: int, below: int, above: int) -> Fraction:
    """Where a curved argument reaches a whole number, after `below` and not after `above`."""
    there = closed(substitute(x, {"step": Num(Fraction(above))}))
    if abs(there - level) < _CLOSE * max(1, level):
        return Fraction(above)
    low, high = float(below), float(above)
    while low < (middle := (low + high) / 2) < high:
        if approximately(x, {"step": middle}) >= level:
            high = middle
        else:
            low = middle
    return Fraction(high)
