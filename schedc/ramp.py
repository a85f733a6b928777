"""Batch ramps: the exact map between updates, samples and tokens when the batch changes.

In: the batch and the sequence length as whole-valued schedules over updates, samples or tokens.
Out: `Table`, one row for each stretch of updates that take the same batch and sequence length.
The one rule: update k takes B(x) samples, where x is the position at which k starts; so the
position is an exact sum of whole numbers, and one row stands for any number of updates.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from schedc.expr import Expr, Num, TooLarge, Undefined
from schedc.integers import moves, quick, whole
from schedc.intervals import RISING, Reach, reach

MOST_ROWS = 50_000
"""A table that needs more is refused: no batch changes so often on purpose."""

MOST_PROBES = 10_000
"""Looks at a formula with cosines or roots in it: each takes as long as a thousand others."""

FIRST_PROBES = 500
"""After so many of them it is clear how far they lead."""

UNEVEN = 10
"""How many times as far the looks that are left may lead, where a formula calms down."""

UNITS = ("steps", "samples", "tokens")
"""What a batch schedule may move in; each position there is a whole number at every update."""


@dataclass(frozen=True, slots=True)
class Level:
    """A formula on `[start, stop)` of a unit; the formula's variable is `step`, the position."""

    start: Fraction
    stop: Fraction
    value: Expr


@dataclass(frozen=True, slots=True)
class Levels:
    """A whole-valued schedule over one unit: consecutive levels, and the end value for ever."""

    unit: str  # one of UNITS
    levels: tuple[Level, ...]
    final: Expr


class NotWhole(Exception):  # noqa: N818  # becomes a finding where the schedule stands
    """A batch or sequence length that is not a whole number above 0, at its first such update."""

    def __init__(self, what: str, update: int, position: int, unit: str, value: Expr) -> None:
        self.what, self.update, self.position = what, update, position
        self.unit, self.value = unit, value
        super().__init__(f"the {what} is not a whole number at update {update}")


class TooManyRows(Exception):  # noqa: N818  # becomes a finding
    """The batch changes more than `MOST_ROWS` times."""


class TooManyProbes(Exception):  # noqa: N818  # becomes a finding
    """Where the batch changes takes more than `MOST_PROBES` looks to find. what: as in `NotWhole`.
    probes: how many there were, which led as far as `position` of its unit."""

    def __init__(self, what: str, probes: int, position: int, unit: str) -> None:
        self.what, self.probes, self.position, self.unit = what, probes, position, unit
        super().__init__(f"{probes} looks at the {what} led as far as {position} {unit}")


@dataclass(frozen=True)
class Table:
    """Rows of equal updates. Row i: from update `update[i]` on, which starts at `samples[i]` and
    `tokens[i]`, each update takes `batch[i]` samples of `sequence[i]` tokens; the last for ever.

    Without a sequence length, `sequence` and `tokens` are empty; where only the tokens of an update
    are known, `samples` is empty and `batch` is 1. Between two updates the position moves evenly.
    All rows are whole numbers; `update` starts with 0 and rises.
    """

    update: tuple[int, ...]
    samples: tuple[int, ...]
    tokens: tuple[int, ...]
    batch: tuple[int, ...]
    sequence: tuple[int, ...]

    def row(self, k: Fraction | int) -> int:
        """The row that update position k lies in; the first one before 0."""
        return max(bisect_right(self.update, k) - 1, 0)

    def samples_at(self, k: Fraction | int) -> Fraction:
        """Samples consumed when update k starts; between updates, in proportion."""
        i = self.row(k)
        return Fraction(self.samples[i] + (k - self.update[i]) * self.batch[i])

    def tokens_at(self, k: Fraction | int) -> Fraction:
        """Tokens consumed when update k starts; between updates, in proportion."""
        i = self.row(k)
        return Fraction(self.tokens[i] + (k - self.update[i]) * self.batch[i] * self.sequence[i])

    def update_at_samples(self, position: Fraction | int) -> Fraction:
        """The update position at which so many samples are consumed."""
        i = max(bisect_right(self.samples, position) - 1, 0)
        return self.update[i] + Fraction(position - self.samples[i]) / self.batch[i]

    def update_at_tokens(self, position: Fraction | int) -> Fraction:
        """The update position at which so many tokens are consumed."""
        i = max(bisect_right(self.tokens, position) - 1, 0)
        rate = self.batch[i] * self.sequence[i]
        return self.update[i] + Fraction(position - self.tokens[i]) / rate

    def batch_at(self, k: Fraction | int) -> int:
        """The batch of the update in progress at k, in samples."""
        return self.batch[self.row(k)]


