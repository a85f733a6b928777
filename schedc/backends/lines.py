"""Lines without a denominator, and whole numbers.

In: sums of exact atoms with rational coefficients. Out: lowered expressions, rounded once or twice.
The one rule: a line is written about its zero, or from its end nearer to 0, so that no digit of a
small value is lost to a large one; whole numbers stay whole as long as they can.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from fractions import Fraction

from schedc.backends.arithmetic import added, scaled
from schedc.backends.collect import (
    SMALL,
    Linear,
    common,
    flatten,
    over_total,
    whole_parts,
)
from schedc.backends.constants import settled, trimmed
from schedc.backends.trial import WHOLE, Stretch, everywhere
from schedc.expr import ONE, ZERO, Apply, Expr, Num, Undefined, Var, exactly, make, num

PLAIN = 10_000  # numerators and denominators up to here are joined to whole numbers


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
    top = unit(linear.values())
    whole = {a: c / top for a, c in linear.items()}
    if all(c.denominator == 1 and abs(c) <= SMALL for c in whole.values()):
        return scaled(factor * top, whole_numbers(whole))
    if (found := _stairs(linear, offset, on, factor)) is not None:
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


def _stairs(linear: Linear, offset: Fraction, on: Stretch, factor: Fraction) -> Expr | None:
    """factor * a sum with floors, as its value at an end of the stretch, the one nearer to 0, and
    what each part has moved since; None where nothing cancels."""
    moving = {atom: c for atom, c in linear.items() if atom != ONE}
    if not any(isinstance(atom, Apply) and atom.op == "floor" for atom in moving):
        return None
    columns = [_at_ends(atom, on) for atom in moving]
    if any(len(column) < 2 for column in columns):
        return None
    value = offset
    at: tuple[Fraction, ...] = ()
    for there in zip(*columns, strict=True):
        parts = [offset, *[c * m for c, m in zip(moving.values(), there, strict=True)]]
        found = settled(sum(parts, Fraction(0)), parts)
        if abs(found) < abs(value):
            value, at = found, there
    if value == offset:
        return None
    moved = []
    for (atom, c), m in zip(moving.items(), at, strict=True):
        match atom:
            case Apply("floor", (x,)):
                moved.append(scaled(c, exact_atom(Apply("floor", (make("sub", x, Num(m)),)))))
            case _:
                moved.append(_from_zero(c, atom, m, _ends(atom, on)))
    constant = [Num(trimmed(factor * value))] if value else []
    return added([*constant, *[_times(factor, part) for part in moved]])


def _at_ends(atom: Expr, on: Stretch) -> list[Fraction]:
    """The exact values at the ends of a clock or a floor; none where they are not known."""
    match atom:
        case Apply("floor", _):
            if on.totals:
                return _at_ends_of_any_length(atom, on)
            there = everywhere(atom, on.ends)
            return [Fraction(round(v)) for v in there] if all(map(math.isfinite, there)) else []
    return _ends(atom, on)


def _at_ends_of_any_length(floor: Expr, on: Stretch) -> list[Fraction]:
    """The same where it is the same in each length: a share of it is, a floor of 7% is not."""
    found: set[tuple[Fraction | None, ...]] = set()
    for total, *ends in on.exact_ends:
        names = {"total": Fraction(total or 0)}
        try:
            found.add(tuple([exactly(floor, {**names, "step": end}) for end in ends]))
        except Undefined:
            return []
    values = [value for value in found.pop() if value is not None] if len(found) == 1 else []
    return values if len(values) == 2 else []


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
    if zero.denominator <= PLAIN and far <= WHOLE:
        inside = {atom: Fraction(sign * zero.denominator), ONE: Fraction(-sign * zero.numerator)}
        bracket = whole_numbers({a: c for a, c in inside.items() if c})
        return scaled(size / zero.denominator, bracket)
    whole = round(zero)  # the difference of whole numbers is exact; the rest of the zero is small
    inside = {atom: Fraction(sign), ONE: Fraction(-sign * whole)}
    rest = Num(trimmed(-sign * (zero - whole)))
    bracket = added([whole_numbers({a: c for a, c in inside.items() if c}), rest])
    return scaled(size, bracket)


def unit(coefficients: Collection[Fraction]) -> Fraction:
    """`common`, also of 0.97^9*total - 3*0.97^9*step, whatever that number: as its parts come, they
    would cancel."""
    least = min(map(abs, coefficients), default=ONE.value)
    ratios = [c / least for c in coefficients]
    short = all(max(abs(r.numerator), r.denominator) <= PLAIN for r in ratios)
    return least * common(ratios) if short and least.denominator > SMALL else common(coefficients)


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
                    make("mul", num(scale.numerator), in_units(linear, top)),
                    make("mul", num(scale.denominator), in_units(beneath, under)),
                ),
            )
        case Apply("mod", (x, m)):
            return Apply("rem", (_integers(x), _integers(m)))
        case Apply("mul", (a, b)):
            return Apply("mul", (exact_atom(a), exact_atom(b)))
        case Apply("min" | "max" | "abs" as op, args):
            return Apply(op, tuple([_integers(a) for a in args]))
    return atom


def in_units(linear: Linear, by: Fraction) -> Expr:
    """The sum over a unit of its coefficients, in whole numbers."""
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
