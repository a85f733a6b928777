"""The mathematics of a schedule: exact numbers, variables and applied operators.

In: nothing. Out: `Expr` (`Num`, `Var`, `Apply`), and the ways to make and to read one: fold,
substitute, evaluate exactly. (To any number of digits: `numeric`.)
The one rule: nothing here ever rounds. A number is a `Fraction`; what is irrational stays an
expression; what does not exist raises `Undefined`.

The table `OPS`, `Undefined` and `TooLarge` are part of it for all who read expressions; they live
in `operators`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from schedc.operators import MAX_BITS as MAX_BITS
from schedc.operators import OPS as OPS
from schedc.operators import TooLarge as TooLarge
from schedc.operators import Undefined as Undefined


@dataclass(frozen=True, slots=True)
class Num:
    """An exact number."""

    value: Fraction

    def __hash__(self) -> int:
        """Of the two integers: ten times as fast as that of a Fraction, which has to fit ints."""
        return hash((self.value.numerator, self.value.denominator))

    def __repr__(self) -> str:
        """Short, and of numbers of any size: Python writes no decimals of thousands of digits."""
        top, bottom = self.value.numerator, self.value.denominator
        if top.bit_length() + bottom.bit_length() > 4000:
            return f"Num({top:#x}/{bottom:#x})"
        return f"Num({top})" if bottom == 1 else f"Num({top}/{bottom})"


@dataclass(frozen=True, slots=True)
class Var:
    """A variable: a clock (`step samples tokens epoch batch`), `total`, `base`, or, in the body of
    a definition, `u t length start from to` and the definition's own parameters."""

    name: str

    def __repr__(self) -> str:
        """As a dataclass shows itself, at once: what is sorted is sorted by this."""
        return f"Var(name={self.name!r})"


@dataclass(frozen=True, init=False)
class Apply:
    """An operator of `OPS` applied to its arguments.

    size: how many parts it has, written out; a name used twice counts twice. levels: how deep it is
    nested. Both are kept: an expression whose parts are shared must not be written out to be
    measured. So are its hash and its variables, once somebody has asked.
    """

    __slots__ = ("_hash", "_variables", "args", "levels", "op", "size")
    __match_args__ = ("op", "args")
    op: str
    args: tuple[Expr, ...]

    def __init__(self, op: str, args: tuple[Expr, ...]) -> None:
        size = levels = 1
        for part in args:
            if type(part) is Apply:
                size += part.size  # type: ignore[attr-defined]  # slots are no fields
                if part.levels >= levels:  # type: ignore[attr-defined]
                    levels = part.levels + 1  # type: ignore[attr-defined]
            else:
                size += 1
        object.__setattr__(self, "op", op)
        object.__setattr__(self, "args", args)
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "levels", levels)

    def __hash__(self) -> int:
        """Kept once it is known: trees are keys of many tables."""
        try:
            return self._hash  # type: ignore[attr-defined,no-any-return]
        except AttributeError:
            object.__setattr__(self, "_hash", hash((self.op, self.args)))
            return self._hash  # type: ignore[attr-defined,no-any-return]

    def __repr__(self) -> str:
        """As a dataclass shows itself, at once: what a schedule means is hashed as this text."""
        return f"Apply(op={self.op!r}, args={self.args!r})"

    def __reduce__(self) -> tuple[type[Apply], tuple[str, tuple[Expr, ...]]]:
        """A hash of strings holds in one process only, so it is not written to others."""
        return Apply, (self.op, self.args)


Expr: TypeAlias = Num | Var | Apply


class TooLong(TooLarge):
    """A formula of more parts than `MAX_SIZE`, or nested deeper than `MAX_LEVELS`."""


MAX_SIZE = 10_000
"""Parts of a formula, written out. `a + a` in a chain of names doubles with each of them."""

MAX_LEVELS = 250
"""Levels of a formula: what reads one calls itself for each level."""


