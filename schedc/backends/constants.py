"""Closed expressions → numbers: what a backend prints where the language has a constant.

In: an `Expr` without variables. Out: a `Fraction`, exact where the value is rational by plain
arithmetic, else right to more than 300 digits, so that it prints as the nearest float, and 1e-122
beside 12 is not what rounding left of a sum that is 0.
The one rule: a constant is rounded once, when it is printed. (`decimal` does the work: it is in the
standard library, in C, and rounds `exp` and `ln` correctly; only sine and cosine are summed here.)
"""

from __future__ import annotations

import math
from decimal import Context, Decimal, Overflow, localcontext
from fractions import Fraction
from functools import lru_cache

from schedc.expr import OPS, Apply, Expr, Num, TooLarge

DIGITS = 340
_CONTEXT = Context(prec=DIGITS, Emax=999_999, Emin=-99_999)
"""What is closer to 0 is 0: a fraction of a million digits takes seconds to do nothing."""

_PI = Decimal(
    "3.1415926535897932384626433832795028841971693993751058209749445923078164062862089986280348"
    "253421170679821480865132823066470938446095505822317253594081284811174502841027019385211055"
    "596446229489549303819644288109756659334461284756482337867831652712019091456485669234603486"
    "104543266482133936072602491412737245870066063155881748815209209628292540917153643678925903"
    "6"
)
PI_FRACTION = Fraction(_PI)

APPROXIMATE = 1 << 180
"""A denominator from here on marks a number that was rounded, far behind the last digit printed."""

_LEAST_LEFT, _MOST_LEFT = Fraction(1, 10**400), Fraction(1, 10**320)
"""What roundings leave of a sum that is 0, relative to its parts: no less than `trimmed` rounds
to, no more than a function makes of the error in its argument."""


def closed(expr: Expr) -> Fraction:
    """The value of an expression without variables. Raises `Undefined` and `TooLarge`."""
    if isinstance(expr, Num):
        return expr.value
    return _closed(expr)


@lru_cache(maxsize=4096)
def _closed(expr: Expr) -> Fraction:
    match expr:
        case Num(value):
            return value
        case Apply(op, args):
            values = [_closed(a) for a in args]
            if op in OPS:
                exact = OPS[op].exact(*values)
                if exact is not None:
                    return settled(exact, values) if op in ("add", "sub") else trimmed(exact)
            return _transcendental(op, values)
    raise AssertionError(expr)


def settled(total: Fraction, parts: list[Fraction]) -> Fraction:
    """A sum of numbers; what only their rounding left over is 0."""
    if total and any(p.denominator >= APPROXIMATE for p in parts):
        size = max(abs(p) for p in parts)
        if size * _LEAST_LEFT < abs(total) < size * _MOST_LEFT:
            return Fraction(0)
    return trimmed(total)


def trimmed(value: Fraction) -> Fraction:
    """A number that was rounded once does not gather digits without end."""
    if value.denominator.bit_length() < 4000:
        return value
    shift = 1300 + value.denominator.bit_length() - abs(value.numerator).bit_length()
    return Fraction(round(value * (1 << shift)), 1 << shift) if shift > 200 else value


def _decimal(value: Fraction) -> Decimal:
    return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _fraction(value: Decimal) -> Fraction:
    return Fraction(value)


def _transcendental(op: str, values: list[Fraction]) -> Fraction:
    if op == "pi":
        return PI_FRACTION
    with localcontext(_CONTEXT) as c:
        try:
            return _rounded(op, values, c)
        except Overflow:
            raise TooLarge from None


def _rounded(op: str, values: list[Fraction], c: Context) -> Fraction:
    x = _decimal(values[0])
    match op:
        case "sqrt":
            return _fraction(c.sqrt(x))
        case "exp":
            return _fraction(c.exp(x))
        case "log":
            return _fraction(c.ln(x))
        case "sin":
            return _fraction(_sine(values[0]))
        case "cos":
            return _fraction(_sine(values[0] + PI_FRACTION / 2))
        case "pow":
            exponent = values[1]
            if values[0] < 0:  # the exponent is whole: others have no exact value either
                size = _rounded(op, [-values[0], exponent], c)
                return -size if exponent.numerator % 2 else size
            if exponent.denominator == 2 and abs(exponent) < 10:
                return _fraction(c.power(c.sqrt(x), Decimal(exponent.numerator)))
            return _fraction(c.exp(c.ln(x) * _decimal(exponent)))
        case "tanh":
            e = c.exp(-2 * abs(x))
            return _fraction(((1 - e) / (1 + e)).copy_sign(x))
        case "expm1":
            return _fraction(c.exp(x)) - 1 if x else Fraction(0)
        case "log1p":
            return _fraction(c.ln(_decimal(values[0] + 1))) if x else Fraction(0)
        case "langevin":
            if not x:
                return Fraction(0)
            e = c.exp(-2 * abs(x))
            return _fraction(((1 + e) / (1 - e)).copy_sign(x)) - 1 / values[0]
        case "sinh":
            return (_fraction(c.exp(x)) - _fraction(c.exp(-x))) / 2
        case "cosh":
            return (_fraction(c.exp(x)) + _fraction(c.exp(-x))) / 2
    raise AssertionError(op)


def _sine(x: Fraction) -> Decimal:
    turns = round(x / PI_FRACTION)
    y = _decimal(x - turns * PI_FRACTION)
    square = y * y
    term = total = y
    n = 1
    while abs(term) > abs(total) * Decimal(10) ** -DIGITS:
        term = -term * square / ((n + 1) * (n + 2))
        total = total + term
        n += 2
    return -total if turns % 2 else total


def rounding(value: Fraction) -> float:
    """The relative error, in units of 2^-53, of the float nearest to a number."""
    if not value:
        return 0.0
    top, bottom = value.numerator, value.denominator
    try:
        near, of = (top / bottom).as_integer_ratio()
    except OverflowError:  # no float is near the inverse of a number that is nearly 0
        return math.inf
    return abs((near * bottom - top * of) / (of * top)) * 2.0**53
