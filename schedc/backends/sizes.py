"""How large whole numbers get within a phase, for a target whose integers have 32 bits.

In: lowered formulas, and the updates where they are used. Out: a bound of everything on the way to
their values, or None where they are no whole numbers; their sums, taken apart and put together.
The one rule: what has no bound is never taken for an integer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from schedc.expr import ONE, TOTAL, ZERO, Apply, Expr, Num, Var, make, variables, walk

INT32 = 1 << 31

LARGEST_DIVISOR = 1 << 30
"""A `rest` is an integer where its divisor is below it, so that 32 bits hold twice of each."""


class Steps(NamedTuple):
    """The first and the last update of a phase, and how long the run may be."""

    first: float
    last: float
    length: float


class Extent(NamedTuple):
    """Between which numbers an expression is, and how large anything on the way to it gets."""

    low: int
    high: int
    most: int


Whole: TypeAlias = Mapping[str, float | Extent]
"""Names of integers, and of tables of integers: how large these get, or between which numbers."""

NONE: Whole = {}


def size(expr: Expr, steps: Steps, whole: Whole = NONE) -> int | None:
    """How large an expression in whole numbers gets, or anything on the way to it; None where it is
    not one."""
    found = extent(expr, steps, whole)
    return None if found is None else found.most


def fits(expr: Expr, steps: Steps, whole: Whole = NONE) -> bool:
    """Is it in whole numbers, and do 32 bits hold it and everything on the way to it?"""
    most = size(expr, steps, whole)
    return most is not None and most < INT32


def _within(low: int, high: int, *parts: Extent) -> Extent:
    return Extent(low, high, max(-low, high, *[part.most for part in parts]))


def extent(expr: Expr, steps: Steps, whole: Whole) -> Extent | None:
    """Between which numbers an expression in whole numbers is; None where it is not one."""
    return _extent(expr, steps, whole) if whole else _alone(expr, steps)


@lru_cache(maxsize=20_000)  # a part is asked for in each part that it is in, and in many phases
def _alone(expr: Expr, steps: Steps) -> Extent | None:
    return _extent(expr, steps, NONE)


def _extent(expr: Expr, steps: Steps, whole: Whole) -> Extent | None:
    match expr:
        case Num(value):
            at = value.numerator
            return _within(at, at) if value.denominator == 1 else None
        case Var("step"):
            return _within(int(steps.first), int(steps.last))
        case Var("total"):
            return _within(0, int(steps.length))
        case Var(name):
            return _read(name, whole)
        case Apply("cell", (Var(table), _)):
            return _read(f"{table}[]", whole)
        case Apply("add", (Apply("cell", (Var(table), _)), _)) if table in whole:
            return _read(table, whole)
        case Apply("quotient", (Num(c), x, Num(n), Num(d))):  # what is large in it is hidden
            y = extent(x, steps, whole)
            if y is None:
                return None
            low, high = sorted([(c * at + n) // d for at in y[:2]])
            return _within(low, high)
        case Apply("quotient", (Num(c), Var("step"), n, d)) if (
            found := _of_shares(c, n, d)
        ) is not None:
            return found
        case Apply("quotient" | "held", _):  # it is written where 32 bits hold it, nowhere else
            return _about_0(INT32 - 1)
        case Apply("rest", _):
            return _within(0, LARGEST_DIVISOR)
        case Apply("sub", (Apply("rest", (_, _, _, d)), half)) if is_half(half, d):
            return _about_0(LARGEST_DIVISOR)
        case Apply("mul", (Num(c), _)) if c.denominator != 1:
            return None
        case Apply("add" | "sub" | "mul" | "neg" | "fdiv" | "rem" | "min" | "max" as op, args):
            parts = [extent(a, steps, whole) for a in args]
            known = [x for x in parts if x is not None]
            if len(known) == len(parts):
                ends = _ends(op, args, known)
                return None if ends is None else _within(*ends, *([] if of_python(expr) else known))
    return None


def _of_shares(c: Fraction, n: Expr, d: Expr) -> Extent | None:
    """(c*step + n)/d where d is so many times the length: the step is no more than that, and a
    number no more than it is in a run of one update."""
    above, below = (terms_of(x, _ANY, NONE) or {} for x in (n, d))
    if set(below) != {TOTAL} or not set(above) <= {TOTAL, ONE} or below[TOTAL] <= 0:
        return None
    begin, beside = above.get(TOTAL, ZERO.value), above.get(ONE, ZERO.value)
    low = begin + min(c, ZERO.value) + min(beside, ZERO.value)
    high = begin + max(c, ZERO.value) + max(beside, ZERO.value)
    found = _within(low // below[TOTAL], high // below[TOTAL])
    return found if found.most < INT32 else None


_ANY = Steps(0.0, 0.0, 0.0)  # whose terms do not depend on it


def _ends(op: str, args: tuple[Expr, ...], parts: Sequence[Extent]) -> tuple[int, int] | None:
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
            low, high = sorted([c.numerator * end for end in parts[1][:2]])
            return low, high
        case "fdiv", (_, Num(d)):
            low, high = sorted([x.low // d.numerator, x.high // d.numerator])
            return low, high
        case "rem", (_, Num(d)):
            return min(0, d.numerator), max(0, d.numerator)
        case "fdiv" | "rem", _:
            most = max(part.most for part in parts)
            return -most, most
    return None


def is_half(half: Expr, d: Expr) -> bool:
    """Is it half of what something is divided by, a number or so many times the length?"""
    twice = Apply("mul", (Num(Fraction(2)), half))
    return terms_of(Apply("sub", (d, twice)), _ANY, NONE) == {}


def of_python(expr: Expr) -> bool:
    """Is it of the length alone, a number of Python, however large anything on the way to it gets?
    No part of it is computed by JAX then."""
    return variables(expr) == {"total"} and not any(
        isinstance(part, Apply) and part.op in _BY_JAX for part in walk(expr)
    )


_BY_JAX = frozenset({"min", "max"})
"""Whatever their arguments are."""


def _read(name: str, whole: Whole) -> Extent | None:
    known = whole.get(name)
    return _about_0(int(known)) if isinstance(known, int | float) else known


def _about_0(most: int) -> Extent:
    return _within(-most, most)


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
