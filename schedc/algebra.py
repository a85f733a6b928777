"""When two expressions are the same number, decided by identity; and the shape of an expression.

In: `Expr`s. Out: their terms as a polynomial over atoms, `same`, `affine`.
The one rule: `same(a, b)` is true only when a and b are equal wherever both are defined; false
means "not seen to be equal", never "different". (sympy is asked about the rest.)
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from schedc.expr import (
    HALF,
    PI,
    Apply,
    Expr,
    Num,
    TooLarge,
    Var,
    cos_of_turns,
    make,
    num,
)

Monomial: TypeAlias = frozenset[tuple[Expr, Fraction]]
"""A product of atoms raised to rational powers."""

Terms: TypeAlias = dict[Monomial, Fraction]
"""A sum of monomials with rational coefficients; {} is 0."""

UNIT: Monomial = frozenset()

POSITIVE = frozenset({"base", "total", "batch"})
"""Variables that are above 0 by their meaning."""

_MAX_TERMS = 200


def same(a: Expr, b: Expr) -> bool:
    """Are these two the same number, by identity of their terms?"""
    return a == b or not terms(make("sub", a, b))


def canonical(expr: Expr) -> Expr:
    """An expression with the same terms, always written in the same way."""
    return expr if isinstance(expr, Num) else rebuild(terms(expr))


def terms(expr: Expr) -> Terms:
    """The expression as a sum of monomials over atoms."""
    return dict(_terms(expr))


@lru_cache(maxsize=20_000)
def _terms(expr: Expr) -> tuple[tuple[Monomial, Fraction], ...]:
    return tuple(_expand(expr).items())


def _expand(expr: Expr) -> Terms:
    match expr:
        case Num(value):
            return {UNIT: value} if value else {}
        case Var():
            return _atom(expr)
        case Apply("add", (a, b)):
            return _sum(terms(a), terms(b), 1)
        case Apply("sub", (a, b)):
            return _sum(terms(a), terms(b), -1)
        case Apply("neg", (a,)):
            return {m: -c for m, c in terms(a).items()}
        case Apply("mul", (a, b)):
            return _product(terms(a), terms(b))
        case Apply("div", (a, b)):
            return _product(terms(a), _power(terms(b), Fraction(-1)))
        case Apply("progress", (k, a, b)):
            start = terms(a)
            length = _sum(terms(b), start, -1)
            return _product(_sum(terms(k), start, -1), _power(length, Fraction(-1)))
        case Apply("sqrt", (a,)):
            return _power(terms(a), Fraction(1, 2))
        case Apply("pow", (a, b)):
            exponent = constant(terms(b))
            if exponent is not None:
                return _power(terms(a), exponent)
            return _atom(make("pow", canonical(a), canonical(b)))
        case Apply("cos", (a,)):
            return _cosine(terms(a))
        case Apply("sin", (a,)):  # sin x = cos(pi/2 - x)
            return _cosine(_sum(terms(make("mul", HALF, PI)), terms(a), -1))
        case Apply("tanh", (a,)):  # odd: tanh(-x) = -tanh x
            inner = terms(a)
            if inner and inner[_ordered(inner)[0]] < 0:
                opposite = rebuild({m: -c for m, c in inner.items()})
                return {m: -c for m, c in _made("tanh", (opposite,)).items()}
            return _made("tanh", (rebuild(inner),))
        case Apply("ceil", (a,)):  # ceil x = -floor(-x)
            return {m: -c for m, c in terms(make("floor", make("neg", a))).items()}
        case Apply("round", (a,)):
            return terms(make("floor", make("add", a, HALF)))
        case Apply("floor", (a,)):  # whole parts come out of a floor
            return _floor(terms(a))
        case Apply("min" | "max" as op, args):
            chosen = sorted({canonical(a) for a in args}, key=repr)
            return terms(chosen[0]) if len(chosen) == 1 else _made(op, tuple(chosen))
        case Apply(op, args):
            return _made(op, tuple([canonical(a) for a in args]))
    raise AssertionError(expr)


def _made(op: str, args: tuple[Expr, ...]) -> Terms:
    built = make(op, *args)
    return {UNIT: built.value} if isinstance(built, Num) and built.value else (
        {} if isinstance(built, Num) else _atom(built)
    )


def _atom(expr: Expr) -> Terms:
    return {frozenset({(expr, Fraction(1))}): Fraction(1)}


def _sum(a: Terms, b: Terms, sign: int) -> Terms:
    out = dict(a)
    for monomial, coefficient in b.items():
        total = out.get(monomial, 0) + sign * coefficient
        if total:
            out[monomial] = Fraction(total)
        else:
            out.pop(monomial, None)
    return out


def _product(a: Terms, b: Terms) -> Terms:
    if len(a) * len(b) > _MAX_TERMS:  # too many to multiply out: keep the factors as they are
        return _times(*_factor(a), *_factor(b))
    out: Terms = {}
    for m, c in a.items():
        for n, d in b.items():
            for monomial, scale in _times_monomials(m, n, c * d).items():
                total = out.get(monomial, 0) + scale
                if total:
                    out[monomial] = Fraction(total)
                else:
                    out.pop(monomial, None)
    return out


def _factor(a: Terms) -> tuple[Terms]:
    return (a if len(a) <= 1 else _atom(rebuild(a)),)


def _times(a: Terms, b: Terms) -> Terms:
    (m, c), (n, d) = next(iter(a.items())), next(iter(b.items()))
    return _times_monomials(m, n, c * d)


def _times_monomials(m: Monomial, n: Monomial, scale: Fraction) -> Terms:
    powers = dict(m)
    for atom, exponent in n:
        powers[atom] = powers.get(atom, Fraction(0)) + exponent
    kept: dict[Expr, Fraction] = {}
    for atom, exponent in powers.items():
        if not exponent:
            continue
        if isinstance(atom, Num):  # 2^(1/2) * 2^(1/2): whole powers join the coefficient
            whole = Fraction(exponent.numerator // exponent.denominator)
            power = _number_power(atom, whole)
            if isinstance(power, Num):  # 0.999^1000000 has too many digits to be one
                scale *= power.value
                exponent -= whole
            if not exponent:
                continue
        kept[atom] = exponent
    return {frozenset(kept.items()): scale}


def _power(base: Terms, exponent: Fraction) -> Terms:
    if not exponent:
        return {UNIT: Fraction(1)}
    if not base:
        made = make("pow", num(0), Num(exponent))  # raises Undefined for 0^-1
        return {UNIT: made.value} if isinstance(made, Num) and made.value else {}
    if len(base) == 1:
        ((monomial, coefficient),) = base.items()
        return _monomial_power(monomial, coefficient, exponent)
    if exponent.denominator == 1 and 1 < exponent <= 6:
        out = base
        for _ in range(int(exponent) - 1):
            out = _product(out, base)
        return out
    # a sum: its leading coefficient comes out, so that 2a+2b and a+b meet
    lead = base[_ordered(base)[0]]
    if lead < 0 and exponent.denominator != 1:
        lead = -lead
    inner = rebuild({m: c / lead for m, c in base.items()})
    return _product(
        _monomial_power(UNIT, lead, exponent), {frozenset({(inner, exponent)}): Fraction(1)}
    )


def _monomial_power(monomial: Monomial, coefficient: Fraction, exponent: Fraction) -> Terms:
    whole = exponent.denominator == 1
    if not whole and (coefficient < 0 or not all(_is_positive(atom) for atom, _ in monomial)):
        return {frozenset({(rebuild({monomial: coefficient}), exponent)}): Fraction(1)}
    powers = frozenset((atom, e * exponent) for atom, e in monomial)
    number = _number_power(Num(coefficient), exponent)
    if isinstance(number, Num):
        return {powers: number.value}
    return _times_monomials(powers, frozenset({(Num(coefficient), exponent)}), Fraction(1))


def _number_power(base: Num, exponent: Fraction) -> Expr | None:
    """A power as one number, where it is one; None where it is monstrous: 0.5^40000 may cancel."""
    try:
        return make("pow", base, Num(exponent))
    except TooLarge:
        return None


def _is_positive(atom: Expr) -> bool:
    match atom:
        case Num(value):
            return value > 0
        case Var(name):
            return name in POSITIVE
        case Apply("pi" | "exp", _):
            return True
    return False


def _cosine(angle: Terms) -> Terms:
    """cos is even, has period 2 pi, and cos(pi - x) = -cos x: one way to write each value."""
    pi_term: Monomial = frozenset({(PI, Fraction(1))})
    turns = angle.get(pi_term, Fraction(0))
    if set(angle) <= {pi_term}:
        exact = cos_of_turns(turns)
        if exact is not None:
            return {UNIT: exact.value} if exact.value else {}
        turns = turns % 2
        turns = min(turns, 2 - turns)
        sign = 1
        if turns > Fraction(1, 2):
            turns, sign = 1 - turns, -1
        atom = make("cos", make("mul", Num(turns), PI))
        return {frozenset({(atom, Fraction(1))}): Fraction(sign)}
    rest = {m: c for m, c in angle.items() if m != pi_term}
    turns, sign = turns % 2, 1
    if rest[_ordered(rest)[0]] < 0:  # even: make the leading coefficient positive
        rest, turns = {m: -c for m, c in rest.items()}, -turns % 2
    if turns >= 1:
        turns, sign = turns - 1, -1
    if turns:
        rest[pi_term] = turns
    atom = Apply("cos", (rebuild(rest),))
    return {frozenset({(atom, Fraction(1))}): Fraction(sign)}


def _floor(inside: Terms) -> Terms:
    value = constant(inside)
    if value is not None:
        return _expand(make("floor", Num(value)))
    offset = inside.get(UNIT, Fraction(0))
    whole = Fraction(offset.numerator // offset.denominator)
    rest = _sum(inside, {UNIT: whole} if whole else {}, -1)
    return _sum(_atom(Apply("floor", (rebuild(rest),))), {UNIT: whole} if whole else {}, 1)


def constant(of: Terms) -> Fraction | None:
    """The rational number that these terms are, or None."""
    if not of:
        return Fraction(0)
    return of[UNIT] if len(of) == 1 and UNIT in of else None


def _ordered(of: Terms) -> list[Monomial]:
    return sorted(of, key=lambda m: (len(m), sorted(map(repr, m))))


def rebuild(of: Terms) -> Expr:
    """The canonical expression of some terms."""
    total: Expr | None = None
    for monomial in _ordered(of):
        product: Expr = Num(of[monomial])
        for atom, exponent in sorted(monomial, key=repr):
            factor = atom if exponent == 1 else Apply("pow", (atom, Num(exponent)))
            product = factor if product == num(1) else Apply("mul", (product, factor))
        total = product if total is None else Apply("add", (total, product))
    return total if total is not None else num(0)


def affine(expr: Expr, variable: str) -> tuple[Expr, Expr] | None:
    """(p, q) when the expression is p*variable + q with p and q free of the variable, else None."""
    slope: Terms = {}
    offset: Terms = {}
    key = (Var(variable), Fraction(1))
    for monomial, coefficient in terms(expr).items():
        if key in monomial:
            rest = monomial - {key}
            if _mentions(rest, variable):
                return None
            slope[rest] = coefficient
        elif _mentions(monomial, variable):
            return None
        else:
            offset[monomial] = coefficient
    return rebuild(slope), rebuild(offset)


def _mentions(monomial: Monomial, variable: str) -> bool:
    from schedc.expr import variables

    return any(variable in variables(atom) for atom, _ in monomial)
