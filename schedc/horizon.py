"""The horizon: how many updates the run has, known or not.

In: boundaries, exact expressions in `total`. Out: which of two comes first.
The one rule: without a horizon a comparison that does not come out the same for every admitted N
raises `Split`; both halves are laid out again, so that each case is decided exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, lcm

from schedc.algebra import UNIT, Terms, terms
from schedc.expr import TOTAL, Apply, Expr, Num, exactly, make


class Split(Exception):  # noqa: N818  # control flow: the cases of N are not alike
    """Below `at` and from `at` on, the layout differs."""

    def __init__(self, at: int) -> None:
        self.at = at


class Undecided(Exception):  # noqa: N818  # control flow: becomes a finding
    """Two boundaries whose order is not known for every N, and no split would help."""


_EACH_BELOW = 4096
"""In intervals of N up to this width what whole parts leave open is asked of each N."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """The admitted values of `total`: low <= total <= high (None: without end)."""

    low: int
    high: int | None

    @property
    def single(self) -> bool:
        return self.low == self.high

    def sign(self, expr: Expr) -> int:
        """-1, 0 or 1, the same for every admitted N. Raises `Split` or `Undecided`."""
        bounds = _bounds(expr)
        if self.single:
            value: Fraction | int | None
            if bounds is not None:
                value = _at(expr)(self.low)
            else:
                value = exactly(expr, {"total": Fraction(self.low)})
            if value is None:
                raise Undecided
            return (value > 0) - (value < 0)
        if bounds is None:
            raise Undecided
        slope, below, above = bounds
        if below == above:
            return self._linear_sign(slope, below)
        if self._positive(slope, below):
            return 1
        if self._positive(-slope, -above):
            return -1
        if self.high is not None and self.high - self.low < _EACH_BELOW:
            change = _first_change(expr, self.low, self.high)
            if change is not None:
                raise Split(change)
            value = _at(expr)(self.low)
            return (value > 0) - (value < 0)
        raise Split(self._where_to_cut(slope, below, above))

    def compare(self, a: Expr, b: Expr) -> int:
        """The sign of a - b."""
        if isinstance(a, Num) and isinstance(b, Num):
            x, y = a.value, b.value  # in whole numbers: a third of what Fractions take
            apart = x.numerator * y.denominator - y.numerator * x.denominator
            return (apart > 0) - (apart < 0)
        return 0 if a == b else self.sign(make("sub", a, b))

    def _linear_sign(self, slope: Fraction, offset: Fraction) -> int:
        at_low = slope * self.low + offset
        sign = (at_low > 0) - (at_low < 0)
        if not slope:
            return sign
        if not sign:
            raise Split(self.low + 1)
        crossing = ceil(-offset / slope)  # the first N whose sign may differ
        if crossing <= self.low or (self.high is not None and crossing > self.high):
            return sign
        raise Split(crossing)

    def _positive(self, slope: Fraction, offset: Fraction) -> bool:
        """Is a line above 0 for every admitted N?"""
        if slope * self.low + offset <= 0:
            return False
        return slope >= 0 if self.high is None else slope * self.high + offset > 0

    def _where_to_cut(self, slope: Fraction, below: Fraction, above: Fraction) -> int:
        crossings = [floor(-offset / slope) + 1 for offset in (below, above)] if slope else []
        inside = [
            n for n in crossings if n > self.low and (self.high is None or n <= self.high)
        ]
        if inside:  # cut off the part where the whole parts decide nothing
            return max(inside) if self.high is None else min(inside)
        raise Undecided


@lru_cache(maxsize=2_000)  # boundaries are compared again in each layout of a range
def _bounds(expr: Expr) -> tuple[Fraction, Fraction, Fraction] | None:
    return _linear_bounds(terms(expr))


@lru_cache(maxsize=2_000)
def _at(expr: Expr) -> Callable[[int], int]:
    """A whole number of the sign of an expression for each N, where `_bounds` knows it."""
    return _in_integers(terms(expr))[0]


def _linear_bounds(of: Terms) -> tuple[Fraction, Fraction, Fraction] | None:
    """Lines in N below and above an expression: their slope and the offset of each; floor(x) lies
    in (x - 1, x]."""
    slope = below = above = Fraction(0)
    for monomial, c in of.items():
        if monomial == UNIT:
            below, above = below + c, above + c
            continue
        if len(monomial) != 1:
            return None
        ((atom, exponent),) = monomial
        if exponent != 1:
            return None
        if atom == TOTAL:
            slope += c
        elif isinstance(atom, Apply) and atom.op == "floor":
            inner = _linear_bounds(terms(atom.args[0]))
            if inner is None:
                return None
            inside, least, most = inner
            slope += c * inside
            ends = c * (least - 1), c * most
            below, above = below + min(ends), above + max(ends)
        else:
            return None
    return slope, below, above


@lru_cache(maxsize=1_000)
def _first_change(expr: Expr, low: int, high: int) -> int | None:
    """The first N whose sign is not that of the lowest, if there is one."""
    at = _at(expr)
    first = at(low)
    for n in range(low + 1, high + 1):
        value = at(n)
        if value * first <= 0 and (value or first):
            return n
    return None


def _in_integers(of: Terms) -> tuple[Callable[[int], int], int]:
    """Of terms that `_linear_bounds` accepts, `(f, d)`: for each N they are the number f(N)/d."""
    slope = offset = Fraction(0)
    floors: list[tuple[Fraction, Callable[[int], int], int]] = []
    for monomial, c in of.items():
        if monomial == UNIT:
            offset += c
            continue
        ((atom, _),) = monomial
        if isinstance(atom, Apply):
            floors.append((c, *_in_integers(terms(atom.args[0]))))
        else:
            slope += c
    scale = lcm(slope.denominator, offset.denominator, *(c.denominator for c, _, _ in floors))
    p, q = int(slope * scale), int(offset * scale)
    parts = [(int(c * scale), inner, below) for c, inner, below in floors]
    return (lambda n: p * n + q + sum(c * (inner(n) // below) for c, inner, below in parts)), scale
