"""The value of an expression to any number of digits: the reference that every form is held to.

In: an expression and exact values of its variables. Out: a number of mpmath.
The one rule: an operator means here what it means in `OPS`, once more and independently; rationals
stay exact as long as they can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from schedc.expr import Apply, Expr, TooLarge, Undefined, Var, exactly
from schedc.operators import MOST_BELOW


def numerically(expr: Expr, values: Mapping[str, Fraction], digits: int = 50) -> Any:
    """The value as an mpmath number, right to about `digits` digits.

    Raises `Undefined`, and `TooLarge` for what is beyond e to the power of `MOST_BELOW` on the
    way, large or small. The slow reference that every compiled form is tested against.
    """
    import mpmath  # with sympy's weight; nothing at the door needs it

    with mpmath.workdps(digits + 15):
        return _numeric(expr, values, mpmath)


def _numeric(expr: Expr, values: Mapping[str, Fraction], mp: Any) -> Any:
    # rationals stay exact as long as they can: floor and mod must not see a rounded argument
    try:
        exact = exactly(expr, values)
    except TooLarge:  # 0.5^100000 is a number still, of mpmath
        exact = None
    if exact is not None:
        return mp.mpf(exact.numerator) / exact.denominator
    match expr:
        case Var(name):
            raise KeyError(name)
        case Apply("pi", ()):
            return +mp.pi
        case Apply(op, args):
            return _MEANINGS[op](mp, *[_numeric(a, values, mp) for a in args])
    raise AssertionError(expr)


def _positive(op: str, x: Any, allow_zero: bool) -> Any:
    if x < 0 or (x == 0 and not allow_zero):
        raise Undefined(op, ())
    return x


def _nonzero(op: str, x: Any) -> Any:
    if x == 0:
        raise Undefined(op, ())
    return x


def _numeric_pow(mp: Any, a: Any, b: Any) -> Any:
    if a == 0:
        if b < 0:
            raise Undefined("pow", ())
        return mp.mpf(0 if b else 1)
    if a < 0 and b != mp.floor(b):
        raise Undefined("pow", ())
    return mp.power(a, b) if abs(b * mp.log(abs(a))) <= MOST_BELOW else _too_large()


def _numeric_exp(mp: Any, x: Any) -> Any:
    return mp.exp(x) if abs(x) <= MOST_BELOW else _too_large()


def _too_large() -> Any:
    raise TooLarge


def _floor_near(mp: Any, x: Any) -> Any:
    """The floor; what is a whole number but for the last digits is that number (log 8 / log 2)."""
    near = mp.nint(x)
    close = mp.mpf(10) ** (10 - mp.mp.dps) * max(1, abs(near))
    return near if abs(x - near) <= close else mp.floor(x)


_MEANINGS: dict[str, Callable[..., Any]] = {
    "add": lambda mp, a, b: a + b,
    "sub": lambda mp, a, b: a - b,
    "mul": lambda mp, a, b: a * b,
    "div": lambda mp, a, b: a / _nonzero("div", b),
    "neg": lambda mp, a: -a,
    "pow": _numeric_pow,
    "min": lambda mp, *xs: min(xs),
    "max": lambda mp, *xs: max(xs),
    "abs": lambda mp, a: abs(a),
    "sqrt": lambda mp, a: mp.sqrt(_positive("sqrt", a, True)),
    "exp": _numeric_exp,
    "log": lambda mp, a: mp.log(_positive("log", a, False)),
    "sin": lambda mp, a: mp.sin(a),
    "cos": lambda mp, a: mp.cos(a),
    "tanh": lambda mp, a: mp.tanh(a),
    "floor": lambda mp, a: _floor_near(mp, a),
    "ceil": lambda mp, a: -_floor_near(mp, -a),
    "round": lambda mp, a: _floor_near(mp, a + mp.mpf(1) / 2),
    "mod": lambda mp, a, m: a - m * _floor_near(mp, a / _nonzero("mod", m)),
    "clamp": lambda mp, x, lo, hi: min(max(x, lo), hi),
    "progress": lambda mp, k, a, b: (k - a) / _nonzero("progress", b - a),
}
