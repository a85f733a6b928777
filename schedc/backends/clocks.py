"""Clocks that do not move evenly with the updates, computed from `step` in any target.

In: a run. Out: what `samples`, `tokens`, `epoch` and `batch` are, as bindings over `step` and, for
a batch ramp, over constant tables of whole numbers.
The one rule: a clock is whole-number arithmetic, exact in every target whose integers are.

A target that has arrays supports ramps with two rows of its dialect: `row` (how many entries of a
rising table are <= step) and `cell` (a table at a row), and by writing `tables` as constants. Where
it matters, `near` finds a row in two steps, however long the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from schedc.backends.share import put
from schedc.expr import STEP, Apply, Expr, Num, Var, make, num
from schedc.ramp import Table
from schedc.run import CLOCK_OF_UNIT, Run, ShortBatches, Tabled

CLOCKS = {
    "row": "how many entries of a rising table (1) are at most x (0)",
    "cell": "a table (0) at a row (1)",
}
"""Operators of these bindings, beside those of `lower.LOW`."""

MOST_BLOCKS = 8
"""Blocks for a row, at most, that `near` keeps: a table of rows very unlike in length has none."""

NEARBY = "RAMP_UPDATES"
"""The name of the table of changes where `near` exists; else it is `RAMP_CHANGES`."""

CHANGES = "RAMP_CHANGES"
SAMPLE = Var("samples")
SAMPLES, BATCH = "RAMP_SAMPLES", "RAMP_BATCH"
TOKENS, BATCH_TOKENS = "RAMP_TOKENS", "RAMP_BATCH_TOKENS"
_TABLES = {"samples": (SAMPLES, BATCH), "tokens": (TOKENS, BATCH_TOKENS)}
RAMPS = frozenset({NEARBY, CHANGES, SAMPLES, BATCH, TOKENS, BATCH_TOKENS})
"""What the tables of a ramp are called; no function is."""


def bindings(run: Run, used: frozenset[str]) -> tuple[tuple[str, Expr], ...]:
    """A name and its expression for each uneven clock in `used`, in the order to compute them."""
    found: list[tuple[str, Expr]] = []
    for unit, clock in CLOCK_OF_UNIT.items():
        pace = run.uneven.get(unit)
        if clock not in used or pace is None:
            continue
        if isinstance(pace, ShortBatches):
            found.append((clock, _short(pace)))
        else:
            assert isinstance(pace, Tabled)
            offset, rate = _TABLES[pace.unit]
            found.append(
                (clock, Apply("add", (_cell(offset), Apply("mul", (_cell(rate), STEP)))))
            )
    if "batch" in used and run.table is not None:
        found.append(("batch", _cell(BATCH)))
    if any(_reads_table(expr) for _, expr in found):
        found.insert(0, ("row", Apply("row", (STEP, Var(_changes(run))))))
    if not run.shift:
        return tuple(found)
    moved = Apply("add", (STEP, num(run.shift)))
    return tuple([(name, put(expr, {"step": moved})) for name, expr in found])


def _cell(table: str) -> Expr:
    return Apply("cell", (Var(table), Var("row")))


def _reads_table(expr: Expr) -> bool:
    return isinstance(expr, Apply) and (expr.op == "cell" or any(map(_reads_table, expr.args)))


def _short(pace: ShortBatches) -> Expr:
    """Whole epochs, and within one: full batches, then (from the last update on) the short one."""
    rest = pace.amount - (pace.updates - 1) * pace.rate
    inside = Apply("rem", (STEP, num(pace.updates)))
    full = Apply("mul", (Num(pace.rate), inside))
    start_of_last = (pace.updates - 1) * (pace.rate - rest)
    last = Apply("add", (Num(start_of_last), Apply("mul", (Num(rest), inside))))
    epochs = Apply("fdiv", (STEP, num(pace.updates)))
    return Apply("add", (Apply("mul", (Num(pace.amount), epochs)), Apply("min", (full, last))))


def tables(run: Run) -> Mapping[str, tuple[int, ...]]:
    """The tables of a batch ramp, by name: where rows begin, without the first one; and the line of
    each row: what the position would be at update 0, and how much an update takes."""
    if run.table is None:
        return {}
    table: Table = run.table
    found: dict[str, tuple[int, ...]] = {_changes(run): table.update[1:]}
    if table.samples:
        found |= {SAMPLES: _lines(table.update, table.samples, table.batch), BATCH: table.batch}
    if table.tokens:
        each = tuple([b * q for b, q in zip(table.batch, table.sequence, strict=True)])
        found |= {TOKENS: _lines(table.update, table.tokens, each), BATCH_TOKENS: each}
    return found


def _changes(run: Run) -> str:
    return CHANGES if near(run) is None else NEARBY


@lru_cache(maxsize=16)
def _near(starts: tuple[int, ...]) -> tuple[int, tuple[int, ...]] | None:
    if len(starts) < 3:
        return None
    width = min(b - a for a, b in pairwise(starts[1:]))
    blocks = starts[-1] // width + 1
    if blocks > MOST_BLOCKS * len(starts):
        return None
    rows: list[int] = []
    row = 0
    for block in range(blocks):
        while row + 1 < len(starts) and starts[row + 1] <= block * width:
            row += 1
        rows.append(row)
    return width, tuple(rows)


def near(run: Run) -> tuple[int, tuple[int, ...]] | None:
    """A width of blocks of updates, none with two changes in it, and the row each block begins in.

    Up to the last change, the row of an update is `rows[update // width]` or the one after. None
    where such blocks would be too many.
    """
    return None if run.table is None else _near(run.table.update)


def settled(run: Run) -> tuple[int, Mapping[str, Expr]] | None:
    """The update from which on the batch does not change, and each clock as a line from there."""
    if run.table is None:
        return None
    last = run.table.update[-1]
    clock = STEP if not run.shift else Apply("add", (STEP, num(run.shift)))
    lines: dict[str, Expr] = {}
    for unit, pace in run.uneven.items():
        slope = pace.at(Fraction(last + 1)) - pace.at(Fraction(last))
        offset = pace.at(Fraction(last)) - slope * last
        lines[CLOCK_OF_UNIT[unit]] = make("add", make("mul", Num(slope), clock), Num(offset))
    if run.table.samples:
        lines["batch"] = num(run.table.batch[-1])
    return last - run.shift, lines


def largest(run: Run) -> Mapping[str, float]:
    """How large a clock gets that is read from a table of the run, by the table's name, and by that
    name and [] how large its numbers are."""
    found: dict[str, float] = {}
    known = run.known
    rows = tables(run)
    for unit, (offset, _) in _TABLES.items():
        if offset in rows and known is not None:
            end = float(run.pace(unit).at(Fraction(known)))
            found[offset] = max(end, float(max(map(abs, rows[offset]))))
    return {**found, **{f"{name}[]": float(max(map(abs, row))) for name, row in rows.items()}}


def epoch_in_samples(run: Run) -> Mapping[str, Expr]:
    """The epoch where a batch ramp moves it: floor(49*epoch) of a quotient would miss a whole
    number, of samples it does not."""
    pace = run.uneven.get("epochs")
    return {"epoch": make("mul", Num(pace.scale), SAMPLE)} if isinstance(pace, Tabled) else {}


def _lines(
    update: tuple[int, ...], position: tuple[int, ...], rate: tuple[int, ...]
) -> tuple[int, ...]:
    return tuple([x - k * r for k, x, r in zip(update, position, rate, strict=True)])


__all__ = ["CLOCKS", "bindings", "epoch_in_samples", "near", "settled", "tables"]
