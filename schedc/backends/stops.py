"""Is a step before a stop? Both sides of `<` in numbers that no rounding moves.

In: a stop, exact. Out: a test that is true at just the updates before it.
The one rule: floats never decide a step: whole numbers are compared, or a float that lies on the
side of the stop on which no other float lies between.
"""

from __future__ import annotations

import math
from fractions import Fraction

from schedc.backends.collect import flatten, rebuilt
from schedc.backends.lines import whole_numbers
from schedc.expr import ONE, STEP, Apply, Expr, Num, num


def comparison(stop: Expr) -> tuple[Expr, Expr]:
    """(left, right) so that `left < right` is `step < stop`, exactly."""
    if isinstance(stop, Num):
        linear: dict[Expr, Fraction] = {ONE: stop.value}
    else:
        # a sample every 10% ends a phase after total * (90 // total) / 10 updates
        linear = {rebuilt({part: Fraction(1)}): c for part, c in flatten(stop).items()}
    if set(linear) <= {ONE}:
        value = linear.get(ONE, Fraction(0))
        near = value.numerator / value.denominator
        if near < value:  # upwards: no float lies between
            near = math.nextafter(near, math.inf)
        return STEP, Num(Fraction(near))
    bottom = math.lcm(*[c.denominator for c in linear.values()])
    left = STEP if bottom == 1 else Apply("mul", (num(bottom), STEP))
    return left, whole_numbers({a: c * bottom for a, c in linear.items()})


def threshold(stop: Expr) -> Expr:
    """What `step` is below before a stop: `comparison` for those who compare with a number."""
    left, right = comparison(stop)
    if left == STEP:
        return right
    assert isinstance(left, Apply)
    return Apply("div", (right, left.args[0]))
