"""Formulas that differ in nothing but their numbers: one question for all of them.

In: rows of formulas, many of one shape. Out: the rows for which an enclosure answers yes.
The one rule: where they differ a name stands in the place of the number, and reaches from the
smallest to the largest of them; what is enclosed for that holds for each of them. The answer for
all may be "not known" where that for one is yes, so then fewer are asked together.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias

from schedc.expr import Apply, Expr, Num, Var
from schedc.intervals import CONSTANT, Reach

Row: TypeAlias = tuple[Expr, ...]

MANY = 32
"""Fewer formulas are looked at one by one."""

_SIZE = 500
"""Parts of a formula: one in which many are shared is not written out."""

_HALVINGS = 4


def hold(
    rows: Sequence[Row], holds: Callable[[Row, dict[str, Reach]], bool]
) -> Iterator[int]:
    """The numbers of the rows, from 0, for which `holds` is true of a row like them.

    holds: of formulas, and how far the names reach that stand for numbers.
    """
    if len(rows) < MANY:
        return
    shapes: dict[Hashable, list[int]] = {}
    numbers: list[list[Fraction]] = []
    for index, row in enumerate(rows):
        numbers.append([])
        if max([e.size if type(e) is Apply else 1 for e in row]) > _SIZE:  # type: ignore[attr-defined]
            continue
        shapes.setdefault(tuple([_shape(e, numbers[-1]) for e in row]), []).append(index)
    pending = [(several, 0) for several in shapes.values()]
    while pending:
        several, halved = pending.pop()
        if len(several) < max(MANY >> halved, 2):
            continue
        if holds(*_hull(rows[several[0]], [numbers[i] for i in several])):
            yield from several
        elif halved < _HALVINGS:  # neighbours are less far apart
            half = len(several) // 2
            pending += [(part, halved + 1) for part in (several[:half], several[half:])]


def _shape(expr: Expr, numbers: list[Fraction]) -> Hashable:
    """A formula without its numbers, which are put down in the order in which they stand."""
    match expr:
        case Num(value):
            numbers.append(value)
            return None
        case Apply(op, args):
            return op, *[_shape(a, numbers) for a in args]
    return expr


def _hull(row: Row, numbers: Sequence[Sequence[Fraction]]) -> tuple[Row, dict[str, Reach]]:
    """A row with names where those of its shape have different numbers."""
    reaches: dict[str, Reach] = {}
    each = zip(*numbers, strict=True)

    def put(expr: Expr) -> Expr:
        match expr:
            case Num():
                ends = next(each)
                low, high = _extremes(ends)
                if low == high:
                    return expr
                name = f"number {len(reaches)}"
                zero = low <= 0 <= high
                reaches[name] = Reach(low, high, CONSTANT, not zero)
                return Var(name)
            case Apply(op, args):
                return Apply(op, tuple([put(a) for a in args]))
        return expr

    return tuple([put(e) for e in row]), reaches


def _extremes(numbers: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """The least and the largest; the nearest floats, which keep their order, leave few of them."""
    different = {id(number): number for number in numbers}.values()
    try:
        near = list(map(float, different))
    except OverflowError:
        return min(different), max(different)
    low, high = [
        [number for number, other in zip(different, near, strict=True) if other == end]
        for end in (min(near), max(near))
    ]
    return min(low), max(high)
