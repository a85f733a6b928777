"""Exact formula → the form of it that keeps its digits in floating point, for every backend alike.

In: the value of a piece (an `Expr` over the clocks, `total` and `base`) and the stretch it is used
on. Out: an equal `Expr` whose constants are numbers, with the further operators of `LOW`, in which
no sum loses digits that the exact value has.
The one rule: a rewrite is an identity of real numbers; it may only change how the value is rounded.

How. A sum is collected into `Sums`: what is linear in the exact clocks, with rational coefficients,
is one quotient of integers (rounded once), the rest are curved parts. Where the parts of a sum
cancel, the sum is written about an anchor, an end of the stretch or a zero of a sine,

    f(k) = f(a) + (f(k) - f(a)),

with f(a) one exact constant (often 0, and then it is gone) and each difference of curved parts as a
product that knows its zero: cos x - cos y = -2 sin((x+y)/2) sin((x-y)/2),
sqrt x - sqrt y = (x-y)/(sqrt x + sqrt y), e^x - e^y = e^y expm1(x-y), and so on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from schedc.backends.constants import PI_FRACTION, closed, rounding, settled, trimmed
from schedc.expr import (
    HALF,
    ONE,
    PI,
    STEP,
    TWO,
    ZERO,
    Apply,
    Expr,
    Num,
    Undefined,
    Var,
    make,
    num,
    variables,
)

LOW = {
    "fdiv": "the floor of a quotient of exact numbers",
    "rem": "a - b*floor(a/b) of exact numbers",
    "expm1": "e^x - 1",
    "log1p": "log(1 + x)",
    "sinh": "the hyperbolic sine",
    "cosh": "the hyperbolic cosine",
}
"""The operators of a lowered formula beside those of `OPS`."""

Params: TypeAlias = frozenset[tuple[Expr, Fraction]]
"""A product of powers of what does not move: `base`, `total`, pi."""

Sum: TypeAlias = dict[tuple[Params, Expr], Fraction]
"""Parameters times a moving part (`ONE` where nothing moves), with a rational coefficient."""

Linear: TypeAlias = dict[Expr, Fraction]
"""Exact atoms (`ONE` for the constant) with rational coefficients."""

NONE: Params = frozenset()

_SMALL = 1 << 40
"""Numerators and denominators up to here are written as they are."""

_FINE = 1.75
"""A sum whose parts are together at most this much larger than itself is left as its author wrote it."""

_DEPTH = 12


@dataclass(frozen=True)
class Stretch:
    """Where a formula is used: `[start, stop]` in updates, with some environments to try it at."""

    start: Expr
    stop: Expr
    samples: tuple[Mapping[str, float], ...]


def stretch(
    start: Expr, stop: Expr, total: int | None = None, rates: Mapping[str, float] | None = None
) -> Stretch:
    """The stretch of a piece; `total` is a length to try where the horizon is not known."""
    env = {"total": float(total)} if total is not None else {}
    low, high = approx(start, env), approx(stop, env)
    width = high - low
    places = {low + width * share for share in (0.03, 0.25, 0.5, 0.75, 0.97)}
    places |= {low + 1, high - 1} if width > 2 else {low + width * 0.001, high - width * 0.001}
    extra = dict(rates or {})
    return Stretch(
        start,
        stop,
        tuple(
            {**env, "step": k, "base": 1.0, **{name: rate * k for name, rate in extra.items()}}
            for k in sorted(places)
        ),
    )


def lower(expr: Expr, on: Stretch) -> Expr:
    """The formula to print. Raises `Undefined` where a constant in it does not exist."""
    return _lower(expr, on, 0)


def _lower(expr: Expr, on: Stretch, depth: int) -> Expr:
    if isinstance(expr, Num):
        return expr
    return _emit(flatten(expr), on, depth)


# ---- collecting


def flatten(expr: Expr) -> Sum:
    """The expression as a sum; constants and parameters go through brackets, moving factors do not."""
    match expr:
        case Num(value):
            return {(NONE, ONE): value} if value else {}
        case Var("base"):
            return {(frozenset({(expr, Fraction(1))}), ONE): Fraction(1)}
        case Var():
            return {(NONE, expr): Fraction(1)}
        case Apply("pi", ()):
            return {(frozenset({(PI, Fraction(1))}), ONE): Fraction(1)}
        case Apply("add", (a, b)):
            return _plus(flatten(a), flatten(b), Fraction(1))
        case Apply("sub", (a, b)):
            return _plus(flatten(a), flatten(b), Fraction(-1))
        case Apply("neg", (a,)):
            return _scaled_sum(flatten(a), Fraction(-1))
        case Apply("mul", (a, b)):
            return _times(flatten(a), flatten(b))
        case Apply("div", (a, b)):
            return _times(flatten(a), _inverse(b))
        case Apply("progress", (k, a, b)):
            return _times(flatten(make("sub", k, a)), _inverse(make("sub", b, a)))
        case Apply("sqrt", (a,)):
            return _power(a, Fraction(1, 2))
        case Apply("pow", (a, b)):
            if not variables(b):
                exponent = closed(b)
                return _power(a, exponent)
            return _atom(Apply("pow", (a, b)))
        case Apply(op, args):
            if not variables(expr):
                value = closed(expr)
                return {(NONE, ONE): value} if value else {}
            return _call(op, args)
    raise AssertionError(expr)


def _call(op: str, args: tuple[Expr, ...]) -> Sum:
    match op:
        case "ceil":
            return _scaled_sum(_call("floor", (make("neg", args[0]),)), Fraction(-1))
        case "round":
            return _call("floor", (make("add", args[0], HALF),))
        case "clamp":
            return _atom(Apply("min", (Apply("max", (args[0], args[1])), args[2])))
        case "floor":
            of = flatten(args[0])
            whole = math.floor(of.get((NONE, ONE), Fraction(0)))
            rest = _plus(of, {(NONE, ONE): Fraction(whole)}, Fraction(-1)) if whole else of
            floor = _atom(Apply("floor", (rebuilt(rest),)))
            return _plus(floor, {(NONE, ONE): Fraction(whole)}, Fraction(1)) if whole else floor
        case "mod" | "min" | "max" | "abs":
            parts = [_whole_parts(flatten(a)) for a in args]
            if all(part is not None for part in parts):  # exact: compared as whole numbers
                bottom = math.lcm(*[b for part in parts if part is not None for b in [part[1]]])
                whole_args = [_scaled_sum(flatten(a), Fraction(bottom)) for a in args]
                exact = Apply(op, tuple([rebuilt(a) for a in whole_args]))
                return {(NONE, exact): Fraction(1, bottom)}
    return _atom(Apply(op, args))


def _whole_parts(of: Sum) -> tuple[Linear, int] | None:
    """An exact sum as whole coefficients over one whole denominator."""
    linear: Linear = {}
    for (params, atom), c in of.items():
        if params or not is_exact(atom):
            return None
        linear[atom] = c
    bottom = math.lcm(*[c.denominator for c in linear.values()]) if linear else 1
    if bottom > _SMALL:
        return None
    return {a: c * bottom for a, c in linear.items()}, bottom


def _atom(expr: Expr) -> Sum:
    if not variables(expr):
        value = closed(expr)
        return {(NONE, ONE): value} if value else {}
    if not _moves(expr) and not is_exact(expr):
        return {(frozenset({(expr, Fraction(1))}), ONE): Fraction(1)}
    return {(NONE, expr): Fraction(1)}


def _moves(expr: Expr) -> bool:
    return bool(variables(expr) - {"base", "total"})


def _plus(a: Sum, b: Sum, sign: Fraction) -> Sum:
    out = dict(a)
    for key, coefficient in b.items():
        change = sign * coefficient
        old = out.get(key)
        if old is None:
            out[key] = change
        elif total := settled(old + change, [old, change]):
            out[key] = total
        else:
            del out[key]
    return out


def _scaled_sum(of: Sum, factor: Fraction) -> Sum:
    if not factor:
        return {}
    return {key: trimmed(c * factor) for key, c in of.items()}


def is_exact(atom: Expr) -> bool:
    """Is this part of a sum held by integers (for a whole step), so that nothing is rounded?"""
    match atom:
        case Num() | Var("step" | "samples" | "tokens" | "batch" | "total"):
            return True
        case Apply("floor", _):
            return True
        case Apply("min" | "max" | "abs" | "mod", args):
            return all(_whole_parts(flatten(a)) is not None for a in args)
    return False


def _join(a: Params, b: Params) -> Params:
    if not a:
        return b
    if not b:
        return a
    powers = dict(a)
    for factor, exponent in b:
        powers[factor] = powers.get(factor, Fraction(0)) + exponent
    return frozenset((f, e) for f, e in powers.items() if e)


def _still(of: Sum) -> bool:
    return all(atom == ONE or not _moves(atom) for _, atom in of)


def _times(a: Sum, b: Sum) -> Sum:
    if _still(b):
        a, b = b, a
    if _still(a):
        if len(a) == 1 or len(a) * len(b) <= 16:
            out: Sum = {}
            for (p, x), c in a.items():
                for (q, y), d in b.items():
                    params = _join(p, q)
                    if x != ONE and y != ONE:  # total * step: the part that stands still goes out
                        params = _join(params, frozenset({(x, Fraction(1))}))
                    out = _plus(out, {(params, y if y != ONE else x): trimmed(c * d)}, Fraction(1))
            return out
        factor = frozenset({(rebuilt(a), Fraction(1))})
        return {(_join(factor, q), y): d for (q, y), d in b.items()}
    # both move: one product, with what is common to all its parts taken out
    p, c, left = _content(a)
    q, d, right = _content(b)
    return {(_join(p, q), Apply("mul", (left, right))): trimmed(c * d)}


def _content(of: Sum) -> tuple[Params, Fraction, Expr]:
    """A sum as parameters * number * expression."""
    if len(of) == 1:
        (((params, atom), c),) = of.items()
        return params, c, atom
    shared = {params for params, _ in of}
    if len(shared) > 1:
        return NONE, Fraction(1), rebuilt(of)
    (params,) = shared
    inner = {(NONE, atom): c for (_, atom), c in of.items()}
    scale = _common(inner.values())
    return params, scale, rebuilt({key: c / scale for key, c in inner.items()})


def _common(coefficients: Iterable[Fraction]) -> Fraction:
    """What to divide by so that coefficients become whole and have no common divisor."""
    values = list(coefficients)
    bottom = math.lcm(*[c.denominator for c in values])
    if bottom > _SMALL:
        return Fraction(1)
    top = math.gcd(*[c.numerator * (bottom // c.denominator) for c in values])
    return Fraction(top, bottom) if top <= _SMALL else Fraction(1)


def _inverse(expr: Expr) -> Sum:
    return _power(expr, Fraction(-1))


def _power(base: Expr, exponent: Fraction) -> Sum:
    of = flatten(base)
    if not of:
        made = make("pow", ZERO, Num(exponent))  # 0^-1 raises Undefined
        return flatten(made)
    params, scale, rest = _content(of)
    whole = exponent.denominator == 1
    if not whole and scale < 0:
        if rest == ONE and not params:
            raise Undefined("pow", (scale, exponent))
        rest, scale = rebuilt(_scaled_sum(flatten(rest), Fraction(-1))), -scale
    c = closed(make("pow", Num(scale), Num(exponent)))
    powers = frozenset((f, e * exponent) for f, e in params)
    if rest == ONE:
        return {(powers, ONE): c}
    if exponent == 1:
        return {(_join(powers, p), a): trimmed(c * d) for (p, a), d in flatten(rest).items()}
    if not _moves(rest):
        if True:
            return {(_join(powers, frozenset({(rest, exponent)})), ONE): c}
    if isinstance(rest, Apply) and rest.op == "pow" and not variables(rest.args[1]):
        inner = closed(rest.args[1])
        if inner.denominator != 1 or inner % 2 or exponent.denominator == 1:
            rest, exponent = rest.args[0], inner * exponent
            if exponent == 1:
                return {(powers, rest): c}
    if isinstance(rest, Apply) and rest.op == "div" and rest.args[0] == ONE and exponent == -1:
        return {(powers, rest.args[1]): c}
    return {(powers, Apply("pow", (rest, Num(exponent)))): c}


def rebuilt(of: Sum) -> Expr:
    """A sum as one expression again, always in the same order."""
    total: Expr | None = None
    for (params, atom), c in sorted(
        of.items(),
        key=lambda item: (item[0][1] == ONE, repr(item[0][1]), repr(sorted(map(repr, item[0][0])))),
    ):
        term: Expr = make("mul", Num(c), _params(params, atom)) if c != 1 else _params(params, atom)
        total = term if total is None else make("add", total, term)
    return ZERO if total is None else total


def _params(params: Params, atom: Expr) -> Expr:
    out = atom
    for factor, exponent in sorted(params, key=repr):
        out = make("mul", make("pow", factor, Num(exponent)), out)
    return out


# ---- printing exact parts


def _emit(of: Sum, on: Stretch, depth: int) -> Expr:
    """A sum, accurately: grouped by its parameters, over common denominators."""
    groups: dict[Params, Linear] = {}
    for (params, atom), c in of.items():
        turns = next((e for f, e in params if f == PI), None)
        if turns is not None:  # pi is a number from here on
            params = frozenset((f, e) for f, e in params if f != PI)
            c = trimmed(c * closed(make("pow", PI, Num(turns))))
        group = groups.setdefault(params, {})
        old = group.get(atom, Fraction(0))
        group[atom] = settled(old + c, [old, c])
    _merge_denominators(groups)
    parts: list[Expr] = []
    for params in sorted(groups, key=lambda p: (len(p), repr(sorted(p, key=repr)))):
        group = {atom: c for atom, c in groups[params].items() if c}
        if group:
            parts.append(_with_params(params, group, on, depth))
    return added(parts)


def _merge_denominators(groups: dict[Params, Linear]) -> None:
    """1 - step/total → (total - step)/total."""
    for params in sorted(groups, key=len, reverse=True):
        for factor, exponent in params:
            if exponent >= 0 or exponent.denominator != 1:
                continue
            plain = params - {(factor, exponent)}
            below = flatten(make("pow", factor, Num(-exponent)))
            if any(p for p, _ in below) or plain not in groups:
                continue
            if not all(a == ONE for a in groups[plain]):
                continue
            constant = groups.pop(plain)[ONE]
            for (_, atom), c in below.items():
                old = groups[params].get(atom, Fraction(0))
                groups[params][atom] = settled(old + c * constant, [old, c * constant])
            break


def _with_params(params: Params, group: Linear, on: Stretch, depth: int) -> Expr:
    below = [(f, -e) for f, e in params if e == -1 and variables(f) == {"total"}]
    if len(below) == 1 and all(is_exact(a) for a in group):
        above = _parameters(params - {(below[0][0], Fraction(-1))}, on, depth)
        quotient = _over(group, below[0][0], on)
        return quotient if above is None else multiplied(above, quotient)
    above = _parameters(frozenset((f, e) for f, e in params if e > 0), on, depth)
    beneath = _parameters(frozenset((f, -e) for f, e in params if e < 0), on, depth)
    out = _group(group, on, depth)
    if above is not None:
        out = multiplied(above, out)
    return out if beneath is None else divided(out, beneath)


def _parameters(params: Params, on: Stretch, depth: int) -> Expr | None:
    out: Expr | None = None
    for factor, exponent in sorted(params, key=repr):
        one = _lowered_power(_lower_inside(factor, on, depth), exponent)
        out = one if out is None else Apply("mul", (out, one))
    return out


def _lower_inside(factor: Expr, on: Stretch, depth: int) -> Expr:
    if isinstance(factor, Var):
        return factor
    if isinstance(factor, Apply) and factor.op in ("add", "sub", "mul", "neg"):
        return _emit(flatten(factor), on, depth + 1)
    return _curve(factor, on, depth + 1)[1]


def _over(linear: Linear, below: Expr, on: Stretch) -> Expr:
    """An exact numerator over an exact denominator in `total`, about the end nearer to 0."""
    beneath = {atom: c for (_, atom), c in flatten(below).items()}
    best: tuple[Fraction, Linear] | None = None
    for end in (on.start, on.stop):
        at_end: Linear = dict(linear)
        slope = at_end.pop(STEP, Fraction(0))
        for (params, atom), c in flatten(end).items():
            if params:
                break
            at_end[atom] = at_end.get(atom, Fraction(0)) + slope * c
        else:
            value = _proportion({a: c for a, c in at_end.items() if c}, beneath)
            if value is not None and (best is None or abs(value) < abs(best[0])):
                best = value, end_difference(slope, end)
    if best is None:
        return _fraction_of(linear, beneath)
    value, difference = best
    return added(
        [Num(value), _fraction_of(difference, beneath)]
        if value
        else [_fraction_of(difference, beneath)]
    )


def end_difference(slope: Fraction, end: Expr) -> Linear:
    out: Linear = {STEP: slope}
    for (_, atom), c in flatten(end).items():
        out[atom] = out.get(atom, Fraction(0)) - slope * c
    return {a: c for a, c in out.items() if c}


def _proportion(a: Linear, b: Linear) -> Fraction | None:
    """r when a = r*b."""
    if not a:
        return Fraction(0)
    if set(a) != set(b):
        return None
    ratios = {a[atom] / b[atom] for atom in a}
    return ratios.pop() if len(ratios) == 1 else None


def _fraction_of(above: Linear, below: Linear) -> Expr:
    top, bottom = _common(above.values()), _common(below.values())
    scale = top / bottom
    upper = _whole({a: c / top for a, c in above.items()})
    lower_ = _whole({a: c / bottom for a, c in below.items()})
    if max(scale.numerator, scale.denominator) <= 10_000:
        if scale.numerator != 1 or upper == ONE:
            upper = make("mul", num(scale.numerator), upper)
        if scale.denominator != 1:
            lower_ = make("mul", num(scale.denominator), lower_)
        return divided(upper, lower_)
    return scaled(scale, divided(upper, lower_))


def _whole(linear: Linear) -> Expr:
    """Whole coefficients times exact atoms, as an expression in integers."""
    order = sorted(linear.items(), key=lambda item: (item[0] == ONE, repr(item[0])))
    plus = [(a, c) for a, c in order if c > 0]
    minus = [(a, -c) for a, c in order if c < 0]
    if minus and not plus:
        plus, minus = minus[:1], minus[1:]
        plus = [(plus[0][0], -plus[0][1])]
    total: Expr = ZERO
    for atom, c in plus:
        total = make("add", total, _term(c, atom))
    for atom, c in minus:
        total = make("sub", total, _term(c, atom))
    return total


def _term(c: Fraction, atom: Expr) -> Expr:
    if atom == ONE:
        return Num(c)
    lowered = _exact_atom(atom)
    return lowered if c == 1 else Apply("mul", (Num(c), lowered))


def _exact_atom(atom: Expr) -> Expr:
    """An exact atom in integers."""
    match atom:
        case Apply("floor", (x,)):
            of = flatten(x)
            whole = _whole_parts(of)
            if whole is not None:
                linear, bottom = whole
                return Apply("fdiv", (_whole(linear), num(bottom)))
            groups = {params for params, _ in of}
            if len(groups) == 1:
                (params,) = groups
                if len(params) == 1:
                    ((factor, exponent),) = params
                    linear = {a: c for (_, a), c in of.items()}
                    below = {a: c for (_, a), c in flatten(factor).items()}
                    if exponent == -1 and all(is_exact(a) for a in [*linear, *below]):
                        top, bottom_ = _common(linear.values()), _common(below.values())
                        scale = top / bottom_
                        return Apply(
                            "fdiv",
                            (
                                make(
                                    "mul",
                                    num(scale.numerator),
                                    _whole({a: c / top for a, c in linear.items()}),
                                ),
                                make(
                                    "mul",
                                    num(scale.denominator),
                                    _whole({a: c / bottom_ for a, c in below.items()}),
                                ),
                            ),
                        )
            return Apply("floor", (_lower(x, ANYWHERE, 1),))
        case Apply("mod", (x, m)):
            return Apply("rem", (_integers(x), _integers(m)))
        case Apply("min" | "max" | "abs" as op, args):
            return Apply(op, tuple([_integers(a) for a in args]))
    return atom


def _integers(expr: Expr) -> Expr:
    return _whole({atom: c for (_, atom), c in flatten(expr).items()})


ANYWHERE = Stretch(ZERO, ONE, ())


def _group(group: Linear, on: Stretch, depth: int) -> Expr:
    """A sum without parameters, in the form that loses least."""
    linear = {a: c for a, c in group.items() if is_exact(a)}
    curved = {a: c for a, c in group.items() if a not in linear}
    if not curved:
        return _line(linear, on)
    if not linear and len(curved) == 1:
        ((atom, c),) = curved.items()
        return _scaled_curve(c, atom, on, depth)
    choices = [_as_written(linear, curved, on, depth)]
    if (best := _loss(choices[0], on)) > _FINE and depth < _DEPTH:
        for candidate in _about_anchors(linear, curved, on, depth):
            loss = _loss(candidate, on)
            if loss < best - 0.05:
                best, choices[0] = loss, candidate
            if best <= _FINE:
                break
    return added(choices[0])


def _as_written(linear: Linear, curved: Linear, on: Stretch, depth: int) -> list[Expr]:
    parts = [_line(linear, on)] if linear else []
    return parts + [_scaled_curve(c, atom, on, depth) for atom, c in curved.items()]


def _about_anchors(linear: Linear, curved: Linear, on: Stretch, depth: int) -> Iterable[list[Expr]]:
    """The sum as its value at an anchor plus differences from there."""
    waves = [(a, c) for a, c in curved.items() if _turns(a) is not None]
    if len(waves) == 1:
        yield from _about_zeros(linear, curved, waves[0][0], on, depth)
    power_series = _polynomial(
        rebuilt({(NONE, a): c for a, c in [*linear.items(), *curved.items()]})
    )
    for end in (on.stop, on.start):
        if power_series is not None and isinstance(end, Num):
            yield _taylor(power_series, end.value, on)
            continue
        parts = _about(end, linear, curved, on, depth)
        if parts is not None:
            yield parts


def _about(end: Expr, linear: Linear, curved: Linear, on: Stretch, depth: int) -> list[Expr] | None:
    at = {"step": end}
    whole = rebuilt({(NONE, a): c for a, c in [*linear.items(), *curved.items()]})
    try:
        value = _emit(flatten(replace(whole, at)), on, depth + 1)
        parts = [] if value == ZERO else [value]
        if linear:
            line = rebuilt({(NONE, a): c for a, c in linear.items()})
            moved = flatten(make("sub", line, replace(line, at)))
            if moved:
                parts.append(_emit(moved, on, depth + 1))
        for atom, c in curved.items():
            change = difference(atom, at, on)
            if change is None:
                return None
            moved = _scaled_sum(flatten(change), c)
            if moved:
                parts.append(_emit(moved, on, depth + 1))
    except (Undefined, ZeroDivisionError):
        return None
    return parts or [ZERO]


def replace(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """`substitute`, for expressions with operators of `LOW` as well."""
    match expr:
        case Var(name):
            return values.get(name, expr)
        case Apply(op, args):
            changed = tuple([replace(a, values) for a in args])
            if changed == args:
                return expr
            return Apply(op, changed) if op in LOW else make(op, *changed)
    return expr


def difference(of: Expr, at: Mapping[str, Expr], on: Stretch) -> Expr | None:
    """of - of[at], as a product that is 0 where its argument is at the anchor. None: not known."""
    match of:
        case Apply("cos", (x,)):
            y = replace(x, at)
            half_sum = make("div", make("add", x, y), TWO)
            half = make("div", make("sub", x, y), TWO)
            return make("mul", num(-2), make("mul", make("sin", half_sum), make("sin", half)))
        case Apply("sin", (x,)):
            y = replace(x, at)
            half_sum = make("div", make("add", x, y), TWO)
            half = make("div", make("sub", x, y), TWO)
            return make("mul", TWO, make("mul", make("cos", half_sum), make("sin", half)))
        case Apply("exp", (x,)):
            y = replace(x, at)
            return make("mul", make("exp", y), Apply("expm1", (make("sub", x, y),)))
        case Apply("log", (x,)):
            y = replace(x, at)
            return Apply("log1p", (make("div", make("sub", x, y), y),))
        case Apply("tanh", (x,)):  # 2 (e^2x - e^2y) / ((1 + e^2x)(1 + e^2y)), no power above 1 left
            y = replace(x, at)
            sign = num(2 if _rises_from(x, y, on) else -2)
            change = make("mul", sign, make("sub", y, x))
            below = make(
                "mul",
                make("add", ONE, make("exp", make("mul", make("neg", sign), x))),
                make("add", ONE, make("exp", make("mul", sign, y))),
            )
            return make("div", make("mul", make("neg", sign), Apply("expm1", (change,))), below)
        case Apply("pow", (x, Num(c))):
            y = replace(x, at)
            change = make("sub", x, y)
            if c == 2:
                return make("mul", change, make("add", x, y))
            if c == HALF.value:
                return make("div", change, make("add", make("sqrt", x), make("sqrt", y)))
            if y == ZERO:
                return of if c > 0 else None
            if c == -1:
                return make("neg", make("div", change, make("mul", x, y)))
            if c == -HALF.value:
                roots = make("sqrt", x), make("sqrt", y)
                below = make("mul", make("mul", *roots), make("add", *roots))
                return make("neg", make("div", change, below))
            ratio = Apply("log1p", (make("div", change, y),))
            return make(
                "mul", make("pow", y, Num(c)), Apply("expm1", (make("mul", Num(c), ratio),))
            )
        case Apply("pow", (x, e)) if not _moves(x):
            y = replace(e, at)
            change = make("mul", make("log", x), make("sub", e, y))
            return make("mul", make("pow", x, y), Apply("expm1", (change,)))
        case Apply("mul", (a, b)):
            da, db = _change(a, at, on), _change(b, at, on)
            if da is None or db is None:
                return None
            return make("add", make("mul", da, b), make("mul", replace(a, at), db))
        case Apply("div", (a, b)):
            da, db = _change(a, at, on), _change(b, at, on)
            if da is None or db is None:
                return None
            a0, b0 = replace(a, at), replace(b, at)
            top = make("sub", make("mul", da, b0), make("mul", a0, db))
            return make("div", top, make("mul", b, b0))
    return None


def _rises_from(x: Expr, y: Expr, on: Stretch) -> bool:
    return sum(_try(x, s) - _try(y, s) for s in on.samples) > 0


def _change(of: Expr, at: Mapping[str, Expr], on: Stretch) -> Expr | None:
    """of - of[at] for a whole sum."""
    if all(is_exact(atom) for _, atom in flatten(of)):
        return make("sub", of, replace(of, at))
    total: Expr = ZERO
    for (params, atom), c in flatten(of).items():
        if is_exact(atom):
            change: Expr | None = make("sub", atom, replace(atom, at))
        else:
            change = difference(atom, at, on)
        if change is None:
            return None
        total = make("add", total, make("mul", Num(c), _params(params, change)))
    return total


# ---- lines


def _line(linear: Linear, on: Stretch) -> Expr:
    """An exact sum: about its zero where that is a clean number, else from its smaller end."""
    moving = [a for a in linear if a != ONE]
    if not moving:
        return Num(linear.get(ONE, Fraction(0)))
    offset = linear.get(ONE, Fraction(0))
    if len(moving) == 1:
        atom = moving[0]
        slope = linear[atom]
        if not offset:
            return scaled(slope, _exact_atom(atom))
        zero = -offset / slope
        if zero.denominator == 1 and abs(zero) <= _SMALL:
            return _from_zero(slope, atom, zero)
        if atom == STEP and isinstance(on.start, Num) and isinstance(on.stop, Num):
            if on.start.value <= zero <= on.stop.value and zero.denominator <= _SMALL:
                return _from_zero(slope, atom, zero)
            ends = [(abs(slope * end.value + offset), end.value) for end in (on.start, on.stop)]
            _, end = min(ends)
            return added([Num(slope * end + offset), _from_zero(slope, atom, end)])
        if offset > 0 and slope > 0:
            return added([Num(offset), scaled(slope, _exact_atom(atom))])
    top = _common(linear.values())
    if top != 1 or all(c.denominator == 1 for c in linear.values()):
        whole = {a: c / top for a, c in linear.items()}
        if max(abs(c) for c in whole.values()) <= _SMALL:
            return scaled(top, _whole(whole))
    parts = [scaled(c, _exact_atom(a)) if a != ONE else Num(c) for a, c in linear.items()]
    return added(sorted(parts, key=lambda p: isinstance(p, Num)))


def _from_zero(slope: Fraction, atom: Expr, zero: Fraction) -> Expr:
    """slope * (atom - zero), the bracket in integers."""
    if slope > 0:
        inside = _whole({atom: Fraction(zero.denominator), ONE: Fraction(-zero.numerator)})
    else:
        inside = _whole({atom: Fraction(-zero.denominator), ONE: Fraction(zero.numerator)})
    if not zero:
        inside = _exact_atom(atom) if slope > 0 else Apply("neg", (_exact_atom(atom),))
    return scaled(abs(slope) / zero.denominator, inside)


def scaled(factor: Fraction, expr: Expr) -> Expr:
    """factor * expr, by division where that is the more exact of the two."""
    if isinstance(expr, Num):
        return Num(trimmed(factor * expr.value))
    if factor == 1:
        return expr
    if factor == -1:
        return Apply("neg", (expr,))
    match expr:
        case Apply("mul", (Num(c), x)):
            return scaled(trimmed(factor * c), x)
        case Apply("div", (x, Num(c))):
            return scaled(trimmed(factor / c), x)
        case Apply("div", (Num(c), x)):
            return Apply("div", (Num(trimmed(factor * c)), x))
        case Apply("neg", (x,)):
            return scaled(-factor, x)
    inverse = 1 / factor
    if factor.denominator == 1:
        return Apply("mul", (Num(factor), expr))
    if inverse.denominator == 1 and abs(inverse) <= 1 << 53:
        return Apply("div", (expr, Num(inverse)))
    if len(repr(float(factor))) > 12 and rounding(factor) > 0.4 and rounding(inverse) < 0.2:
        return Apply("div", (expr, Num(trimmed(inverse))))
    return Apply("mul", (Num(factor), expr))


def added(parts: list[Expr]) -> Expr:
    """A sum, its negative parts subtracted."""
    if not parts:
        return ZERO
    ordered = [p for p in parts if not _negative(p)] + [p for p in parts if _negative(p)]
    total = ordered[0]
    for part in ordered[1:]:
        total = (
            Apply("sub", (total, _negated(part)))
            if _negative(part)
            else Apply("add", (total, part))
        )
    return total


def _negative(expr: Expr) -> bool:
    match expr:
        case Num(value):
            return value < 0
        case Apply("neg", _):
            return True
        case Apply("mul", (a, _)) | Apply("div", (a, _)):
            return _negative(a)
    return False


def _negated(expr: Expr) -> Expr:
    match expr:
        case Num(value):
            return Num(-value)
        case Apply("neg", (x,)):
            return x
        case Apply("mul" | "div" as op, (a, b)):
            left = _negated(a)
            return b if op == "mul" and left == ONE else Apply(op, (left, b))
    return Apply("neg", (expr,))


def multiplied(a: Expr, b: Expr) -> Expr:
    """a * b, numbers first, quotients last."""
    match a, b:
        case (Num(c), _):
            return scaled(c, b)
        case (_, Num(c)):
            return scaled(c, a)
        case (_, Apply("mul", (Num(c), y))):
            return scaled(c, multiplied(a, y))
        case (Apply("mul", (Num(c), x)), _):
            return scaled(c, multiplied(x, b))
        case (_, Apply("neg", (y,))):
            return Apply("neg", (multiplied(a, y),))
        case (Apply("neg", (x,)), _):
            return Apply("neg", (multiplied(x, b),))
        case (_, Apply("div", (Num(c), y))) if c == 1:
            return Apply("div", (a, y))
        case (Apply("div", (Num(c), x)), _) if c == 1:
            return Apply("div", (b, x))
    return Apply("mul", (a, b))


def divided(a: Expr, b: Expr) -> Expr:
    if isinstance(b, Num):
        return scaled(1 / b.value, a)
    if isinstance(a, Apply) and a.op == "mul" and isinstance(a.args[0], Num):
        pass
    return Apply("div", (a, b))


# ---- curves


def _scaled_curve(c: Fraction, atom: Expr, on: Stretch, depth: int) -> Expr:
    factor, curve = _curve(atom, on, depth)
    return scaled(trimmed(c * factor), curve)


def _curve(atom: Expr, on: Stretch, depth: int) -> tuple[Fraction, Expr]:
    """A curved part as a number times an expression."""
    one = Fraction(1)
    match atom:
        case Apply("mul", (a, b)):
            left, right = _lower(a, on, depth + 1), _lower(b, on, depth + 1)
            return one, multiplied(left, right)
        case Apply("div", (a, b)):
            return one, divided(_lower(a, on, depth + 1), _lower(b, on, depth + 1))
        case Apply("cos", (x,)):
            return _cosine(x, on, depth)
        case Apply("sin", (x,)):
            return _cosine(make("sub", x, make("mul", HALF, PI)), on, depth)
        case Apply("pow", (x, Num(c))):
            return one, _constant_power(x, c, on, depth)
        case Apply("pow", (x, e)):
            return _exponential(x, e, on, depth)
        case Apply("exp", (x,)):
            return _exponential(None, x, on, depth)
        case Apply("log", (x,)):
            if any(abs(_try(x, s) - 1) < 0.5 for s in on.samples):
                return one, Apply("log1p", (_lower(make("sub", x, ONE), on, depth + 1),))
        case Apply("floor", (x,)):
            return one, Apply("floor", (_lower(x, on, depth + 1),))
    if isinstance(atom, Apply):
        return one, Apply(atom.op, tuple([_lower(a, on, depth + 1) for a in atom.args]))
    return one, atom


def _constant_power(x: Expr, exponent: Fraction, on: Stretch, depth: int) -> Expr:
    return _lowered_power(_lower(x, on, depth + 1), exponent)


def _lowered_power(x: Expr, exponent: Fraction) -> Expr:
    if exponent < 0:
        return Apply("div", (ONE, _lowered_power(x, -exponent)))
    if exponent == 1:
        return x
    if exponent == 2:
        return Apply("mul", (x, x))
    if exponent == 3:
        return Apply("mul", (Apply("mul", (x, x)), x))
    if exponent == 4:
        return Apply("mul", (Apply("mul", (x, x)), Apply("mul", (x, x))))
    if exponent == HALF.value:
        return Apply("sqrt", (x,))
    if exponent == Fraction(3, 2):
        return Apply("mul", (x, Apply("sqrt", (x,))))
    return Apply("pow", (x, Num(exponent)))


def _exponential(
    base: Expr | None, exponent: Expr, on: Stretch, depth: int
) -> tuple[Fraction, Expr]:
    """base^exponent (None: e^exponent)."""
    of = flatten(exponent)
    linear = {a: c for (p, a), c in of.items() if not p and is_exact(a)}
    known = base is None or not variables(base)
    moving = [a for a in linear if a != ONE]
    if len(linear) == len(of) and known and len(moving) == 1:
        return _geometric(base, linear, moving[0], on)
    inside = _lower(exponent, on, depth + 1)
    if base is None:
        return Fraction(1), Apply("exp", (inside,))
    if known:
        return Fraction(1), Apply("pow", (Num(closed(base)), inside))
    return Fraction(1), Apply("pow", (_lower(base, on, depth + 1), inside))


def _geometric(base: Expr | None, linear: Linear, atom: Expr, on: Stretch) -> tuple[Fraction, Expr]:
    """C * Q^(atom - origin): the exponent is whole, and what Q loses as a float is put back.

    r^(m/n) with a rounded m/n is off by log(r) roundings; (r^(1/n))^m is off by m times the rounding
    of r^(1/n), which is known: Q^m = q^m * (1 + m*(Q-q)/q), right to the square of a tiny number.
    """
    slope, offset = linear[atom], linear.get(ONE, Fraction(0))

    def power(e: Fraction) -> Fraction:
        if base is None:
            return closed(make("exp", Num(e)))
        return closed(make("pow", base, Num(e)))

    values = [_try(atom, s) for s in on.samples]
    zero = -offset / slope
    if zero.denominator == 1 and any(min(values) - 2 <= z <= max(values) + 2 for z in [zero]):
        origin = zero
    elif atom == STEP and isinstance(on.start, Num):
        origin = Fraction(math.floor(on.start.value))
    else:
        origin = Fraction(0)
    ratio = power(abs(slope))
    constant = power(slope * origin + offset)
    count = _line(
        {atom: Fraction(1) if slope > 0 else Fraction(-1), ONE: -origin if slope > 0 else origin},
        on,
    )
    reach = max((abs(v - float(origin)) for v in values), default=0.0)
    near = Fraction(float(ratio))
    lost = (ratio - near) / near
    curve: Expr = Apply("pow", (Num(near), count))
    if float(abs(lost)) * reach * 2.0**53 > 0.3:
        curve = Apply("mul", (curve, Apply("add", (ONE, scaled(Fraction(float(lost)), count)))))
    return constant, curve


# ---- waves


def _turns(atom: Expr) -> Sum | None:
    """x when the atom is cos(pi*x) or sin(pi*(x + 1/2)), x linear in the step."""
    match atom:
        case Apply("cos", (angle,)):
            shift = Fraction(0)
        case Apply("sin", (angle,)):
            shift = Fraction(-1, 2)
        case _:
            return None
    out: Sum = {}
    for (params, part), c in flatten(angle).items():
        if (PI, Fraction(1)) not in params or not is_exact(part):
            return None
        out[params - {(PI, Fraction(1))}, part] = c
    return _plus(out, {(NONE, ONE): shift}, Fraction(1)) if shift else out


def _range(turns: Sum, on: Stretch) -> tuple[float, float]:
    expr = rebuilt(turns)
    values = [_try(expr, s) for s in on.samples] or [0.0]
    return min(values), max(values)


def _cosine(angle: Expr, on: Stretch, depth: int) -> tuple[Fraction, Expr]:
    """cos(angle), as a sine about the zero where it has one on the stretch."""
    turns = _turns(Apply("cos", (angle,)))
    if turns is None:
        return Fraction(1), Apply("cos", (_lower(angle, on, depth + 1),))
    low, high = _range(turns, on)
    if high - low < 1.6:
        zero = math.floor((low + high) / 2) + Fraction(1, 2)
        if low - 0.05 <= zero <= high + 0.05:
            odd = (zero - Fraction(1, 2)).numerator % 2  # falling through 0 at 1/2, rising at 3/2
            return Fraction(1 if odd else -1), _sine(turns, zero, on, depth)
        peak = round((low + high) / 2)
        sign = Fraction(-1 if peak % 2 else 1)
        return sign, Apply("cos", (_angle(turns, Fraction(peak), on, depth),))
    return Fraction(-1), _sine(turns, Fraction(1, 2), on, depth, Fraction(2))


def _sine(
    turns: Sum,
    zero: Fraction,
    on: Stretch,
    depth: int,
    period: Fraction | None = None,
    half: bool = False,
) -> Expr:
    """sin(pi*(x - zero)) (half: of half the angle), about its zero."""
    return Apply("sin", (_angle(turns, zero, on, depth, period, half),))


def _angle(
    turns: Sum,
    zero: Fraction,
    on: Stretch,
    depth: int,
    period: Fraction | None = None,
    half: bool = False,
) -> Expr:
    """pi*(x - zero), reduced to half a period on each side where there are several."""
    x = _plus(turns, {(NONE, ONE): zero}, Fraction(-1))
    scale = PI_FRACTION / 2 if half else PI_FRACTION
    linear = {a: c for (p, a), c in x.items() if not p}
    if period is not None and len(linear) == len(x) and linear:
        step = _common(linear.values())
        whole = {a: c / step for a, c in linear.items()}
        turn = period / step
        if turn.denominator != 1:
            step, whole, turn = (
                step / turn.denominator,
                {a: c * turn.denominator for a, c in whole.items()},
                Fraction(turn.numerator),
            )
        if turn <= _SMALL:
            middle = turn // 2
            shifted = dict(whole)
            shifted[ONE] = shifted.get(ONE, Fraction(0)) + middle
            reduced = Apply("rem", (_whole({a: c for a, c in shifted.items() if c}), Num(turn)))
            return scaled(trimmed(step * scale), Apply("sub", (reduced, Num(middle))))
    if len(linear) == len(x):
        return (
            _line({a: trimmed(c * scale) for a, c in linear.items()}, on)
            if _clean(linear)
            else _line(linear_scaled(linear, scale), on)
        )
    return scaled(trimmed(scale), _emit(x, on, depth + 1))


def _clean(linear: Linear) -> bool:
    return False


def linear_scaled(linear: Linear, scale: Fraction) -> Linear:
    return {a: c * scale for a, c in linear.items()}


def _about_zeros(
    linear: Linear, curved: Linear, wave: Expr, on: Stretch, depth: int
) -> Iterable[list[Expr]]:
    """cos(pi*x) = s - 2s*sin(pi*(x-z)/2)^2 with z whole and s = cos(pi*z): the best of two zeros."""
    turns = _turns(wave)
    assert turns is not None
    b = curved[wave]
    low, high = _range(turns, on)
    rest = {a: c for a, c in curved.items() if a != wave}
    middle = (low + high) / 2
    for parity in (0, 1):
        zero = 2 * round((middle - parity) / 2) + parity
        sign = -1 if parity else 1
        several = Fraction(2) if high - low > 2.2 or not low - 1.05 <= zero <= high + 1.05 else None
        if several is None and (zero < low - 1.05 or zero > high + 1.05):
            several = Fraction(2)
        line = dict(linear)
        line[ONE] = settled(line.get(ONE, Fraction(0)) + sign * b, [line.get(ONE, Fraction(0)), b])
        line = {a: c for a, c in line.items() if c}
        if several is None and (low < zero - 1.01 or high > zero + 1.01):
            several = Fraction(2)
        if middle < zero and several is None:  # a square: either way round
            sine = _sine(
                _scaled_sum(turns, Fraction(-1)), Fraction(-zero), on, depth, None, half=True
            )
        else:
            sine = _sine(turns, Fraction(zero), on, depth, several, half=True)
        parts = [_line(line, on)] if line else []
        parts.append(scaled(-2 * sign * b, Apply("mul", (sine, sine))))
        parts += [_scaled_curve(c, atom, on, depth) for atom, c in rest.items()]
        yield parts
        if rest or any(a != ONE for a in line):
            moved = _group_parts(line, rest, on, depth)
            if moved is not None:
                yield [moved, scaled(-2 * sign * b, Apply("mul", (sine, sine)))]


def _group_parts(line: Linear, rest: Linear, on: Stretch, depth: int) -> Expr | None:
    return _group({**line, **rest}, on, depth + 1) if rest else None


# ---- polynomials


def _polynomial(expr: Expr) -> list[Fraction] | None:
    """Coefficients of a polynomial in the step, at most of degree 8."""
    match expr:
        case Num(value):
            return [value]
        case Var("step"):
            return [Fraction(0), Fraction(1)]
        case Apply("add" | "sub" as op, (a, b)):
            p, q = _polynomial(a), _polynomial(b)
            if p is None or q is None:
                return None
            sign = 1 if op == "add" else -1
            size = max(len(p), len(q))
            p, q = p + [Fraction(0)] * (size - len(p)), q + [Fraction(0)] * (size - len(q))
            return [x + sign * y for x, y in zip(p, q, strict=True)]
        case Apply("mul", (a, b)):
            p, q = _polynomial(a), _polynomial(b)
            return None if p is None or q is None else _product(p, q)
        case Apply("pow", (a, Num(c))) if c.denominator == 1 and 0 < c <= 8:
            p = _polynomial(a)
            out: list[Fraction] | None = [Fraction(1)]
            for _ in range(int(c)):
                out = None if out is None or p is None else _product(out, p)
            return out
    return None


def _product(p: list[Fraction], q: list[Fraction]) -> list[Fraction] | None:
    if len(p) + len(q) > 10:
        return None
    out = [Fraction(0)] * (len(p) + len(q) - 1)
    for i, x in enumerate(p):
        for j, y in enumerate(q):
            out[i + j] += x * y
    return out


def _taylor(coefficients: list[Fraction], anchor: Fraction, on: Stretch) -> list[Expr]:
    """The polynomial in powers of the distance from an anchor: value, then x^m * (Horner)."""
    shifted = list(coefficients)
    for i in range(len(shifted)):
        for j in range(len(shifted) - 2, i - 1, -1):
            shifted[j] += anchor * shifted[j + 1]
    sign = -1 if any(s["step"] < anchor for s in on.samples) else 1
    shifted = [c * sign**i for i, c in enumerate(shifted)]
    while shifted and not shifted[-1]:
        shifted.pop()
    first = next((i for i, c in enumerate(shifted) if i and c), None)
    value = [Num(shifted[0])] if shifted and shifted[0] else []
    if first is None:
        return [*value] or [ZERO]
    x = _from_zero(Fraction(sign), STEP, anchor)
    horner: Expr = Num(shifted[-1])
    for c in reversed(shifted[first:-1]):
        horner = multiplied(horner, x)
        horner = added([Num(c), horner]) if c else horner
    return [*value, multiplied(horner, _lowered_power(x, Fraction(first)))]


# ---- trying a form


_FLOATS: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": lambda a, b: float(a**b),
    "min": min,
    "max": max,
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "sin": math.sin,
    "cos": math.cos,
    "tanh": math.tanh,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": lambda a: math.floor(a + 0.5),
    "mod": lambda a, b: a - b * math.floor(a / b),
    "clamp": lambda x, low, high: min(max(x, low), high),
    "pi": lambda: math.pi,
    "progress": lambda k, a, b: (k - a) / (b - a),
    "fdiv": lambda a, b: a // b,
    "rem": lambda a, b: a % b,
    "expm1": math.expm1,
    "log1p": math.log1p,
    "sinh": math.sinh,
    "cosh": math.cosh,
}


def approx(expr: Expr, values: Mapping[str, float]) -> float:
    """The value in plain floats, to choose between forms; never printed."""
    match expr:
        case Num(value):
            return value.numerator / value.denominator
        case Var(name):
            return values.get(name, 1.0)
        case Apply(op, args):
            return float(_FLOATS[op](*[approx(a, values) for a in args]))
    raise AssertionError(expr)


def _try(expr: Expr, values: Mapping[str, float]) -> float:
    try:
        return approx(expr, values)
    except (ArithmeticError, ValueError):
        return math.nan


def _loss(parts: list[Expr], on: Stretch) -> float:
    """How many times larger the parts of a sum are than the sum, at worst."""
    worst = 1.0
    for sample in on.samples:
        values = [_try(p, sample) for p in parts]
        size, total = sum(map(abs, values)), abs(sum(values))
        if math.isnan(size):
            return math.inf
        if size:
            worst = max(worst, size / total if total else math.inf)
    return worst


# ---- boundaries


def comparison(stop: Expr) -> tuple[Expr, Expr]:
    """(left, right) so that `left < right` is `step < stop`, exactly for whole steps."""
    linear = {atom: c for (_, atom), c in flatten(stop).items()}
    if set(linear) <= {ONE}:
        value = linear.get(ONE, Fraction(0))
        near = Fraction(value.numerator / value.denominator)
        if near == value or near.denominator != 1:
            return STEP, Num(near)
        return Apply("mul", (num(value.denominator), STEP)), num(value.numerator)
    bottom = math.lcm(*[c.denominator for c in linear.values()])
    left = STEP if bottom == 1 else Apply("mul", (num(bottom), STEP))
    return left, _whole({a: c * bottom for a, c in linear.items()})
