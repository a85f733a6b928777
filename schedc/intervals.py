"""Enclosures: an interval that surely holds an expression, and which way the expression moves.

In: an `Expr` and the reach of its variables. Out: `Reach`: bounds that are exact fractions or
rounded outward, the motion (rising, falling, …), and the part that may have no value.
The one rule: a bound is never too tight, a motion is claimed only when it is certain. Sums,
products and every rational number are exact; only roots, exponentials, logarithms and angles round,
outward, and only they load mpmath.

A new operator is one row of `_ROWS` here, beside its row of `OPS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import NamedTuple, TypeAlias

from schedc.expr import (
    MAX_BITS,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    cos_of_turns,
    make,
    variables,
)

End: TypeAlias = Fraction | float
"""An end of an interval: exact, or ±`INF` (the only floats)."""

INF = math.inf

Motion: TypeAlias = int | None
"""How something moves as the clock goes on: `CONSTANT`, `RISING` (never falls), `FALLING` (never
rises), `EITHER` (one of the three, not known which), or None: not known."""

CONSTANT, RISING, FALLING, EITHER = 0, 1, -1, 2

ZERO, ONE = Fraction(0), Fraction(1)


class Reach(NamedTuple):
    """Where an expression can lie while its variables run through theirs.

    doubt: the first part that perhaps has no value somewhere (1/0, the root of a negative).
    """

    low: End
    high: End
    motion: Motion = CONSTANT
    nonzero: bool = False  # never 0, even where an end is 0
    doubt: Expr | None = None

    @property
    def sign(self) -> int | None:
        """1: never negative, -1: never positive, 0: always 0, None: not known."""
        if self.low >= 0:
            return 0 if self.high == 0 else 1
        return -1 if self.high <= 0 else None

    @property
    def misses_zero(self) -> bool:
        return self.low > 0 or self.high < 0 or self.nonzero

    @property
    def single(self) -> bool:
        return self.low == self.high


def point(value: Fraction) -> Reach:
    return Reach(value, value, CONSTANT, bool(value))


def reach(
    expr: Expr, among: Mapping[str, Reach], bits: int = 80, each: dict[int, Reach] | None = None
) -> Reach:
    """Bounds and motion of an expression while each variable runs through its reach.

    bits: the relative precision of whatever must be rounded. each: keeps those of the parts that
    were looked at on the way, by their `id`.
    """
    still = isinstance(expr, Apply) and not variables(expr)
    found = _still(expr, bits) if still else _reach(expr, among, bits, each)
    if each is not None:
        each[id(expr)] = found
    return found


@lru_cache(maxsize=4_096)
def _still(expr: Expr, bits: int) -> Reach:
    """The same for what has no variables. A search looks at its constants again in each part."""
    return _reach(expr, {}, bits, None)


def _reach(
    expr: Expr, among: Mapping[str, Reach], bits: int, each: dict[int, Reach] | None
) -> Reach:
    match expr:
        case Num(value):
            return point(value)
        case Var(name):
            return among[name]
        case Apply("cos" | "sin" as op, (angle,)):
            turns = turns_of(angle)
            if turns is not None:
                part = reach(turns, among, bits, each)
            else:
                whole = reach(angle, among, bits, each)
                low, high = _corners(_divide, (whole.low, whole.high), _pi(bits))
                part = whole._replace(low=low, high=high)
            return _assemble(expr, [part], _waved(op, part, bits))
        case Apply("pi", ()):
            return Reach(*_pi(bits), CONSTANT, True)
        case Apply(op, args):
            parts = [reach(a, among, bits, each) for a in args]
            return _assemble(expr, parts, _ROWS[op](parts, bits))
    raise AssertionError(expr)


def enclose(
    expr: Expr, values: Mapping[str, Fraction], digits: int = 50
) -> tuple[Fraction, Fraction] | None:
    """Fractions just below and above the value of an expression; None when that fails."""
    try:
        found = reach(expr, {k: point(v) for k, v in values.items()}, int(digits * 3.33) + 34)
    except (TooLarge, Undefined, RecursionError, KeyError):
        return None
    if found.doubt is not None:
        return None
    low, high = found.low, found.high
    return (low, high) if isinstance(low, Fraction) and isinstance(high, Fraction) else None


class _Row(NamedTuple):
    """What a row of the table finds: the range and the direction in each argument."""

    low: End
    high: End
    trends: tuple[Motion, ...]
    nonzero: bool = False
    whole: bool = True  # defined everywhere in the arguments' ranges


def _assemble(expr: Expr, parts: Sequence[Reach], row: _Row) -> Reach:
    motion: Motion = CONSTANT
    doubt: Expr | None = None
    for part, trend in zip(parts, row.trends):  # noqa: B905  # a row has a trend per argument
        motion = _together(motion, _along(trend, part.motion))
        if part.doubt is not None and doubt is None:
            doubt = part.doubt
    if not row.whole and doubt is None:
        doubt = expr
    return Reach(row.low, row.high, motion, row.nonzero, doubt)


def _along(trend: Motion, motion: Motion) -> Motion:
    """The motion of f(x) where f follows x in the direction `trend`."""
    if motion == CONSTANT or trend == CONSTANT:
        return CONSTANT
    if motion is None or trend is None:
        return None
    return EITHER if EITHER in (trend, motion) else trend * motion


def _together(a: Motion, b: Motion) -> Motion:
    if a == CONSTANT or b == CONSTANT:
        return b if a == CONSTANT else a
    return a if a == b and a != EITHER else None


# ---- ends: exact arithmetic that knows infinity, rounding outward when numbers grow long

_LONG = 2_000  # bits above which a bound is rounded


def _least(*ends: End) -> End:
    return min(ends)


def _most(*ends: End) -> End:
    return max(ends)


def _add(a: End, b: End) -> End:
    if isinstance(a, float):
        return a
    return b if isinstance(b, float) else a + b


def _multiply(a: End, b: End) -> End:
    if a == 0 or b == 0:
        return ZERO
    if isinstance(a, float) or isinstance(b, float):
        return INF if (a > 0) == (b > 0) else -INF
    return a * b


def _divide(a: End, b: End) -> End:
    if isinstance(b, float):
        return ZERO
    if isinstance(a, float):
        return a if b > 0 else -a
    return a / b


def _corners(
    op: Callable[[End, End], End], a: tuple[End, End], b: tuple[End, End]
) -> tuple[End, End]:
    if a[0] == a[1]:
        a = a[:1]  # type: ignore[assignment]
    if b[0] == b[1]:
        b = b[:1]  # type: ignore[assignment]
    ends = [op(x, y) for x in a for y in b]
    return _outward(min(ends), max(ends))


def _outward(low: End, high: End) -> tuple[End, End]:
    return _shorter(low, False), _shorter(high, True)


def _shorter(x: End, up: bool) -> End:
    if isinstance(x, float):
        return x
    top, bottom = x.numerator, x.denominator
    if top.bit_length() + bottom.bit_length() < _LONG:
        return x
    shift = _LONG // 2 - top.bit_length() + bottom.bit_length()
    scaled = (top << shift, bottom) if shift >= 0 else (top, bottom << -shift)
    whole = -(-scaled[0] // scaled[1]) if up else scaled[0] // scaled[1]
    return Fraction(whole, 1 << shift) if shift >= 0 else Fraction(whole << -shift)


# ---- functions at one exact point: fractions just below and above


@lru_cache(maxsize=4_096)  # a constant is asked for again by each thing that is proved of it
def _bracket(function: str, x: Fraction, bits: int, sinking: bool = False) -> tuple[End, End]:
    """A monotone function of mpmath between its values at x rounded down and up.

    mpmath rounds from ten or more extra bits, so its directed rounding may miss by less than one
    unit in the last place: sixteen are added.
    """
    from mpmath import libmp

    meaning = getattr(libmp, function)
    ends: list[End] = []
    for out, units in (("f", -16), ("c", 16)):
        turned = _turned(out, sinking)
        argument = libmp.from_rational(x.numerator, x.denominator, bits + 8, turned)
        result = meaning(argument, bits, out)
        if result in (libmp.finf, libmp.fninf):
            ends.append(-INF if out == "f" else INF)
            continue
        sign, digits, exponent, length = result
        spare = bits - length  # mpmath drops the zeros at the end
        whole = ((-digits if sign else digits) << spare) + (units if digits else 0)
        exponent -= spare
        ends.append(Fraction(whole << exponent if exponent > 0 else whole, 1 << max(-exponent, 0)))
    return ends[0], ends[1]


def _turned(rounding: str, sinking: bool) -> str:
    return {"f": "c", "c": "f"}[rounding] if sinking else rounding


@lru_cache(maxsize=8)
def _pi(bits: int) -> tuple[End, End]:
    from mpmath import libmp

    low = Fraction(*libmp.to_rational(libmp.mpf_pi(bits + 4, "f")))
    return low - low / (1 << bits), low + low / (1 << bits)


def _exactly(op: str, *args: Fraction) -> Fraction | None:
    made = make(op, *map(Num, args))
    return made.value if isinstance(made, Num) else None


def _sqrt_at(x: End, bits: int) -> tuple[End, End]:
    return (x, x) if isinstance(x, float) else _root_at(x, 2, bits)


def _root_at(x: Fraction, degree: int, bits: int) -> tuple[End, End]:
    """Around the root of a fraction, in whole numbers: no library is loaded for a square root."""
    if not x:
        return ZERO, ZERO
    shift = bits - (x.numerator.bit_length() - x.denominator.bit_length()) // degree
    scaled = x * Fraction(2) ** (degree * shift)
    whole = scaled.numerator // scaled.denominator
    root = isqrt(whole) if degree == 2 else _floor_root(whole, degree)
    unit = Fraction(2) ** -shift
    exact = scaled.denominator == 1 and root**degree == whole
    return root * unit, (root if exact else root + 1) * unit


def _floor_root(n: int, degree: int) -> int:
    """The largest whole number whose power is not above n, by Newton's method from above."""
    root = 1 << -(-n.bit_length() // degree)
    while (better := ((degree - 1) * root + n // root ** (degree - 1)) // degree) < root:
        root = better
    return root


def _exp_at(x: End, bits: int) -> tuple[End, End]:
    if isinstance(x, float) or abs(x) > MAX_BITS:
        limit: End = Fraction(1, 1 << MAX_BITS)
        return (ZERO, ZERO if isinstance(x, float) else limit) if x < 0 else (1 / limit, INF)
    return (ONE, ONE) if not x else _bracket("mpf_exp", x, bits)


def _log_at(x: End, bits: int) -> tuple[End, End]:
    if isinstance(x, float):
        return INF, INF
    if not x:
        return -INF, -INF
    return (ZERO, ZERO) if x == 1 else _bracket("mpf_log", x, bits)


def _tanh_at(x: End, bits: int) -> tuple[End, End]:
    if isinstance(x, float) or abs(x) > MAX_BITS:
        return (-ONE, -ONE + Fraction(1, 1 << 1000)) if x < 0 else (1 - Fraction(1, 1 << 1000), ONE)
    return (ZERO, ZERO) if not x else _bracket("mpf_tanh", x, bits)


def _cospi_at(r: Fraction, bits: int) -> tuple[End, End]:
    """cos(pi*r)."""
    exact = cos_of_turns(r)
    if exact is not None:
        return exact.value, exact.value
    r = r % 2
    return _bracket("mpf_cos_pi", min(r, 2 - r), bits, sinking=True)


@lru_cache(maxsize=4_096)
def _power_at(x: End, y: End, bits: int) -> tuple[End, End]:
    """x^y for x >= 0."""
    if y == 0 or x == 1:
        return ONE, ONE
    if x == 0 or isinstance(x, float) or isinstance(y, float):
        end: End = INF if (x > 1) == (y > 0) else ZERO
        return end, end
    if abs(y) * max(x.numerator.bit_length(), x.denominator.bit_length()) < _LONG:
        exact = _exactly("pow", x, y)
        if exact is not None:
            return exact, exact
        if 1 < y.denominator <= 16:
            powered = x**y.numerator
            if powered.numerator.bit_length() + powered.denominator.bit_length() < _LONG:
                return _root_at(powered, y.denominator, bits)
    spare = max(0, abs(y.numerator).bit_length() - y.denominator.bit_length()) + 16
    low, high = _corners(_multiply, _log_at(x, bits + spare), (y, y))
    return _exp_at(low, bits)[0], _exp_at(high, bits)[1]


# ---- the table: ranges and directions


def _add_row(p: Sequence[Reach], bits: int) -> _Row:
    a, b = p
    nonzero = (a.low >= 0 and b.low >= 0 and (a.nonzero or b.nonzero)) or (
        a.high <= 0 and b.high <= 0 and (a.nonzero or b.nonzero)
    )
    low, high = _outward(_add(a.low, b.low), _add(a.high, b.high))
    return _Row(low, high, (1, 1), nonzero)


def _negated(a: Reach) -> Reach:
    return a._replace(low=-a.high, high=-a.low)


def _sub_row(p: Sequence[Reach], bits: int) -> _Row:
    return _add_row((p[0], _negated(p[1])), bits)._replace(trends=(1, -1))


def _factor_trend(other: Reach) -> Motion:
    """The direction of a product in one factor, given the other."""
    sign = other.sign
    return EITHER if sign is None and other.motion == CONSTANT else sign


def _mul_row(p: Sequence[Reach], bits: int) -> _Row:
    a, b = p
    low, high = _corners(_multiply, (a.low, a.high), (b.low, b.high))
    return _Row(low, high, (_factor_trend(b), _factor_trend(a)), a.nonzero and b.nonzero)


def _inverse(b: Reach) -> tuple[End, End]:
    """The range of 1/b, where b is not 0."""
    if b.low < 0 < b.high or b.low == b.high == 0:
        return -INF, INF
    low: End = (-INF if b.low < 0 else ZERO) if b.high == 0 or b.high == INF else 1 / b.high
    high: End = (INF if b.high > 0 else ZERO) if b.low == 0 or b.low == -INF else 1 / b.low
    return low, high


def _div_row(p: Sequence[Reach], bits: int) -> _Row:
    a, b = p
    low, high = _corners(_multiply, (a.low, a.high), _inverse(b))
    falls = _factor_trend(a)
    trend = -falls if falls in (1, -1) else falls
    if b.low < 0 < b.high:
        trend = None
    return _Row(low, high, (_factor_trend(b), trend), a.nonzero, b.misses_zero)


def _progress_row(p: Sequence[Reach], bits: int) -> _Row:
    k, a, b = p
    length = _sub_row((b, a), bits)
    span = Reach(length.low, length.high, _together(a.motion, b.motion), length.nonzero)
    if not span.misses_zero and a.motion == b.motion == CONSTANT and a.single and b.single:
        return _Row(-INF, INF, (None, None, None), whole=False)
    gone = _sub_row((k, a), bits)
    row = _div_row((Reach(gone.low, gone.high, k.motion), span), bits)
    still = a.motion == b.motion == CONSTANT
    return _Row(row.low, row.high, (row.trends[0], None, None) if not still else
                (row.trends[0], CONSTANT, CONSTANT), whole=row.whole)


def _pow_row(p: Sequence[Reach], bits: int) -> _Row:
    a, b = p
    if b.single and isinstance(b.low, Fraction) and b.low.denominator == 1 and a.low < 0:
        return _whole_power(a, b.low, bits)
    whole = a.low >= 0 and (a.low > 0 or a.nonzero or b.low >= 0)
    bases: list[End] = [_most(a.low, ZERO), _most(a.high, -a.low)]
    exponents: list[End] = [b.low, b.high]
    corners: list[End] = []
    for x in bases[: 1 if bases[0] == bases[1] else 2]:
        for y in exponents[: 1 if b.single else 2]:
            corners.extend(_power_at(x, y, bits))
    in_base: Motion = b.sign
    in_exponent: Motion = 1 if a.low >= 1 else -1 if a.low >= ZERO and a.high <= 1 else None
    if in_base is None and b.motion == CONSTANT:
        in_base = EITHER
    if in_exponent is None and a.motion == CONSTANT:
        in_exponent = EITHER
    low, high = _outward(min(corners), max(corners))
    if a.low < 0:  # where the exponent happens to be whole there is a value, of either sign
        return _Row(-high, high, (None, None), whole=False)
    if not whole:
        in_base = in_exponent = None
    return _Row(low, high, (in_base, in_exponent), a.low > 0 or a.nonzero, whole)


def _whole_power(a: Reach, n: Fraction, bits: int) -> _Row:
    """a^n for a whole number n where a may be negative."""
    if n < 0:
        positive = _whole_power(a, -n, bits)
        inverse = _inverse(Reach(positive.low, positive.high))
        rises = positive.trends[0]
        falls = None if rises is None or not (a.low >= 0 or a.high <= 0) else -rises
        return _Row(*inverse, (falls, CONSTANT), True, a.misses_zero)
    if n == 0:
        return _Row(ONE, ONE, (CONSTANT, CONSTANT), True)
    mirrored = [_power_at(_most(x, -x), n, bits) for x in (a.low, a.high)]
    if n % 2:
        low = -mirrored[0][1] if a.low < 0 else mirrored[0][0]
        high = -mirrored[1][0] if a.high < 0 else mirrored[1][1]
        return _Row(*_outward(low, high), (1, CONSTANT), a.nonzero)
    top = max(mirrored[0][1], mirrored[1][1])
    bottom = ZERO if a.low < 0 < a.high else min(mirrored[0][0], mirrored[1][0])
    return _Row(*_outward(bottom, top), (a.sign, CONSTANT), a.nonzero)


def _min_row(p: Sequence[Reach], bits: int) -> _Row:
    high = min(r.high for r in p)
    # an argument that never is the smallest has no say
    trends = tuple([1 if r.low <= high else CONSTANT for r in p])
    return _Row(min(r.low for r in p), high, trends, all(r.misses_zero for r in p))


def _max_row(p: Sequence[Reach], bits: int) -> _Row:
    low = max(r.low for r in p)
    trends = tuple([1 if r.high >= low else CONSTANT for r in p])
    return _Row(low, max(r.high for r in p), trends, all(r.misses_zero for r in p))


def _clamp_row(p: Sequence[Reach], bits: int) -> _Row:
    x, bottom, top = p
    low = _least(_most(x.low, bottom.low), top.low)
    high = _least(_most(x.high, bottom.high), top.high)
    return _Row(low, high, (1, 1, 1), all(r.misses_zero for r in p))


def _abs_row(p: Sequence[Reach], bits: int) -> _Row:
    (a,) = p
    far: list[End] = [_most(a.low, -a.low), _most(a.high, -a.high)]
    near = ZERO if a.low <= 0 <= a.high else min(far)
    return _Row(near, max(far), (a.sign,), a.misses_zero)


def _sqrt_row(p: Sequence[Reach], bits: int) -> _Row:
    (a,) = p
    if a.high < 0:
        return _Row(-INF, INF, (None,), whole=False)
    low, high = _sqrt_at(_most(a.low, ZERO), bits)[0], _sqrt_at(a.high, bits)[1]
    return _Row(low, high, (1 if a.low >= 0 else None,), a.misses_zero, a.low >= 0)


def _exp_row(p: Sequence[Reach], bits: int) -> _Row:
    return _Row(_exp_at(p[0].low, bits)[0], _exp_at(p[0].high, bits)[1], (1,), True)


def _log_row(p: Sequence[Reach], bits: int) -> _Row:
    (a,) = p
    whole = a.low > 0 or (a.low == 0 and a.nonzero)
    if a.high <= 0:
        return _Row(-INF, INF, (None,), whole=False)
    low, high = _log_at(_most(a.low, ZERO), bits)[0], _log_at(a.high, bits)[1]
    return _Row(low, high, (1 if whole else None,), low > 0 or high < 0, whole)


def _tanh_row(p: Sequence[Reach], bits: int) -> _Row:
    (a,) = p
    return _Row(_tanh_at(a.low, bits)[0], _tanh_at(a.high, bits)[1], (1,), a.misses_zero)


def _waved(op: str, turns: Reach, bits: int) -> _Row:
    """cos(pi*x) or sin(pi*x) where x has the reach `turns`."""
    low, high = turns.low, turns.high
    if isinstance(low, float) or isinstance(high, float):
        return _Row(-ONE, ONE, (None,))
    if op == "sin":  # sin(pi*x) = cos(pi*(x - 1/2))
        low, high = low - Fraction(1, 2), high - Fraction(1, 2)
    if high - low >= 2:
        return _Row(-ONE, ONE, (None,))
    ends = [_cospi_at(low, bits), _cospi_at(high, bits)]
    bottom, top = min(e[0] for e in ends), max(e[1] for e in ends)
    first, final = math.ceil(low), math.floor(high)  # whole half-turns inside: crests and troughs
    if any(n % 2 == 0 for n in range(first, final + 1)):
        top = ONE
    if any(n % 2 for n in range(first, final + 1)):
        bottom = -ONE
    half = math.floor(low)
    trend: Motion = None
    if high <= half + 1:
        trend = 1 if half % 2 else -1
    return _Row(max(bottom, -ONE), min(top, ONE), (trend,), bottom > 0 or top < 0)


def _whole_row(to_whole: Callable[[Fraction], int]) -> Callable[[Sequence[Reach], int], _Row]:
    def row(p: Sequence[Reach], bits: int) -> _Row:
        low, high = [x if isinstance(x, float) else Fraction(to_whole(x)) for x in p[0][:2]]
        return _Row(low, high, (CONSTANT if low == high else 1,), low > 0 or high < 0)

    return row


def _mod_row(p: Sequence[Reach], bits: int) -> _Row:
    x, m = p
    if not m.misses_zero:
        return _Row(-INF, INF, (None, None), whole=False)
    quotient = _div_row((x, m), bits)
    below = _whole_row(math.floor)((Reach(quotient.low, quotient.high),), bits)
    if below.low == below.high and isinstance(below.low, Fraction):  # no wrap inside
        row = _sub_row((x, Reach(*_corners(_multiply, (below.low, below.low), m[:2]))), bits)
        trends: tuple[Motion, ...] = (1, -1 if below.low >= 0 else 1)
        return _Row(row.low, row.high, trends)
    return _Row(min(m.low, ZERO), max(m.high, ZERO), (None, None))


_ROWS: dict[str, Callable[[Sequence[Reach], int], _Row]] = {
    "add": _add_row,
    "sub": _sub_row,
    "mul": _mul_row,
    "div": _div_row,
    "neg": lambda p, bits: _Row(-p[0].high, -p[0].low, (-1,), p[0].nonzero),
    "pow": _pow_row,
    "min": _min_row,
    "max": _max_row,
    "abs": _abs_row,
    "sqrt": _sqrt_row,
    "exp": _exp_row,
    "log": _log_row,
    "tanh": _tanh_row,
    "floor": _whole_row(math.floor),
    "ceil": _whole_row(math.ceil),
    "round": _whole_row(lambda x: math.floor(x + Fraction(1, 2))),
    "mod": _mod_row,
    "clamp": _clamp_row,
    "progress": _progress_row,
}


def turns_of(angle: Expr) -> Expr | None:
    """x when the angle is written as pi*x, whatever x is."""
    match angle:
        case Num(value) if not value:
            return angle
        case Apply("pi", ()):
            return Num(ONE)
        case Apply("neg", (a,)):
            part = turns_of(a)
            return None if part is None else make("neg", part)
        case Apply("mul", (a, b)):
            part = turns_of(a)
            if part is not None:
                return make("mul", part, b)
            part = turns_of(b)
            return None if part is None else make("mul", a, part)
        case Apply("div", (a, b)):
            part = turns_of(a)
            return None if part is None else make("div", part, b)
        case Apply("add" | "sub" as op, (a, b)):
            left, right = turns_of(a), turns_of(b)
            return None if left is None or right is None else make(op, left, right)
    return None