def tabulate(batch: Levels, sequence: Levels | None = None) -> Table:
    """The table of a batch schedule and perhaps a sequence-length schedule.

    Raises `NotWhole` at the first update whose batch or sequence length is not whole or below 1,
    `TooManyRows` and `TooManyProbes`. A schedule over tokens needs a sequence length (else a
    ValueError).
    """
    if sequence is None and batch.unit == "tokens":
        raise ValueError("tokens need a sequence length")
    takes = _Cursor("batch", batch)
    lengths = None if sequence is None else _Cursor("sequence", sequence)
    update: list[int] = []
    samples: list[int] = []
    tokens: list[int] = []
    batches: list[int] = []
    sequences: list[int] = []
    k = s = t = 0
    while True:
        b = takes.value(k, s, t)
        q = 1 if lengths is None else lengths.value(k, s, t)
        if not update or b != batches[-1] or q != sequences[-1]:
            update.append(k)
            samples.append(s)
            tokens.append(t)
            batches.append(b)
            sequences.append(q)
            if len(update) > MOST_ROWS:
                raise TooManyRows
        alike = takes.alike(b, q)
        if lengths is not None:
            other = lengths.alike(b, q)
            alike = other if alike is None else alike if other is None else min(alike, other)
        if alike is None:
            break
        k += alike
        s += alike * b
        t += alike * b * q
    if lengths is None:
        return Table(tuple(update), tuple(samples), (), tuple(batches), ())
    return Table(tuple(update), tuple(samples), tuple(tokens), tuple(batches), tuple(sequences))


