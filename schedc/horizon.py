"""The horizon: how many updates the run has, known or not.

In: boundaries, exact expressions in `total`. Out: which of two comes first.
The one rule: without a horizon a comparison that does not come out the same for every admitted N
raises `Split`; both halves are laid out again, so that each case is decided exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from schedc.algebra import UNIT, Terms, constant, terms
from schedc.expr import TOTAL, Apply, Expr, Num, exactly, make


class Split(Exception):  # noqa: N818  # control flow: the cases of N are not alike
    """Below `at` and from `at` on, the layout differs."""

    def __init__(self, at: int) -> None:
        self.at = at


class Undecided(Exception):  # noqa: N818  # control flow: becomes a finding
    """Two boundaries whose order is not known for every N, and no split would help."""


_BISECT_BELOW = 4096
"""Intervals of N up to this width are cut in halves until each comparison is exact."""


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
        if self.single:
            value = exactly(expr, {"total": Fraction(self.low)})
            if value is None:
                raise Undecided
            return (value > 0) - (value < 0)
        bounds = _linear_bounds(terms(expr))
        if bounds is None:
            raise Undecided
        slope, below, above = bounds
        if below == above:
            return self._linear_sign(slope, below)
        if self._positive(slope, below):
            return 1
        if self._positive(-slope, -above):
            return -1
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
        if self.high is not None and self.high - self.low < _BISECT_BELOW:
            return (self.low + self.high + 1) // 2
        raise Undecided


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


def is_constant(expr: Expr) -> Fraction | None:
    """The number that a boundary is, whatever N, or None."""
    return expr.value if isinstance(expr, Num) else constant(terms(expr))