ZERO, ONE, TWO, HALF = Num(Fraction(0)), Num(Fraction(1)), Num(Fraction(2)), Num(Fraction(1, 2))
PI: Expr = Apply("pi", ())
STEP, TOTAL, BASE = Var("step"), Var("total"), Var("base")

CLOCKS = ("step", "samples", "tokens", "epoch", "batch")
"""The variables of a compiled value that move with the run."""


def num(value: int | Fraction) -> Num:
    return Num(Fraction(value))


# ---- building: constants fold, the author's formula otherwise stays recognisable


def make(op: str, *args: Expr) -> Expr:
    """Apply an operator; rational arithmetic and exact special values are folded at once.

    Raises `Undefined` when the exact result does not exist, `TooLarge` when it is monstrous.
    """
    for a in args:
        if type(a) is not Num:
            break
    else:
        result = OPS[op].exact(*[a.value for a in args])  # type: ignore[union-attr]
        return Apply(op, args) if result is None or _too_long(result) else Num(result)
    fold = _FOLDS.get(op)
    if fold is not None and (folded := fold(*args)) is not None:
        return folded
    made = Apply(op, args)
    if made.size > MAX_SIZE or made.levels > MAX_LEVELS:  # type: ignore[attr-defined]
        raise TooLong
    return made


def _too_long(value: Fraction) -> bool:
    """Too many digits to carry along, though the value itself is an ordinary one."""
    top, bottom = value.numerator.bit_length(), value.denominator.bit_length()
    if top - bottom > MAX_BITS:
        raise TooLarge
    return top > MAX_BITS or bottom > MAX_BITS


def _fold_add(a: Expr, b: Expr) -> Expr | None:
    if type(a) is Num:
        return None if a.value else b
    return a if type(b) is Num and not b.value else None


def _fold_sub(a: Expr, b: Expr) -> Expr | None:
    if type(b) is Num:
        return None if b.value else a
    if type(a) is Num:
        return None if a.value else make("neg", b)
    return ZERO if a == b else None


def _fold_mul(a: Expr, b: Expr) -> Expr | None:
    if type(b) is Num:  # constants gather on the left
        if not isinstance(a, Apply) or a.op != "mul":
            return a if b.value == 1 else None if b.value else ZERO
        a, b = b, a
    if isinstance(a, Num):
        if not a.value:
            return ZERO
        if a.value == 1:
            return b
        if isinstance(b, Apply) and b.op == "mul":
            for mine, other in (b.args, b.args[::-1]):
                if isinstance(mine, Num):
                    return make("mul", Num(a.value * mine.value), other)
    return None


def _fold_div(a: Expr, b: Expr) -> Expr | None:
    if type(b) is Num:
        if not b.value:
            raise Undefined("div", ())
        return a if b.value == 1 else None
    if type(a) is Num:
        return None if a.value else ZERO
    return ONE if a == b else None


def _fold_neg(a: Expr) -> Expr | None:
    return a.args[0] if isinstance(a, Apply) and a.op == "neg" else None


def _fold_pow(a: Expr, b: Expr) -> Expr | None:
    return ONE if b == ZERO or a == ONE else a if b == ONE else None


def _fold_extreme(*args: Expr) -> Expr | None:
    return args[0] if all(a == args[0] for a in args) else None


def _fold_clamp(x: Expr, low: Expr, high: Expr) -> Expr | None:
    return low if low == high else None


def _fold_progress(k: Expr, a: Expr, b: Expr) -> Expr | None:
    return ZERO if k == a else ONE if k == b else None


def _turns(x: Expr) -> Fraction | None:
    """r when x is r*pi."""
    match x:
        case Apply("pi", ()):
            return Fraction(1)
        case Apply("neg", (y,)):
            r = _turns(y)
            return None if r is None else -r
        case Apply("mul", (Num(c), y)) | Apply("mul", (y, Num(c))):
            r = _turns(y)
            return None if r is None else c * r
        case Apply("div", (y, Num(c))):
            r = _turns(y)
            return None if r is None else r / c
    return None


