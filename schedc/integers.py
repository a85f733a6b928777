"""Formulas of one whole-numbered clock, evaluated exactly and fast.

In: an `Expr` over one variable. Out: its whole values for whole values of the variable, and whether
it only ever moves one way.
The one rule: no floats. What integer arithmetic cannot say takes the slow, exact way.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm

from schedc.expr import (
    Apply,
    Expr,
    Num,
    TooLarge,
    Var,
    exactly,
    make,
    num,
    substitute,
    variables,
)  # fmt: skip
from schedc.guard import executed
from schedc.intervals import RISING, Motion, Reach, enclose, point, reach

_CALLED = {"min": min, "max": max, "abs": abs}

MOST_DEGREE = 64
"""Powers up to here are multiplied out in whole numbers."""


def whole(value: Expr, variable: str) -> Callable[[int], int | None]:
    """The formula as a function of whole x: its value where that is whole, else None.

    Where the formula has no value (1/0) the function raises `Undefined`.
    """
    written = _write(value, variable)
    if written is None:
        return lambda x: _slowly(value, variable, x)
    text, bottom = written
    if bottom == 1:
        return _made(text)
    scaled = _made(text)
    return lambda x: None if (top := scaled(x)) % bottom else top // bottom


def _made(text: str) -> Callable[[int], int]:
    """The text of `_write` as a function of x."""
    written = f"def whole(x):\n    return {text}\n"
    names = executed(written, "a whole number", _CALLED, frozenset(_CALLED))
    made: Callable[[int], int] = names["whole"]
    return made


def quick(value: Expr, variable: str) -> bool:
    """Is the formula one of whole numbers and plain arithmetic?"""
    return _write(value, variable) is not None


def _slowly(value: Expr, variable: str, x: int) -> int | None:
    try:  # an enclosure that leaves one number is the quickest way
        near = reach(value, {variable: point(Fraction(x))}, 60)
    except (TooLarge, KeyError):
        near = None
    if near is not None and near.doubt is None and near.low == near.high:
        low = near.low
        return low.numerator if isinstance(low, Fraction) and low.denominator == 1 else None
    found = rational(substitute(value, {variable: num(x)}))
    return found.numerator if found is not None and found.denominator == 1 else None


def _write(value: Expr, variable: str) -> tuple[str, int] | None:
    """Python text of the numerator and the fixed denominator, or None."""
    match value:
        case Num(v):
            return f"({v.numerator})", v.denominator
        case Var(name):
            return ("x", 1) if name == variable else None
        case Apply("pi", ()):
            return None
        case Apply("progress", (k, a, b)):
            return _write(make("div", make("sub", k, a), make("sub", b, a)), variable)
        case Apply("div", (a, Num(v))) if v:
            return _write(make("mul", Num(1 / v), a), variable)
        case Apply("pow", (a, Num(v))) if v.denominator == 1 and 0 < v <= MOST_DEGREE:
            inner = _write(a, variable)
            if inner is None or _degree(value) > MOST_DEGREE:
                return None
            return f"({inner[0]}**{v})", inner[1] ** int(v)
        case Apply("mod", (a, Num(v))) if v:
            pair = [_write(a, variable), _write(Num(v), variable)]
            return _between("%")([p for p in pair if p]) if None not in pair else None
        case Apply(op, args) if op in _WRITTEN:
            parts = [_write(a, variable) for a in args]
            known = [p for p in parts if p is not None]
            return _WRITTEN[op](known) if len(known) == len(parts) else None
    return None


def _degree(value: Expr) -> int:
    """The largest power of the variable, about: ((x^64)^64)^64 has a million digits."""
    match value:
        case Apply("pow", (a, Num(v))) if v.denominator == 1:
            return int(v) * _degree(a)
        case Apply(_, args) if args:
            return max(map(_degree, args))
    return 1


def _shared(parts: list[tuple[str, int]]) -> tuple[list[str], int]:
    """The same numbers over one denominator."""
    bottom = lcm(*(d for _, d in parts))
    return [t if d == bottom else f"({t}*{bottom // d})" for t, d in parts], bottom


def _between(symbol: str) -> Callable[[list[tuple[str, int]]], tuple[str, int]]:
    def write(parts: list[tuple[str, int]]) -> tuple[str, int]:
        (a, b), bottom = _shared(parts)
        return f"({a}{symbol}{b})", bottom

    return write


def _called(name: str) -> Callable[[list[tuple[str, int]]], tuple[str, int]]:
    def write(parts: list[tuple[str, int]]) -> tuple[str, int]:
        tops, bottom = _shared(parts)
        return f"{name}({','.join(tops)})", bottom

    return write


def _product(parts: list[tuple[str, int]]) -> tuple[str, int]:
    (a, c), (b, d) = parts
    return f"({a}*{b})", c * d


def _clamped(parts: list[tuple[str, int]]) -> tuple[str, int]:
    (x, low, high), bottom = _shared(parts)
    return f"min(max({x},{low}),{high})", bottom


_WRITTEN: dict[str, Callable[[list[tuple[str, int]]], tuple[str, int]]] = {
    "add": _between("+"),
    "sub": _between("-"),
    "mul": _product,
    "neg": lambda p: (f"(-{p[0][0]})", p[0][1]),
    "min": _called("min"),
    "max": _called("max"),
    "abs": _called("abs"),
    "floor": lambda p: (f"({p[0][0]}//{p[0][1]})", 1),
    "ceil": lambda p: (f"(-(-{p[0][0]}//{p[0][1]}))", 1),
    "round": lambda p: (f"((2*{p[0][0]}+{p[0][1]})//{2 * p[0][1]})", 1),
    "clamp": _clamped,
}


def rational(value: Expr) -> Fraction | None:
    """The exact value of a constant expression if it is rational, else None.

    `floor` of an irrational number is whole: it is found where 60 digits decide it.
    """
    found = exactly(value, {})
    if found is not None:
        return found
    for digits in (15, 60):
        ends = enclose(value, {}, digits)
        if ends is not None and ends[0] == ends[1]:
            return ends[0]
    return None


def moves(value: Expr, variable: str, low: Fraction, high: Fraction) -> Motion:
    """How it moves on [low, high]: 0 not at all, 1, -1 or 2 one way only, None not known."""
    if variables(value) - {variable}:  # `base`: it is not known
        return None
    return reach(value, {variable: Reach(low, high, RISING)}).motion
