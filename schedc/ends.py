"""Ends of intervals: exact arithmetic that knows infinity, and functions at one exact point.

In: fractions, or ±infinity. Out: the same; of a function fractions just below and above its value.
The one rule: what grows long or is irrational is rounded outward, so that no bound is too tight.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import TypeAlias

from schedc.expr import MAX_BITS, Num, cos_of_turns, make
from schedc.operators import floor_root

End: TypeAlias = Fraction | float
"""An end of an interval: exact, or ±`INF` (the only floats)."""

INF = math.inf

ZERO, ONE = Fraction(0), Fraction(1)

_LONG = 2_000  # bits above which a bound is rounded


def least(*ends: End) -> End:
    return min(ends)


def most(*ends: End) -> End:
    return max(ends)


def add(a: End, b: End) -> End:
    if isinstance(a, float):
        return a
    return b if isinstance(b, float) else a + b


def multiply(a: End, b: End) -> End:
    if a == 0 or b == 0:
        return ZERO
    if isinstance(a, float) or isinstance(b, float):
        return INF if (a > 0) == (b > 0) else -INF
    return a * b


def divide(a: End, b: End) -> End:
    if isinstance(b, float):
        return ZERO
    if isinstance(a, float):
        return a if b > 0 else -a
    return a / b


def at_corners(
    op: Callable[[End, End], End], a: tuple[End, End], b: tuple[End, End]
) -> tuple[End, End]:
    """The range of an operator, monotone in each argument, over two intervals."""
    if a[0] == a[1]:
        a = a[:1]  # type: ignore[assignment]
    if b[0] == b[1]:
        b = b[:1]  # type: ignore[assignment]
    ends = [op(x, y) for x in a for y in b]
    return outward(min(ends), max(ends))


def outward(low: End, high: End) -> tuple[End, End]:
    return _shorter(low, False), _shorter(high, True)


def _shorter(x: End, up: bool) -> End:
    if isinstance(x, float):
        return x
    top, bottom = x.numerator, x.denominator
    if top.bit_length() + bottom.bit_length() < _LONG:
        return x
    shift = _LONG // 2 - top.bit_length() + bottom.bit_length()
    scaled = (top << shift, bottom) if shift >= 0 else (top, bottom << -shift)
    whole = -(-scaled[0] // scaled[1]) if up else scaled[0] // scaled[1]
    return Fraction(whole, 1 << shift) if shift >= 0 else Fraction(whole << -shift)


# ---- functions at one exact point: fractions just below and above


@lru_cache(maxsize=4_096)  # a constant is asked for again by each thing that is proved of it
def _bracket(function: str, x: Fraction, bits: int, sinking: bool = False) -> tuple[End, End]:
    """A monotone function of mpmath between its values at x rounded down and up.

    mpmath rounds from ten or more extra bits, so its directed rounding may miss by less than one
    unit in the last place: sixteen are added.
    """
    from mpmath import libmp

    meaning = getattr(libmp, function)
    ends: list[End] = []
    for out, units in (("f", -16), ("c", 16)):
        turned = _turned(out, sinking)
        argument = libmp.from_rational(x.numerator, x.denominator, bits + 8, turned)
        result = meaning(argument, bits, out)
        sign, digits, exponent, length = result
        spare = bits - length  # mpmath drops the zeros at the end
        whole = ((-digits if sign else digits) << spare) + (units if digits else 0)
        exponent -= spare
        ends.append(Fraction(whole << exponent if exponent > 0 else whole, 1 << max(-exponent, 0)))
    return ends[0], ends[1]


def _turned(rounding: str, sinking: bool) -> str:
    return {"f": "c", "c": "f"}[rounding] if sinking else rounding


@lru_cache(maxsize=8)
def pi_at(bits: int) -> tuple[End, End]:
    from mpmath import libmp

    low = Fraction(*libmp.to_rational(libmp.mpf_pi(bits + 4, "f")))
    return low - low / (1 << bits), low + low / (1 << bits)


def _exactly(op: str, *args: Fraction) -> Fraction | None:
    made = make(op, *map(Num, args))
    return made.value if isinstance(made, Num) else None


def sqrt_at(x: End, bits: int) -> tuple[End, End]:
    return (x, x) if isinstance(x, float) else _root_at(x, 2, bits)


def _root_at(x: Fraction, degree: int, bits: int) -> tuple[End, End]:
    """Around the root of a fraction, in whole numbers: no library is loaded for a square root."""
    if not x:
        return ZERO, ZERO
    shift = bits - (x.numerator.bit_length() - x.denominator.bit_length()) // degree
    scaled = x * Fraction(2) ** (degree * shift)
    whole = scaled.numerator // scaled.denominator
    root = isqrt(whole) if degree == 2 else floor_root(whole, degree)
    unit = Fraction(2) ** -shift
    exact = scaled.denominator == 1 and root**degree == whole
    return root * unit, (root if exact else root + 1) * unit


def exp_at(x: End, bits: int) -> tuple[End, End]:
    if isinstance(x, float) or abs(x) > MAX_BITS:
        limit: End = Fraction(1, 1 << MAX_BITS)
        return (ZERO, ZERO if isinstance(x, float) else limit) if x < 0 else (1 / limit, INF)
    return (ONE, ONE) if not x else _bracket("mpf_exp", x, bits)


def log_at(x: End, bits: int) -> tuple[End, End]:
    if isinstance(x, float):
        return INF, INF
    if not x:
        return -INF, -INF
    return (ZERO, ZERO) if x == 1 else _bracket("mpf_log", x, bits)


def tanh_at(x: End, bits: int) -> tuple[End, End]:
    if isinstance(x, float) or abs(x) > MAX_BITS:
        return (-ONE, -ONE + Fraction(1, 1 << 1000)) if x < 0 else (1 - Fraction(1, 1 << 1000), ONE)
    return (ZERO, ZERO) if not x else _bracket("mpf_tanh", x, bits)


def cospi_at(r: Fraction, bits: int) -> tuple[End, End]:
    """cos(pi*r)."""
    exact = cos_of_turns(r)
    if exact is not None:
        return exact.value, exact.value
    r = r % 2
    return _bracket("mpf_cos_pi", min(r, 2 - r), bits, sinking=True)


@lru_cache(maxsize=4_096)
def power_at(x: End, y: End, bits: int) -> tuple[End, End]:
    """x^y for x >= 0."""
    if y == 0 or x == 1:
        return ONE, ONE
    if x == 0 or isinstance(x, float) or isinstance(y, float):
        end: End = INF if (x > 1) == (y > 0) else ZERO
        return end, end
    if abs(y) * max(x.numerator.bit_length(), x.denominator.bit_length()) < _LONG:
        exact = _exactly("pow", x, y)
        if exact is not None:
            return exact, exact
        if 1 < y.denominator <= 16:
            powered = x**y.numerator
            if powered.numerator.bit_length() + powered.denominator.bit_length() < _LONG:
                return _root_at(powered, y.denominator, bits)
    spare = max(0, abs(y.numerator).bit_length() - y.denominator.bit_length()) + 16
    low, high = at_corners(multiply, log_at(x, bits + spare), (y, y))
    return exp_at(low, bits)[0], exp_at(high, bits)[1]
