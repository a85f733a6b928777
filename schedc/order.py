"""Exact values in order: which of two is larger, for every N and base.

In: expressions without clocks, and how far N and `base` reach. Out: a sign, an order, the shortest
form of a value.
The one rule: an order is proved, by exact arithmetic or by enclosures, or it is not known (None).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from schedc.algebra import Terms, canonical, constant, rebuild, terms
from schedc.corners import Field, together
from schedc.expr import (
    BASE,
    ZERO,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    make,
    operators,
    variables,
    walk,
)
from schedc.intervals import CONSTANT, INF, End, Reach, reach
from schedc.program import Case


def reaches(low: int, high: int | None) -> dict[str, Reach]:
    """The reach of what does not move with the clock: low <= N <= high, and any positive base."""
    top: End = INF if high is None else Fraction(high)
    return {
        "base": Reach(Fraction(0), INF, CONSTANT, True),
        "total": Reach(Fraction(low), top, CONSTANT, True),
    }


def among(case: Case) -> dict[str, Reach]:
    """`reaches` of a case."""
    return reaches(case.low, case.high)


# ---- which is larger


def order(a: Expr, b: Expr, fixed: Mapping[str, Reach]) -> int | None:
    """-1, 0 or 1 as a is below, equal to or above b, for every N and base; None: not known."""
    if a == b:
        return 0
    if isinstance(a, Num) and isinstance(b, Num):
        return (a.value > b.value) - (a.value < b.value)
    return sign(make("sub", a, b), fixed)


def sign(expr: Expr, fixed: Mapping[str, Reach], bits: int = 200) -> int | None:
    """-1, 0 or 1, the same for every N and base; None: not known."""
    try:
        parts = terms(expr)
        number = constant(parts)
        if number is not None:
            return (number > 0) - (number < 0)
        for found in _enclosed(rebuild(_without_base(parts)), fixed, bits):
            if found.low == found.high == 0:
                return 0
            if found.low > 0 or (found.low == 0 and found.nonzero):
                return 1
            if found.high < 0 or (found.high == 0 and found.nonzero):
                return -1
    except (Undefined, TooLarge, RecursionError, KeyError):
        pass
    return None


def never_below_zero(expr: Expr, fixed: Mapping[str, Reach]) -> bool:
    """Is it certain that a value is 0 or above, for every N and base?"""
    try:
        return any(found.low >= 0 for found in _enclosed(expr, fixed, 80))
    except (Undefined, TooLarge, RecursionError, KeyError):
        return False


def _enclosed(expr: Expr, fixed: Mapping[str, Reach], bits: int) -> Iterator[Reach]:
    """Enclosures of a value in terms of N and base: each N apart, then N and its whole parts
    together."""
    found = reach(expr, fixed, bits)
    if found.doubt is None:
        yield found
    total = fixed.get("total")
    if total is None or "total" not in variables(expr) or isinstance(total.low, float):
        return
    high = None if isinstance(total.high, float) else int(total.high)
    formula, reaches, _ = together(expr, Field(ZERO, ZERO, int(total.low), high))
    found = reach(formula, {**fixed, **reaches}, bits)
    if found.doubt is None:
        yield found


def _without_base(parts: Terms) -> Terms:
    """What every term has of `base`, a positive factor, does not matter for the sign."""
    powers = {next((e for atom, e in m if atom == BASE), Fraction(0)) for m in parts}
    if len(powers) != 1 or powers == {Fraction(0)}:
        return parts
    factor = (BASE, powers.pop())
    return {m - {factor}: c for m, c in parts.items()}


# ---- values as they are shown


def shortest(expr: Expr) -> Expr:
    """The canonical form of an expression where that is a number, or shorter:
    base * (1e-5 / base)^1 is 1e-5, and max(4, 0.999^7) is 4."""
    if not isinstance(expr, Apply):
        return expr
    try:
        expr = _chosen(expr)
        plain = canonical(expr)
    except (Undefined, TooLarge, RecursionError):
        return expr
    return plain if _size(plain) < _size(expr) else expr


def _chosen(expr: Expr) -> Expr:
    """Where enclosures tell which of several numbers is the smallest or largest, that one."""
    if not isinstance(expr, Apply) or not operators(expr) & {"min", "max"}:
        return expr
    args = [_chosen(a) for a in expr.args]
    if expr.op in ("min", "max"):
        wins = 1 if expr.op == "max" else -1
        while len(args) > 1 and (compared := order(args[0], args[1], {})) is not None:
            args[:2] = [args[0] if compared in (0, wins) else args[1]]
        if len(args) == 1:
            return args[0]
    return make(expr.op, *args)


def _size(expr: Expr) -> int:
    return sum(1 for _ in walk(expr))
