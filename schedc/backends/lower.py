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
knows its zero (`differences`): cos x - cos y = -2 sin((x+y)/2) sin((x-y)/2), and so on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache

from schedc.algebra import affine
from schedc.backends.collect import (
    NONE,
    PI_ONCE,
    Linear,
    Params,
    Sum,
    count,
    flatten,
    in_order,
    is_exact,
    moves,
    over_total,
    plus,
    rebuilt,
    times_number,
)
from schedc.backends.constants import PI_FRACTION, closed, rounding, trimmed
from schedc.backends.differences import (
    Anchor,
    about_one,
    as_if_unsampled,
    at_clocks,
    change,
    difference,
    polynomial,
)
from schedc.backends.lines import (
    added,
    divided,
    exact_sum,
    line,
    multiplied,
    positive,
    remainder,
    remainder_over,
    scaled,
    straight,
    whole_numbers,
)
from schedc.backends.settling import about_start, langevin, near_until
from schedc.backends.trial import Stretch, approximately, loss
from schedc.expr import (
    HALF,
    ONE,
    PI,
    STEP,
    ZERO,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    num,
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

_COARSE = 0.6  # a constant that is off by more (in 2^-53 of itself) is worth another product
_DEPTH = 3  # of anchors within anchors: each sum there is tried in several forms
_LARGE = 500  # operators of a sum that nobody looks for a better form of
_MOST_GROUPS = 100  # sums of one formula; whatever else it holds stays as it is written


def lower(expr: Expr, on: Stretch) -> Expr:
    """The formula to print. Raises `Undefined` where a constant in it does not exist."""
    plain = plain_line(expr, on)
    return _lower(expr, on, 0) if plain is None else plain


def plain_line(expr: Expr, on: Stretch) -> Expr | None:
    """The same for a line in the step with rational coefficients, the most common formula."""
    plain = _plain_line(expr)
    if plain is None:
        return None
    at, value, slope = plain
    found = straight(STEP, at, value, slope, on) if slope else Num(trimmed(value))
    return line({STEP: slope, ONE: value - slope * at}, on) if found is None else found


def _plain_line(expr: Expr) -> tuple[Fraction, Fraction, Fraction] | None:
    """A line in the step with rational coefficients: a place, the value there, and the slope."""
    if type(expr) is Num:
        return _NOTHING, expr.value, _NOTHING
    if type(expr) is Var:
        return (_NOTHING, _NOTHING, ONE.value) if expr == STEP else None
    assert type(expr) is Apply
    op, args = expr.op, expr.args
    if op == "progress":
        k, begin, end = args
        if k != STEP or type(begin) is not Num or type(end) is not Num:
            return None
        return begin.value, _NOTHING, 1 / (end.value - begin.value)
    if op == "mul":
        c, x = args if type(args[0]) is Num else args[::-1]
        inner = _plain_line(x) if type(c) is Num else None
        if inner is None:
            return None
        at, value, slope = inner
        return at, c.value * value if value else value, c.value * slope  # type: ignore[union-attr]
    if op not in ("add", "sub") or (right := _plain_line(args[1])) is None:
        return None
    left = _plain_line(args[0])
    if left is None:
        return None
    at, value, slope = left
    place, more, rise = right
    if op == "sub":
        more, rise = -more, -rise
    if not slope:
        return place, value + more if more else value, rise
    return at, value + more + rise * (at - place), slope + rise


_NOTHING = Fraction(0)


def _lower(expr: Expr, on: Stretch, depth: int) -> Expr:
    return expr if isinstance(expr, Num) else _sum(flatten(expr), on, depth)


def comparison(stop: Expr) -> tuple[Expr, Expr]:
    """(left, right) so that `left < right` is `step < stop`, exactly."""
    if isinstance(stop, Num) and stop.value.denominator == 1 and stop.value < 1 << 53:
        return STEP, stop
    linear = {} if isinstance(stop, Num) else {a: c for (_, a), c in flatten(stop).items()}
    if set(linear) <= {ONE}:
        value = stop.value if isinstance(stop, Num) else linear.get(ONE, Fraction(0))
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
        still = next((f for f, e in params if e == 1 and _turns(f) is not None), None)
        if atom == ONE and still is not None:  # a wave that only `total` moves is a wave
            params, atom = params - {(still, Fraction(1))}, still
        outer = frozenset(f for f in params if "base" in variables(f[0]))
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
        out = multiplied(_power(_parameter(factor, on, depth), exponent), out)
    for factor, exponent in in_order(frozenset(p for p in params if p[1] < 0)):
        out = divided(out, _power(_parameter(factor, on, depth), -exponent))
    return out


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
    if (stop := near_until(on.stop["step"])) is not None:
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
    waves = [key for key in curved if not key[0] and _turns(key[1]) is not None]
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
        if there == whole or _beyond_floats(there):  # nothing in it moves towards this anchor
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


def _beyond_floats(there: Expr) -> bool:
    """Is a power at an anchor none that floats hold? What is counted from there is 0 * infinity."""
    powers = [p for p in walk(there) if isinstance(p, Apply) and p.op in ("pow", "exp")]
    sizes = [abs(approximately(p, {})) for p in powers if not variables(p)]
    return not all(2.0**-1000 < size < 2.0**1000 for size in sizes)


def _powers(coefficients: list[Fraction], clock: str, on: Stretch, *, falling: bool) -> list[Expr]:
    """A polynomial in the distance x from an end: its value there, then x^m * (Horner)."""
    end, other = (on.stop, on.start) if falling else (on.start, on.stop)
    here, there = end[clock], other[clock]
    x: Expr
    if isinstance(here, Num) and isinstance(there, Num):
        length = abs(there.value - here.value)
        coefficients = [c / length**n for n, c in enumerate(coefficients)]
        sign = Fraction(-1 if falling else 1)
        x = line({Var(clock): sign, ONE: -sign * here.value}, on)
    else:
        x = _lower(make("progress", Var(clock), here, there), on, _DEPTH)
    while len(coefficients) > 1 and not coefficients[-1]:
        coefficients = coefficients[:-1]
    first = next((n for n, c in enumerate(coefficients) if n and c), None)
    value: list[Expr] = [Num(coefficients[0])] if coefficients[0] else []
    if first is None:
        return value or [ZERO]
    horner: Expr = Num(coefficients[-1])
    for c in reversed(coefficients[first:-1]):
        horner = added([*([Num(c)] if c else []), multiplied(horner, x)])
    return [*value, multiplied(horner, _power(x, Fraction(first)))]


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
            return _cosine(x, on, depth)
        case Apply("sin", (x,)):
            return _cosine(make("sub", x, make("mul", HALF, PI)), on, depth)
        case Apply("pow", (x, Num(c))):
            return one, _power(_lower(x, on, depth), c)
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
        found = _geometric(base, {a: c for (_, a), c in of.items()}, moving[0], on)
        if found is not None:
            return found
    inside = _sum(of, on, depth)
    if base is None:
        return Fraction(1), Apply("exp", (inside,))
    return Fraction(1), Apply("pow", (_lower(base, on, depth), inside))


_SMALL = Fraction(10) ** -300


def _geometric(
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
        swing = abs(float(slope * closed(make("log", base or make("exp", ONE)))))
        if swing * (max(values) - min(values)) > _SWING:
            return _in_parts(power, slope, offset, on)
        origin = (on.begin + on.end) / 2  # the further from it, the more of a rounded v shows
    elif zero.denominator == 1 and min(values) - 10 <= zero <= max(values) + 10:
        origin = zero
    elif isinstance(atom, Var) and isinstance(at := on.start.get(atom.name), Num):
        origin = Fraction(math.floor(at.value))
    elif not isinstance(atom, Var):  # whole, and near this where the stretch begins
        origin = Fraction(math.floor(values[0]))
    if on.narrow:  # exp(x) is off by x roundings, so x is counted from the middle of the phase
        low, high = min(values), max(values)
        log = closed(make("log", base or make("exp", ONE))) * abs(slope)
        if abs(float(log)) * (high - low) < _WIDE:
            origin = Fraction(round((low + high) / 2))
    try:
        ratio, constant = power(abs(slope)), power(slope * origin + offset)
    except TooLarge:
        rate = float(closed(make("log", base or make("exp", ONE))))
        if all(rate * (float(slope) * v + float(offset)) < _GONE for v in values):
            return Fraction(0), ONE
        raise
    if not _SMALL < ratio < 1 / _SMALL:
        return None
    sign = Fraction(1 if slope > 0 else -1)
    count = line({a: c for a, c in ((atom, sign), (ONE, -sign * origin)) if c}, on)
    if on.narrow:  # a narrow float of Q would be off by far more
        return constant, Apply("exp", (scaled(log, count),))
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


_GONE = -1_000.0
"""e to this power is no float but 0."""

_WIDE = 120.0
"""Up to here a logarithm may change so that e^(half of it) is a number of 32 bits."""

_SWING = 6.0
"""Up to here the logarithm of a curve may change before what a rounded exponent loses shows."""

_PARTS = 16


def _in_parts(
    power: Callable[[Fraction], Fraction], slope: Fraction, offset: Fraction, on: Stretch
) -> tuple[Fraction, Expr] | None:
    """Q^v as q^n * q^r, where n is how many of the parts of the phase have passed and r how much of
    the next, so that a rounded r shows `_PARTS` times less. power: Q^… exactly."""
    m = math.ceil(_PARTS / (on.end - on.begin))
    ratio, constant = power(slope / m), power(slope * on.begin + offset)
    near = Fraction(float(ratio))
    lost = (ratio - near) / near
    bottom = on.begin.denominator
    passed = whole_numbers({STEP: Fraction(m * bottom), ONE: -m * on.begin * bottom})
    whole = Apply("fdiv", (passed, num(bottom)))
    rest = scaled(Fraction(1, bottom), Apply("rem", (passed, num(bottom))))
    curve = Apply("mul", (Apply("pow", (Num(near), whole)), Apply("pow", (Num(near), rest))))
    if float(abs(lost)) * _PARTS * 2**53 < 0.3:
        return constant, curve
    restored = Apply("add", (ONE, scaled(Fraction(float(lost)) / bottom, passed)))
    return constant, Apply("mul", (restored, curve))


# ---- waves


@lru_cache(maxsize=4096)
def _turns(atom: Expr) -> Sum | None:
    """x when the atom is cos(pi*x) or sin(pi*(x + 1/2)), with x exact."""
    match atom:
        case Apply("cos", (angle,)):
            shift = Fraction(0)
        case Apply("sin", (angle,)):
            shift = Fraction(-1, 2)
        case _:
            return None
    out: Sum = {}
    for (params, part), c in flatten(angle).items():
        if PI_ONCE not in params:
            return None
        out[params - {PI_ONCE}, part] = c
    out = plus(out, {(NONE, ONE): shift} if shift else {}, Fraction(1))
    plain = all(not params and is_exact(part) for params, part in out)
    return out if plain or over_total(out) is not None else None


def _range(turns: Sum, on: Stretch) -> tuple[float, float]:
    whole = rebuilt(turns)
    values = on.values(whole)
    return min(values), max(values)


def _cosine(angle: Expr, on: Stretch, depth: int) -> tuple[Fraction, Expr]:
    """cos(angle), as a sine about its zero where it has one on the stretch."""
    turns = _turns(Apply("cos", (angle,)))
    if turns is None:
        return Fraction(1), Apply("cos", (_lower(angle, on, depth),))
    low, high = _range(turns, on)
    if high - low > 1.5:
        return _odd(Fraction(-1), _angle(turns, HALF.value, on, period=2))
    zero = math.floor((low + high) / 2) + HALF.value
    if low - 0.05 <= zero <= high + 0.05:
        rising = (zero - HALF.value) % 2 == 1  # cos(pi*x) falls through 0 at 1/2, rises at 3/2
        return _odd(Fraction(1 if rising else -1), _angle(turns, zero, on))
    peak = round((low + high) / 2)
    sign = Fraction(-1 if peak % 2 else 1)
    return sign, Apply("cos", (positive(_angle(turns, Fraction(peak), on)),))


def _odd(sign: Fraction, angle: Expr) -> tuple[Fraction, Expr]:
    """sign * sin(angle), the angle without a minus in front."""
    turned = positive(angle)
    return (sign if turned == angle else -sign), Apply("sin", (turned,))


def _angle(turns: Sum, zero: Fraction, on: Stretch, period: int = 0, half: bool = False) -> Expr:
    """pi*(x - zero) (half: half of it), about its zero; with a period, less whole periods of x."""
    x = plus(turns, {(NONE, ONE): zero} if zero else {}, Fraction(-1))
    factor = PI_FRACTION / 2 if half else PI_FRACTION
    if period:
        over = over_total(x)
        if over is not None:
            return remainder_over(*over, Fraction(period), factor)
        reduced = remainder({a: c for (_, a), c in x.items()}, Fraction(period), factor)
        if reduced is not None:
            return reduced
    return exact_sum(x, on, factor)


def _finer(angle: Expr) -> Expr:
    """c * x as (c/j) * (j*x) where a small whole j spares most of the rounding of c.

    A square doubles that error, and it is the same at every update.
    """
    match angle:
        case Apply("mul", (Num(c), x)) if min(rounding(c), rounding(1 / c)) > _COARSE:
            j = min((3, 5, 7, 9, 11), key=lambda j: rounding(c / j))
            return Apply("mul", (Num(trimmed(c / j)), Apply("mul", (num(j), x))))
    return angle  # what is divided by is rounded less


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
            square = scaled(trimmed(-2 * sign * c), _squared_sine(wave[1], sign, on))
            left = plus(left, {(NONE, ONE): sign * c}, Fraction(1))
            squares.append(square)
        yield [*squares, *_parts(left, rest, on, depth)]
        if rest:
            yield [*squares, _group({**left, **rest}, on, depth)]


def _squared_sine(wave: Expr, sign: int, on: Stretch) -> Expr:
    """sin(pi*(x-z)/2)^2 for a wave cos(pi*x): z is even where the sign is 1, else odd. It is kept
    as well."""
    found = on.squares.get((wave, sign))
    if found is None:
        found = on.squares[wave, sign] = _squared(wave, sign, on)
    return found


def _squared(wave: Expr, sign: int, on: Stretch) -> Expr:
    turns = _turns(wave)
    assert turns is not None
    low, high = _range(turns, on)
    parity = 0 if sign == 1 else 1
    zero = 2 * round(((low + high) / 2 - parity) / 2) + parity
    one_zero = zero - 1.001 <= low and high <= zero + 1.001
    angle = _finer(_angle(turns, Fraction(zero), on, period=0 if one_zero else 2, half=True))
    sine = Apply("sin", (positive(angle),))
    return Apply("mul", (sine, sine))
