"""Formulas of one whole-numbered clock, evaluated exactly and fast.

In: an `Expr` over one variable. Out: its whole values for whole values of the variable, and
`direction`, whether it only rises or only falls.
The one rule: no floats. What integer arithmetic cannot say takes the slow, exact way.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm

from schedc.expr import (
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    exactly,
    make,
    num,
    numerically,
    substitute,
    variables,
)


def whole(value: Expr, variable: str) -> Callable[[int], int | None]:
    """The formula as a function of whole x: its value where that is whole, else None.

    Where the formula has no value (1/0) the function raises `Undefined`.
    """
    written = _write(value, variable)
    if written is None:
        return lambda x: _slowly(value, variable, x)
    text, bottom = written
    if bottom == 1:
        return eval(f"lambda x: {text}")  # type: ignore[no-any-return]  # digits, x and operators
    scaled: Callable[[int], int] = eval(f"lambda x: {text}")
    return lambda x: None if (top := scaled(x)) % bottom else top // bottom


def _slowly(value: Expr, variable: str, x: int) -> int | None:
    found = rational(substitute(value, {variable: num(x)}))
    return found.numerator if found is not None and found.denominator == 1 else None


def _write(value: Expr, variable: str) -> tuple[str, int] | None:
    """Python text of the numerator and the fixed denominator, or None."""
    match value:
        case Num(v):
            return f"({v.numerator})", v.denominator
        case Var(name):
            return ("x", 1) if name == variable else None
        case Apply("pi", ()):
            return None
        case Apply("progress", (k, a, b)):
            return _write(make("div", make("sub", k, a), make("sub", b, a)), variable)
        case Apply("div", (a, Num(v))) if v:
            return _write(make("mul", Num(1 / v), a), variable)
        case Apply("pow", (a, Num(v))) if v.denominator == 1 and 0 < v <= 64:
            inner = _write(a, variable)
            return inner and (f"({inner[0]}**{v})", inner[1] ** int(v))
        case Apply("mod", (a, Num(v))) if v:
            pair = [_write(a, variable), _write(Num(v), variable)]
            return _between("%")([p for p in pair if p]) if None not in pair else None
        case Apply(op, args) if op in _WRITTEN:
            parts = [_write(a, variable) for a in args]
            known = [p for p in parts if p is not None]
            return _WRITTEN[op](known) if len(known) == len(parts) else None
    return None


def _shared(parts: list[tuple[str, int]]) -> tuple[list[str], int]:
    """The same numbers over one denominator."""
    bottom = lcm(*(d for _, d in parts))
    return [t if d == bottom else f"({t}*{bottom // d})" for t, d in parts], bottom


def _between(symbol: str) -> Callable[[list[tuple[str, int]]], tuple[str, int]]:
    def write(parts: list[tuple[str, int]]) -> tuple[str, int]:
        (a, b), bottom = _shared(parts)
        return f"({a}{symbol}{b})", bottom

    return write


def _called(name: str) -> Callable[[list[tuple[str, int]]], tuple[str, int]]:
    def write(parts: list[tuple[str, int]]) -> tuple[str, int]:
        tops, bottom = _shared(parts)
        return f"{name}({','.join(tops)})", bottom

    return write


def _product(parts: list[tuple[str, int]]) -> tuple[str, int]:
    (a, c), (b, d) = parts
    return f"({a}*{b})", c * d


def _clamped(parts: list[tuple[str, int]]) -> tuple[str, int]:
    (x, low, high), bottom = _shared(parts)
    return f"min(max({x},{low}),{high})", bottom


_WRITTEN: dict[str, Callable[[list[tuple[str, int]]], tuple[str, int]]] = {
    "add": _between("+"),
    "sub": _between("-"),
    "mul": _product,
    "neg": lambda p: (f"(-{p[0][0]})", p[0][1]),
    "min": _called("min"),
    "max": _called("max"),
    "abs": _called("abs"),
    "floor": lambda p: (f"({p[0][0]}//{p[0][1]})", 1),
    "ceil": lambda p: (f"(-(-{p[0][0]}//{p[0][1]}))", 1),
    "round": lambda p: (f"((2*{p[0][0]}+{p[0][1]})//{2 * p[0][1]})", 1),
    "clamp": _clamped,
}


def rational(value: Expr) -> Fraction | None:
    """The exact value of a constant expression if it is rational, else None.

    `floor` of an irrational number is whole: it is read off 60 digits, and not at all (None) where
    those digits do not decide it.
    """
    if isinstance(value, Apply) and value.args:
        args: list[Expr] = []
        for part in value.args:
            found = rational(part)
            args.append(part if found is None else Num(found))
        value = make(value.op, *args)
        if isinstance(value, Apply) and value.op in ("floor", "ceil", "round"):
            return _rounded(value.op, value.args[0])
    return value.value if isinstance(value, Num) else None


def _rounded(op: str, inside: Expr) -> Fraction | None:
    from mpmath.libmp import to_rational  # with mpmath's weight, for irrational formulas only

    near = Fraction(*to_rational(numerically(inside, {}, 60)._mpf_))
    if op == "round":
        near += Fraction(1, 2)
    doubt = max(abs(near), Fraction(1)) / 10**50
    low, high = near - doubt, near + doubt
    if op == "ceil":
        low, high = -high, -low
    below, above = low.numerator // low.denominator, high.numerator // high.denominator
    if below != above:
        return None
    return Fraction(-below if op == "ceil" else below)


def direction(value: Expr, variable: str, low: Fraction, high: Fraction) -> int | None:
    """1: never falls on [low, high]. -1: never rises. 0: constant. None: not known.

    Found from the formula's own operators, so that a search by halving may trust it.
    """
    if variable not in variables(value):
        return 0
    match value:
        case Var():
            return 1
        case Apply("progress", (k, a, b)):
            return direction(make("div", make("sub", k, a), make("sub", b, a)), variable, low, high)
        case Apply("add" | "min" | "max", args):
            return _agreeing([direction(a, variable, low, high) for a in args])
        case Apply("sub", (a, b)):
            down = direction(b, variable, low, high)
            up = direction(a, variable, low, high)
            return _agreeing([up, None if down is None else -down])
        case Apply("neg", (a,)):
            down = direction(a, variable, low, high)
            return None if down is None else -down
        case Apply("floor" | "ceil" | "round" | "sqrt" | "exp" | "log" | "tanh", (a,)):
            return direction(a, variable, low, high)
        case Apply("clamp", (a, Num(), Num())):
            return direction(a, variable, low, high)
        case Apply("mul", (Num(c), a)) | Apply("mul", (a, Num(c))):
            return _turned(direction(a, variable, low, high), c)
        case Apply("div", (a, Num(c))):
            return _turned(direction(a, variable, low, high), c)
        case Apply("div", (Num(c), a)) if _sign(a, variable, low, high):
            return _turned(direction(a, variable, low, high), -c)
        case Apply("mul", (a, b)):
            signs = [_sign(x, variable, low, high) for x in (a, b)]
            moves = [direction(x, variable, low, high) for x in (a, b)]
            if None in signs or None in moves:
                return None
            return _agreeing([moves[0] * signs[1], moves[1] * signs[0]])  # type: ignore[operator]
        case Apply("pow", (a, Num(c))) if (_sign(a, variable, low, high) or 0) > 0:
            return _turned(direction(a, variable, low, high), c)
        case Apply("pow", (Num(c), a)) if c > 0:
            return _turned(direction(a, variable, low, high), c - 1)
        case Apply("cos" | "sin" as op, (a,)):
            return _wave(op, a, variable, low, high)
    return None


def _agreeing(moves: list[int | None]) -> int | None:
    if None in moves:
        return None
    signs = {move for move in moves if move}
    return None if len(signs) > 1 else (signs.pop() if signs else 0)


def _turned(move: int | None, by: Fraction) -> int | None:
    return None if move is None else move * ((by > 0) - (by < 0))


def _sign(value: Expr, variable: str, low: Fraction, high: Fraction) -> int | None:
    """1: never below 0 on [low, high]; -1: never above; None: not known (or both)."""
    if direction(value, variable, low, high) is None:
        return None
    try:  # what only rises or only falls lies between its ends
        ends = [numerically(value, {variable: x}, 30) for x in (low, high)]
    except (Undefined, TooLarge):
        return None
    if min(ends) >= 0:
        return 1
    return -1 if max(ends) <= 0 else None


def _wave(op: str, angle: Expr, variable: str, low: Fraction, high: Fraction) -> int | None:
    """cos falls on [0, pi] and rises on [pi, 2 pi]; known when the angle is a multiple of pi."""
    move = direction(angle, variable, low, high)
    if move is None:
        return None
    turns = [exactly(substitute(_over_pi(angle), {variable: Num(x)}), {}) for x in (low, high)]
    if turns[0] is None or turns[1] is None:
        return None
    first, second = sorted(t - Fraction(1, 2) if op == "sin" else t for t in turns if t is not None)
    half = first.numerator // first.denominator
    if second > half + 1:
        return None
    return move * (-1 if half % 2 == 0 else 1)


def _over_pi(angle: Expr) -> Expr:
    """The angle divided by pi, where pi is one of its factors."""
    match angle:
        case Apply("pi", ()):
            return num(1)
        case Apply("neg", (a,)):
            return make("neg", _over_pi(a))
        case Apply("add" | "sub" as op, (a, b)):
            return make(op, _over_pi(a), _over_pi(b))
        case Apply("mul", (a, b)):
            if any(part == Apply("pi", ()) for part in _factors(a)):
                return make("mul", _over_pi(a), b)
            return make("mul", a, _over_pi(b))
        case Apply("div", (a, b)):
            return make("div", _over_pi(a), b)
    return make("div", angle, Apply("pi", ()))


def _factors(value: Expr) -> list[Expr]:
    match value:
        case Apply("mul", (a, b)):
            return _factors(a) + _factors(b)
        case Apply("div", (a, _)) | Apply("neg", (a,)):
            return _factors(a)
    return [value]
