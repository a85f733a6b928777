"""The facts of the run: how long it is, and the exact position in every unit.

In: facts (steps, batch, dataset, …). Out: `Run`, which converts positions between updates, epochs,
samples and tokens.
The one rule: conversions are exact, and a boundary may fall between two updates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from schedc.expr import STEP, TOTAL, Expr, Num, Var, make, num, variables

CLOCK_OF_UNIT = {"steps": "step", "samples": "samples", "tokens": "tokens", "epochs": "epoch"}
"""Unit → the variable that holds the run's position in it."""


@dataclass(frozen=True)
class Run:
    """One run. `total` is the clock at its end, in updates: a number, or `TOTAL` when not known.

    rates: units per update, for the units that move evenly ("steps" always is 1).
    clock: the unit that `%`, `rest` and unspanned phases move in.
    """

    total: Expr = TOTAL
    clock: str = "steps"
    rates: Mapping[str, Fraction] = field(default_factory=lambda: {"steps": Fraction(1)})

    @property
    def known(self) -> int | None:
        """The clock at the end, in updates, if it is known."""
        return int(self.total.value) if isinstance(self.total, Num) else None

    def reading(self, unit: str) -> Expr:
        """The run's position in a unit, as an expression of the clocks: `step`, `512*step`, `samples`."""
        return make("mul", Num(self.rates[unit]), STEP)

    def position(self, updates: Expr, unit: str) -> Expr:
        """A position in updates → the same position in a unit."""
        return make("mul", Num(self.rates[unit]), updates)

    def updates(self, position: Expr, unit: str) -> Expr:
        """A position in a unit → the same position in updates."""
        return make("div", position, Num(self.rates[unit]))

    def clocks_at(self, k: Fraction) -> dict[str, Fraction]:
        """Every clock at update position k."""
        clocks = {CLOCK_OF_UNIT[unit]: rate * k for unit, rate in self.rates.items()}
        return clocks

    def clock_values(self, position: Expr, of: Expr) -> dict[str, Expr]:
        """The clock variables that an expression uses, at a position in updates."""
        return {
            CLOCK_OF_UNIT[unit]: self.position(position, unit)
            for unit in self.rates
            if CLOCK_OF_UNIT[unit] in variables(of)
        }


__all__ = ["CLOCK_OF_UNIT", "STEP", "TOTAL", "Run", "Var", "num"]
