"""Exact sums, also over a denominator in `total` → quotients of whole numbers.

In: sums of exact atoms, of which some may be divided by one form of the length. Out: lowered
expressions. The one rule: what is counted from an end of its stretch is 0 there exactly, and the
end is the one whose value is nearer to 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from schedc.backends.arithmetic import added, multiplied, scaled
from schedc.backends.collect import Linear, Sum, common, flatten, over_total, proportion
from schedc.backends.constants import trimmed
from schedc.backends.lines import PLAIN, in_units, line, unit, whole_numbers
from schedc.backends.trial import Stretch
from schedc.expr import ONE, STEP, ZERO, Apply, Expr, Num, make, num


def exact_sum(of: Sum, on: Stretch, factor: Fraction = Fraction(1)) -> Expr:
    """factor times an exact sum, which has no parameters or one denominator in `total`."""
    over = over_total(of)
    if over is not None:
        return _over(*over, on, factor)
    return line({atom: c for (_, atom), c in of.items()}, on, factor)


def _over(linear: Linear, below: Expr, on: Stretch, factor: Fraction) -> Expr:
    """An exact numerator over an exact denominator, from the end of the stretch nearer to 0."""
    if not linear:
        return ZERO
    beneath = {atom: c for (_, atom), c in flatten(below).items()}
    if on.narrow and (steep := _steep(linear, beneath, on, factor)) is not None:
        return steep
    found: list[tuple[Fraction, Linear, int]] = []
    slope = linear.get(STEP, Fraction(0))
    size = abs(slope)
    for value, apart, sign in _from_ends(linear, {ONE: slope} if slope else {}, beneath, on):
        top = {a: size * c for a, c in apart.items()}
        found.append((value, top, sign if slope > 0 else -sign))
    value, top, sign = min(found, key=lambda f: abs(f[0]), default=(Fraction(0), linear, 1))
    if value * sign < 0:  # what is counted from there cancels: its zero is inside, or at the start
        value, top, sign = Fraction(0), linear, 1
    bracket = quotient({a: c for a, c in top.items() if c}, beneath, sign * factor)
    return added([Num(trimmed(factor * value)), bracket]) if value else bracket


def _steep(linear: Linear, beneath: Linear, on: Stretch, factor: Fraction) -> Expr | None:
    """A numerator like (a*total + b)*step + c, from an end of the stretch where the quotient is a
    number: narrow floats do not hold total*step and total*total, of which little is left."""
    slope: Linear = {
        a.args[0] if isinstance(a, Apply) else ONE: c for a, c in linear.items() if _of_step(a)
    }
    if set(slope) <= {ONE}:
        return None
    found = list(_from_ends(linear, slope, beneath, on))
    if not found:
        return None
    value, apart, sign = min(found, key=lambda f: abs(f[0]))
    rest = multiplied(quotient(slope, beneath, sign * factor), line(apart, on))
    return added([Num(trimmed(factor * value)), rest]) if value else rest


def _of_step(atom: Expr) -> bool:
    return atom == STEP or (isinstance(atom, Apply) and atom.op == "mul" and atom.args[1] == STEP)


def _from_ends(
    linear: Linear, slope: Linear, beneath: Linear, on: Stretch
) -> Iterator[tuple[Fraction, Linear, int]]:
    """For each end of the stretch where the quotient is a number: that, how far the step is from
    there, which is not negative, and the sign that it had to be given for that. slope: what the
    step is multiplied by above."""
    moving = {_product(of, STEP) for of in slope}
    for end, sign in ((on.stop["step"], -1), (on.start["step"], 1)):
        if not slope or any(params for params, _ in flatten(end)):
            continue
        at_end = {a: c for a, c in linear.items() if a not in moving}
        apart: Linear = {STEP: Fraction(sign)}
        for (_, atom), c in flatten(end).items():
            apart[atom] = -sign * c
            for of, d in slope.items():
                there = _product(of, atom)
                at_end[there] = at_end.get(there, Fraction(0)) + c * d
        value = proportion({a: c for a, c in at_end.items() if c}, beneath)
        if value is not None:
            yield value, apart, sign


def _product(a: Expr, b: Expr) -> Expr:
    return b if a == ONE else a if b == ONE else Apply("mul", (a, b))


def quotient(above: Linear, below: Linear, factor: Fraction = Fraction(1)) -> Expr:
    """factor * above/below, in whole numbers as far as they are short."""
    if factor < 0:
        return scaled(Fraction(-1), quotient(above, below, -factor))
    top, bottom = unit(above.values()), common(below.values())
    scale = factor * top / bottom
    if below.keys() == {ONE}:
        return scaled(scale, whole_numbers({a: c / top for a, c in above.items()}))
    upper = whole_numbers({a: c / top for a, c in above.items()})
    under = whole_numbers({a: c / bottom for a, c in below.items()})
    if max(abs(scale.numerator), scale.denominator) <= PLAIN:
        upper = make("mul", num(scale.numerator), upper)
        return Apply("div", (upper, make("mul", num(scale.denominator), under)))
    return Apply("div", (scaled(scale, upper), under))


def remainder_over(linear: Linear, below: Expr, period: Fraction, factor: Fraction) -> Expr:
    """The same for a numerator over a denominator in `total`."""
    beneath = {a: c for (_, a), c in flatten(below).items()}
    top, under = common(linear.values()), common(beneath.values())
    ratio = period / 2 * under / top  # half a period, counted in numerators
    half = in_units(beneath, under / ratio.numerator)
    turn = in_units(beneath, under / (2 * ratio.numerator))
    upper = in_units(linear, top / ratio.denominator)
    left = Apply("sub", (Apply("rem", (Apply("add", (upper, half)), turn)), half))
    scale = factor * top / under / ratio.denominator
    return Apply("div", (scaled(scale, left), in_units(beneath, under)))
