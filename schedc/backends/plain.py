"""The most common formula, a line in the step, lowered without collecting anything.

In: the value of a piece and the stretch it is used on. Out: its form, where the value is a line
with rational coefficients.
The one rule: what is a line is read off the operators; whatever else it is, `lower` finds out.
"""

from __future__ import annotations

from fractions import Fraction

from schedc.backends.constants import trimmed
from schedc.backends.lines import line, straight
from schedc.backends.trial import Stretch
from schedc.expr import ONE, STEP, Apply, Expr, Num, Var

_NOTHING = Fraction(0)


def plain_line(expr: Expr, on: Stretch) -> Expr | None:
    """The form of a line that keeps its digits; None for a formula that is none."""
    plain = _plain_line(expr)
    if plain is None:
        return None
    at, value, slope = plain
    found = straight(STEP, at, value, slope, on) if slope else Num(trimmed(value))
    return line({STEP: slope, ONE: value - slope * at}, on) if found is None else found


def _plain_line(expr: Expr) -> tuple[Fraction, Fraction, Fraction] | None:
    """A line in the step with rational coefficients: a place, the value there, and the slope."""
    if type(expr) is Num:
        return _NOTHING, expr.value, _NOTHING
    if type(expr) is Var:
        return (_NOTHING, _NOTHING, ONE.value) if expr == STEP else None
    assert type(expr) is Apply
    op, args = expr.op, expr.args
    if op == "progress":
        k, begin, end = args
        if k != STEP or type(begin) is not Num or type(end) is not Num:
            return None
        return begin.value, _NOTHING, 1 / (end.value - begin.value)
    if op == "mul":
        c, x = args if type(args[0]) is Num else args[::-1]
        inner = _plain_line(x) if type(c) is Num else None
        if inner is None:
            return None
        at, value, slope = inner
        return at, c.value * value if value else value, c.value * slope  # type: ignore[union-attr]
    if op not in ("add", "sub") or (right := _plain_line(args[1])) is None:
        return None
    left = _plain_line(args[0])
    if left is None:
        return None
    at, value, slope = left
    place, more, rise = right
    if op == "sub":
        more, rise = -more, -rise
    if not slope:
        return place, value + more if more else value, rise
    return at, value + more + rise * (at - place), slope + rise
