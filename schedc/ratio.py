"""The largest ratio between the values of neighbouring updates.

In: a `Case` of a run with a length. Out: the `Ratio`, with the update it is at.
The one rule: what is not looked at lies where the ratio is monotone, between updates that are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

from schedc.algebra import terms
from schedc.bounds import degree
from schedc.calculus import signs
from schedc.derivatives import NotSmooth, derivative
from schedc.expr import ONE, ZERO, Expr, Num, TooLarge, Undefined, make, substitute, variables
from schedc.intervals import CONSTANT
from schedc.order import shortest
from schedc.profile import Part, profile
from schedc.program import Case
from schedc.run import Run
from schedc.updates import Values


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two neighbouring updates, k and k+1, with the values between which the ratio is largest."""

    update: int
    before: Expr
    after: Expr
    factor: Fraction  # after / before, to 30 digits


def largest_ratio(
    case: Case, run: Run, unproved: list[str], parts: list[Part] | None = None
) -> Ratio | None:
    """The pair of neighbouring updates with the largest ratio, up or down; pairs with a 0 do not
    count. None where there is none, or where it is not known (`unproved` says why).

    Within a part, the ratio of f(k+1) to f(k) is monotone in k where (log f)'' has one sign, that
    is the sign of f''*f - f'^2; so the largest is at the ends of such stretches, or across one.
    """
    executed = run.executed
    if executed is None or any(not isinstance(p.stop, Num) for p in case.pieces):
        return None
    if any("base" in variables(p.value) for p in case.pieces):
        powers = {degree(p.value) for p in case.pieces if p.value != ZERO}
        if len(powers) > 1 or None in powers:  # between two of them the ratio depends on it as well
            unproved.append("the largest ratio depends on `base`")
            return None
        case = _for_base_1(case)
        parts = None
    parts = profile(case, run, fine=True) if parts is None else parts
    first, last = run.first, run.first + executed - 1
    values = Values(case, run)
    best: tuple[Fraction, int] | None = None
    asked: set[int] = set()
    for at in _turning_updates(parts, case, unproved):
        for k in range(floor(at) - 2, ceil(at) + 2):
            if not first <= k < last or k in asked:
                continue
            asked.add(k)
            before, after = values[k], values[k + 1]
            if before and after and before != after and (factor := after / before) > 0:
                size = max(factor, 1 / factor)
                if best is None or size > best[0]:
                    best = size, k
    if best is None or "the largest ratio in a part that was not taken apart" in unproved:
        return None
    k = best[1]
    exact, here, there = (values.exact(k), values.exact(k + 1)), values[k], values[k + 1]
    assert exact[0] is not None and exact[1] is not None and here and there
    return Ratio(k, shortest(exact[0]), shortest(exact[1]), there / here)


_EACH = 500
"""In a part of up to so many updates every pair of neighbours is looked at."""


def _turning_updates(
    parts: list[Part], case: Case, unproved: list[str]
) -> Iterator[Fraction]:
    """Positions between which the ratio of neighbouring updates is monotone."""
    for part in parts:
        start, stop = part.start, part.stop
        if not isinstance(start, Num) or not isinstance(stop, Num):
            continue
        yield start.value
        yield stop.value
        if part.motion == CONSTANT or stop.value - start.value <= 2:
            continue
        if stop.value - start.value <= _EACH:
            yield from map(Fraction, range(floor(start.value), ceil(stop.value), 3))
            continue
        bends = _bends(part)
        if part.of is None or bends is None:
            unproved.append("the largest ratio in a part that was not taken apart")
            return
        width = part.of.high - part.of.low
        piece = case.pieces[part.piece]
        assert isinstance(piece.start, Num) and isinstance(piece.stop, Num)
        scale = (piece.stop.value - piece.start.value) / width if part.of.name == "u" else None
        for x, certain in bends:
            if scale is None:
                if not certain or part.x[0] < x < part.x[1]:
                    unproved.append("the largest ratio in a part that was not taken apart")
                    return
                continue
            yield piece.start.value + (x - part.of.low) * scale


def _bends(part: Part) -> list[tuple[Fraction, bool]] | None:
    """Coordinates between which (log f)'' has one sign."""
    if part.of is None:
        return None
    name, (low, high) = part.of.name, part.x
    try:
        first = derivative(part.formula, name)
        second = derivative(first, name)
        bend = make("sub", make("mul", second, part.formula), make("pow", first, Num(Fraction(2))))
        if not terms(bend):  # f is an exponential: one ratio everywhere
            return [(low, True), (high, True)]
        found = signs(bend, name, low, high, {}, slope=True)
    except (NotSmooth, Undefined, TooLarge, KeyError):
        return None
    if any(p.sign is None and p.high - p.low > (high - low) / 10**6 for p in found):
        return None
    return [(x, p.sign is not None) for p in found for x in (p.low, p.high)]


def _for_base_1(case: Case) -> Case:
    put: dict[str, Expr] = {"base": ONE}
    pieces = tuple(
        replace(p, value=substitute(p.value, put), first=substitute(p.first, put),
                last=substitute(p.last, put))
        for p in case.pieces
    )
    return replace(case, pieces=pieces)
