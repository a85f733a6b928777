"""Formulas → the same with what they share named.

In: lowered expressions. Out: bindings in the order to compute them, and what is left.
The one rule: a part that is used twice is computed once, also what a comparison repeats; numbers
and variables stay where they are.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schedc.backends.collect import STILL
from schedc.expr import ZERO, Apply, Expr, Num, Var, variables

_NAMES = {
    "sin": "s", "cos": "c", "sqrt": "r", "pow": "p", "exp": "e", "fdiv": "n", "rem": "m",
    "row": "row",
}  # fmt: skip


_CHOICES = frozenset({"min", "max"})  # targets compare their arguments, and then repeat one


@dataclass(frozen=True, slots=True)
class Shared:
    """`bindings`: names and what they stand for; `results`: the formulas in terms of them."""

    bindings: tuple[tuple[str, Expr], ...]
    results: tuple[Expr, ...]

    @property
    def parts(self) -> tuple[Expr, ...]:
        """What the names stand for, and the results."""
        return (*[body for _, body in self.bindings], *self.results)

    @property
    def moves(self) -> bool:
        """Does a clock occur in it?"""
        names = {name for name, _ in self.bindings}
        return not frozenset[str]().union(*map(variables, self.parts)) <= STILL | names

    @property
    def whole(self) -> Expr:
        """The first result with its bindings put back."""
        known: dict[str, Expr] = {}
        for name, body in self.bindings:
            known[name] = put(body, known)
        return put(self.results[0], known)


def put(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """Expressions in the place of variables; nothing folds."""
    if type(expr) is Var:
        return values.get(expr.name, expr)
    if type(expr) is Apply:
        return Apply(expr.op, tuple([put(a, values) for a in expr.args]))
    return expr


def share(formulas: Sequence[Expr], taken: frozenset[str] = frozenset()) -> Shared:
    """Name every compound part that occurs more than once."""
    if len(formulas) == 1 and _is_chain(formulas[0]):
        return Shared((), tuple(formulas))
    uses: dict[Expr, int] = {}
    formulas = [_in_pairs(formula) for formula in formulas]
    for formula in formulas:
        _count(formula, uses)
    chosen = frozenset(a for e in uses if isinstance(e, Apply) and e.op in _CHOICES for a in e.args)
    named = frozenset(e for e, n in uses.items() if (n > 1 or e in chosen) and not _is_minus(e))
    if not named:  # usually: they are not made anew
        return Shared((), tuple(formulas))
    found = _Names({}, set(taken), [])
    results = tuple([_rewritten(f, named, found) for f in formulas])
    return Shared(tuple(found.bindings), results)


# These call themselves and take what they gather as arguments: a function within a function that
# calls itself is a circle of objects, and ten thousand of them keep the collector busy for seconds.


def _count(expr: Expr, uses: dict[Expr, int]) -> None:
    """How often each compound part occurs."""
    if type(expr) is Apply and expr.args:
        seen = uses.get(expr, 0)
        uses[expr] = seen + 1
        if not seen:
            for a in expr.args:
                _count(a, uses)


def _is_minus(expr: Expr) -> bool:
    """-x costs no more than a name."""
    return isinstance(expr, Apply) and expr.op == "neg" and isinstance(expr.args[0], (Num, Var))


@dataclass(frozen=True, slots=True)
class _Names:
    """What is named so far: parts and their names, the names that are used, and the bindings."""

    names: dict[Expr, str]
    used: set[str]
    bindings: list[tuple[str, Expr]]


def _rewritten(expr: Expr, named: frozenset[Expr], found: _Names) -> Expr:
    if not isinstance(expr, Apply) or not expr.args:
        return expr
    if expr in found.names:
        return Var(found.names[expr])
    body = Apply(expr.op, tuple([_rewritten(a, named, found) for a in expr.args]))
    if expr not in named:
        return body
    name = _fresh(_NAMES.get(expr.op, "x"), found.used)
    found.names[expr] = name
    found.bindings.append((name, body))
    return Var(name)


def _is_chain(expr: Expr) -> bool:
    """Does each operator hold one other at most? Then no part can occur twice."""
    while isinstance(expr, Apply):
        inner = [a for a in expr.args if isinstance(a, Apply)]
        if len(inner) > 1 or expr.op in _CHOICES:
            return False
        expr = inner[0] if inner else ZERO
    return True


def _in_pairs(expr: Expr) -> Expr:
    """min(a, b, c) as min(min(a, b), c)."""
    if type(expr) is not Apply:
        return expr
    args = tuple([_in_pairs(a) for a in expr.args])
    if len(args) < 3 and all(map(operator.is_, args, expr.args)):
        return expr
    while expr.op in _CHOICES and len(args) > 2:
        args = (Apply(expr.op, args[:2]), *args[2:])
    return Apply(expr.op, args)


def _fresh(stem: str, used: set[str]) -> str:
    name, n = stem, 2
    while name in used:
        name, n = f"{stem}{n}", n + 1
    used.add(name)
    return name
