"""Numbers that are known exactly or between bounds, and the area under a schedule.

In: exact values, and the parts of a schedule (`profile`). Out: an `Amount`.
The one rule: an area is exact where every part of it is, else it lies between its bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from schedc.algebra import canonical, constant, terms
from schedc.areas import area, enclosed_area
from schedc.expr import ONE, ZERO, Expr, Num, TooLarge, Undefined, make, variables
from schedc.intervals import CONSTANT, INF, End, enclose
from schedc.order import among, shortest
from schedc.profile import MOST_PIECES, Part, profile, rate_of, to_the_end
from schedc.program import Case
from schedc.run import Run


@dataclass(frozen=True, slots=True)
class Amount:
    """A number: exactly, or between bounds (`low <= it <= high`) where it cannot be written down.

    exact: over `base`, and over `total` where the run has no length.
    """

    exact: Expr | None
    low: End
    high: End


def amount(exact: Expr, digits: int = 30) -> Amount:
    """An exact value with its bounds, where it is a number."""
    exact = shortest(exact)
    if isinstance(exact, Num):
        return Amount(exact, exact.value, exact.value)
    ends = None if variables(exact) else enclose(exact, {}, digits)
    return Amount(exact, *(ends or (-INF, INF)))


# ---- the area


def area_of(case: Case, run: Run) -> Amount | None:
    """The integral of the value over the run, in values times updates; None where it is not known
    even between bounds."""
    if len(case.pieces) > MOST_PIECES:
        return None
    case = to_the_end(case, run)
    return area_under(profile(case, run, fine=True), case, run, [])


def area_under(parts: list[Part], case: Case, run: Run, unproved: list[str]) -> Amount | None:
    """The integral of the value over the run, in updates."""
    if not parts:
        return None
    exact: Expr | None = ZERO
    low: End = Fraction(0)
    high: End = Fraction(0)
    fixed = among(case)
    for part in parts:
        width = make("sub", part.stop, part.start)
        if part.of is None or part.of.name != "u":
            if part.motion == CONSTANT and part.first is not None:
                piece_area: Expr | None = make("mul", width, part.first)
                scale: Expr = ONE
            else:
                unproved.append("the area under a part that moves in another unit")
                return None
        else:
            found = rate_of(part, case)
            assert found is not None
            scale = found
            piece_area = area(part.formula, "u", *part.x)
            piece_area = None if piece_area is None else make("mul", scale, piece_area)
        if piece_area is not None:
            known = amount(piece_area)
            exact = None if exact is None else make("add", exact, piece_area)
            low, high = _plus(low, known.low), _plus(high, known.high)
            continue
        exact = None
        enclosed = enclosed_area(part.formula, "u", *part.x, fixed) if part.of is not None else None
        if enclosed is None or not isinstance(scale, Num) or "base" in variables(part.formula):
            unproved.append("the area under one part")
            return None
        low, high = _plus(low, enclosed[0] * scale.value), _plus(high, enclosed[1] * scale.value)
    if exact is not None:
        return amount(_tidy(exact))
    return Amount(None, low, high)


def _plus(a: End, b: End) -> End:
    return a if isinstance(a, float) else b if isinstance(b, float) else a + b


def _tidy(expr: Expr) -> Expr:
    try:
        number = constant(terms(expr))
        return canonical(expr) if number is None else Num(number)
    except (Undefined, TooLarge, RecursionError):
        return expr
