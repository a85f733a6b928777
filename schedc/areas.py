"""The area under a formula: exact where an antiderivative is known, else between rigorous bounds.

In: a formula of one variable and an interval. Out: an exact expression, or two fractions.
The one rule: an antiderivative is written down only from the table below; every other area is
enclosed by the midpoint rule with a bound of the second derivative.
"""

from __future__ import annotations

from fractions import Fraction
from heapq import heappop, heappush
from math import ceil, floor, inf

from schedc.algebra import Monomial, affine, rebuild, terms
from schedc.calculus import Among
from schedc.derivatives import NotSmooth, derivative
from schedc.expr import (
    ONE,
    ZERO,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    num,
    substitute,
    variables,
)
from schedc.intervals import RISING, Reach, reach

_MOST_POWER = 12
_CUTS = 250
CLOSE = Fraction(1, 10**4)
"""Bounds of an area are narrowed to this share of it, if `_CUTS` allow."""


def antiderivative(formula: Expr, name: str) -> Expr | None:
    """A formula whose derivative is `formula`, or None when the table does not hold one."""
    total: Expr = ZERO
    try:
        for monomial, coefficient in terms(formula).items():
            found = _monomial(monomial, name)
            if found is None:
                return None
            total = make("add", total, make("mul", Num(coefficient), found))
    except (Undefined, TooLarge, RecursionError):
        return None
    return total


def area(
    formula: Expr, name: str, low: Fraction, high: Fraction
) -> Expr | None:
    """The exact area between two coordinates, or None."""
    whole = antiderivative(formula, name)
    if whole is None:
        return None
    try:
        ends = [substitute(whole, {name: Num(x)}) for x in (low, high)]
        return make("sub", ends[1], ends[0])
    except (Undefined, TooLarge):
        return None


def _monomial(monomial: Monomial, name: str) -> Expr | None:
    still = {(atom, e) for atom, e in monomial if name not in variables(atom)}
    moving = sorted(monomial - still, key=repr)
    constant = rebuild({frozenset(still): Fraction(1)})
    power = next((e for atom, e in moving if atom == Var(name)), Fraction(0))
    others = [(atom, e) for atom, e in moving if atom != Var(name)]
    inner = _of_power(name, power) if not others else None
    if len(others) == 1:
        inner = _of_product(name, power, *others[0])
    return None if inner is None else make("mul", constant, inner)


def _of_power(name: str, power: Fraction) -> Expr:
    x = Var(name)
    if power == -1:
        return make("log", x)
    return make("div", make("pow", x, Num(power + 1)), Num(power + 1))


def _of_product(name: str, power: Fraction, atom: Expr, exponent: Fraction) -> Expr | None:
    """x^power times a function of something that moves evenly."""
    if power.denominator != 1 or not 0 <= power <= _MOST_POWER:
        return None
    match atom:
        case Apply("cos", (angle,)) if exponent == 1:
            line = affine(angle, name)
            return None if line is None else _by_parts(
                name, power, make("cos", angle), make("sin", angle), line[0]
            )
        case Apply("cos", (angle,)) if exponent == 2:  # cos^2 a = (1 + cos 2a) / 2
            double = make("cos", make("mul", num(2), angle))
            inner = antiderivative(make("mul", make("pow", Var(name), Num(power)), double), name)
            if inner is None:
                return None
            return make("div", make("add", _of_power(name, power), inner), num(2))
        case Apply("exp", (inside,)):
            line = affine(make("mul", Num(exponent), inside), name)
            grown = make("exp", make("mul", Num(exponent), inside))
            return None if line is None else _growing(name, power, grown, line[0])
        case Apply("pow", (base, inside)) if name not in variables(base):
            line = affine(make("mul", Num(exponent), inside), name)
            grown = make("pow", base, make("mul", Num(exponent), inside))
            if line is None:
                return None
            return _growing(name, power, grown, make("mul", line[0], make("log", base)))
    line = affine(atom, name)
    if line is None or power:
        return None
    if exponent == -1:
        return make("div", make("log", make("abs", atom)), line[0])
    raised = make("pow", atom, Num(exponent + 1))
    return make("div", raised, make("mul", line[0], Num(exponent + 1)))


