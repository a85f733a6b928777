"""The operators: what each is called, and what it means exactly.

In: fractions. Out: a fraction, or None where the value is irrational.
The one rule: nothing here ever rounds. What does not exist (1/0, the root of a negative) raises
`Undefined`, what is beyond every use `TooLarge`.

A new operator is one row of `OPS` here and one in each of its readers: `numeric`, `symbolic`,
`intervals`, and the dialects of the backends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, log2


class Undefined(ArithmeticError):
    """An operation without a value: the operator and its exact arguments."""

    def __init__(self, op: str, args: tuple[Fraction, ...]) -> None:
        self.op, self.arguments = op, args
        super().__init__(f"{op}({', '.join(map(str, args))}) has no value")

    @property
    def why(self) -> str:
        """The same in words."""
        match self.op:
            case "log":
                return "it takes the logarithm of 0 or less"
            case "sqrt":
                return "it takes the square root of a negative number"
            case "pow" if not self.arguments or self.arguments[0]:
                return "it takes a root of a negative number"
        return "it divides by 0"


class TooLarge(ArithmeticError):
    """A number beyond every use: larger than 2 to the power of `MAX_BITS` (`9^9^9^9`), or closer to
    0 than 2 to the power of -`MOST_BELOW`."""


MAX_BITS = 8_000
"""Exact numbers are kept to about 2,400 digits, eight times the range of floating-point numbers;
beyond that an input is hostile."""

MOST_BELOW = 10**18
"""A decay over all updates of a long run is nearly 0, and no mistake: `0.99^step`."""

MAX_EXPONENT = 10_000


def _add(a: Fraction, b: Fraction) -> Fraction:
    if a.denominator == b.denominator == 1:  # positions mostly are: a third of what Fractions take
        return Fraction(a.numerator + b.numerator)
    return a + b


def _sub(a: Fraction, b: Fraction) -> Fraction:
    if a.denominator == b.denominator == 1:
        return Fraction(a.numerator - b.numerator)
    return a - b


def _div(a: Fraction, b: Fraction) -> Fraction:
    if not b:
        raise Undefined("div", (a, b))
    return a / b


def _root(value: Fraction, degree: int) -> Fraction | None:
    """The exact root of a non-negative fraction, if it is rational."""
    top, bottom = _integer_root(value.numerator, degree), _integer_root(value.denominator, degree)
    return Fraction(top, bottom) if top is not None and bottom is not None else None


def _integer_root(n: int, degree: int) -> int | None:
    if n < 2 or degree == 1:
        return n
    if degree == 2:
        root = isqrt(n)
    elif degree > n.bit_length():
        return None
    else:
        root = floor_root(n, degree)
    return root if root**degree == n else None


def floor_root(n: int, degree: int) -> int:
    """The largest whole number whose power is not above n, by Newton's method from above."""
    root = 1 << -(-n.bit_length() // degree)
    while (better := ((degree - 1) * root + n // root ** (degree - 1)) // degree) < root:
        root = better
    return root


def _pow(base: Fraction, exponent: Fraction) -> Fraction | None:
    if not exponent or base == 1:
        return Fraction(1)
    if not base:
        if exponent < 0:
            raise Undefined("pow", (base, exponent))
        return Fraction(0)
    if exponent.denominator != 1:
        if base < 0:
            raise Undefined("pow", (base, exponent))
        if exponent.denominator > 64 or abs(exponent.numerator) > MAX_EXPONENT:
            return None
        root = _root(base, exponent.denominator)
        return None if root is None else _pow(root, Fraction(exponent.numerator))
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base != -1 and abs(exponent.numerator) * size > MAX_BITS:
        growth = log2(abs(base.numerator)) - log2(base.denominator)
        limit = MAX_BITS if (growth > 0) == (exponent > 0) else MOST_BELOW
        if growth and abs(exponent.numerator) > limit / abs(growth):
            raise TooLarge
        return None  # 0.999^10000 has too many digits to carry along, and 0.5^100000 is only small
    return base**exponent.numerator


def _sqrt(x: Fraction) -> Fraction | None:
    if x < 0:
        raise Undefined("sqrt", (x,))
    return _root(x, 2)


def _exp(x: Fraction) -> Fraction | None:
    if x > MAX_BITS or x < -MOST_BELOW:
        raise TooLarge
    return Fraction(1) if not x else None


def _log(x: Fraction) -> Fraction | None:
    if x <= 0:
        raise Undefined("log", (x,))
    return Fraction(0) if x == 1 else None


def _floor(x: Fraction) -> Fraction:
    return Fraction(x.numerator // x.denominator)


def _mod(x: Fraction, m: Fraction) -> Fraction:
    if not m:
        raise Undefined("mod", (x, m))
    return x - m * _floor(x / m)


def _progress(k: Fraction, a: Fraction, b: Fraction) -> Fraction:
    if a == b:
        raise Undefined("progress", (k, a, b))
    return (k - a) / (b - a)


@dataclass(frozen=True, slots=True)
class Op:
    """A row of the table: what an operator is called and what it means exactly."""

    name: str
    arity: int  # -1: two or more
    exact: Callable[..., Fraction | None]
    doc: str


OPS: dict[str, Op] = {
    op.name: op
    for op in (
        Op("add", 2, _add, "a + b"),
        Op("sub", 2, _sub, "a - b"),
        Op("mul", 2, lambda a, b: a * b, "a * b"),
        Op("div", 2, _div, "a / b"),
        Op("neg", 1, lambda a: -a, "-a"),
        Op("pow", 2, _pow, "a ^ b"),
        Op("min", -1, lambda *xs: min(xs), "the smallest"),
        Op("max", -1, lambda *xs: max(xs), "the largest"),
        Op("abs", 1, abs, "the distance from 0"),
        Op("sqrt", 1, _sqrt, "the square root"),
        Op("exp", 1, _exp, "e to the power of x"),
        Op("log", 1, _log, "the natural logarithm"),
        Op("sin", 1, lambda x: None if x else x, "the sine, in radians"),
        Op("cos", 1, lambda x: None if x else Fraction(1), "the cosine, in radians"),
        Op("tanh", 1, lambda x: None if x else x, "the hyperbolic tangent"),
        Op("floor", 1, _floor, "the largest whole number that is not above x"),
        Op("ceil", 1, lambda x: -_floor(-x), "the smallest whole number that is not below x"),
        Op("round", 1, lambda x: _floor(x + Fraction(1, 2)), "the nearest whole number, halves up"),
        Op("mod", 2, _mod, "x - m*floor(x/m): the sign of m"),
        Op("clamp", 3, lambda x, lo, hi: min(max(x, lo), hi), "x, but not below lo nor above hi"),
        Op("pi", 0, lambda: None, "3.14159…"),
        Op("progress", 3, _progress, "(k - a) / (b - a): the share of the way from a to b"),
    )
}
