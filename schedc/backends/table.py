"""Many phases → rows of numbers: phases that differ in their numbers only share one formula.

In: a lowered layout. Out: `Rows`: the stops, the formulas with slots, and each phase's numbers.
The one rule: finding a phase is one search in sorted stops, whatever their number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from schedc.backends.base import Layout
from schedc.backends.lower import comparison
from schedc.backends.share import Shared
from schedc.expr import Apply, Expr, Num, Var


@dataclass(frozen=True, slots=True)
class Shape:
    """A formula whose moving numbers are the variables `v0`, `v1`, …; `slots`: how many."""

    formula: Shared
    slots: int


@dataclass(frozen=True, slots=True)
class Row:
    """A phase: which shape, and its numbers."""

    shape: int
    numbers: tuple[Fraction, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Row i holds from stop i-1 on, before stop i; the first up to 0, the last for ever."""

    stops: tuple[Fraction, ...]
    rows: tuple[Row, ...]
    shapes: tuple[Shape, ...]

    @property
    def width(self) -> int:
        """The most numbers that a row needs."""
        return max(shape.slots for shape in self.shapes)


_JUST_AFTER_0 = Fraction("1e-300")  # update 0 itself has the first value, exactly


def tabulated(layout: Layout) -> Rows | None:
    """The rows of a layout; None where a stop depends on the length of the run."""
    stops = [_JUST_AFTER_0]
    for branch in layout.branches:
        stop = comparison(branch.stop)[1]
        if not isinstance(stop, Num) or not isinstance(branch.stop, Num):
            return None
        stops.append(stop.value)
    formulas = [
        (Shared((), (layout.first,)), "up to the start"),
        *[(b.formula, b.comment) for b in layout.branches],
        (Shared((), (layout.last,)), "from the end on"),
    ]
    emptied = [_slots(formula) for formula, _ in formulas]
    used: dict[Shared, list[list[Num]]] = {}
    for skeleton, numbers in emptied:
        used.setdefault(skeleton, []).append(numbers)
    shapes: dict[Shared, tuple[int, Shape, list[int]]] = {}
    for n, (skeleton, columns) in enumerate(used.items()):
        size = len(columns[0])
        moving = [j for j in range(size) if len({c[j] for c in columns}) > 1 or len(columns) == 1]
        values: dict[str, Expr] = {f"#{j}": columns[0][j] for j in range(size)}
        values |= {f"#{j}": Var(f"v{m}") for m, j in enumerate(moving)}
        shapes[skeleton] = n, Shape(_filled(skeleton, values), len(moving)), moving
    rows = []
    for (skeleton, numbers), (_, comment) in zip(emptied, formulas, strict=True):
        n, _, moving = shapes[skeleton]
        rows.append(Row(n, tuple([numbers[j].value for j in moving]), comment))
    return Rows(tuple(stops), tuple(rows), tuple([shape for _, shape, _ in shapes.values()]))


def _slots(formula: Shared) -> tuple[Shared, list[Num]]:
    """A formula with its numbers taken out."""
    numbers: list[Num] = []

    def empty(expr: Expr) -> Expr:
        if isinstance(expr, Num):
            numbers.append(expr)
            return Var(f"#{len(numbers) - 1}")
        if isinstance(expr, Apply):
            return Apply(expr.op, tuple([empty(a) for a in expr.args]))
        return expr

    bindings = tuple([(name, empty(e)) for name, e in formula.bindings])
    return Shared(bindings, tuple([empty(r) for r in formula.results])), numbers


def _filled(formula: Shared, values: Mapping[str, Expr]) -> Shared:
    def put(expr: Expr) -> Expr:
        if isinstance(expr, Var):
            return values.get(expr.name, expr)
        if isinstance(expr, Apply):
            return Apply(expr.op, tuple([put(a) for a in expr.args]))
        return expr

    return Shared(
        tuple([(name, put(e)) for name, e in formula.bindings]),
        tuple([put(r) for r in formula.results]),
    )