def _by_parts(
    name: str, power: Fraction, cosine: Expr, sine: Expr, slope: Expr
) -> Expr:
    """The integral of x^n cos(px + q): x^n sin/p - n/p * integral of x^(n-1) sin, and so on."""
    x = Var(name)
    total: Expr = ZERO
    factor: Expr = ONE
    n = int(power)
    waves = (sine, cosine)
    signs = (1, 1, -1, -1)  # sin, cos, -sin, -cos
    for i in range(n + 1):
        term = make("mul", factor, make("mul", make("pow", x, num(n - i)), waves[i % 2]))
        term = make("div", term, make("pow", slope, num(i + 1)))
        total = make("add" if signs[i % 4] > 0 else "sub", total, term)
        factor = make("mul", factor, num(n - i))
    return total


def _growing(name: str, power: Fraction, grown: Expr, rate: Expr) -> Expr | None:
    """The integral of x^n e^(rate*x + …)."""
    if rate == ZERO:
        return None
    x = Var(name)
    total: Expr = ZERO
    factor: Expr = ONE
    n = int(power)
    for i in range(n + 1):
        term = make("mul", factor, make("mul", make("pow", x, num(n - i)), grown))
        term = make("div", term, make("pow", rate, num(i + 1)))
        total = make("sub" if i % 2 else "add", total, term)
        factor = make("mul", factor, num(n - i))
    return total


# ---- bounds of an area


def enclosed_area(
    formula: Expr, name: str, low: Fraction, high: Fraction, among: Among
) -> tuple[Fraction, Fraction] | None:
    """Fractions below and above the area; None when the formula may have no value somewhere."""
    try:
        bend: Expr | None = derivative(derivative(formula, name), name)
    except (NotSmooth, Undefined, TooLarge):
        bend = None
    # the widest strip is cut first, until the sum is close enough
    whole = _strip(formula, bend, name, low, high, among)
    strips = [(_doubt(whole), 0, low, high, whole)]
    for count in range(1, 2 * _CUTS, 2):
        if strips[0][4] is not None:
            bottom = sum((s[4][0] for s in strips if s[4] is not None), Fraction(0))
            top = sum((s[4][1] for s in strips if s[4] is not None), Fraction(0))
            if top - bottom <= CLOSE * max(abs(bottom), abs(top)) or count > 2 * _CUTS - 3:
                return _short(bottom, False), _short(top, True)
        _, _, a, b, _ = heappop(strips)
        for i, (x, y) in enumerate(((a, (a + b) / 2), ((a + b) / 2, b))):
            strip = _strip(formula, bend, name, x, y, among)
            heappush(strips, (_doubt(strip), count + i, x, y, strip))
    return None


def _doubt(strip: tuple[Fraction, Fraction] | None) -> float:
    """For the order of strips: the widest first, those without bounds before all."""
    if strip is None or strip[1] - strip[0] > 10**300:
        return -inf
    return float(strip[0] - strip[1])


def _strip(
    formula: Expr, bend: Expr | None, name: str, a: Fraction, b: Fraction, among: Among
) -> tuple[Fraction, Fraction] | None:
    inside = {**among, name: Reach(a, b, RISING)}
    best: tuple[Fraction, Fraction] | None = None
    try:
        found = reach(formula, inside, 64)
        flat = _finite(found)
        if flat is not None:
            best = (b - a) * flat[0], (b - a) * flat[1]
        if bend is not None:
            curve = _finite(reach(bend, inside, 64))
            centre = _finite(reach(substitute(formula, {name: Num((a + b) / 2)}), among, 64))
            if curve is not None and centre is not None:
                cube = (b - a) ** 3 / 24
                low = (b - a) * centre[0] + cube * curve[0]
                high = (b - a) * centre[1] + cube * curve[1]
                best = (low, high) if best is None else (max(best[0], low), min(best[1], high))
    except (Undefined, TooLarge, RecursionError):
        return None
    if best is None:
        return None
    return _short(best[0], False), _short(best[1], True)


def _finite(found: Reach) -> tuple[Fraction, Fraction] | None:
    low, high = found.low, found.high
    if found.doubt is None and isinstance(low, Fraction) and isinstance(high, Fraction):
        return low, high
    return None


def _short(x: Fraction, up: bool) -> Fraction:
    """Rounded outward to some 100 bits, so that sums stay small."""
    if x.denominator.bit_length() + x.numerator.bit_length() < 300:
        return x
    shift = 120 - x.numerator.bit_length() + x.denominator.bit_length()
    scale = Fraction(1 << shift) if shift >= 0 else Fraction(1, 1 << -shift)
    scaled = x * scale
    return Fraction(ceil(scaled) if up else floor(scaled)) / scale
