"""Formulas → the same with what they share named.

In: lowered expressions. Out: bindings in the order to compute them, and what is left.
The one rule: a part that is used twice is computed once, also what a comparison repeats; numbers
and variables stay where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schedc.expr import ZERO, Apply, Expr, Num, Var

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
    def whole(self) -> Expr:
        """The first result with its bindings put back."""
        known: dict[str, Expr] = {}

        def put(expr: Expr) -> Expr:
            if isinstance(expr, Var):
                return known.get(expr.name, expr)
            if isinstance(expr, Apply):
                return Apply(expr.op, tuple([put(a) for a in expr.args]))
            return expr

        for name, body in self.bindings:
            known[name] = put(body)
        return put(self.results[0])


def share(formulas: Sequence[Expr], taken: frozenset[str] = frozenset()) -> Shared:
    """Name every compound part that occurs more than once."""
    if len(formulas) == 1 and _is_chain(formulas[0]):
        return Shared((), tuple(formulas))
    uses: dict[Expr, int] = {}

    def count(expr: Expr) -> None:
        if isinstance(expr, Apply) and expr.args:
            uses[expr] = uses.get(expr, 0) + 1
            if uses[expr] == 1:
                for a in expr.args:
                    count(a)

    formulas = [_in_pairs(formula) for formula in formulas]
    for formula in formulas:
        count(formula)
    chosen = frozenset(a for e in uses if isinstance(e, Apply) and e.op in _CHOICES for a in e.args)
    names: dict[Expr, str] = {}
    used = set(taken)
    bindings: list[tuple[str, Expr]] = []

    def rewrite(expr: Expr) -> Expr:
        if not isinstance(expr, Apply) or not expr.args:
            return expr
        if expr in names:
            return Var(names[expr])
        body = Apply(expr.op, tuple([rewrite(a) for a in expr.args]))
        if (uses[expr] == 1 and expr not in chosen) or (
            expr.op == "neg" and isinstance(expr.args[0], (Num, Var))
        ):
            return body
        name = _fresh(_NAMES.get(expr.op, "x"), used)
        names[expr] = name
        bindings.append((name, body))
        return Var(name)

    results = tuple([rewrite(f) for f in formulas])
    return Shared(tuple(bindings), results)


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
    if not isinstance(expr, Apply):
        return expr
    args = tuple([_in_pairs(a) for a in expr.args])
    while expr.op in _CHOICES and len(args) > 2:
        args = (Apply(expr.op, args[:2]), *args[2:])
    return Apply(expr.op, args)


def _fresh(stem: str, used: set[str]) -> str:
    name, n = stem, 2
    while name in used:
        name, n = f"{stem}{n}", n + 1
    used.add(name)
    return name
