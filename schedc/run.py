"""The facts of the run: how long it is, and the exact position in every unit.

In: what `facts` derived. Out: `Run`, which converts positions between updates, epochs, samples and
tokens, and knows how each fact came about.
The one rule: conversions are exact, and a boundary may fall between two updates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil
from typing import Protocol, TypeAlias

from schedc.diagnostics import tiling, timing
from schedc.diagnostics.base import Finding, Refused, ScheduleError
from schedc.expr import STEP, TOTAL, Expr, Num, Var, make, num, variables
from schedc.ramp import Table
from schedc.source import NOWHERE, Span

CLOCK_OF_UNIT = {"steps": "step", "samples": "samples", "tokens": "tokens", "epochs": "epoch"}
"""Unit → the variable that holds the run's position in it."""

Needs: TypeAlias = tuple[tuple[str, ...], ...]
"""Sets of facts, each of which would do."""


# ---- how a unit moves --------------------------------------------------------------------------


class Pace(Protocol):
    """How a unit moves with the updates: both ways exact, and never falling."""

    def at(self, k: Fraction) -> Fraction:
        """The position in the unit at update position k."""

    def back(self, position: Fraction) -> Fraction:
        """The update position at a position in the unit."""


@dataclass(frozen=True, slots=True)
class Even:
    """The same amount at every update."""

    rate: Fraction

    def at(self, k: Fraction) -> Fraction:
        return self.rate * k

    def back(self, position: Fraction) -> Fraction:
        return position / self.rate


@dataclass(frozen=True, slots=True)
class ShortBatches:
    """Epochs of `updates` updates; the last batch of each is short: an epoch has `amount`, the
    other updates take `rate` each. In samples, or in tokens."""

    updates: int
    amount: Fraction
    rate: Fraction

    def at(self, k: Fraction) -> Fraction:
        epoch = k // self.updates
        inside = k - epoch * self.updates
        full = self.updates - 1
        if inside <= full:
            return epoch * self.amount + inside * self.rate
        rest = self.amount - full * self.rate
        return epoch * self.amount + full * self.rate + (inside - full) * rest

    def back(self, position: Fraction) -> Fraction:
        epoch = position // self.amount
        inside = position - epoch * self.amount
        full = self.updates - 1
        if inside <= full * self.rate:
            return epoch * self.updates + inside / self.rate
        rest = self.amount - full * self.rate
        return epoch * self.updates + full + (inside - full * self.rate) / rest


@dataclass(frozen=True, slots=True)
class Tabled:
    """As the table of a batch ramp says; `scale` turns samples into epochs, for one."""

    table: Table
    unit: str  # samples or tokens
    scale: Fraction = Fraction(1)

    def at(self, k: Fraction) -> Fraction:
        table = self.table
        found = table.samples_at(k) if self.unit == "samples" else table.tokens_at(k)
        return found * self.scale

    def back(self, position: Fraction) -> Fraction:
        position = position / self.scale
        if self.unit == "samples":
            return self.table.update_at_samples(position)
        return self.table.update_at_tokens(position)


