"""Many phases → rows of numbers: phases that differ in their numbers only share one formula.

In: a lowered layout. Out: `Rows`: the stops, the formulas with slots, and each phase's numbers.
The one rule: finding a phase is one search in sorted stops, whatever their number.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from schedc.backends.base import Layout
from schedc.backends.share import Shared, put
from schedc.backends.stops import comparison
from schedc.expr import STEP, Apply, Expr, Num, Var
from schedc.render import nearest


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
    first: Expr
    last: Expr

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
        if not isinstance(stop, Num):
            return None
        stops.append(stop.value)
    formulas = [
        (Shared((), (layout.first,)), "up to the start"),
        *[(b.formula, b.comment) for b in layout.branches],
        (Shared((), (layout.last,)), "from the end on"),
    ]
    lines = [None if f.bindings else _as_line(f.results[0]) for f, _ in formulas]
    sloping = any(line is not None and line[1] for line in lines)
    emptied = [
        _slots(formula) if line is None or not sloping else (_OF_LINE, list(line))
        for line, (formula, _) in zip(lines, formulas, strict=True)
    ]
    used: dict[_Words, list[list[Fraction]]] = {}
    for words, numbers in emptied:
        used.setdefault(words, []).append(numbers)
    skeletons: dict[_Words, Shared] = {}
    for (words, _), (formula, _) in zip(emptied, formulas, strict=True):
        if words not in skeletons:
            skeletons[words] = _LINE if words == _OF_LINE else _skeleton(formula)
    shapes: dict[_Words, tuple[int, Shape, list[int]]] = {}
    for n, (words, columns) in enumerate(used.items()):
        size, one = len(columns[0]), len(columns) == 1
        differ = [j for j in range(size) if one or any(c[j] != columns[0][j] for c in columns)]
        values: dict[str, Expr] = {f"#{j}": Num(columns[0][j]) for j in range(size)}
        values |= {f"#{j}": Var(f"v{m}") for m, j in enumerate(differ)}
        shapes[words] = n, Shape(filled(skeletons[words], values), len(differ)), differ
    rows = []
    for (words, numbers), (_, comment) in zip(emptied, formulas, strict=True):
        n, _, differ = shapes[words]
        rows.append(Row(n, tuple([numbers[j] for j in differ]), comment))
    return Rows(
        tuple(stops),
        tuple(rows),
        tuple([shape for _, shape, _ in shapes.values()]),
        layout.first,
        layout.last,
    )


_Words: TypeAlias = tuple[str, ...]
"""A formula word for word, `#` for each of its numbers: phases with the same words share a shape.
Ten thousand tuples of words are compared much sooner than ten thousand trees."""

_BRACKET = Apply("sub", (STEP, Var("#2")))
_LINE = Shared((), (Apply("add", (Var("#0"), Apply("mul", (Var("#1"), _BRACKET)))),))
_OF_LINE: _Words = ("a line",)
"""More phases share a shape where every line and level is v + p*(step - z)."""


def _as_line(expr: Expr) -> tuple[Fraction, Fraction, Fraction] | None:
    """(v, p, z) when the expression is v + p*(step - z) with a z that floats hold exactly."""
    value = Fraction(0)
    if isinstance(expr, Num):
        return expr.value, value, value
    found = _from_zero(expr)
    if found is None:
        match expr:
            case Apply("add" | "sub" as op, (Num(value), x)) if (inner := _from_zero(x)):
                found = inner if op == "add" else (-inner[0], inner[1])
            case _:
                return None
    slope, zero = found
    if zero.denominator == 1 and abs(zero.numerator) < 1 << 53:
        return value, slope, zero
    exact = nearest(zero).as_integer_ratio() == zero.as_integer_ratio()
    return (value, slope, zero) if exact else None


def _from_zero(expr: Expr) -> tuple[Fraction, Fraction] | None:
    """(p, z) when the expression is p*(step - z)."""
    match expr:
        case Apply("mul", (Num(c), x)) if (inner := _from_zero(x)):
            return c * inner[0], inner[1]
        case Apply("div", (x, Num(c))) if (inner := _from_zero(x)):
            return inner[0] / c, inner[1]
        case Apply("sub", (Var("step"), Num(z))):
            return Fraction(1), z
        case Apply("sub", (Num(z), Var("step"))):
            return Fraction(-1), z
        case Apply("add", (Var("step"), Num(z))):
            return Fraction(1), -z
        case Var("step"):
            return Fraction(1), Fraction(0)
    return None


_MANY = 64  # rows from which on a search is slower than a second table
_BLOCKS = 4  # blocks for each row, at most


def blocks_of(rows: Rows) -> tuple[int, tuple[int, ...]] | None:
    """A width of blocks of updates, none of which holds two stops, and the row that each begins in.

    The row of a step is then that of its block, or the next one. None: too few rows, or too uneven.
    """
    starts = rows.stops[1:]
    if len(starts) < _MANY:
        return None
    width = math.floor(min(b - a for a, b in pairwise([Fraction(0), *starts])))
    if width < 1 or starts[-1] / width > _BLOCKS * len(starts):
        return None
    row, near = 1, []
    for block in range(math.ceil(starts[-1] / width)):
        while rows.stops[row] <= block * width:
            row += 1
        near.append(row)
    return width, tuple(near)


def _slots(formula: Shared) -> tuple[_Words, list[Fraction]]:
    """A formula in words, and its numbers; a division by a number is a product."""
    words: list[str] = []
    numbers: list[Fraction] = []
    for name, expr in formula.bindings:
        words.append(name)
        _spell(expr, words, numbers)
    for result in formula.results:
        _spell(result, words, numbers)
    return tuple(words), numbers


def _spell(expr: Expr, words: list[str], numbers: list[Fraction]) -> None:
    if type(expr) is Num:
        words.append("#")
        numbers.append(expr.value)
    elif type(expr) is Var:
        words.append(expr.name)
    elif type(expr) is Apply:
        divisor = _divisor(expr)
        if divisor is not None:
            words += ("mul", "(", "#")
            numbers.append(1 / divisor)
            _spell(expr.args[0], words, numbers)
        else:
            words += (expr.op, "(")
            for a in expr.args:
                _spell(a, words, numbers)
        words.append(")")


def _divisor(expr: Apply) -> Fraction | None:
    below = expr.args[1] if expr.op == "div" else None
    return below.value if type(below) is Num else None


def _skeleton(formula: Shared) -> Shared:
    """A formula with `#0`, `#1`, … in the place of its numbers, in the order of `_slots`."""
    count = itertools.count()
    bindings = tuple([(name, _hollow(expr, count)) for name, expr in formula.bindings])
    return Shared(bindings, tuple([_hollow(result, count) for result in formula.results]))


def _hollow(expr: Expr, count: Iterator[int]) -> Expr:
    if type(expr) is Num:
        return Var(f"#{next(count)}")
    if type(expr) is not Apply:
        return expr
    if _divisor(expr) is not None:
        return Apply("mul", (Var(f"#{next(count)}"), _hollow(expr.args[0], count)))
    return Apply(expr.op, tuple([_hollow(a, count) for a in expr.args]))


def filled(formula: Shared, values: Mapping[str, Expr]) -> Shared:
    """A formula with expressions in the place of variables."""
    return Shared(
        tuple([(name, put(e, values)) for name, e in formula.bindings]),
        tuple([put(r, values) for r in formula.results]),
    )
