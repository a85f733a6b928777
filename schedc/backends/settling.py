"""x/(e^(cx) - 1), in which 1/c cancels while cx is small: the settling of a moving average.

In: curved parts of sums, and pieces. Out: the part about its start, and the update up to which that
form is the better one, where pieces are cut.
The one rule: 1/(e^(2z) - 1) = (coth z - 1)/2 and coth z = 1/z + L(z), so that

    x/(e^(cx) - 1) = 1/c - x/2 + x/2 * L(cx/2),   L(z) = z/(3 + z^2/(5 + z^2/(7 + …)))

(DLMF 4.39): the constant, which is large, meets the other constants of its sum exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from schedc.backends.collect import NONE, Linear, Sum, flatten, plus
from schedc.backends.constants import closed, trimmed
from schedc.expr import (
    HALF,
    ONE,
    STEP,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    exactly,
    make,
    num,
    replaced,
    variables,
    walk,
)
from schedc.program import Piece

LANGEVIN = "langevin"
"""L(z), an operator of formulas that are being lowered; `langevin` writes it out."""

FAR = 0.5
"""z from which on the formula as it stands loses less."""

_DEPTH = 15  # the last denominator: up to z = FAR what follows is below 1e-17


@dataclass(frozen=True, slots=True)
class Settling:
    """factor * x/(e^(cx) - 1) with x = slope*step + offset; z = cx/2."""

    factor: Fraction
    slope: Fraction
    offset: Fraction
    c: Fraction

    @property
    def x(self) -> Expr:
        return make("add", make("mul", Num(self.slope), STEP), Num(self.offset))

    @property
    def near_until(self) -> Fraction:
        """The last whole update at which z is small."""
        return Fraction(math.floor((2 * Fraction(FAR) / self.c - self.offset) / self.slope))


def settling(atom: Expr) -> Settling | None:
    """x * q^x / (1 - q^x) as such."""
    if not isinstance(atom, Apply) or atom.op not in ("mul", "div"):
        return None
    factors = list(_factors(atom, 1))
    for power, exponent in factors:
        match power:
            case Apply("pow", (Num(q), x)) if exponent == 1 and 0 < q < 1:
                break
    else:
        return None
    line = _line(x)
    rest = [f for f in factors if f != (power, 1)]
    below = [f for f, e in rest if e == -1]
    above = [f for f, e in rest if e == 1]
    if line is None or line[0] <= 0 or len(below) != 1 or len(above) != 1 or len(rest) != 2:
        return None
    beneath = flatten(below[0])
    s = beneath.get((NONE, ONE))
    if not s or beneath != {(NONE, ONE): s, (NONE, power): -s}:
        return None
    other = _line(above[0])
    if other is None or other[0] * line[1] != other[1] * line[0]:
        return None
    return Settling(other[0] / line[0] / s, *line, -closed(make("log", Num(q))))


def about_start(of: Sum, stop: Fraction) -> Sum:
    """A sum used up to `stop` with each settling part about its start, if that is near enough."""
    out: Sum = of
    for (params, atom), coefficient in of.items():
        part = settling(atom)
        if part is None or params or stop > part.near_until:
            continue
        z = make("mul", Num(part.c / 2), part.x)
        curve = Apply("mul", (part.x, Apply(LANGEVIN, (z,))))
        instead = plus({(NONE, ONE): 1 / part.c}, flatten(part.x), -HALF.value)
        instead = plus(instead, {(NONE, curve): HALF.value}, Fraction(1))
        kept = {key: c for key, c in out.items() if key != (params, atom)}
        out = plus(kept, instead, coefficient * part.factor)
    return out


def near_until(stop: Expr, longest: int | None = None) -> Fraction | None:
    """A number that a stop is never after, in runs up to the longest: where it comes last."""
    match stop:
        case Num(value) | Apply("min", (Num(value), _)):
            return value
    return None if longest is None else exactly(stop, {"total": Fraction(longest)})


def cut(piece: Piece) -> Iterator[Piece]:
    """A piece as the part in which max(c, X) is still c, for a settling X that rises, the part near
    the start of the settling, and the rest."""
    if not isinstance(piece.start, Num) or _moving_powers(piece.value) < 2:
        yield piece
        return
    start, stop = piece.start, piece.stop
    value, risen = piece.value, _risen(piece.value, piece.start.value)
    if risen is not None:
        least, place = risen
        if not isinstance(stop, Num):  # min(4.8, total) is none of the boundaries that are exact
            place = Fraction(math.ceil(place))
        still, value = (replaced(value, {least: side}) for side in least.args)
        if not (isinstance(stop, Num) and stop.value <= place):
            yield replace(piece, start=start, stop=_sooner(place, stop), value=still)
            start = Num(place)
        else:
            value = piece.value
    for place in sorted({p.near_until for p in _settlings(piece.value)}):
        if start.value < place and not (isinstance(stop, Num) and stop.value <= place):
            yield replace(piece, start=start, stop=_sooner(place, stop), value=value)
            start = Num(place)  # where the run ends before it, the rest is empty
    yield piece if start is piece.start else replace(piece, start=start, value=value)


def _sooner(place: Fraction, stop: Expr) -> Expr:
    return make("min", Num(place), stop)


def _risen(value: Expr, start: Fraction) -> tuple[Apply, Fraction] | None:
    """max(c, X) for a settling X that rises, and the place behind the start where it passes c."""
    for part in walk(value):
        match part:
            case Apply("max", (Num(least), x)) if "step" in variables(x):
                place = _passes(x, least, start)
                if place is not None:
                    return part, place
    return None


def _passes(x: Expr, least: Fraction, start: Fraction) -> Fraction | None:
    """Where a number less a settling, which rises from below, is `least`."""
    try:
        of = flatten(x)
    except (Undefined, TooLarge, ZeroDivisionError):
        return None
    curved = [(params, atom) for params, atom in of if atom != ONE]
    if len(curved) != 1 or len(of) != 2 or any(params for params, _ in of):
        return None
    part = settling(curved[0][1])
    if part is None:
        return None
    top, slope = of[NONE, ONE] - least, -of[curved[0]] * part.factor

    def above(place: Fraction) -> Fraction:  # X - least
        argument = part.slope * place + part.offset
        return top - slope * argument / closed(Apply("expm1", (Num(part.c * argument),)))

    # what falls is above it at the start, or never: one of the last two
    if part.slope * start + part.offset <= 0 or above(start) >= 0 or top <= 0:
        return None
    low, high = start, start + 1
    while above(high) <= 0:
        low, high = high, 2 * high - start
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if above(middle) > 0 else (middle, high)
    for _ in range(_SECANTS):  # twice as many digits, nearly, each time
        rise = above(high) - above(low)
        if not rise:
            break
        low, high = high, trimmed(high - above(high) * (high - low) / rise)
    return high


_HALVINGS, _SECANTS = 20, 8


def _moving_powers(value: Expr) -> int:
    """How often a power moves in its exponent: twice in each settling, above and below."""
    powers = [p for p in walk(value) if isinstance(p, Apply) and p.op == "pow"]
    return sum("step" in variables(p.args[1]) for p in powers)


def langevin(z: Expr) -> Expr:
    """L(z) written out, for z up to `FAR`."""
    square = Apply("mul", (z, z))
    below: Expr = num(_DEPTH)
    for odd in range(_DEPTH - 2, 2, -2):
        below = Apply("add", (num(odd), Apply("div", (square, below))))
    return Apply("div", (z, below))


def _settlings(value: Expr) -> Iterator[Settling]:
    for part in walk(value):
        if isinstance(part, Apply) and part.op in ("mul", "div"):
            try:
                atoms = [atom for _, atom in flatten(part)]
            except (Undefined, TooLarge, ZeroDivisionError):
                continue
            yield from [found for found in map(settling, atoms) if found is not None]


def _factors(expr: Expr, exponent: int) -> Iterator[tuple[Expr, int]]:
    match expr:
        case Apply("mul", (a, b)):
            yield from _factors(a, exponent)
            yield from _factors(b, exponent)
        case Apply("div", (a, b)):
            yield from _factors(a, exponent)
            yield from _factors(b, -exponent)
        case Apply("pow", (a, Num(e))) if e == -1:
            yield from _factors(a, -exponent)
        case _:
            yield expr, exponent


def _line(expr: Expr) -> tuple[Fraction, Fraction] | None:
    linear: Linear = {}
    for (params, atom), c in flatten(expr).items():
        if params:
            return None
        linear[atom] = c
    if not set(linear) <= {STEP, ONE} or STEP not in linear:
        return None
    return linear[STEP], linear.get(ONE, Fraction(0))
