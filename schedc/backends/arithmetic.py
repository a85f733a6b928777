"""Arithmetic on lowered expressions: one constant in front, one quotient at the end.

In: expressions as they will be printed. Out: their sum, product or quotient.
The one rule: constants meet in one place, and each is rounded once.
"""

from __future__ import annotations

from fractions import Fraction

from schedc.backends.constants import rounding, trimmed
from schedc.expr import ONE, ZERO, Apply, Expr, Num


def scaled(factor: Fraction, expr: Expr) -> Expr:
    """factor * expr with one constant, divided by where that is the more exact of the two."""
    if not factor:  # what is so small that nothing holds it
        return ZERO
    match expr:
        case Num(value):
            return Num(trimmed(factor * value))
        case Apply("mul", (Num(c), x)):
            return scaled(trimmed(factor * c), x)
        case Apply("div", (x, Num(c))):
            return scaled(trimmed(factor / c), x)
        case Apply("div", (Num(c), x)):
            return Apply("div", (Num(trimmed(factor * c)), x))
        case Apply("neg", (x,)):
            return scaled(-factor, x)
        case Apply("div", (x, Apply("add", (Num(c), y)))) if (over := _taking(1 / factor, y)):
            if factor < 0:
                return Apply("neg", (scaled(-factor, expr),))
            return Apply("div", (x, added([Num(trimmed(c / factor)), over])))
        case Apply("mul", (Apply("add", (Num(one), Apply("mul", (Num(c), x)))), y)) if one == 1:
            bracket = added([Num(factor), Apply("mul", (Num(trimmed(factor * c)), x))])
            return Apply("mul", (bracket, y))
    if factor == 1:
        return expr
    if factor == -1:
        return Apply("neg", (expr,))
    if factor < 0 and isinstance(turned := scaled(-factor, expr), Apply) and turned.op == "div":
        return Apply("neg", (turned,))
    if factor.denominator != 1:
        inverse = 1 / factor
        if inverse.denominator == 1 and inverse <= 1 << 53:
            return Apply("div", (expr, Num(inverse)))
        if len(repr(float(factor))) > 12:  # no number that its author would know again
            rounded = rounding(factor)
            if rounded > 0.25 and rounding(inverse) < 0.5 * rounded:
                return Apply("div", (expr, Num(trimmed(inverse))))
    return Apply("mul", (Num(factor), expr))


_USUAL = 10**9
"""A denominator that takes a factor of usual size stays far from the largest float of 32 bits."""


def _taking(factor: Fraction, expr: Expr) -> Expr | None:
    """factor * expr where expr has constants of its own that take the factor, else None."""
    if not 1 / _USUAL < abs(factor) < _USUAL:
        return None
    match expr:
        case Apply("mul", (Num(c), x)):
            return scaled(trimmed(factor * c), x)
        case Apply("mul", (Apply("add" | "sub" as op, (Num(a), Apply("mul", (Num(b), x)))), y)):
            moving = Apply("mul", (Num(trimmed(factor * b)), x))
            return Apply("mul", (Apply(op, (Num(trimmed(factor * a)), moving)), y))
    return None


def added(parts: list[Expr]) -> Expr:
    """A sum, its negative parts subtracted."""
    if not parts:
        return ZERO
    if len(parts) == 1:
        return parts[0]
    total, *rest = sorted(parts, key=lambda p: (_negative(p), not isinstance(p, Num)))
    if total == ZERO and rest:
        total, *rest = rest
    for part in rest:
        op, part = ("sub", _negated(part)) if _negative(part) else ("add", part)
        total = Apply(op, (total, part))
    return total


def _negative(expr: Expr) -> bool:
    while type(expr) is Apply:
        if expr.op not in ("mul", "div"):
            return expr.op == "neg"
        expr = expr.args[0]
    return type(expr) is Num and expr.value.numerator < 0


def positive(expr: Expr) -> Expr:
    """The expression without a minus in front."""
    return _negated(expr) if _negative(expr) else expr


def _negated(expr: Expr) -> Expr:
    """Without its minus: `_negative` has said that there is one."""
    match expr:
        case Num(value):
            return Num(-value)
        case Apply("neg", (x,)):
            return x
        case Apply("mul" | "div" as op, (a, b)):
            left = _negated(a)
            return b if op == "mul" and left == ONE else Apply(op, (left, b))
    raise AssertionError(expr)


def multiplied(a: Expr, b: Expr) -> Expr:
    """a * b: one constant in front, one quotient at the end."""
    match a, b:
        case (Num(c), x) | (x, Num(c)):
            return scaled(c, x)
        case (x, Apply("mul", (Num(c), y))) | (Apply("mul", (Num(c), x)), y):
            return scaled(c, multiplied(x, y))
        case (x, Apply("div", (y, Num(c)))) | (Apply("div", (x, Num(c))), y):
            return scaled(1 / c, multiplied(x, y))
        case (x, Apply("neg", (y,))) | (Apply("neg", (x,)), y):
            return scaled(Fraction(-1), multiplied(x, y))
        case (x, Apply("div", (Num(c), y))) | (Apply("div", (Num(c), y)), x):
            return Apply("div", (scaled(c, x), y))
    return Apply("mul", (a, b))


def divided(a: Expr, b: Expr) -> Expr:
    """a / b, with one constant."""
    match a, b:
        case (_, Num(c)):
            return scaled(1 / c, a)
        case (Apply("neg", (x,)), y) | (x, Apply("neg", (y,))):
            return scaled(Fraction(-1), divided(x, y))
        case (Apply("mul", (Num(c), x)), y):
            return scaled(c, divided(x, y))
        case (Apply("div", (x, Num(c))), y):
            return scaled(1 / c, divided(x, y))
        case (x, Apply("mul", (Num(c), y))):
            return scaled(1 / c, divided(x, y))
        case (x, Apply("div", (y, Num(c)))):
            return scaled(c, divided(x, y))
    return Apply("div", (a, b))
