"""Where a schedule does not go on as before: its kinks and steps, its slopes.

In: the parts of a schedule (`profile`). Out: `Kink`s and `Step`s, each at an exact position.
The one rule: a place is called a kink or a step where that is proved, and passed over where it is
proved that there is none; of any other the reason is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from schedc.derivatives import NotSmooth, derivative
from schedc.expr import ZERO, Expr, Num, TooLarge, Undefined, make, substitute, variables
from schedc.intervals import CONSTANT, RISING, Reach, reach
from schedc.order import shortest
from schedc.profile import Part, broken, rate_of
from schedc.program import Case
from schedc.prove import decide
from schedc.run import Run


@dataclass(frozen=True, slots=True)
class Kink:
    """A place where the value goes on and its slope does not; slopes per update, None: vertical."""

    at: Expr
    before: Expr | None
    after: Expr | None


@dataclass(frozen=True, slots=True)
class Step:
    """A place where the value jumps. meant: `>>!`, or a step of the formula (`floor`, `every`)."""

    at: Expr
    before: Expr
    after: Expr
    factor: Fraction | None
    meant: bool


def kinks_and_steps(
    parts: list[Part], case: Case, run: Run, unproved: list[str]
) -> tuple[tuple[Kink, ...], tuple[Step, ...]]:
    """Those between the parts of a schedule, in their order; what is not known of one is added to
    `unproved`."""
    kinks: list[Kink] = []
    steps: list[Step] = []
    if any(map(broken, parts)):
        unproved.append("the kinks and steps within a part that was not taken apart")
    meant = {b.at for b in case.boundaries if b.jump}
    joins = {b.at for b in case.boundaries}
    for before, after in pairwise(parts):
        if before.piece == after.piece and before.formula == after.formula:
            continue  # the same formula, turning
        if before.last is None or after.first is None:
            unproved.append("how it goes on at one place")
            continue
        verdict = decide(before.last, after.first, case.low, case.high)
        if verdict.kind == "unproved":
            unproved.append(f"whether it jumps somewhere: {verdict.reason}")
        elif verdict.kind == "jump":
            factor = Fraction(verdict.factor) if verdict.factor else None
            at = after.start
            own = at in meant or at not in joins or before.last != case.pieces[before.piece].last
            steps.append(Step(at, before.last, after.first, factor, own))
        else:
            kink = _kink(before, after, case, run, unproved)
            if kink is not None:
                kinks.append(kink)
    return tuple(kinks), tuple(steps)


def _kink(
    before: Part, after: Part, case: Case, run: Run, unproved: list[str]
) -> Kink | None:
    slopes = [slope(before, before.x[1], case, run), slope(after, after.x[0], case, run)]
    if "unknown" in slopes:
        unproved.append("the slopes at one join")
        return None
    left, right = [None if s == "vertical" else s for s in slopes]
    assert not isinstance(left, str) and not isinstance(right, str)
    if left is not None and right is not None:
        verdict = decide(left, right, case.low, case.high)
        if verdict.kind == "continuous":
            return None
        if verdict.kind == "unproved":
            unproved.append(f"whether there is a kink: {verdict.reason}")
            return None
    return Kink(after.start, left, right)


def slope(part: Part, x: Fraction, case: Case, run: Run) -> Expr | str:
    """The slope of a part at a coordinate, per update; or "vertical", or "unknown"."""
    if part.motion == CONSTANT and not variables(part.formula) - {"base", "total"}:
        return ZERO
    rate = rate_of(part, case)
    if rate is None or part.of is None:
        return "unknown"
    try:
        steep = derivative(part.formula, part.of.name)
        return shortest(make("div", substitute(steep, {part.of.name: Num(x)}), rate))
    except Undefined:
        return "vertical" if _endless(steep, part, x) else "unknown"
    except (NotSmooth, TooLarge):
        return "unknown"


def _endless(steep: Expr, part: Part, x: Fraction) -> bool:
    """Does a slope that is not defined at an end grow beyond all bounds towards it? 0/0 may not."""
    assert part.of is not None
    inwards = 1 if x == part.x[0] else -1
    for exponent in (12, 24, 48):
        near, far = (x + inwards * Fraction(1, 10**n) for n in (2 * exponent, exponent))
        inside = Reach(min(near, far), max(near, far), RISING)
        try:
            found = reach(steep, {part.of.name: inside})
        except (Undefined, TooLarge, KeyError):
            return False
        least = max(found.low, -found.high)
        if found.doubt is not None or least < 10 ** (exponent // 6):
            return False
    return True
