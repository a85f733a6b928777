"""A power of a number whose exponent moves with one clock: a geometric sequence.

In: a base and an exponent that is linear in one exact atom. Out: a number times a power of a float.
The one rule: what the float loses of the exact ratio is known, and is put back where it shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from schedc.backends.arithmetic import added, scaled
from schedc.backends.collect import Linear, flatten
from schedc.backends.constants import closed
from schedc.backends.lines import line, whole_numbers
from schedc.backends.trial import Stretch
from schedc.expr import ONE, STEP, ZERO, Apply, Expr, Num, TooLarge, Var, make, num

_SMALL = Fraction(10) ** -300


def geometric(
    base: Expr | None, linear: Linear, atom: Expr, on: Stretch
) -> tuple[Fraction, Expr] | None:
    """C * Q^(atom - origin): the exponent is whole, and what Q loses as a float is put back. None
    where Q is no float, in a phase that is over long before its next update.

    r^(m/n) with a rounded m/n is off by log(r) roundings. (r^(1/n))^m is off by m times the
    rounding of Q = r^(1/n) to q, which is known: Q^m = q^m * (1 + m*(Q-q)/q) but for the square of
    a tiny number.
    """
    slope, offset = linear[atom], linear.get(ONE, Fraction(0))

    def power(e: Fraction) -> Fraction:
        return closed(make("exp", Num(e)) if base is None else make("pow", base, Num(e)))

    values = on.values(atom)
    zero = -offset / slope
    origin = Fraction(0)
    if on.share and not on.narrow:
        swing = abs(float(slope * _log(base))) * (max(values) - min(values))
        if swing > _SWING:
            parts = max(_PARTS, math.ceil(swing / _SWING))
            return _in_parts(power, slope, offset, on, parts)
        origin = (on.begin + on.end) / 2  # the further from it, the more of a rounded v shows
    elif zero.denominator == 1 and min(values) - 10 <= zero <= max(values) + 10:
        origin = zero
    elif isinstance(atom, Var) and isinstance(at := on.start.get(atom.name), Num):
        origin = Fraction(math.floor(at.value))
        if abs(float(slope * _log(base))) > _STEEP:
            origin = Fraction(min(math.ceil(at.value), math.floor(max(values))))
    elif not isinstance(atom, Var):  # whole, and near this where the stretch begins
        origin = Fraction(math.floor(values[0]))
    if on.narrow:  # exp(x) is off by x roundings, so x is counted from the middle of the phase
        low, high = min(values), max(values)
        log = _log(base) * abs(slope)
        if abs(float(log)) * (high - low) < _WIDE:
            # where 32 bits do not hold the value there, from the end where it is the larger
            middle, larger = (low + high) / 2, low if log * slope < 0 else high
            sizes = [float(log) * (slope * at + offset) / abs(slope) for at in (middle, larger)]
            origin = Fraction(round(middle if abs(sizes[0]) < _HOLDS else larger))
    try:
        ratio, constant = power(abs(slope)), power(slope * origin + offset)
    except TooLarge:
        rate = float(_log(base))
        if all(rate * (float(slope) * v + float(offset)) < _GONE for v in values):
            return Fraction(0), ONE
        raise
    if not _SMALL < ratio < 1 / _SMALL:
        return None
    sign = Fraction(1 if slope > 0 else -1)
    count = line({a: c for a, c in ((atom, sign), (ONE, -sign * origin)) if c}, on)
    if on.narrow:  # a narrow float of Q would be off by far more
        far = max(abs(v - float(origin)) for v in values)
        return constant, _narrow_exp(log, count, far, on.share and atom == STEP)
    near = Fraction(float(ratio))
    lost = (ratio - near) / near
    reach = max(abs(v - float(origin)) for v in values)
    curve: Expr = Apply("pow", (Num(near), count))
    far = float(abs(lost)) * reach
    if far * 2**53 < 0.3:
        return constant, curve
    off = scaled(Fraction(float(lost)), count)
    # over a thousand million updates the square counts as well
    restored = Apply("add", (ONE, off)) if far**2 * 2**52 < 0.3 else Apply("exp", (off,))
    return constant, Apply("mul", (restored, curve))


def _log(base: Expr | None) -> Fraction:
    """The logarithm of a base, of none: of e."""
    return Fraction(1) if base is None else closed(make("log", base))


def _narrow_exp(rate: Fraction, count: Expr, far: float, of_share: bool) -> Expr:
    """e^(rate*count), for a count that is at most `far` from 0, of updates or a share of them.

    A rounded exponent x is off by x roundings. So where it gets large, the count is n parts and a
    rest, and e^(h*n) * e^(rate*rest + d*n) has an h*n that any float holds, and a small d that has
    the sign of h.
    """
    if abs(float(rate)) * far <= _SWING:
        return Apply("exp", (scaled(rate, count),))
    size = Fraction(1, math.ceil(abs(rate))) if of_share else Fraction(max(1, round(1 / abs(rate))))
    n: Expr = count
    rest: Expr = ZERO
    if size != 1:
        linear = {atom: c / size for (_, atom), c in flatten(count).items()}
        bottom = math.lcm(*[c.denominator for c in linear.values()])
        parts = whole_numbers({atom: c * bottom for atom, c in linear.items()}), num(bottom)
        n, rest = Apply("fdiv", parts), scaled(rate * size / bottom, Apply("rem", parts))
    held = Fraction(math.trunc(rate * size * _HELD), _HELD)  # towards 0: 0 * infinity is nothing
    large, left = Apply("exp", (scaled(held, n),)), rate * size - held
    small = [part for part in (rest, scaled(left, n) if left else ZERO) if part != ZERO]
    return Apply("mul", (large, Apply("exp", (added(small),)))) if small else large


_HELD = 1 << 10
"""Of these parts of 1: a number up to 2^14 is one of 24 bits."""

_HOLDS = 80.0
"""Up to here 32 bits hold e^x and some hundred times of it."""

_STEEP = 10.0
"""Of a logarithm that changes by more in an update, floats may have no number before the phase."""

_GONE = -1_000.0
"""e to this power is no float but 0."""

_WIDE = 120.0
"""Up to here a logarithm may change so that e^(half of it) is a number of 32 bits."""

_SWING = 6.0
"""Up to here the logarithm of a curve may change before what a rounded exponent loses shows."""

_PARTS = 16  # at least


def _in_parts(
    power: Callable[[Fraction], Fraction],
    slope: Fraction,
    offset: Fraction,
    on: Stretch,
    parts: int,
) -> tuple[Fraction, Expr] | None:
    """Q^v as q^n * q^r, where n is how many of the parts of the phase have passed and r how much of
    the next, so that a rounded r shows `parts` times less. power: Q^… exactly."""
    m = math.ceil(parts / (on.end - on.begin))
    ratio, constant = power(slope / m), power(slope * on.begin + offset)
    near = Fraction(float(ratio))
    lost = (ratio - near) / near
    bottom = on.begin.denominator
    passed = whole_numbers({STEP: Fraction(m * bottom), ONE: -m * on.begin * bottom})
    whole = Apply("fdiv", (passed, num(bottom)))
    rest = scaled(Fraction(1, bottom), Apply("rem", (passed, num(bottom))))
    curve = Apply("mul", (Apply("pow", (Num(near), whole)), Apply("pow", (Num(near), rest))))
    if float(abs(lost)) * parts * 2**53 < 0.3:
        return constant, curve
    restored = Apply("add", (ONE, scaled(Fraction(float(lost)) / bottom, passed)))
    return constant, Apply("mul", (restored, curve))
