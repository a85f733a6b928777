"""Exact formula → the form of it that keeps its digits in floating point, for every target alike.

In: the value of a piece (an `Expr` over the clocks, `total` and `base`) and the stretch it is used
on. Out: an equal `Expr` whose constants are numbers, with the further operators of `LOW`, in which
no sum loses digits that the exact value has.
The one rule: a rewrite is an identity of real numbers; it may only change how the value is rounded.

How. A sum is collected: what is linear in the exact clocks, with rational coefficients, is one
quotient of whole numbers; the rest are curved parts. Where these cancel each other, the sum is
written about an anchor, an end of the stretch or a zero of a sine,

    f(k) = f(a) + (f(k) - f(a)),

with f(a) one exact constant (often 0, and then it is gone) and each difference as a product that
knows its zero (`differences`): cos x - cos y = -2 sin((x+y)/2) sin((x-y)/2), and so on. What is
no sum has a room of its own: `plain` (the line that most pieces are), `geometric`, `waves`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from schedc.algebra import affine
from schedc.backends.arithmetic import added, divided, multiplied, scaled
from schedc.backends.collect import (
    NONE,
    Params,
    Sum,
    count,
    flatten,
    in_order,
    is_exact,
    moves,
    of_any_size,
    over_total,
    plus,
    rebuilt,
    times_number,
)
from schedc.backends.constants import closed, trimmed
from schedc.backends.differences import (
    Anchor,
    about_one,
    as_if_unsampled,
    at_clocks,
    change,
    difference,
    polynomial,
)
from schedc.backends.geometric import geometric
from schedc.backends.lines import line
from schedc.backends.plain import plain_line
from schedc.backends.quotients import exact_sum
from schedc.backends.settling import about_start, langevin, near_until
from schedc.backends.trial import Stretch, approximately, loss
from schedc.backends.waves import cosine, squared_sine, turns_of
from schedc.expr import (
    HALF,
    ONE,
    PI,
    ZERO,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    variables,
    walk,
)

LOW = {
    "fdiv": "the floor of a quotient of exact numbers",
    "rem": "a - b*floor(a/b) of exact numbers",
    "expm1": "e^x - 1",
    "log1p": "log(1 + x)",
}
"""The operators of a lowered formula beside those of `OPS`."""

FINE = 1.75
"""A sum whose parts are together no larger than this many times it stays as written."""

_DEPTH = 3  # of anchors within anchors: each sum there is tried in several forms
_LARGE = 500  # operators of a sum that nobody looks for a better form of
_MOST_GROUPS = 100  # sums of one formula; whatever else it holds stays as it is written


def lower(expr: Expr, on: Stretch) -> Expr:
    """The formula to print. Raises `Undefined` where a constant in it does not exist."""
    plain = plain_line(expr, on)
    return _lower(expr, on, 0) if plain is None else plain


def _lower(expr: Expr, on: Stretch, depth: int) -> Expr:
    return expr if isinstance(expr, Num) else _sum(flatten(expr), on, depth)


# ---- sums


def _sum(of: Sum, on: Stretch, depth: int) -> Expr:
    """A sum, grouped by its parameters."""
    if not any(params for params, _ in of):
        return _group(of, on, depth) if of else ZERO
    groups: dict[Params, Sum] = {}
    for (params, atom), c in of.items():
        turns = next((e for f, e in params if f == PI), None)
        if turns is not None:  # pi is a number from here on
            params = frozenset((f, e) for f, e in params if f != PI)
            c = trimmed(c * closed(make("pow", PI, Num(turns))))
        still = next((f for f, e in params if e == 1 and turns_of(f) is not None), None)
        if atom == ONE and still is not None:  # a wave that only `total` moves is a wave
            params, atom = params - {(still, Fraction(1))}, still
        outer = of_any_size(params)
        count(groups.setdefault(outer, {}), (params - outer, atom), c)
    parts = []
    for outer in sorted(groups, key=lambda p: (len(p), repr(in_order(p)))):
        if groups[outer]:
            parts.append(_with(outer, _group(groups[outer], on, depth), on, depth))
    return added(parts)


def _with(params: Params, inner: Expr, on: Stretch, depth: int) -> Expr:
    """Powers of parameters times an expression."""
    out = inner
    for factor, exponent in in_order(frozenset(p for p in params if p[1] > 0)):
        out = multiplied(_raised(factor, exponent, on, depth), out)
    for factor, exponent in in_order(frozenset(p for p in params if p[1] < 0)):
        out = divided(out, _raised(factor, -exponent, on, depth))
    return out


def _raised(factor: Expr, exponent: Fraction, on: Stretch, depth: int) -> Expr:
    """A power of what stands still; of a power, one of its base: 0.5^total may be 0 for floats
    where its root is not."""
    match factor:
        case Apply("pow", (Num(base), inside)) if base > 0:
            factor, exponent = make("pow", Num(base), make("mul", Num(exponent), inside)), ONE.value
    return _power(_parameter(factor, on, depth), exponent)


def _parameter(factor: Expr, on: Stretch, depth: int) -> Expr:
    match factor:
        case Apply("add" | "sub" | "mul" | "neg", _):
            return _lower(factor, on, depth)
        case Apply(op, args):
            return Apply(op, tuple([_lower(a, on, depth) for a in args]))
    return factor


def _group(of: Sum, on: Stretch, depth: int) -> Expr:
    """A sum whose parameters are powers of forms of `total`, in the form that loses least.

    Each anchor leads to the same few sums again, which are worked out once; one that leads back to
    the sum itself leads nowhere.
    """
    key = frozenset(of.items())
    if key not in on.groups:
        on.groups[key] = None
        on.groups[key] = _grouped(of, on, depth)
    found = on.groups[key]
    return _grouped(of, on, _DEPTH) if found is None else found


def _grouped(of: Sum, on: Stretch, depth: int) -> Expr:
    if all(not params and is_exact(atom) for params, atom in of) or over_total(of) is not None:
        return exact_sum(of, on)
    shared = {params for params, _ in of}
    if len(shared) == 1 and shared != {NONE}:
        (params,) = shared
        return _with(
            params, _group({(NONE, a): c for (_, a), c in of.items()}, on, depth), on, depth
        )
    if (stop := near_until(on.stop["step"], on.longest)) is not None:
        of = about_start(of, stop)
    exact = {key: c for key, c in of.items() if is_exact(key[1])}
    curved = {key: c for key, c in of.items() if key not in exact}
    if len(of) == 1:
        return _parts({}, curved, on, depth)[0]
    best = _parts(exact, curved, on, depth)
    least = loss(best, on)
    if least > FINE and (chosen := _within_choice(exact, curved)) is not None:
        return _lower(chosen, on, depth)
    if least > FINE and depth < _DEPTH and len(on.groups) < _MOST_GROUPS:
        for candidate in _about_anchors(exact, curved, on, depth + 1):
            lost = loss(candidate, on)
            if lost < least - 0.05:
                best, least = candidate, lost
            if least <= FINE:
                break
    return added(best)


def _within_choice(exact: Sum, curved: Sum) -> Expr | None:
    """c*max(a, b) + d as c*max(a + d/c, b + d/c)."""
    if set(exact) != {(NONE, ONE)} or len(curved) != 1:
        return None
    (((params, atom), c),) = curved.items()
    if params or not isinstance(atom, Apply) or atom.op not in ("min", "max"):
        return None
    moved = Num(exact[NONE, ONE] / c)
    return make("mul", Num(c), make(atom.op, *[make("add", a, moved) for a in atom.args]))


def _parts(exact: Sum, curved: Sum, on: Stretch, depth: int) -> list[Expr]:
    """The parts of a sum one by one, as its author wrote them."""
    parts = []
    if exact:
        plain = {key: c for key, c in exact.items() if not key[0]}
        if over_total(exact) is not None or len(plain) == len(exact):
            parts.append(exact_sum(exact, on))
        else:
            for params in dict.fromkeys(params for params, _ in exact):
                apart = {(NONE, a): c for (p, a), c in exact.items() if p == params}
                parts.append(_with(params, exact_sum(apart, on), on, depth))
    for (params, atom), c in curved.items():
        factor, curve = _curve(atom, on, depth)
        parts.append(_with(params, scaled(trimmed(c * factor), curve), on, depth))
    return parts


def _about_anchors(exact: Sum, curved: Sum, on: Stretch, depth: int) -> Iterable[list[Expr]]:
    """The sum as its value at an anchor and the differences from there, for several anchors."""
    waves = [key for key in curved if not key[0] and turns_of(key[1]) is not None]
    if waves:
        yield from _about_zeros(exact, curved, waves, on, depth)
    try:
        whole = rebuilt({**exact, **curved})
    except TooLarge:  # as its author wrote it, it is not
        return
    if isinstance(whole, Apply) and whole.size > _LARGE:  # type: ignore[attr-defined]
        return
    clocks = variables(whole) & set(on.stop)
    if len(clocks) == 1:
        (clock,) = clocks
        coefficients = polynomial(whole, clock, on)
        if coefficients is not None:
            yield _powers(about_one(coefficients), clock, on, falling=True)
            yield _powers(coefficients, clock, on, falling=False)
            return
    anchors = [at_clocks({"step": place}) for place in _meetings(whole)]
    anchors += [at_clocks(on.stop), at_clocks(on.start)]
    if any(isinstance(part, Apply) and part.op == "floor" for part in walk(whole)):
        anchors = [as_if_unsampled(on.stop), as_if_unsampled(on.start), *anchors]
    for anchor in anchors:
        parts = _about(anchor, whole, exact, curved, on, depth)
        if parts is not None:
            yield parts


def _about_zeros(
    exact: Sum, curved: Sum, waves: list[tuple[Params, Expr]], on: Stretch, depth: int
) -> Iterable[list[Expr]]:
    """c*cos(pi*x) = c*s - 2*c*s*sin(pi*(x-z)/2)^2 with z whole, s = cos(pi*z): each wave about its
    least value, then each about its greatest, so that squares of several do not cancel."""
    rest = {key: c for key, c in curved.items() if key not in waves}
    for side in (-1, 1):
        left, squares = exact, []
        for wave in waves:
            c = curved[wave]
            sign = side if c > 0 else -side
            square = scaled(trimmed(-2 * sign * c), squared_sine(wave[1], sign, on))
            left = plus(left, {(NONE, ONE): sign * c}, Fraction(1))
            squares.append(square)
        yield [*squares, *_parts(left, rest, on, depth)]
        if rest:
            yield [*squares, _group({**left, **rest}, on, depth)]


def _meetings(whole: Expr) -> Iterable[Expr]:
    """Where a logarithm of the step is one of `total`: the end of a phase that is cut before it."""
    logs = [part.args[0] for part in walk(whole) if isinstance(part, Apply) and part.op == "log"]
    still = [x for x in logs if variables(x) == {"total"}]
    for x in logs:
        line = affine(x, "step") if still and moves(x) else None
        if line is not None:
            yield from [make("div", make("sub", y, line[1]), line[0]) for y in still]


def _about(
    at: Anchor, whole: Expr, exact: Sum, curved: Sum, on: Stretch, depth: int
) -> list[Expr] | None:
    try:
        there = at(whole)
        if there == whole:  # nothing in it moves towards this anchor
            return None
        if _far_off(at, whole):
            return None
        value = _lower(there, on, depth)
        parts = [] if value == ZERO else [value]
        if exact:
            moved = change(rebuilt(exact), at, on)
            assert moved is not None
            parts.append(_lower(moved, on, depth))
        for (params, atom), c in curved.items():
            moved = difference(atom, at, on)
            if moved is None:
                return None
            apart = _sum(times_number(flatten(moved), c), on, depth)
            parts.append(_with(params, apart, on, depth))
    except (Undefined, TooLarge, ArithmeticError):  # a number too large for floats is no form
        return None
    return [p for p in parts if p != ZERO] or [ZERO]


def _far_off(at: Anchor, whole: Expr) -> bool:
    """Is an exponential at an anchor so large or small that what is counted from there keeps few
    digits? An `expm1` of 70 has lost 6 bits to its argument; where floats have no such number, it
    is 0 * infinity."""
    every = [p for p in walk(whole) if isinstance(p, Apply) and p.op in ("exp", "pow")]
    there = [at(p) for p in every if variables(p.args[-1])]
    sizes = [abs(approximately(p, {})) for p in there if not variables(p)]
    return not all(2.0**-100 < size < 2.0**100 for size in sizes)


_LEAST = Fraction(1, 2**120)
"""Below it floats of 32 bits lose digits, and JAX takes them for 0."""


def _powers(coefficients: list[Fraction], clock: str, on: Stretch, *, falling: bool) -> list[Expr]:
    """A polynomial in the share x of the phase from an end: its value there, then x^m * (Horner),
    that in powers of x, or of the distance from the other end where those of x cancel more."""
    end, other = (on.stop, on.start) if falling else (on.start, on.stop)
    here, there = end[clock], other[clock]
    value: list[Expr] = [Num(coefficients[0])] if coefficients[0] else []
    first = next((n for n, c in enumerate(coefficients) if n and c), None)
    if first is None:
        return value or [ZERO]
    rest = coefficients[first:]
    turned = _cancelled(rest) > max(FINE, _cancelled(about_one(rest)))
    if turned:
        rest = about_one(rest)
    while not rest[-1]:
        rest = rest[:-1]
    unit = None  # the progress itself; else this many updates
    if isinstance(here, Num) and isinstance(there, Num):
        unit = length = abs(there.value - here.value)
        by_update = [c / length ** (first + n) for n, c in enumerate(rest)]
        if not on.narrow or all(not c or abs(c) >= _LEAST for c in by_update):
            rest, unit = by_update, ONE.value
    sign = -1 if falling else 1
    x = _away(clock, here, there, sign, unit, on)
    z = _away(clock, there, here, -sign, unit, on) if turned else x
    horner: Expr = Num(rest[-1])
    for c in reversed(rest[:-1]):
        horner = added([*([Num(c)] if c else []), multiplied(horner, z)])
    if unit is None or unit == 1:
        power = _power(x, Fraction(first))
    else:  # as a product, the units of its factors would meet in one number
        power = Apply("pow", (x, Num(Fraction(first))))
    return [*value, multiplied(horner, power)]


def _away(
    clock: str, at: Expr, towards: Expr, sign: int, unit: Fraction | None, on: Stretch
) -> Expr:
    """How far a clock is from an end: in a unit where that is a number, else as a progress."""
    if unit is None or not isinstance(at, Num):
        return _lower(make("progress", Var(clock), at, towards), on, _DEPTH)
    return scaled(1 / unit, line({Var(clock): Fraction(sign), ONE: -sign * at.value}, on))


def _cancelled(coefficients: list[Fraction]) -> float:
    """How many times larger the terms of a polynomial of a share are than their sum, at 1."""
    total, size = sum(coefficients, Fraction(0)), sum(map(abs, coefficients), Fraction(0))
    return float(size / abs(total)) if total else math.inf


# ---- curves


def _curve(atom: Expr, on: Stretch, depth: int) -> tuple[Fraction, Expr]:
    """A curved part as a number times an expression. It is kept: phases of one curve and one length
    have their curved parts in common."""
    found = on.curves.get((atom, depth))
    if found is None:
        found = on.curves[atom, depth] = _curved(atom, on, depth)
    return found


def _curved(atom: Expr, on: Stretch, depth: int) -> tuple[Fraction, Expr]:
    one = Fraction(1)
    match atom:
        case Apply("mul", (a, b)):
            return one, multiplied(_lower(a, on, depth), _lower(b, on, depth))
        case Apply("cos", (x,)):
            return _wave(x, on, depth)
        case Apply("sin", (x,)):
            return _wave(make("sub", x, make("mul", HALF, PI)), on, depth)
        case Apply("pow", (x, Num(c))):
            return _power_of(x, c, on, depth)
        case Apply("pow", (x, e)):
            return _exponential(x, e, on, depth)
        case Apply("exp", (x,)):
            return _exponential(None, x, on, depth)
        case Apply("langevin", (x,)):
            return one, langevin(_lower(x, on, depth))
        case Apply("log", (x,)):
            if any(abs(near - 1) < 0.5 for near in on.values(x)[len(on.ends) :]):
                return one, Apply("log1p", (_lower(make("sub", x, ONE), on, depth),))
    assert isinstance(atom, Apply)  # every clock is exact, and what stands still is a parameter
    return one, Apply(atom.op, tuple([_lower(a, on, depth) for a in atom.args]))


def _wave(angle: Expr, on: Stretch, depth: int) -> tuple[Fraction, Expr]:
    """cos(angle)."""
    turns = turns_of(Apply("cos", (angle,)))
    if turns is None:
        return Fraction(1), Apply("cos", (_lower(angle, on, depth),))
    return cosine(turns, on)


def _power_of(x: Expr, exponent: Fraction, on: Stretch, depth: int) -> tuple[Fraction, Expr]:
    """x^exponent; where floats do not hold it, a number times that of x in a larger unit:
    step^60 is 2^1140 * (step/2^19)^60, and a power of 2 costs no digits."""
    inside = _lower(x, on, depth)
    far = max([abs(v) for v in on.values(x) if math.isfinite(v)], default=0.0)
    most = 100 if on.narrow else 900  # of the 127 and 1023 times that 2 goes into the largest
    if not far or abs(float(exponent)) * math.log2(far) <= most:
        return Fraction(1), _power(inside, exponent)
    if exponent < 0:  # 1/x^400 is no float where x^-400 is 0
        return Fraction(1), Apply("pow", (inside, Num(exponent)))
    size = Fraction(2) ** (math.frexp(far)[1] - 1) if exponent <= most else Fraction(far)
    share = Apply("pow", (scaled(1 / size, inside), Num(exponent)))
    return closed(make("pow", Num(size), Num(exponent))), share


def _power(x: Expr, exponent: Fraction) -> Expr:
    """x^exponent, by products and roots where few do."""
    if exponent < 0:
        return divided(ONE, _power(x, -exponent))
    match exponent:
        case 1:
            return x
        case 2:
            return multiplied(x, x)
        case 3:
            return multiplied(multiplied(x, x), x)
        case 4:
            square = multiplied(x, x)
            return multiplied(square, square)
    if exponent == HALF.value:
        return Apply("sqrt", (x,))
    if exponent == 3 * HALF.value:
        return multiplied(x, Apply("sqrt", (x,)))
    return Apply("pow", (x, Num(exponent)))


def _exponential(
    base: Expr | None, exponent: Expr, on: Stretch, depth: int
) -> tuple[Fraction, Expr]:
    """base^exponent (None: e^exponent)."""
    of = flatten(exponent)
    known = base is None or not variables(base)
    moving = [a for _, a in of if a != ONE]
    if known and len(moving) == 1 and all(not p and is_exact(a) for p, a in of):
        found = geometric(base, {a: c for (_, a), c in of.items()}, moving[0], on)
        if found is not None:
            return found
    inside = _sum(of, on, depth)
    if base is None:
        return Fraction(1), Apply("exp", (inside,))
    return Fraction(1), Apply("pow", (_lower(base, on, depth), inside))