_COSINES = {  # cos(pi*r) where it is rational, r in [0, 1] (Niven's theorem: there are no others)
    Fraction(0): ONE,
    Fraction(1, 3): HALF,
    Fraction(1, 2): ZERO,
    Fraction(2, 3): Num(Fraction(-1, 2)),
    Fraction(1): Num(Fraction(-1)),
}


def cos_of_turns(r: Fraction) -> Num | None:
    """cos(pi*r) where it is rational."""
    r %= 2
    return _COSINES.get(2 - r if r > 1 else r)


def _fold_cos(x: Expr) -> Expr | None:
    r = _turns(x)
    return None if r is None else cos_of_turns(r)


def _fold_sin(x: Expr) -> Expr | None:
    r = _turns(x)
    return None if r is None else cos_of_turns(Fraction(1, 2) - r)


_FOLDS: dict[str, Callable[..., Expr | None]] = {
    "add": _fold_add,
    "sub": _fold_sub,
    "mul": _fold_mul,
    "div": _fold_div,
    "neg": _fold_neg,
    "pow": _fold_pow,
    "min": _fold_extreme,
    "max": _fold_extreme,
    "clamp": _fold_clamp,
    "progress": _fold_progress,
    "cos": _fold_cos,
    "sin": _fold_sin,
}


# ---- reading


def substitute(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """Put expressions in the place of variables; what becomes constant folds. Operators that only
    lowered formulas have stay as they are."""
    if type(expr) is Var:  # `match` takes twice as long, and nothing is done as often as this
        return values.get(expr.name, expr)
    if type(expr) is not Apply:
        return expr
    changed, args = False, []
    for old in expr.args:
        new = old
        if type(old) is Var:
            new = values.get(old.name, old)
        elif type(old) is Apply:
            new = substitute(old, values)
        if new is not old:
            changed = True
        args.append(new)
    return _again(expr.op, tuple(args)) if changed else expr


def replaced(expr: Expr, by: Mapping[Expr, Expr]) -> Expr:
    """Put expressions in the place of whole parts, as `substitute` does in that of variables."""
    new = by.get(expr)
    if new is not None or type(expr) is not Apply:
        return new or expr
    args = tuple([replaced(a, by) for a in expr.args])
    return expr if args == expr.args else _again(expr.op, args)


def _again(op: str, args: tuple[Expr, ...]) -> Expr:
    return make(op, *args) if op in OPS else Apply(op, args)


def walk(expr: Expr) -> Iterator[Expr]:
    """Every part of an expression, the whole first."""
    pending = [expr]
    while pending:
        part = pending.pop()
        yield part
        if isinstance(part, Apply):
            pending.extend(part.args)


def variables(expr: Expr) -> frozenset[str]:
    """The names in it; of an operator they are kept once they are known, and parts with the same
    names share one set."""
    if type(expr) is Var:
        return _one_name(expr.name)
    if type(expr) is not Apply:
        return _NO_NAMES
    try:
        return expr._variables  # type: ignore[attr-defined,no-any-return]  # slots are no fields
    except AttributeError:
        found = _NO_NAMES
        for a in expr.args:
            if type(a) is not Num:
                more = variables(a)
                found = more if found <= more else found if more <= found else found | more
        object.__setattr__(expr, "_variables", found)
        return found


_NO_NAMES: frozenset[str] = frozenset()


@lru_cache(maxsize=1024)
def _one_name(name: str) -> frozenset[str]:
    return frozenset((name,))


def operators(expr: Expr) -> set[str]:
    """The names of the operators in it."""
    found: set[str] = set()
    pending = [expr]
    while pending:
        part = pending.pop()
        if type(part) is Apply:
            found.add(part.op)
            pending += part.args
    return found


def exactly(expr: Expr, values: Mapping[str, Fraction]) -> Fraction | None:
    """The exact value where it is rational by plain arithmetic, else None. Raises `Undefined`."""
    result = substitute(expr, {name: Num(v) for name, v in values.items()})
    return result.value if isinstance(result, Num) else None
