"""The derivatives of formulas.

In: an `Expr` and the variable that moves. Out: an `Expr`.
The one rule: an operator that has corners or steps has no derivative in one piece.

A new operator is one row of `_DERIVATIVES`, or a word in `BROKEN` if it has corners or steps.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from schedc.expr import ONE, TWO, ZERO, Apply, Expr, Var, make, variables

STEPS = frozenset({"floor", "ceil", "round", "mod"})
"""Operators with steps."""

BROKEN = STEPS | {"min", "max", "abs", "clamp"}
"""Operators with corners or steps: formulas are cut into parts without them first."""


class NotSmooth(Exception):  # noqa: N818  # control flow: this formula has corners or steps
    """The derivative of an operator of `BROKEN` was asked for."""


@lru_cache(maxsize=20_000)
def derivative(expr: Expr, name: str) -> Expr:
    """d expr / d name. Raises `NotSmooth`, and `Undefined` where no derivative exists anywhere."""
    if name not in variables(expr):
        return ZERO
    match expr:
        case Var():
            return ONE
        case Apply(op, args):
            if op in BROKEN:
                raise NotSmooth
            return _DERIVATIVES[op](*args, *[derivative(a, name) for a in args])
    raise AssertionError(expr)


def _product_rule(a: Expr, b: Expr, da: Expr, db: Expr) -> Expr:
    return make("add", make("mul", da, b), make("mul", a, db))


def _quotient_rule(a: Expr, b: Expr, da: Expr, db: Expr) -> Expr:
    if db == ZERO:
        return make("div", da, b)
    top = make("sub", make("mul", da, b), make("mul", a, db))
    return make("div", top, make("pow", b, TWO))


def _power_rule(a: Expr, b: Expr, da: Expr, db: Expr) -> Expr:
    if db == ZERO:
        return make("mul", make("mul", b, make("pow", a, make("sub", b, ONE))), da)
    whole = make("pow", a, b)
    by_exponent = make("mul", make("mul", whole, make("log", a)), db)
    if da == ZERO:
        return by_exponent
    by_base = make("mul", make("mul", b, make("pow", a, make("sub", b, ONE))), da)
    return make("add", by_base, by_exponent)


def _progress_rule(k: Expr, a: Expr, b: Expr, dk: Expr, da: Expr, db: Expr) -> Expr:
    length, dlength = make("sub", b, a), make("sub", db, da)
    return _quotient_rule(make("sub", k, a), length, make("sub", dk, da), dlength)


_DERIVATIVES: dict[str, Callable[..., Expr]] = {
    "add": lambda a, b, da, db: make("add", da, db),
    "sub": lambda a, b, da, db: make("sub", da, db),
    "mul": _product_rule,
    "div": _quotient_rule,
    "neg": lambda a, da: make("neg", da),
    "pow": _power_rule,
    "sqrt": lambda a, da: make("div", da, make("mul", TWO, make("sqrt", a))),
    "exp": lambda a, da: make("mul", make("exp", a), da),
    "log": lambda a, da: make("div", da, a),
    "sin": lambda a, da: make("mul", make("cos", a), da),
    "cos": lambda a, da: make("neg", make("mul", make("sin", a), da)),
    "tanh": lambda a, da: make(
        "mul", make("sub", ONE, make("pow", make("tanh", a), TWO)), da
    ),
    "progress": _progress_rule,
}
