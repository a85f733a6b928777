"""Axes: where the ticks stand and what is written at them.

In: the reach of values. Out: `Axis`: values → shares of its length, ticks with labels.
The one rule: a label is short and exact: ticks stand at numbers of one or two digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isfinite, log10


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from `low` to `high`, linear or logarithmic."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def share(self, value: float) -> float | None:
        """Where a value stands, 0 at the low end and 1 at the high end; None where it cannot."""
        if not isfinite(value):
            return None
        if self.log:
            if value <= 0:
                return None
            return (log10(value) - log10(self.low)) / (log10(self.high) - log10(self.low))
        return (value - self.low) / (self.high - self.low)


def linear(low: float, high: float, most: int = 6) -> Axis:
    """An axis that begins and ends at ticks."""
    if high <= low:
        pad = abs(low) / 2 or 1.0
        low, high = (min(0.0, low), max(0.0, high)) if low else (0.0, pad)
    if 0 < low < 0.35 * high:
        low = 0.0
    step = _step((high - low) / most)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    ticks = tuple(_clean(i * step) for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], False, ticks)


def logarithmic(low: float, high: float) -> Axis:
    """An axis of whole decades. low: the smallest value above 0."""
    first, last = floor(log10(low) + 1e-9), ceil(log10(high) - 1e-9)
    last = max(last, first + 1)
    pace = max(1, (last - first) // 6)
    ticks = tuple(float(f"1e{d}") for d in range(first, last + 1, pace))
    return Axis(float(f"1e{first}"), float(f"1e{last}"), True, ticks)


def positions(high: float, most: int = 6) -> Axis:
    """The axis of updates: it ends where the run ends."""
    step = max(1.0, _step(high / most))
    ticks = tuple(_clean(i * step) for i in range(int(high / step + 1e-9) + 1))
    return Axis(0.0, float(max(high, 1)), False, ticks)


def _step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, at least `rough`."""
    power = 10.0 ** floor(log10(rough))
    for factor in (1, 2, 5, 10):
        if factor * power >= rough * (1 - 1e-9):
            return _clean(factor * power)
    raise AssertionError


def _clean(value: float) -> float:
    return float(f"{value:.12g}")


def number(value: float) -> str:
    """`0.001`, `2e-5`, `10`."""
    if value == 0:
        return "0"
    text = f"{value:.6g}"
    if abs(value) < 1e-3 or abs(value) >= 1e6:
        text = f"{value:.6e}"
    mantissa, mark, exponent = text.partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}" if mark else mantissa


def updates(value: float) -> str:
    """`500`, `10k`, `2.5M`: for ticks."""
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.6g}{letter}"
    return f"{value:,.6g}"
