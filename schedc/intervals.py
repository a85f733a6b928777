"""Enclosures: an interval that surely holds an expression, and which way the expression moves.

In: an `Expr` and the reach of its variables. Out: `Reach`: bounds that are exact fractions or
rounded outward, the motion (rising, falling, …), and the part that may have no value.
The one rule: a bound is never too tight, a motion is claimed only when it is certain. Sums,
products and every rational number are exact; only roots, exponentials, logarithms and angles round,
outward, and only they load mpmath.

A new operator is one row of `_ROWS` here, beside its row of `OPS`. `End` and `INF` are part of a
`Reach` for all who read one; what is computed of them is in `ends`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from schedc.ends import INF as INF
from schedc.ends import (
    ONE,
    ZERO,
    add,
    at_corners,
    cospi_at,
    divide,
    exp_at,
    least,
    log_at,
    most,
    multiply,
    outward,
    pi_at,
    power_at,
    sqrt_at,
    tanh_at,
)
from schedc.ends import End as End
from schedc.expr import Apply, Expr, Num, TooLarge, Undefined, Var, make, variables

Motion: TypeAlias = int | None
"""How something moves as the clock goes on: `CONSTANT`, `RISING` (never falls), `FALLING` (never
rises), `EITHER` (one of the three, not known which), or None: not known."""

CONSTANT, RISING, FALLING, EITHER = 0, 1, -1, 2


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
                low, high = at_corners(divide, (whole.low, whole.high), pi_at(bits))
                part = whole._replace(low=low, high=high)
            return _assemble(expr, [part], _waved(op, part, bits))
        case Apply("pi", ()):
            return Reach(*pi_at(bits), CONSTANT, True)
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


# ---- the table: ranges and directions


def _add_row(p: Sequence[Reach], bits: int) -> _Row:
    a, b = p
    nonzero = (a.low >= 0 and b.low >= 0 and (a.nonzero or b.nonzero)) or (
        a.high <= 0 and b.high <= 0 and (a.nonzero or b.nonzero)
    )
    low, high = outward(add(a.low, b.low), add(a.high, b.high))
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
    low, high = at_corners(multiply, (a.low, a.high), (b.low, b.high))
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
    low, high = at_corners(multiply, (a.low, a.high), _inverse(b))
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
    bases: list[End] = [most(a.low, ZERO), most(a.high, -a.low)]
    exponents: list[End] = [b.low, b.high]
    corners: list[End] = []
    for x in bases[: 1 if bases[0] == bases[1] else 2]:
        for y in exponents[: 1 if b.single else 2]:
            corners.extend(power_at(x, y, bits))
    in_base: Motion = b.sign
    in_exponent: Motion = 1 if a.low >= 1 else -1 if a.low >= ZERO and a.high <= 1 else None
    if in_base is None and b.motion == CONSTANT:
        in_base = EITHER
    if in_exponent is None and a.motion == CONSTANT:
        in_exponent = EITHER
    low, high = outward(min(corners), max(corners))
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
    mirrored = [power_at(most(x, -x), n, bits) for x in (a.low, a.high)]
    if n % 2:
        low = -mirrored[0][1] if a.low < 0 else mirrored[0][0]
        high = -mirrored[1][0] if a.high < 0 else mirrored[1][1]
        return _Row(*outward(low, high), (1, CONSTANT), a.nonzero)
    top = max(mirrored[0][1], mirrored[1][1])
    bottom = ZERO if a.low < 0 < a.high else min(mirrored[0][0], mirrored[1][0])
    return _Row(*outward(bottom, top), (a.sign, CONSTANT), a.nonzero)


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
    low = least(most(x.low, bottom.low), top.low)
    high = least(most(x.high, bottom.high), top.high)
    return _Row(low, high, (1, 1, 1), all(r.misses_zero for r in p))


def _abs_row(p: Sequence[Reach], bits: int) -> _Row:
    (a,) = p
    far: list[End] = [most(a.low, -a.low), most(a.high, -a.high)]
    near = ZERO if a.low <= 0 <= a.high else min(far)
    return _Row(near, max(far), (a.sign,), a.misses_zero)


def _sqrt_row(p: Sequence[Reach], bits: int) -> _Row:
    (a,) = p
    if a.high < 0:
        return _Row(-INF, INF, (None,), whole=False)
    low, high = sqrt_at(most(a.low, ZERO), bits)[0], sqrt_at(a.high, bits)[1]
    return _Row(low, high, (1 if a.low >= 0 else None,), a.misses_zero, a.low >= 0)


def _exp_row(p: Sequence[Reach], bits: int) -> _Row:
    return _Row(exp_at(p[0].low, bits)[0], exp_at(p[0].high, bits)[1], (1,), True)


def _log_row(p: Sequence[Reach], bits: int) -> _Row:
    (a,) = p
    whole = a.low > 0 or (a.low == 0 and a.nonzero)
    if a.high <= 0:
        return _Row(-INF, INF, (None,), whole=False)
    low, high = log_at(most(a.low, ZERO), bits)[0], log_at(a.high, bits)[1]
    return _Row(low, high, (1 if whole else None,), low > 0 or high < 0, whole)


def _tanh_row(p: Sequence[Reach], bits: int) -> _Row:
    (a,) = p
    return _Row(tanh_at(a.low, bits)[0], tanh_at(a.high, bits)[1], (1,), a.misses_zero)


def _waved(op: str, turns: Reach, bits: int) -> _Row:
    """cos(pi*x) or sin(pi*x) where x has the reach `turns`."""
    low, high = turns.low, turns.high
    if isinstance(low, float) or isinstance(high, float):
        return _Row(-ONE, ONE, (None,))
    if op == "sin":  # sin(pi*x) = cos(pi*(x - 1/2))
        low, high = low - Fraction(1, 2), high - Fraction(1, 2)
    if high - low >= 2:
        return _Row(-ONE, ONE, (None,))
    ends = [cospi_at(low, bits), cospi_at(high, bits)]
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
        row = _sub_row((x, Reach(*at_corners(multiply, (below.low, below.low), m[:2]))), bits)
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
