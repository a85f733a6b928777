"""cos(pi*x) with x exact, as a sine about a zero that lies on the stretch.

In: the angle, in half turns. Out: the wave as a number times a sine or a cosine; its square.
The one rule: x is taken about its zero, and less whole periods, before it meets pi, which is
rounded once.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from schedc.backends.arithmetic import positive
from schedc.backends.collect import (
    NONE,
    PI_ONCE,
    Sum,
    flatten,
    is_exact,
    over_total,
    plus,
    rebuilt,
)
from schedc.backends.constants import PI_FRACTION, rounding, trimmed
from schedc.backends.lines import remainder
from schedc.backends.quotients import exact_sum, remainder_over
from schedc.backends.trial import Stretch
from schedc.expr import HALF, ONE, Apply, Expr, Num, num

_COARSE = 0.6  # a constant that is off by more (in 2^-53 of itself) is worth another product


@lru_cache(maxsize=4096)
def turns_of(atom: Expr) -> Sum | None:
    """x when the atom is cos(pi*x) or sin(pi*(x + 1/2)), with x exact."""
    match atom:
        case Apply("cos", (angle,)):
            shift = Fraction(0)
        case Apply("sin", (angle,)):
            shift = Fraction(-1, 2)
        case _:
            return None
    out: Sum = {}
    for (params, part), c in flatten(angle).items():
        if PI_ONCE not in params:
            return None
        out[params - {PI_ONCE}, part] = c
    out = plus(out, {(NONE, ONE): shift} if shift else {}, Fraction(1))
    plain = all(not params and is_exact(part) for params, part in out)
    return out if plain or over_total(out) is not None else None


def _range(turns: Sum, on: Stretch) -> tuple[float, float]:
    whole = rebuilt(turns)
    values = on.values(whole)
    return min(values), max(values)


def cosine(turns: Sum, on: Stretch) -> tuple[Fraction, Expr]:
    """cos(pi*x), as a number times a sine about its zero where it has one on the stretch."""
    low, high = _range(turns, on)
    if high - low > 1.5:
        return _odd(Fraction(-1), _angle(turns, HALF.value, on, period=2))
    zero = math.floor((low + high) / 2) + HALF.value
    if low - 0.05 <= zero <= high + 0.05:
        rising = (zero - HALF.value) % 2 == 1  # cos(pi*x) falls through 0 at 1/2, rises at 3/2
        return _odd(Fraction(1 if rising else -1), _angle(turns, zero, on))
    peak = round((low + high) / 2)
    sign = Fraction(-1 if peak % 2 else 1)
    return sign, Apply("cos", (positive(_angle(turns, Fraction(peak), on)),))


def _odd(sign: Fraction, angle: Expr) -> tuple[Fraction, Expr]:
    """sign * sin(angle), the angle without a minus in front."""
    turned = positive(angle)
    return (sign if turned == angle else -sign), Apply("sin", (turned,))


def _angle(turns: Sum, zero: Fraction, on: Stretch, period: int = 0, half: bool = False) -> Expr:
    """pi*(x - zero) (half: half of it), about its zero; with a period, less whole periods of x."""
    x = plus(turns, {(NONE, ONE): zero} if zero else {}, Fraction(-1))
    factor = PI_FRACTION / 2 if half else PI_FRACTION
    if period:
        over = over_total(x)
        if over is not None:
            return remainder_over(*over, Fraction(period), factor)
        reduced = remainder({a: c for (_, a), c in x.items()}, Fraction(period), factor)
        if reduced is not None:
            return reduced
    return exact_sum(x, on, factor)


def _finer(angle: Expr) -> Expr:
    """c * x as (c/j) * (j*x) where a small whole j spares most of the rounding of c.

    A square doubles that error, and it is the same at every update.
    """
    match angle:
        case Apply("mul", (Num(c), x)) if min(rounding(c), rounding(1 / c)) > _COARSE:
            j = min((3, 5, 7, 9, 11), key=lambda j: rounding(c / j))
            return Apply("mul", (Num(trimmed(c / j)), Apply("mul", (num(j), x))))
    return angle  # what is divided by is rounded less


def squared_sine(wave: Expr, sign: int, on: Stretch) -> Expr:
    """sin(pi*(x-z)/2)^2 for a wave cos(pi*x): z is even where the sign is 1, else odd. It is kept
    as well."""
    found = on.squares.get((wave, sign))
    if found is None:
        found = on.squares[wave, sign] = _squared(wave, sign, on)
    return found


def _squared(wave: Expr, sign: int, on: Stretch) -> Expr:
    turns = turns_of(wave)
    assert turns is not None
    low, high = _range(turns, on)
    parity = 0 if sign == 1 else 1
    zero = 2 * round(((low + high) / 2 - parity) / 2) + parity
    one_zero = zero - 1.001 <= low and high <= zero + 1.001
    angle = _finer(_angle(turns, Fraction(zero), on, period=0 if one_zero else 2, half=True))
    sine = Apply("sin", (positive(angle),))
    return Apply("mul", (sine, sine))
