"""How large whole numbers get within a phase, for a target whose integers have 32 bits.

In: lowered formulas, and the updates where they are used. Out: a bound of everything on the way to
their values, or None where they are no whole numbers; their sums, taken apart and put together.
The one rule: what has no bound is never taken for an integer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from schedc.expr import ONE, ZERO, Apply, Expr, Num, Var, make, variables

INT32 = 1 << 31

Whole: TypeAlias = Mapping[str, float]
"""Names of integers, and of tables of integers, and how large these get."""

NONE: Whole = {}

LARGEST_DIVISOR = 1 << 30
"""Divisors of `quotient` and `rest` are below it, so that 32 bits hold twice of each."""


class Steps(NamedTuple):
    """The first and the last update of a phase, and how long the run may be."""

    first: float
    last: float
    length: float


def size(expr: Expr, steps: Steps, whole: Whole = NONE) -> float | None:
    """How large an expression in whole numbers gets, or anything on the way to it; None where it is
    not one."""
    found = extent(expr, steps, whole)
    return None if found is None else found.most


class Extent(NamedTuple):
    """Between which numbers an expression is, and how large anything on the way to it gets."""

    low: float
    high: float
    most: float


def _within(low: float, high: float, *parts: Extent) -> Extent:
    return Extent(low, high, max(-low, high, *[part.most for part in parts]))


def extent(expr: Expr, steps: Steps, whole: Whole) -> Extent | None:
    match expr:
        case Num(value):
            at = float(value)
            return _within(at, at) if value.denominator == 1 else None
        case Var("step"):
            return _within(steps.first, steps.last)
        case Var("total"):
            return _within(0.0, steps.length)
        case Var(name):
            return _about_0(whole.get(name))
        case Apply("cell", (Var(table), _)):
            return _about_0(whole.get(f"{table}[]"))
        case Apply("add", (Apply("cell", (Var(table), _)), _)) if table in whole:
            return _about_0(whole[table])
        case Apply("quotient", (Num(c), x, Num(n), Num(d))):  # what is large in it is hidden
            y = extent(x, steps, whole)
            if y is None:
                return None
            low, high = (float((c * Fraction(at) + n) / d) for at in y[:2])
            return _within(low - 1, high + 1)
        case Apply("quotient" | "held", _):  # it is written where 32 bits hold it, nowhere else
            return _about_0(INT32 - 1)
        case Apply("rest", _):
            return _within(0.0, LARGEST_DIVISOR)
        case Apply("sub", (Apply("rest", _), half)) if variables(half) == {"total"}:
            return _about_0(LARGEST_DIVISOR)  # half of what it is divided by
        case Apply("mul", (Num(c), _)) if c.denominator != 1:
            return None
        case Apply("add" | "sub" | "mul" | "neg" | "fdiv" | "rem" | "min" | "max" as op, args):
            parts = [extent(a, steps, whole) for a in args]
            known = [x for x in parts if x is not None]
            if len(known) == len(parts):
                ends = _ends(op, args, known)
                still = variables(expr) == {"total"}  # a number of Python, however large on the way
                return None if ends is None else _within(*ends, *([] if still else known))
    return None


def _ends(op: str, args: tuple[Expr, ...], parts: Sequence[Extent]) -> tuple[float, float] | None:
    x = parts[0]
    match op, args:
        case "add", _:
            return sum(part.low for part in parts), sum(part.high for part in parts)
        case "sub", _:
            return x.low - parts[1].high, x.high - parts[1].low
        case "neg", _:
            return -x.high, -x.low
        case "min" | "max", _:
            return min(part.low for part in parts), max(part.high for part in parts)
        case "mul", (Num(c), _):
            ends = sorted([float(c) * end for end in parts[1][:2]])
            return ends[0], ends[1]
        case "fdiv", (_, Num(d)):
            ends = sorted([x.low / float(d), x.high / float(d)])
            return ends[0] - 1, ends[1] + 1
        case "rem", (_, Num(d)):
            return min(0.0, float(d)), max(0.0, float(d))
        case "fdiv" | "rem", _:
            most = max(part.most for part in parts)
            return -most, most
    return None


def _about_0(most: float | None) -> Extent | None:
    return None if most is None else _within(-most, most)


def terms_of(expr: Expr, steps: Steps, whole: Whole) -> dict[Expr, Fraction] | None:
    """Whole numbers times parts that are whole (`ONE` for the constant); None for another sum."""
    match expr:
        case Num(value):
            return {ONE: value} if value.denominator == 1 else None
        case Apply("add" | "sub" as op, (a, b)):
            x, y = terms_of(a, steps, whole), terms_of(b, steps, whole)
            if x is None or y is None:
                return None
            sign = 1 if op == "add" else -1
            total = {part: x.get(part, 0) + sign * y.get(part, 0) for part in (*x, *y)}
            return {part: Fraction(c) for part, c in total.items() if c}
        case Apply("neg", (a,)):
            x = terms_of(a, steps, whole)
            return None if x is None else {part: -c for part, c in x.items()}
        case Apply("mul", (Num(c), a)) if c.denominator == 1:
            x = terms_of(a, steps, whole)
            return None if x is None else {part: c * d for part, d in x.items() if c}
    return None if size(expr, steps, whole) is None else {expr: Fraction(1)}


def sum_of(linear: Mapping[Expr, Fraction], offset: Fraction | int) -> Expr:
    """The sum again, what is added before what is subtracted."""
    total: Expr = ZERO
    parts = [*linear.items(), *([(ONE, Fraction(offset))] if offset else [])]
    for part, c in sorted(parts, key=lambda item: item[1] < 0):
        term = make("mul", Num(abs(c)), part)
        total = make("add" if c > 0 else "sub", total, term)
    return total
