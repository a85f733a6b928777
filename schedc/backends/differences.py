"""The difference of a curve between two places, as a product that knows its zero.

In: a formula f and an anchor a. Out: f(k) - f(a), written so that it is right near the anchor.
The one rule: an identity of real numbers per row; where there is none, None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from schedc.backends.collect import flatten, in_order, is_exact, moves, number, rebuilt
from schedc.backends.trial import Stretch
from schedc.expr import (
    HALF,
    ONE,
    TOTAL,
    TWO,
    ZERO,
    Apply,
    Expr,
    Num,
    Var,
    make,
    num,
    substitute,
    walk,
)

Anchor = Callable[[Expr], Expr]
"""A formula → the same at the anchor."""


def at_clocks(values: Mapping[str, Expr]) -> Anchor:
    """The anchor where the clocks have these values."""
    return lambda expr: substitute(expr, values)


def as_if_unsampled(values: Mapping[str, Expr]) -> Anchor:
    """The anchor that a sampled clock, the floor of some number of periods, would reach if it did
    not stop short of it: for the last value of `every`, that is where the curve has its end."""
    return lambda expr: substitute(_without_floors(expr), values)


def _without_floors(expr: Expr) -> Expr:
    match expr:
        case Apply("floor", (x,)) if moves(x):  # a floor of the length stays where it is
            return x
        case Apply(op, args):
            return Apply(op, tuple([_without_floors(a) for a in args]))
    return expr


def there(expr: Expr, at: Anchor) -> Expr:
    """The formula at the anchor, a number wherever it is one: (total - 7)/(total - 7) is 1."""
    of = flatten(at(expr))
    value = number(of)
    return rebuilt(of) if value is None else Num(value)


def change(of: Expr, at: Anchor, on: Stretch) -> Expr | None:
    """of(k) - of(anchor) for any formula."""
    parts = flatten(of)
    if all(is_exact(atom) for _, atom in parts):
        return make("sub", of, there(of, at))
    total: Expr = ZERO
    for (params, atom), c in parts.items():
        if is_exact(atom):
            moved: Expr | None = make("sub", atom, there(atom, at))
        else:
            moved = difference(atom, at, on)
        if moved is None:
            return None
        for factor, exponent in in_order(params):
            moved = make("mul", make("pow", factor, Num(exponent)), moved)
        total = make("add", total, make("mul", Num(c), moved))
    return total


def difference(of: Expr, at: Anchor, on: Stretch) -> Expr | None:
    """of(k) - of(anchor) for a curved part."""
    match of:
        case Apply("mul", (a, b)):
            da, db = change(a, at, on), change(b, at, on)
            if da is None or db is None:
                return None
            return make("add", make("mul", da, b), make("mul", there(a, at), db))
        case Apply("pow", (x, e)) if not moves(x):
            y = there(e, at)
            power = make("mul", make("log", x), make("sub", e, y))
            return make("mul", make("pow", x, y), Apply("expm1", (power,)))
        case Apply("pow", (x, Num(c))):
            moved = change(x, at, on)
            return None if moved is None else _power(of, x, there(x, at), moved, c, on)
        case Apply(op, (x,)):
            moved = change(x, at, on)
            return None if moved is None else _function(op, x, there(x, at), moved, on)
    return None


def _function(op: str, x: Expr, y: Expr, moved: Expr, on: Stretch) -> Expr | None:
    """op(x) - op(y), with moved = x - y."""
    match op:
        case "cos" | "sin":
            middle, half = make("div", make("add", x, y), TWO), make("div", moved, TWO)
            if op == "cos":
                return make("mul", num(-2), make("mul", make("sin", middle), make("sin", half)))
            return make("mul", TWO, make("mul", make("cos", middle), make("sin", half)))
        case "exp":
            return make("mul", make("exp", y), Apply("expm1", (moved,)))
        case "log":
            return _log_of_ratio(x, y, moved, on)
        case "tanh":  # 2 (e^2x - e^2y) / ((1 + e^2x)(1 + e^2y)), turned so that no power is large
            sign = num(2 if _rises(x, y, on) else -2)
            left = make("add", num(1), make("exp", make("mul", make("neg", sign), x)))
            right = make("add", num(1), make("exp", make("mul", sign, y)))
            top = Apply("expm1", (make("mul", make("neg", sign), moved),))
            return make("div", make("mul", make("neg", sign), top), make("mul", left, right))
    return None


def _power(of: Expr, x: Expr, y: Expr, moved: Expr, c: Fraction, on: Stretch) -> Expr | None:
    """x^c - y^c."""
    if y == ZERO:
        return of if c > 0 else None
    if c == 2:
        return make("mul", moved, make("add", x, y))
    if c == HALF.value:
        return make("div", moved, make("add", make("sqrt", x), make("sqrt", y)))
    if c == -1:
        return make("neg", make("div", moved, make("mul", x, y)))
    if c == -HALF.value:
        roots = make("sqrt", x), make("sqrt", y)
        below = make("mul", make("mul", *roots), make("add", *roots))
        return make("neg", make("div", moved, below))
    power = make("mul", Num(c), _log_of_ratio(x, y, moved, on))
    return make("mul", make("pow", y, Num(c)), Apply("expm1", (power,)))


def _log_of_ratio(x: Expr, y: Expr, moved: Expr, on: Stretch) -> Expr:
    """log(x/y): log1p loses digits near -1 and nowhere else, so its argument is kept positive."""
    if _rises(x, y, on):
        return Apply("log1p", (make("div", moved, y),))
    return make("neg", Apply("log1p", (make("div", make("neg", moved), x),)))


def _rises(x: Expr, y: Expr, on: Stretch) -> bool:
    samples = slice(len(on.ends), None)
    return sum(on.values(x)[samples]) > sum(on.values(y)[samples])


# ---- polynomials


def polynomial(expr: Expr, clock: str, on: Stretch) -> list[Fraction] | None:
    """Coefficients in v, the share of the stretch that a clock has passed; at most degree 8."""
    if any(isinstance(part, Apply) and part.op not in _RATIONAL for part in walk(expr)):
        return None
    return _coefficients(expr, clock, on)


_RATIONAL = frozenset({"add", "sub", "mul", "div", "neg", "pow", "progress"})


def _coefficients(expr: Expr, clock: str, on: Stretch) -> list[Fraction] | None:
    match expr:
        case Apply("add" | "sub" as op, (a, b)):
            p, q = _coefficients(a, clock, on), _coefficients(b, clock, on)
            return None if p is None or q is None else _sum(p, q, 1 if op == "add" else -1)
        case Apply("mul", (a, b)) if (moves(a) and moves(b)) or isinstance(a, Num):
            p, q = _coefficients(a, clock, on), _coefficients(b, clock, on)
            return None if p is None or q is None else _times(p, q)
        case Apply("pow", (a, Num(c))) if moves(a) and c.denominator == 1 and 0 < c <= 8:
            p = _coefficients(a, clock, on)
            out: list[Fraction] | None = [Fraction(1)]
            for _ in range(int(c)):
                out = None if out is None or p is None else _times(out, p)
            return out
    if any(atom not in (ONE, TOTAL, Var(clock)) for _, atom in flatten(expr)):
        return None
    ends = []
    for end in (on.start, on.stop):
        there = number(flatten(substitute(expr, end)))
        if there is None:
            return None
        ends.append(there)
    rise = ends[1] - ends[0]
    return [ends[0], rise] if rise else ends[:1]


def _sum(p: list[Fraction], q: list[Fraction], sign: int) -> list[Fraction]:
    size = max(len(p), len(q))
    zeros = [Fraction(0)] * size
    return [a + sign * b for a, b in zip((p + zeros)[:size], (q + zeros)[:size], strict=True)]


def _times(p: list[Fraction], q: list[Fraction]) -> list[Fraction] | None:
    if len(p) + len(q) > 10:
        return None
    out = [Fraction(0)] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            out[i + j] += a * b
    return out


def about_one(p: list[Fraction]) -> list[Fraction]:
    """The same polynomial in 1 - v."""
    out = list(p)
    for i in range(len(out)):
        for j in range(len(out) - 2, i - 1, -1):
            out[j] += out[j + 1]
    return [c if n % 2 == 0 else -c for n, c in enumerate(out)]