# ---- how a fact came about ---------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """A fact with its derivation: written by somebody, or a rule applied to other facts.

    value: a count (updates, samples, tokens); `epochs` may be a fraction.
    """

    name: str
    value: Fraction
    rule: str = ""  # "per_device * devices * accumulate"; "" for a fact that was written
    inputs: tuple[Known, ...] = ()
    origin: str = ""  # of a written fact: "file", "command line", "API"
    span: Span | None = field(default=None, repr=False)
    likely: bool = False  # rests on a division that came out whole, not on a rule that must hold


@dataclass(frozen=True)
class Run:
    """One run. `total` is the clock at its end, in updates: a number, or `TOTAL` when not known.

    Where the length is stated in samples, tokens or epochs, `total` is that position exactly and
    may fall inside the last update; `executed` counts whole updates.
    rates: units per update, for the units that move evenly ("steps" always is 1).
    clock: the unit that `%`, `rest` and unspanned phases move in.
    uneven: the units that move with a batch ramp or with short last batches.
    first: update k is evaluated at clock k + first. shift: how far positions lie behind the clock.
    """

    total: Expr = TOTAL
    clock: str = "steps"
    rates: Mapping[str, Fraction] = field(default_factory=lambda: {"steps": Fraction(1)})
    uneven: Mapping[str, Pace] = field(default_factory=dict)
    table: Table | None = field(default=None, repr=False)
    first: int = 0
    shift: int = 0
    endpoint: bool = False
    stop: Fraction | None = None  # the update position at which the run stops before its end
    horizons: tuple[int, ...] = ()
    known_facts: Mapping[str, Known] = field(default_factory=dict, repr=False)
    needs: Mapping[str, Needs] = field(default_factory=dict, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, repr=False)  # fact → where it stands
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def known(self) -> int | None:
        """The clock at the end, in updates, if it is known; an update begun counts as whole."""
        return ceil(self.total.value) if isinstance(self.total, Num) else None

    @property
    def length(self) -> int | None:
        """The number of updates from start to end, `stop` or not, if it is known."""
        known = self.known
        return known + 1 if known is not None and self.endpoint else known

    @property
    def executed(self) -> int | None:
        """The number of updates that are really made: up to `stop`, if it comes first."""
        ends = [n for n in (self.length, None if self.stop is None else ceil(self.stop)) if n]
        return min(ends) if ends else None

    # ---- for the layout: expressions in, expressions out. What the run cannot say is `Refused`
    # with a finding that stands nowhere; whoever asked knows the place.

    def reading(self, unit: str) -> Expr:
        """The position in a unit as an expression of the clocks: `step`, `512*step`, `samples`.

        unit "batch": the batch in force.
        """
        if unit == "batch":
            batch = self.batch(0)
            if batch is None:
                raise Refused(timing.MissingFact(NOWHERE, unit, self.needs.get("samples", ())))
            return Num(batch) if self.table is None else Var("batch")
        if unit in self.uneven:
            return Var(CLOCK_OF_UNIT[unit])
        return self.position(STEP, unit)

    def position(self, updates: Expr, unit: str) -> Expr:
        """A position in updates → the same position in a unit."""
        pace = self.uneven.get(unit)
        if pace is None:
            rate = self._rate(unit)
            return updates if rate == 1 else make("mul", Num(rate), updates)
        return Num(pace.at(_known_position(updates, unit)))

    def updates(self, position: Expr, unit: str) -> Expr:
        """A position in a unit → the same position in updates."""
        pace = self.uneven.get(unit)
        if pace is None:
            rate = self._rate(unit)
            return position if rate == 1 else make("div", position, Num(rate))
        return Num(pace.back(_known_position(position, unit)))

    def clocks_at(self, k: Fraction) -> dict[str, Fraction]:
        """Every clock at update position k."""
        clocks = {CLOCK_OF_UNIT[unit]: rate * k for unit, rate in self.rates.items()}
        clock = k + self.shift
        clocks |= {CLOCK_OF_UNIT[unit]: pace.at(clock) for unit, pace in self.uneven.items()}
        batch = self.batch(clock)
        return clocks if batch is None else clocks | {"batch": batch}

    def clock_values(self, position: Expr, of: Expr) -> dict[str, Expr]:
        """The clock variables that an expression uses, at a position in updates."""
        used = variables(of)
        values = {
            clock: self.position(position, unit)
            for unit, clock in CLOCK_OF_UNIT.items()
            if clock in used and (unit in self.rates or unit in self.uneven)
        }
        if "batch" in used:
            k = Fraction(0) if self.table is None else _known_position(position, "samples")
            batch = self.batch(k)
            if batch is not None:
                values["batch"] = Num(batch)
        return values

    def _rate(self, unit: str) -> Fraction:
        rate = self.rates.get(unit)
        if rate is None:
            raise Refused(timing.MissingFact(NOWHERE, unit, self.needs.get(unit, ())))
        return rate

    def pace(self, unit: str) -> Pace:
        """How a unit moves. Raises `Refused` for a unit that the run knows nothing about."""
        return self.uneven.get(unit) or Even(self._rate(unit))

    # ---- for users: numbers in, numbers out. What the run cannot say is a `ScheduleError` that
    # names the fact it lacks.

    def samples(self, k: int | Fraction) -> Fraction:
        """Samples consumed when update k starts (k may lie between updates)."""
        return self._pace("samples").at(Fraction(k))

    def tokens(self, k: int | Fraction) -> Fraction:
        """Tokens consumed when update k starts (k may lie between updates)."""
        return self._pace("tokens").at(Fraction(k))

    def epochs(self, k: int | Fraction) -> Fraction:
        """Epochs finished when update k starts, a fraction inside an epoch."""
        return self._pace("epochs").at(Fraction(k))

    def _pace(self, unit: str) -> Pace:
        try:
            return self.pace(unit)
        except Refused as refused:
            raise ScheduleError([refused.finding]) from None

    def batch(self, k: int | Fraction) -> Fraction | None:
        """The batch in force at k, in samples; None where the run does not say."""
        if self.table is not None:
            return Fraction(self.table.batch_at(k)) if self.table.samples else None
        fact = self.known_facts.get("batch")
        return None if fact is None else fact.value

    def update(
        self,
        *,
        samples: int | Fraction | None = None,
        tokens: int | Fraction | None = None,
        epochs: int | Fraction | None = None,
    ) -> Fraction:
        """The update position at which so many samples, tokens or epochs have passed, exactly.

        Exactly one must be given (else a TypeError), in a unit that the run
        knows (else a `ScheduleError`). Its floor is the update in progress there.
        """
        given = {"samples": samples, "tokens": tokens, "epochs": epochs}
        units = [(unit, at) for unit, at in given.items() if at is not None]
        if len(units) != 1:
            raise TypeError("give exactly one of samples=, tokens= and epochs=")
        unit, at = units[0]
        return self._pace(unit).back(Fraction(at))

    def by_update(self) -> Run:
        """The same run over the number of the update instead of the clock."""
        return replace(self, first=0, shift=self.first)

    def at_horizon(self, length: int) -> Run:
        """The same run, but of so many updates."""
        return replace(self, total=num(length - 1 if self.endpoint else length))


def _known_position(position: Expr, unit: str) -> Fraction:
    if not isinstance(position, Num):
        what = f"a position in {unit}, with batches that are not all alike,"
        raise Refused(tiling.NeedsHorizon(NOWHERE, what))
    return position.value


__all__ = [
    "CLOCK_OF_UNIT",
    "STEP",
    "TOTAL",
    "Even",
    "Known",
    "Pace",
    "Run",
    "ShortBatches",
    "Tabled",
    "Var",
    "num",
]
