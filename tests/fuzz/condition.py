"""How much roundings move a value: the condition of a formula as its author wrote it.

In: an expression, and exact values of its variables. Out: `sway(expr, values)`.
The one rule: first order, and without luck: each constant and each result of an operation is off by
one unit, of the worst sign, and all of these add up.

A value f that is computed in units of e (2^-52) may be off by `e * sway.error`; `sway.error / |f|`
is the condition number. It is about the number of operations, and large where they cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
from mpmath import inf, mpf

from schedc.expr import Apply, Expr, Num, TooLarge, Undefined, Var, exactly
from schedc.numeric import numerically

STEPS = frozenset({"floor", "ceil", "round", "mod"})


@dataclass(frozen=True)
class Sway:
    """value: to 30 digits. error: in units, absolute; infinite at a step, where the last digit
    decides. low, high: the least and the largest size of anything on the way that is not 0."""

    value: Any
    error: Any
    low: Any
    high: Any


@dataclass(frozen=True)
class Floats:
    """unit: of the last digit, to tell how near a step is. least: what is smaller may become 0.
    narrow: updates are more than 24 bits count."""

    unit: float
    least: float = 0.0
    narrow: bool = False


def sway(
    expr: Expr, values: Mapping[str, Fraction], unit: float = 2.0**-52, least: float = 0.0
) -> Sway:
    """A step at a rational place is exact, but for updates that 24 bits do not count."""
    with mpmath.workdps(40):
        narrow = unit > 1e-9 and abs(values["step"]) > 1 << 24
        return _sway(expr, values, Floats(unit, least, narrow))


def _sway(expr: Expr, values: Mapping[str, Fraction], floats: Floats) -> Sway:
    value = numerically(expr, values, 30)
    size = abs(value)
    near = (size, size) if size else (mpf(1), mpf(1))
    match expr:
        case Num(number):
            return Sway(value, mpf(0) if number.denominator == 1 else size, *near)
        case Var(_):
            return Sway(value, mpf(0), *near)
        case Apply("pi", ()):
            return Sway(value, size, *near)
        case Apply("progress", args) if exactly(expr, values) is not None:
            parts = [abs(numerically(a, values, 30)) for a in args]
            return Sway(value, size, near[0], max(*near, *parts))
        case Apply(op, args):
            parts = [_sway(a, values, floats) for a in args]
            if op in STEPS and (floats.narrow or exactly(args[0], values) is None):
                x = parts[0].value / (parts[1].value if op == "mod" else 1)
                x += mpf(1) / 2 if op == "round" else 0
                scale = abs(parts[1].value) if op == "mod" else 1
                if abs(x - mpmath.nint(x)) <= 16 * floats.unit * parts[0].error / scale:
                    return Sway(value, inf, *near)
            error = ERRORS[op](value, *[(p.value, p.error) for p in parts])
            if size < floats.least:
                error += size / floats.unit
            low, high = min(p.low for p in parts), max(p.high for p in parts)
            return Sway(value, error, min(near[0], low), max(near[1], high))
    raise AssertionError(expr)


Part = tuple[Any, Any]


def _over(error: Any, by: Any) -> Any:
    return mpf(0) if not error else error / by if by else inf


def _pow(v: Any, a: Part, b: Part) -> Any:
    (x, ex), (y, ey) = a, b
    if not x:
        return mpf(0) if not ex else inf
    turned = abs(mpmath.log(abs(x))) * ey if ey else mpf(0)
    return abs(v) * (abs(y) * _over(ex, abs(x)) + turned + 1)


def _chosen(v: Any, *parts: Part) -> Any:
    """Of those that are equal, any may be the one."""
    return max(e for x, e in parts if abs(x - v) <= 1e-12 * abs(v))


ERRORS: dict[str, Callable[..., Any]] = {
    "add": lambda v, a, b: a[1] + b[1] + abs(v),
    "sub": lambda v, a, b: a[1] + b[1] + abs(v),
    "mul": lambda v, a, b: abs(b[0]) * a[1] + abs(a[0]) * b[1] + abs(v),
    "div": lambda v, a, b: _over(a[1] + abs(v) * b[1], abs(b[0])) + abs(v),
    "progress": lambda v, k, a, b: (
        _over(k[1] + a[1] + abs(v) * (a[1] + b[1]), abs(b[0] - a[0])) + 3 * abs(v)
    ),
    "neg": lambda v, a: a[1],
    "abs": lambda v, a: a[1],
    "min": _chosen,
    "max": _chosen,
    "clamp": _chosen,
    "sqrt": lambda v, a: _over(a[1], 2 * v) + v,
    "pow": _pow,
    "exp": lambda v, a: v * (a[1] + 1),
    "log": lambda v, a: _over(a[1], abs(a[0])) + abs(v),
    "sin": lambda v, a: abs(mpmath.cos(a[0])) * a[1] + abs(v),
    "cos": lambda v, a: abs(mpmath.sin(a[0])) * a[1] + abs(v),
    "tanh": lambda v, a: (1 - v * v) * a[1] + abs(v),
    "langevin": lambda v, a: a[1] / 3 + abs(v),
    "floor": lambda v, a: mpf(0),
    "ceil": lambda v, a: mpf(0),
    "round": lambda v, a: mpf(0),
    "mod": lambda v, a, m: a[1] + _over(abs(a[0]) * m[1], abs(m[0])) + abs(v),
}


def at_update(
    track: Any, k: float, total: int | None, base: Fraction, unit: float, least: float = 0.0
) -> Sway | None:
    """The sway of a schedule's value at an update; None where its formula has no value there, or a
    power in it has too many digits to be written out."""
    clock = Fraction(max(k, 0) + 1 if track.run.first else k)  # before 0 the first value
    values = {**track.environment(clock, total), "base": base}
    try:
        return sway(track.formula(clock, total), values, unit, least)
    except (Undefined, TooLarge):
        return None
