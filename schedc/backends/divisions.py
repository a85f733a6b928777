"""Divisions of whole numbers that integers of 32 bits do not hold → some that they do.

In: a lowered formula, and the updates where it is used. Out: the same numbers.
The one rule: a floor of a quotient is never left to floats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from schedc.backends.share import Shared
from schedc.backends.sizes import (
    INT32,
    LARGEST_DIVISOR,
    NONE,
    Steps,
    Whole,
    extent,
    fits,
    sum_of,
    terms_of,
)
from schedc.backends.stairs import jumps_of_line
from schedc.expr import ONE, STEP, ZERO, Apply, Expr, Num, make, replaced, variables, walk


def divisions(expr: Expr, steps: Steps, whole: Whole = NONE, *, table: bool = False) -> Expr:
    """The same where what a whole number divides is small enough for integers.

    c*x + n is taken by the divisor d as (c mod d)*x + (n mod d), their common divisor cancelled,
    and where that is too large still, from the first update of the phase on; else `quotient` and
    `rest` divide digit by digit. table: numbers become the row of a table, which has neither of
    these two; `held` is around what 32 bits hold in that row.
    """
    if not isinstance(expr, Apply):
        return expr
    args = tuple([divisions(a, steps, whole, table=table) for a in expr.args])
    changed, expr = args != expr.args, Apply(expr.op, args)
    if changed and expr.op in ("add", "sub") and (sum_ := terms_of(expr, steps, whole)):
        return sum_of({part: c for part, c in sum_.items() if part != ONE}, sum_.get(ONE, 0))
    if expr.op not in ("fdiv", "rem"):
        return expr
    above, below = expr.args
    # by the length itself, which nobody knows: it may be any
    far = steps._replace(last=INT32, length=INT32)
    if fits(above, far if "total" in variables(below) else steps, whole):
        times = any(isinstance(part, Apply) and part.op == "mul" for part in walk(above))
        return Apply(expr.op, (Apply("held", (above,)), below)) if table and times else expr
    linear = terms_of(above, steps, whole)
    if linear is None or not variables(below) <= {"total"}:
        return expr
    if isinstance(below, Num) and not any("total" in variables(part) for part in linear):
        found = _divided(expr.op, linear, below.value, steps, whole, table)
        return expr if found is None else found
    moving = [part for part in linear if variables(part) - {"total"}]
    if table or len(moving) != 1 or not _counted(moving[0], steps, whole):
        return expr
    slope = linear.pop(moving[0])
    name = "quotient" if expr.op == "fdiv" else "rest"
    return Apply(name, (Num(slope), moving[0], sum_of(linear, 0), below))


def _counted(x: Expr, steps: Steps, whole: Whole) -> bool:
    """Is it from 0 on, and an integer of 32 bits?"""
    found = extent(x, steps, whole)
    return found is not None and found.low >= 0 and found.most < INT32


def _low(x: Expr, steps: Steps, whole: Whole) -> Fraction:
    """A whole number that a part is never below."""
    found = extent(x, steps, whole)
    assert found is not None
    return Fraction(found.low)


def _divided(
    op: str,
    linear: Mapping[Expr, Fraction],
    by: Fraction,
    steps: Steps,
    whole: Whole,
    table: bool,
) -> Expr | None:
    """A sum divided by a number, or its rest; None where 32 bits hold none of the ways."""
    if by <= 0:
        return None
    times = {part: Fraction(c // by) for part, c in linear.items() if c // by}
    parts = {part: c % by for part, c in linear.items() if c % by}
    beside, n = times.pop(ONE, ZERO.value), parts.pop(ONE, ZERO.value)
    if not parts:  # it is divided without a rest, but for that of a number
        return Num(n) if op == "rem" else sum_of(times, beside)
    shared = Fraction(math.gcd(by.numerator, *[c.numerator for c in parts.values()]))
    d, left = by / shared, n % shared
    parts, n = {part: c / shared for part, c in parts.items()}, Fraction(n // shared)
    inside = sum_of(parts, n)
    args: tuple[Expr, ...] = Apply("held", (inside,)) if table else inside, Num(d)
    name = "fdiv", "rem"
    if not fits(inside, steps, whole):
        lows = {x: _low(x, steps, whole) for x in parts}
        more, n_since = divmod(sum(c * lows[x] for x, c in parts.items()) + n, d)
        since = sum_of({make("sub", x, Num(lows[x])): c for x, c in parts.items()}, n_since)
        if fits(since, steps, whole):  # from where the phase begins
            args = Apply("held", (since,)) if table else since, Num(d)
            beside += more
        elif len(parts) > 1:
            return None
        else:
            ((x, c),) = parts.items()
            long_rest = op == "rem" and d >= LARGEST_DIVISOR
            if table or long_rest or not _counted(x, steps, whole):
                return None
            name, args = ("quotient", "rest"), (Num(c), x, Num(n), Num(d))
    if op == "rem":
        return sum_of({Apply(name[1], args): shared}, left)
    found = sum_of({Apply(name[0], args): Fraction(1), **times}, beside)
    held = table and times and fits(found, steps, whole)
    return Apply("held", (found,)) if held else found


_MOST_LEVELS = 64
"""A phase of a table is cut into no more levels of its floors."""


def cut_at_jumps(
    formula: Shared, first: int, end: int, steps: Steps, whole: Whole
) -> list[tuple[int, Shared]]:
    """A formula of the updates from `first` up to, not including, `end`, as one for each level of
    the floors that no row of a table holds, and where that ends. These are few: a level lasts for
    so many updates that integers do not hold it.

    Floors of anything but the step, and of more levels than `_MOST_LEVELS`, stay as they are.
    """
    lines: dict[Expr, tuple[Fraction, Fraction, Fraction]] = {}
    for part in [part for expr in formula.parts for part in walk(expr)]:
        match part:
            case Apply("fdiv", (above, Num(d))) if d > 0:
                linear = terms_of(above, steps, whole) or {}
                if set(linear) <= {STEP, ONE} and linear.get(STEP, ZERO.value) > 0:
                    left = divisions(part, steps, whole, table=True)
                    if any(_too_long(x, steps, whole) for x in walk(left)):
                        lines[part] = linear[STEP], linear.get(ONE, ZERO.value), d
    cuts = {first, end}
    for c, n, d in lines.values():
        jumps = jumps_of_line(c / d, n / d, Fraction(first), Fraction(end), _MOST_LEVELS)
        if jumps is None:
            return [(end, formula)]
        cuts |= {math.ceil(place) for place in jumps}
    if not lines or len(cuts) > _MOST_LEVELS + 1:
        return [(end, formula)]
    out = []
    for begin, stop in pairwise(sorted(cuts)):
        levels = {x: Num(Fraction((c * begin + n) // d)) for x, (c, n, d) in lines.items()}
        bindings = tuple([(name, replaced(x, levels)) for name, x in formula.bindings])
        out.append((stop, Shared(bindings, tuple([replaced(x, levels) for x in formula.results]))))
    return out


def _too_long(x: Expr, steps: Steps, whole: Whole) -> bool:
    return isinstance(x, Apply) and x.op == "fdiv" and not fits(x.args[0], steps, whole)