def tabulate_tokens(batch_tokens: Levels, sequence: int | None = None) -> Table:
    """The table of a schedule of tokens per update; with samples where `sequence` divides them all.

    Raises as `tabulate` does.
    """
    unit = "samples" if batch_tokens.unit == "tokens" else batch_tokens.unit
    table = tabulate(Levels(unit, batch_tokens.levels, batch_tokens.final))
    ones = (1,) * len(table.update)
    if sequence is None or any(amount % sequence for amount in table.batch):
        return Table(table.update, (), table.samples, ones, table.batch)
    return Table(
        table.update,
        tuple([at // sequence for at in table.samples]),
        table.samples,
        tuple([amount // sequence for amount in table.batch]),
        (sequence,) * len(table.update),
    )


@dataclass(slots=True)
class _Cursor:
    """A place in a whole-valued schedule that only moves forward."""

    what: str
    schedule: Levels
    index: int = -1
    x: int = 0
    stop: Fraction = Fraction(0)
    now: int = 0
    at: Callable[[int], int | None] = field(default=lambda x: None)
    moves: int | None = 0
    slow: bool = False  # is the formula one that takes long to look at?
    probes: int = 0  # slow ones so far
    last: tuple[int, int | None] = (-1, None)  # where it was looked at last, and its value
    stride: int = 1  # how many updates the last level lasted: where the next search begins

    def value(self, k: int, s: int, t: int) -> int:
        """The value when update k starts, at s samples and t tokens. Raises `NotWhole`."""
        unit = self.schedule.unit
        x = self.x = k if unit == "steps" else s if unit == "samples" else t
        levels = self.schedule.levels
        while x >= self.stop and self.index < len(levels):
            self.index += 1
            if self.index < len(levels):
                level = levels[self.index]
                self.stop = level.stop
                if x < level.stop:
                    self.at = self._counted(level.value)
                    last = -(-level.stop // 1)  # the search looks at whole positions up to here
                    self.moves = moves(level.value, "step", level.start, Fraction(last))
            else:
                self.at, self.moves = self._counted(self.schedule.final), 0
        try:
            found = self.at(x)
        except Undefined:
            found = None
        if found is None or found < 1:
            raise NotWhole(self.what, k, x, unit, self.formula)
        self.now = found
        return found

    def _counted(self, value: Expr) -> Callable[[int], int | None]:
        at = whole(value, "step")
        self.slow, self.last = not quick(value, "step"), (-1, None)
        if not self.slow:
            return at

        def counted(x: int) -> int | None:
            if x != self.last[0]:  # the value that ends a row begins the next one
                self._look(x)
                self.last = x, at(x)
            return self.last[1]

        return counted

    def _look(self, x: int) -> None:
        """Count a slow look, at x. Too many are refused as soon as that is clear."""
        self.probes += 1
        if self.probes < FIRST_PROBES:
            return
        levels = self.schedule.levels
        end = levels[-1].stop if levels and self.probes % FIRST_PROBES == 0 else 0
        hopeless = end * self.probes > UNEVEN * MOST_PROBES * max(x, 1)
        if hopeless or self.probes > MOST_PROBES:
            raise TooManyProbes(self.what, self.probes, x, self.schedule.unit)

    @property
    def formula(self) -> Expr:
        levels = self.schedule.levels
        return levels[self.index].value if self.index < len(levels) else self.schedule.final

    def alike(self, b: int, q: int) -> int | None:
        """How many updates of b samples of q tokens keep the value; None: all that follow."""
        if self.index == len(self.schedule.levels):
            return None
        unit = self.schedule.unit
        rate = 1 if unit == "steps" else b if unit == "samples" else b * q
        room = self.stop - self.x
        inside = -(-room.numerator // (room.denominator * rate))  # updates that start before stop
        if self.moves == 0:
            return inside
        if self.moves is None:
            return self._one_by_one(rate, inside)
        self.stride = self._search(rate, inside)
        return self.stride

    def _one_by_one(self, rate: int, inside: int) -> int:
        """The first of the updates that changes, of a formula that may turn anywhere: as many at a
        time as an enclosure of the formula shows to be the same."""
        same, several = 1, self.stride  # update `same` is the next to look at
        while same < inside:
            several = min(several, inside - same)
            if several > 1 and self._surely(same, same + several - 1, rate):
                same, several = same + several, several * 2
            elif several > 1:
                several //= 4
            elif self.at(self.x + same * rate) == self.now:
                same, several = same + 1, 2
            else:
                break
        self.stride = max(same // 2, 1)
        return same

    def _surely(self, first: int, last: int, rate: int) -> bool:
        """Do all of these updates surely have the value of now?"""
        low, high = (Fraction(self.x + j * rate) for j in (first, last))
        if self.slow:
            self._look(self.x + first * rate)
        try:
            found = reach(self.formula, {"step": Reach(low, high, RISING)})
        except (Undefined, TooLarge, KeyError):
            return False
        return found.doubt is None and found.low == found.high == self.now

    def _search(self, rate: int, inside: int) -> int:
        """The first of the updates that changes, found by doubling and halving."""
        at, x, now = self.at, self.x, self.now
        same, step = 0, self.stride
        # the level before is a good guess: most levels last as long, give or take one
        if step > 1 and step - 1 < inside and at(x + (step - 1) * rate) == now:
            same, step = step - 1, 1
        elif step > 1:
            step = 1
        while True:
            probe = same + step
            if probe >= inside:
                probe = inside
                break
            if at(x + probe * rate) != now:
                break
            same, step = probe, step * 2
        while probe - same > 1:
            middle = (same + probe) // 2
            if at(x + middle * rate) == now:
                same = middle
            else:
                probe = middle
        return probe


def constant_levels(value: int | Fraction) -> Levels:
    """A batch or sequence length that never changes."""
    return Levels("steps", (), Num(Fraction(value)))


def rows(table: Table) -> Sequence[tuple[int, ...]]:
    """The rows one by one: update, samples, tokens (when known), batch, sequence (when known)."""
    columns = [table.update, table.samples, table.tokens, table.batch, table.sequence]
    return list(zip(*[c for c in columns if c], strict=True))
