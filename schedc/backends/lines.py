"""Exact sums → quotients of whole numbers, and the arithmetic that keeps constants in one place.

In: sums of exact atoms with rational coefficients. Out: lowered expressions, rounded once or twice.
The one rule: a line is written about its zero, or from its end nearer to 0, so that no digit of a
small value is lost to a large one; whole numbers stay whole as long as they can.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from fractions import Fraction

from schedc.backends.collect import (
    SMALL,
    Linear,
    Sum,
    common,
    flatten,
    over_total,
    proportion,
    whole_parts,
)
from schedc.backends.constants import rounding, settled, trimmed
from schedc.backends.trial import WHOLE, Stretch, everywhere
from schedc.expr import ONE, STEP, ZERO, Apply, Expr, Num, Var, make, num

_PLAIN = 10_000  # numerators and denominators up to here are joined to whole numbers


def exact_sum(of: Sum, on: Stretch, factor: Fraction = Fraction(1)) -> Expr:
    """factor times an exact sum, which has no parameters or one denominator in `total`."""
    over = over_total(of)
    if over is not None:
        return _over(*over, on, factor)
    return line({atom: c for (_, atom), c in of.items()}, on, factor)


# ---- without a denominator


def line(linear: Linear, on: Stretch, factor: Fraction = Fraction(1)) -> Expr:
    """factor times a line: about its zero where that is a clean number, else from an end."""
    offset = linear.get(ONE, Fraction(0))
    moving = [a for a in linear if a != ONE]
    if not moving:
        return Num(trimmed(factor * offset))
    if len(moving) == 1:
        (atom,) = moving
        found = straight(atom, Fraction(0), offset, linear[atom], on, factor)
        if found is not None:
            return found
    top = _common(linear.values())
    whole = {a: c / top for a, c in linear.items()}
    if all(c.denominator == 1 and abs(c) <= SMALL for c in whole.values()):
        return scaled(factor * top, whole_numbers(whole))
    if len(moving) == 1 and (found := _stairs(moving[0], offset, linear[moving[0]], on, factor)):
        return found
    parts = [scaled(factor * linear[a], exact_atom(a)) for a in moving]
    return added([*parts, *([Num(trimmed(factor * offset))] if offset else [])])


def straight(
    atom: Expr, at: Fraction, value: Fraction, slope: Fraction, on: Stretch,
    factor: Fraction = Fraction(1),
) -> Expr | None:
    """factor times the line value + slope*(atom - at); None where neither its zero is clean nor
    its ends are known."""
    zero = at - value / slope
    ends = _ends(atom, on)
    if zero.denominator == 1 and abs(zero.numerator) <= SMALL:
        return _times(factor, _from_zero(slope, atom, zero, ends))
    if ends:
        there = [value if end == at else value + slope * (end - at) for end in ends]
        low, high = there[0], there[-1]
        if (low.numerator > 0) != (high.numerator > 0) or not low or not high:
            return _times(factor, _from_zero(slope, atom, zero, ends))
        falls = (slope.numerator > 0) != (low.numerator > 0)  # towards 0: its end is nearer
        end, start = (ends[-1], high) if falls else (ends[0], low)
        constant = Num(trimmed(start if factor == 1 else factor * start))
        return added([constant, _times(factor, _from_zero(slope, atom, end, ends))])
    if slope > 0 and value > slope * at:
        constant = Num(trimmed(factor * (value - slope * at)))
        return added([constant, scaled(factor * slope, exact_atom(atom))])
    return None


def _stairs(
    atom: Expr, offset: Fraction, slope: Fraction, on: Stretch, factor: Fraction
) -> Expr | None:
    """factor * (offset + slope*floor(x)) as v + slope*floor(x - m), v its value at an end of the
    stretch, the one nearer to 0; None where nothing cancels."""
    match atom:
        case Apply("floor", (x,)):
            steps = [Fraction(round(v)) for v in everywhere(atom, on.ends) if math.isfinite(v)]
        case _:
            return None
    there = [(settled(offset + slope * m, [offset, slope * m]), m) for m in steps]
    value, m = min(there, key=lambda found: abs(found[0]), default=(offset, Fraction(0)))
    if abs(value) >= abs(offset):
        return None
    moved = exact_atom(Apply("floor", (make("sub", x, Num(m)),)))
    constant = [Num(trimmed(factor * value))] if value else []
    return added([*constant, scaled(factor * slope, moved)])


def _ends(atom: Expr, on: Stretch) -> list[Fraction]:
    """The exact values of a clock at the ends of the stretch, where they are known, in order."""
    if not isinstance(atom, Var):
        return []
    ends = [side.get(atom.name) for side in (on.start, on.stop)]
    return [end.value for end in ends if isinstance(end, Num)] if None not in ends else []


def _times(factor: Fraction, expr: Expr) -> Expr:
    """`scaled`, for what is scaled already."""
    return expr if factor == 1 else scaled(factor, expr)


def _from_zero(slope: Fraction, atom: Expr, zero: Fraction, ends: list[Fraction]) -> Expr:
    """slope * (atom - zero), the bracket in whole numbers and, if it can be, not negative.

    ends: the atom where its stretch ends, if that is known.
    """
    if ends and ends[-1] <= zero:
        sign = -1
    elif ends and zero <= ends[0]:
        sign = 1
    else:
        sign = 1 if slope > 0 else -1
    size = slope if sign > 0 else -slope
    if zero.denominator == 1 and zero.numerator > 0 and isinstance(atom, Var):
        return scaled(size, Apply("sub", (atom, Num(zero)) if sign > 0 else (Num(zero), atom)))
    far = max([abs(end) for end in (*ends, zero)]) * zero.denominator
    if zero.denominator <= _PLAIN and far <= WHOLE:
        inside = {atom: Fraction(sign * zero.denominator), ONE: Fraction(-sign * zero.numerator)}
        bracket = whole_numbers({a: c for a, c in inside.items() if c})
        return scaled(size / zero.denominator, bracket)
    whole = round(zero)  # the difference of whole numbers is exact; the rest of the zero is small
    inside = {atom: Fraction(sign), ONE: Fraction(-sign * whole)}
    rest = Num(trimmed(-sign * (zero - whole)))
    bracket = added([whole_numbers({a: c for a, c in inside.items() if c}), rest])
    return scaled(size, bracket)


def _common(coefficients: Collection[Fraction]) -> Fraction:
    """`common`, also of 0.97^9*total - 3*0.97^9*step, whatever that number: as its parts come, they
    would cancel."""
    unit = min(map(abs, coefficients), default=ONE.value)
    ratios = [c / unit for c in coefficients]
    short = all(max(abs(r.numerator), r.denominator) <= _PLAIN for r in ratios)
    return unit * common(ratios) if short and unit.denominator > SMALL else common(coefficients)


# ---- over a denominator in `total`


def _over(linear: Linear, below: Expr, on: Stretch, factor: Fraction) -> Expr:
    """An exact numerator over an exact denominator, from the end of the stretch nearer to 0."""
    beneath = {atom: c for (_, atom), c in flatten(below).items()}
    found: list[tuple[Fraction, Linear, int]] = []
    slope = linear.get(STEP, Fraction(0))
    size = abs(slope)
    for end, sign in ((on.stop["step"], -1), (on.start["step"], 1)):
        at_end = {a: c for a, c in linear.items() if a != STEP}
        apart: Linear = {STEP: sign * size}  # so that the bracket is not negative
        for (params, atom), c in flatten(end).items():
            if params or not slope:
                break
            at_end[atom] = at_end.get(atom, Fraction(0)) + slope * c
            apart[atom] = -sign * size * c
        else:
            value = proportion({a: c for a, c in at_end.items() if c}, beneath)
            if value is not None:
                found.append((value, apart, sign if slope > 0 else -sign))
    value, top, sign = min(found, key=lambda f: abs(f[0]), default=(Fraction(0), linear, 1))
    if value * sign < 0:  # what is counted from there cancels: its zero is inside, or at the start
        value, top, sign = Fraction(0), linear, 1
    bracket = quotient({a: c for a, c in top.items() if c}, beneath, sign * factor)
    return added([Num(trimmed(factor * value)), bracket]) if value else bracket


def quotient(above: Linear, below: Linear, factor: Fraction = Fraction(1)) -> Expr:
    """factor * above/below, in whole numbers as far as they are short."""
    if factor < 0:
        return scaled(Fraction(-1), quotient(above, below, -factor))
    top, bottom = _common(above.values()), common(below.values())
    scale = factor * top / bottom
    if below.keys() == {ONE}:
        return scaled(scale, whole_numbers({a: c / top for a, c in above.items()}))
    upper = whole_numbers({a: c / top for a, c in above.items()})
    under = whole_numbers({a: c / bottom for a, c in below.items()})
    if max(abs(scale.numerator), scale.denominator) <= _PLAIN:
        upper = make("mul", num(scale.numerator), upper)
        return Apply("div", (upper, make("mul", num(scale.denominator), under)))
    return Apply("div", (scaled(scale, upper), under))


# ---- whole numbers


def whole_numbers(linear: Linear) -> Expr:
    """Whole coefficients times exact atoms, as an expression in integers, positive parts first."""
    items = list(linear.items())
    if len(items) > 1:
        items.sort(key=lambda item: (item[1].numerator < 0, item[0] == ONE, repr(item[0])))
    total: Expr = ZERO
    for n, (atom, c) in enumerate(items):
        if not n:
            total = _term(c, atom)
        elif c.numerator > 0:
            total = make("add", total, _term(c, atom))
        else:
            total = make("sub", total, _term(-c, atom))
    return total


def _term(c: Fraction, atom: Expr) -> Expr:
    if atom == ONE:
        return Num(c)
    lowered = exact_atom(atom)
    if c == -1:
        return Apply("neg", (lowered,))
    return lowered if c == 1 else Apply("mul", (Num(c), lowered))


def exact_atom(atom: Expr) -> Expr:
    """An exact atom in integers: floors are integer divisions."""
    match atom:
        case Apply("floor", (x,)):
            of = flatten(x)
            whole = whole_parts(of)
            if whole is not None:
                linear, bottom = whole
                return Apply("fdiv", (whole_numbers(linear), num(bottom)))
            over = over_total(of)
            assert over is not None  # else it is not exact
            linear, below = over
            beneath = {a: c for (_, a), c in flatten(below).items()}
            top, under = common(linear.values()), common(beneath.values())
            scale = top / under
            return Apply(
                "fdiv",
                (
                    make("mul", num(scale.numerator), _divided_by(linear, top)),
                    make("mul", num(scale.denominator), _divided_by(beneath, under)),
                ),
            )
        case Apply("mod", (x, m)):
            return Apply("rem", (_integers(x), _integers(m)))
        case Apply("mul", (a, b)):
            return Apply("mul", (exact_atom(a), exact_atom(b)))
        case Apply("min" | "max" | "abs" as op, args):
            return Apply(op, tuple([_integers(a) for a in args]))
    return atom


def _divided_by(linear: Linear, by: Fraction) -> Expr:
    return whole_numbers({a: c / by for a, c in linear.items()})


def _integers(expr: Expr) -> Expr:
    return whole_numbers({atom: c for (_, atom), c in flatten(expr).items()})


def remainder(linear: Linear, period: Fraction, factor: Fraction) -> Expr | None:
    """factor times a line less whole periods, from half a period below 0 to half above."""
    bottom = 2 * math.lcm(period.denominator, *[c.denominator for c in linear.values()])
    whole = {a: c * bottom for a, c in linear.items()}
    turn = period * bottom  # even, so that half of it is whole
    shared = math.gcd(int(turn) // 2, *[c.numerator for c in whole.values()])
    turn, whole = turn / shared, {a: c / shared for a, c in whole.items()}
    if max(turn, *[abs(c) for c in whole.values()]) > SMALL:
        return None
    half = turn / 2
    whole[ONE] = (whole.get(ONE, Fraction(0)) + half) % turn
    left = Apply("rem", (whole_numbers({a: c for a, c in whole.items() if c}), Num(turn)))
    return scaled(factor * shared / bottom, Apply("sub", (left, Num(half))))


def remainder_over(linear: Linear, below: Expr, period: Fraction, factor: Fraction) -> Expr:
    """The same for a numerator over a denominator in `total`."""
    beneath = {a: c for (_, a), c in flatten(below).items()}
    top, under = common(linear.values()), common(beneath.values())
    ratio = period / 2 * under / top  # half a period, counted in numerators
    half = _divided_by(beneath, under / ratio.numerator)
    turn = _divided_by(beneath, under / (2 * ratio.numerator))
    upper = _divided_by(linear, top / ratio.denominator)
    left = Apply("sub", (Apply("rem", (Apply("add", (upper, half)), turn)), half))
    scale = factor * top / under / ratio.denominator
    return Apply("div", (scaled(scale, left), _divided_by(beneath, under)))


# ---- arithmetic on lowered expressions


def scaled(factor: Fraction, expr: Expr) -> Expr:
    """factor * expr with one constant, divided by where that is the more exact of the two."""
    if not factor:  # what is so small that nothing holds it
        return ZERO
    match expr:
        case Num(value):
            return Num(trimmed(factor * value))
        case Apply("mul", (Num(c), x)):
            return scaled(trimmed(factor * c), x)
        case Apply("div", (x, Num(c))):
            return scaled(trimmed(factor / c), x)
        case Apply("div", (Num(c), x)):
            return Apply("div", (Num(trimmed(factor * c)), x))
        case Apply("neg", (x,)):
            return scaled(-factor, x)
        case Apply("div", (x, Apply("add", (Num(c), y)))) if (over := _taking(1 / factor, y)):
            if factor < 0:
                return Apply("neg", (scaled(-factor, expr),))
            return Apply("div", (x, added([Num(trimmed(c / factor)), over])))
        case Apply("mul", (Apply("add", (Num(one), Apply("mul", (Num(c), x)))), y)) if one == 1:
            bracket = added([Num(factor), Apply("mul", (Num(trimmed(factor * c)), x))])
            return Apply("mul", (bracket, y))
    if factor == 1:
        return expr
    if factor == -1:
        return Apply("neg", (expr,))
    if factor < 0 and isinstance(turned := scaled(-factor, expr), Apply) and turned.op == "div":
        return Apply("neg", (turned,))
    if factor.denominator != 1:
        inverse = 1 / factor
        if inverse.denominator == 1 and inverse <= 1 << 53:
            return Apply("div", (expr, Num(inverse)))
        if len(repr(float(factor))) > 12:  # no number that its author would know again
            rounded = rounding(factor)
            if rounded > 0.25 and rounding(inverse) < 0.5 * rounded:
                return Apply("div", (expr, Num(trimmed(inverse))))
    return Apply("mul", (Num(factor), expr))


_USUAL = 10**9
"""A denominator that takes a factor of usual size stays far from the largest float of 32 bits."""


def _taking(factor: Fraction, expr: Expr) -> Expr | None:
    """factor * expr where expr has constants of its own that take the factor, else None."""
    if not 1 / _USUAL < abs(factor) < _USUAL:
        return None
    match expr:
        case Apply("mul", (Num(c), x)):
            return scaled(trimmed(factor * c), x)
        case Apply("mul", (Apply("add" | "sub" as op, (Num(a), Apply("mul", (Num(b), x)))), y)):
            moving = Apply("mul", (Num(trimmed(factor * b)), x))
            return Apply("mul", (Apply(op, (Num(trimmed(factor * a)), moving)), y))
    return None


def added(parts: list[Expr]) -> Expr:
    """A sum, its negative parts subtracted."""
    if not parts:
        return ZERO
    if len(parts) == 1:
        return parts[0]
    total, *rest = sorted(parts, key=lambda p: (_negative(p), not isinstance(p, Num)))
    if total == ZERO and rest:
        total, *rest = rest
    for part in rest:
        op, part = ("sub", _negated(part)) if _negative(part) else ("add", part)
        total = Apply(op, (total, part))
    return total


def _negative(expr: Expr) -> bool:
    while type(expr) is Apply:
        if expr.op not in ("mul", "div"):
            return expr.op == "neg"
        expr = expr.args[0]
    return type(expr) is Num and expr.value.numerator < 0


def positive(expr: Expr) -> Expr:
    """The expression without a minus in front."""
    return _negated(expr) if _negative(expr) else expr


def _negated(expr: Expr) -> Expr:
    """Without its minus: `_negative` has said that there is one."""
    match expr:
        case Num(value):
            return Num(-value)
        case Apply("neg", (x,)):
            return x
        case Apply("mul" | "div" as op, (a, b)):
            left = _negated(a)
            return b if op == "mul" and left == ONE else Apply(op, (left, b))
    raise AssertionError(expr)


def multiplied(a: Expr, b: Expr) -> Expr:
    """a * b: one constant in front, one quotient at the end."""
    match a, b:
        case (Num(c), x) | (x, Num(c)):
            return scaled(c, x)
        case (x, Apply("mul", (Num(c), y))) | (Apply("mul", (Num(c), x)), y):
            return scaled(c, multiplied(x, y))
        case (x, Apply("div", (y, Num(c)))) | (Apply("div", (x, Num(c))), y):
            return scaled(1 / c, multiplied(x, y))
        case (x, Apply("neg", (y,))) | (Apply("neg", (x,)), y):
            return scaled(Fraction(-1), multiplied(x, y))
        case (x, Apply("div", (Num(c), y))) | (Apply("div", (Num(c), y)), x):
            return Apply("div", (scaled(c, x), y))
    return Apply("mul", (a, b))


def divided(a: Expr, b: Expr) -> Expr:
    """a / b, with one constant."""
    match a, b:
        case (_, Num(c)):
            return scaled(1 / c, a)
        case (Apply("neg", (x,)), y) | (x, Apply("neg", (y,))):
            return scaled(Fraction(-1), divided(x, y))
        case (Apply("mul", (Num(c), x)), y):
            return scaled(c, divided(x, y))
        case (Apply("div", (x, Num(c))), y):
            return scaled(1 / c, divided(x, y))
        case (x, Apply("mul", (Num(c), y))):
            return scaled(1 / c, divided(x, y))
        case (x, Apply("div", (y, Num(c)))):
            return scaled(c, divided(x, y))
    return Apply("div", (a, b))
