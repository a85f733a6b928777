"""A formula as a sum: constants and parameters multiplied out, moving factors left as written.

In: an `Expr`. Out: a `Sum`, and which of its parts are exact.
The one rule: only what stands still goes through brackets. A product of two moving factors keeps
its zeros, and with them its digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from schedc.backends.constants import closed, settled, trimmed
from schedc.backends.trial import OF_ANY_SIZE, WHOLE
from schedc.expr import HALF, ONE, PI, ZERO, Apply, Expr, Num, Undefined, Var, make, variables, walk

Params: TypeAlias = frozenset[tuple[Expr, Fraction]]
"""A product of powers of what does not move: `base`, forms of `total`, pi."""

Sum: TypeAlias = dict[tuple[Params, Expr], Fraction]
"""Parameters times a moving part (`ONE` where nothing moves), with a rational coefficient."""

Linear: TypeAlias = dict[Expr, Fraction]
"""Exact atoms (`ONE` for the constant) with rational coefficients."""

NONE: Params = frozenset()

SMALL = 1 << 40
"""Numerators and denominators up to here are written as they are."""

STILL = OF_ANY_SIZE | {"total"}
"""What no clock moves."""

_FEW = 16  # parts that brackets of parameters may be multiplied out to


@lru_cache(maxsize=4096)
def flatten(expr: Expr) -> Sum:
    """The expression as a sum, which is shared: nobody changes it."""
    if type(expr) is Num:
        return {(NONE, ONE): expr.value} if expr.value else {}
    if type(expr) is Var:
        if expr.name in OF_ANY_SIZE:
            return {(frozenset({(expr, _ONCE)}), ONE): _ONCE}
        return {(NONE, expr): _ONCE}
    assert type(expr) is Apply
    op, args = expr.op, expr.args
    if op == "add":
        return _folded(plus(flatten(args[0]), flatten(args[1]), _ONCE))
    if op == "sub":
        return _folded(plus(flatten(args[0]), flatten(args[1]), -_ONCE))
    if op == "mul":
        return times(flatten(args[0]), flatten(args[1]))
    if op == "div":
        return times(flatten(args[0]), _power(args[1], -_ONCE))
    if op == "neg":
        return times_number(flatten(args[0]), -_ONCE)
    if op == "progress":
        k, a, b = args
        return times(flatten(make("sub", k, a)), _power(make("sub", b, a), -_ONCE))
    if op == "sqrt":
        return _power(args[0], HALF.value)
    if op == "pow" and not variables(args[1]):
        return _power(args[0], closed(args[1]))
    if op == "pi":
        return {(frozenset({(expr, _ONCE)}), ONE): _ONCE}
    return _call(op, args) if variables(expr) else _atom(expr)


_ONCE = Fraction(1)


def _folded(of: Sum) -> Sum:
    """total/(total - 10) - 10/(total - 10) is the number 1."""
    value = number(of) if len(of) > 1 and all(params for params, _ in of) else None
    return of if value is None else {(NONE, ONE): value} if value else {}


def _call(op: str, args: tuple[Expr, ...]) -> Sum:
    match op:
        case "ceil":
            return times_number(_call("floor", (make("neg", args[0]),)), Fraction(-1))
        case "round":
            return _call("floor", (make("add", args[0], HALF),))
        case "clamp":
            return _call("min", (make("max", args[0], args[1]), args[2]))
        case "floor":
            of = flatten(args[0])
            whole = math.floor(of.get((NONE, ONE), Fraction(0)))
            out: Sum = {(NONE, ONE): Fraction(whole)} if whole else {}
            rest = plus(of, out, Fraction(-1))
            return plus(_atom(Apply("floor", (rebuilt(rest),))), out, Fraction(1))
        case "mod" | "min" | "max" | "abs":
            sums = [flatten(a) for a in args]
            if (found := _compared(op, sums)) is not None:
                over_one, bottom = found
                return {(NONE, Apply(op, tuple(map(rebuilt, over_one)))): Fraction(1, bottom)}
            if op == "mod" and over_total(sums[0]) is not None and len(sums[1]) == 1:
                times_passed = make("floor", make("div", *args))
                return flatten(make("sub", args[0], make("mul", args[1], times_passed)))
    return _atom(Apply(op, args))


def _atom(expr: Expr) -> Sum:
    if not variables(expr):
        value = closed(expr)
        return {(NONE, ONE): value} if value else {}
    if not moves(expr) and not is_exact(expr):
        if isinstance(expr, Apply):  # 0.03*total / total is a number after all
            plain = Apply(expr.op, tuple([rebuilt(flatten(a)) for a in expr.args]))
            if _parts(plain) < _parts(expr):  # else it may turn in a circle
                return flatten(plain)
            expr = plain
        return {(frozenset({(expr, Fraction(1))}), ONE): Fraction(1)}
    return {(NONE, expr): Fraction(1)}


def _parts(expr: Expr) -> int:
    return sum(1 for _ in walk(expr))


@lru_cache(maxsize=4096)
def moves(expr: Expr) -> bool:
    """Does the clock occur in it?"""
    return not variables(expr) <= STILL


# ---- arithmetic of sums


def plus(a: Sum, b: Sum, sign: Fraction) -> Sum:
    """a + sign*b."""
    out, plain = dict(a), sign == 1
    for key, coefficient in b.items():
        count(out, key, coefficient if plain else sign * coefficient)
    return out


def count(into: Sum, key: tuple[Params, Expr], coefficient: Fraction) -> None:
    """One part more in a sum that is being made."""
    old = into.get(key)
    if old is None:
        if coefficient:
            into[key] = coefficient
    elif total := settled(old + coefficient, [old, coefficient]):
        into[key] = total
    else:
        del into[key]


def times_number(of: Sum, factor: Fraction) -> Sum:
    """factor * of."""
    return {key: trimmed(c * factor) for key, c in of.items()} if factor else {}


def joined(a: Params, b: Params) -> Params:
    """The product of two products of powers."""
    if not a or not b:
        return a or b
    powers = dict(a)
    for factor, exponent in b:
        powers[factor] = powers.get(factor, Fraction(0)) + exponent
    return frozenset((f, e) for f, e in powers.items() if e)


def _still(of: Sum) -> bool:
    return all(not moves(atom) for _, atom in of)


def times(a: Sum, b: Sum) -> Sum:
    """a * b: multiplied out where one of them stands still, else one product."""
    if _still(b):
        a, b = b, a
    if _still(a):
        if len(a) > 1 and len(a) * len(b) > _FEW:
            factor = frozenset({(rebuilt(a), Fraction(1))})
            return {(joined(factor, q), y): d for (q, y), d in b.items()}
        out: Sum = {}
        for (p, x), c in a.items():
            for (q, y), d in b.items():
                key = _key(joined(p, q), x, y)
                count(out, key, trimmed(c * d))
        return out
    by_size = [_by_size(a), _by_size(b)]
    if any(len(groups) > 1 for groups in by_size):
        whole: Sum = {}
        for left in by_size[0]:
            for right in by_size[1]:
                whole = plus(whole, times(left, right), Fraction(1))
        return whole
    p, c, one = content(a)
    q, d, other = content(b)
    return {(joined(p, q), Apply("mul", (one, other))): trimmed(c * d)}


def of_any_size(params: Params) -> Params:
    """The powers of `base` and its like, which may be of any size: what is multiplied by each is
    lowered by itself."""
    return frozenset(f for f in params if variables(f[0]) & OF_ANY_SIZE)


def _by_size(of: Sum) -> list[Sum]:
    """The parts of a sum by their powers of any size."""
    groups: dict[Params, Sum] = {}
    for (params, atom), c in of.items():
        groups.setdefault(of_any_size(params), {})[params, atom] = c
    return list(groups.values())


def _key(params: Params, still: Expr, other: Expr) -> tuple[Params, Expr]:
    """Parameters times two atoms, of which the first stands still: total * step, total / total."""
    if other != ONE and still != ONE and (moves(other) or other != still):
        params, still = joined(params, frozenset({(still, Fraction(1))})), ONE
    elif other != ONE:
        still, other = (other, ONE) if still == ONE else (still, still)
    if other == ONE and still == ONE:
        return params, ONE
    atom = still if still != ONE else other
    if moves(atom):
        return params, atom
    power = dict(params).get(atom, Fraction(0)) + 1 + (other == still)
    left = frozenset(p for p in params if p[0] != atom)
    if power == 1:
        return left, atom
    return (joined(left, frozenset({(atom, power)})) if power else left), ONE


def content(of: Sum) -> tuple[Params, Fraction, Expr]:
    """A sum as parameters * number * expression. What has `total` in it stays in the expression."""
    shared = {frozenset(f for f in params if "total" not in variables(f[0])) for params, _ in of}
    if len(shared) > 1:
        return NONE, Fraction(1), rebuilt(of)
    (outer,) = shared
    if len(of) == 1:
        (((params, atom), c),) = of.items()
        return outer, c, rebuilt({(params - outer, atom): Fraction(1)})
    inner = {(params - outer, atom): c for (params, atom), c in of.items()}
    scale = common(inner.values())
    return outer, scale, rebuilt({key: c / scale for key, c in inner.items()})


def common(coefficients: Iterable[Fraction]) -> Fraction:
    """What to divide by so that coefficients become whole and have no common divisor."""
    values = list(coefficients)
    bottom = math.lcm(*[c.denominator for c in values])
    if bottom > SMALL:
        return Fraction(1)
    top = math.gcd(*[c.numerator * (bottom // c.denominator) for c in values])
    return Fraction(top, bottom) if top <= SMALL else Fraction(1)


def _power(base: Expr, exponent: Fraction) -> Sum:
    of = flatten(base)
    if not of:
        return flatten(make("pow", ZERO, Num(exponent)))  # 0^-1 raises Undefined
    if len(of) == 1:
        (((params, rest), scale),) = of.items()
    else:
        params, scale, rest = content(of)
    if exponent.denominator != 1 and scale < 0:
        if rest == ONE and not params:
            raise Undefined("pow", (scale, exponent))
        rest, scale = rebuilt(times_number(flatten(rest), Fraction(-1))), -scale
    c = closed(make("pow", Num(scale), Num(exponent)))
    powers = frozenset((f, e * exponent) for f, e in params)
    if not c:  # 0.97^(10^8) is 0 for every float
        return {}
    if rest == ONE:
        return {(powers, ONE): c}
    if exponent == 1:
        return {(joined(powers, p), a): trimmed(c * d) for (p, a), d in flatten(rest).items()}
    if not moves(rest):
        return {(joined(powers, frozenset({(rest, exponent)})), ONE): c}
    match rest:
        case Apply("pow", (x, Num(inner))) if inner.denominator != 1 or inner % 2:
            rest, exponent = x, inner * exponent
        case Apply("pow", (Num(), e)) | Apply("exp", (e,)):  # its root is there where it underflows
            return {(powers, make(rest.op, *rest.args[:-1], make("mul", Num(exponent), e))): c}
    if exponent == 1:
        return {(joined(powers, p), a): trimmed(c * d) for (p, a), d in flatten(rest).items()}
    return {(powers, Apply("pow", (rest, Num(exponent)))): c}


def rebuilt(of: Sum) -> Expr:
    """A sum as one expression again, always in the same order."""
    total: Expr | None = None
    items = list(of.items())
    if len(items) > 1:
        items.sort(key=lambda item: (item[0][1] == ONE, repr(item[0][1]), _spelled(item[0][0])))
    for (params, atom), c in items:
        term = _product(params, atom)
        if c != 1:
            term = make("mul", Num(c), term)
        total = term if total is None else make("add", total, term)
    return ZERO if total is None else total


def _spelled(params: Params) -> str:
    return repr(in_order(params)) if params else ""


def in_order(params: Params) -> list[tuple[Expr, Fraction]]:
    """The factors, always in the same order."""
    return sorted(params, key=repr) if len(params) > 1 else list(params)


def _product(params: Params, atom: Expr) -> Expr:
    out = atom
    for factor, exponent in in_order(params):
        out = make("mul", make("pow", factor, Num(exponent)), out)
    return out


# ---- exact parts


def is_exact(atom: Expr) -> bool:
    """Is this part of a sum a whole number at every whole step, so that integers hold it?"""
    match atom:
        case Num() | Var("step" | "samples" | "tokens" | "batch" | "total"):
            return True
        case Apply("floor", (x,)):
            of = flatten(x)
            return whole_parts(of) is not None or over_total(of) is not None
        case Apply("min" | "max" | "abs" | "mod" as op, args):
            return _compared(op, [flatten(a) for a in args]) is not None
    return False


def _compared(op: str, sums: list[Sum]) -> tuple[list[Sum], int] | None:
    """What is compared as whole numbers, over one denominator; None where floats do not hold these:
    each of them cancels in a form of its own."""
    bottoms = [found[1] for s in sums if (found := whole_parts(s)) is not None]
    if len(bottoms) < len(sums):
        return None
    bottom = math.lcm(*bottoms)
    whole = [times_number(s, Fraction(bottom)) for s in sums]
    held = op == "mod" or all(abs(c) <= WHOLE for of in whole for c in of.values())
    return (whole, bottom) if held else None


def whole_parts(of: Sum) -> tuple[Linear, int] | None:
    """An exact sum as whole coefficients over one whole denominator."""
    linear: Linear = {}
    for (params, atom), c in of.items():
        if params or not is_exact(atom):
            return None
        linear[atom] = c
    bottom = math.lcm(*[c.denominator for c in linear.values()])
    if bottom > SMALL:
        return None
    return {a: c * bottom for a, c in linear.items()}, bottom


def over_total(of: Sum) -> tuple[Linear, Expr] | None:
    """An exact sum over one denominator in `total`: the numerators, and the denominator.

    1 - step/total is (total - step)/total.
    """
    below = {f for params, _ in of for f in params}
    if len(below) != 1:
        return None
    ((denominator, exponent),) = below
    if exponent != -1 or variables(denominator) != {"total"}:
        return None
    under = flatten(denominator)
    if any(params or not is_exact(atom) for params, atom in under):
        return None
    linear: Linear = {}

    def more(atom: Expr, c: Fraction) -> None:
        linear[atom] = linear.get(atom, Fraction(0)) + c

    for (params, atom), c in of.items():
        if not is_exact(atom):
            return None
        if params:
            more(atom, c)
            continue
        for (_, part), d in under.items():
            more(
                part if atom == ONE else atom if part == ONE else Apply("mul", (part, atom)), c * d
            )
    return {a: c for a, c in linear.items() if c}, denominator


def proportion(a: Linear, b: Linear) -> Fraction | None:
    """r when a = r*b."""
    if not a:
        return Fraction(0)
    ratios = {a[atom] / b[atom] for atom in a} if set(a) == set(b) else set()
    return ratios.pop() if len(ratios) == 1 else None


def number(of: Sum) -> Fraction | None:
    """The number that a sum is, whatever `total`."""
    over = over_total(of)
    if over is not None:
        above, below = over
        return proportion(above, {atom: c for (_, atom), c in flatten(below).items()})
    if set(of) <= {(NONE, ONE)}:
        return of.get((NONE, ONE), Fraction(0))
    return None


PI_ONCE = (PI, Fraction(1))
