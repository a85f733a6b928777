"""Errors of computed values against exact ones."""

from __future__ import annotations

import math
from typing import Any

import mpmath


def ulps(got: float, exact: Any) -> float:
    """The error relative to the value, in units of 2^-52 (the spacing of doubles just above 1).

    An exact 0 must be met exactly.
    """
    if exact == 0:
        return 0.0 if got == 0 else math.inf
    return float(abs(mpmath.mpf(got) - exact) / abs(exact)) * 2.0**52


def apart(a: float, b: float) -> float:
    """How far two computed values are apart, in the same units."""
    if a == b:
        return 0.0
    return abs(a - b) / max(abs(a), abs(b)) * 2.0**52
