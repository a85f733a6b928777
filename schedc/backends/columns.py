"""The tables of a batch ramp as generated Python holds them.

In: runs, and the code that reads their tables. Out: `Column`s by name, as objects and as text.
The one rule: numbers lie side by side in arrays, as small as they fit, so that looking one up
anywhere in a long run is one look into memory, and a table of ten thousand rows stays near the
processor.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schedc.backends.clocks import BATCH, BATCH_TOKENS, SAMPLES, TOKENS, near, tables
from schedc.backends.text import wrapped
from schedc.render import occurring
from schedc.run import Run

_LINES = frozenset({SAMPLES, BATCH, TOKENS, BATCH_TOKENS})


@dataclass(frozen=True, slots=True)
class Column:
    """One table, or one number. typecode: of an `array`; "" where no kind of array would do."""

    numbers: tuple[int, ...] | int
    typecode: str = ""

    @property
    def held(self) -> Sequence[float] | int:
        """The object that the code reads."""
        if isinstance(self.numbers, int) or not self.typecode:
            return self.numbers
        return array(self.typecode, self.numbers)

    @property
    def written(self) -> str:
        """The same as text."""
        if isinstance(self.numbers, int):
            return str(self.numbers)
        cells = f"(\n{wrapped(map(str, self.numbers), 8)}\n)"
        return f'array("{self.typecode}", {cells})' if self.typecode else cells


def columns(runs: Iterable[Run], body: str) -> Mapping[str, Column]:
    """What of the ramps' tables the code reads, by name."""
    found: dict[str, Column] = {}
    for run in runs:
        for name, numbers in tables(run).items():
            # whole floats are faster than long integers, and as exact below 2^53
            small = name in _LINES and max(map(abs, numbers)) < 1 << 52
            found[name] = Column(numbers, "d" if small else _typecode(numbers))
        blocks = near(run)
        if blocks is not None:
            width, rows = blocks
            found |= {"RAMP_WIDTH": Column(width), "RAMP_NEAR": Column(rows, _typecode(rows))}
    return {name: found[name] for name in occurring(body, frozenset(found))}


def _typecode(numbers: Sequence[int]) -> str:
    """The smallest kind of array that holds whole numbers."""
    low, high = min(numbers), max(numbers)
    for code, bits in (("h", 15), ("i", 31), ("q", 63)):
        if -(1 << bits) <= low and high < 1 << bits:
            return code
    return ""


__all__ = ["Column", "columns"]
