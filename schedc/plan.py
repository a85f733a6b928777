"""What a schedule says once every name is known, before time is laid out.

In: nothing. Out: the plan types that `resolve` builds and `layout` reads.
The one rule: a plan holds no names to look up, only definitions, exact numbers and lengths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from schedc.expr import Expr
from schedc.source import NOWHERE, Span
from schedc.syntax import Definition


@dataclass(frozen=True, slots=True)
class Length:
    """A sum of amounts in units: `30% - 1 step` is (("%", 3/10), ("steps", -1)).

    `%` amounts are shares of the run (1/10 for 10%). rest: the share of what is left over.
    """

    parts: tuple[tuple[str, Expr], ...]
    rest: Expr | None = None

    @property
    def unit(self) -> str | None:
        """The one unit it is written in, `%` included; None when several are mixed."""
        units = {unit for unit, _ in self.parts} | ({"%"} if self.rest is not None else set())
        return units.pop() if len(units) == 1 else None


@dataclass(frozen=True, slots=True)
class RoundedLength:
    """`floor ceil round min max` of lengths, measured in updates."""

    op: str
    args: tuple[AnyLength, ...]


@dataclass(frozen=True, slots=True)
class ScaledLength:
    """A sum of multiples that cannot be multiplied out: `2 * floor(7%)`, `floor(7%) - 1 step`."""

    terms: tuple[tuple[Expr, AnyLength], ...]


AnyLength: TypeAlias = Length | RoundedLength | ScaledLength


@dataclass(frozen=True, slots=True)
class Until:
    """The phase ends at this position of the run."""

    position: AnyLength
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Interval:
    """The resolved ends of a range."""

    start: Expr | None
    stop: Expr | None


@dataclass(frozen=True, slots=True)
class Requires:
    """A condition of a curve over its own variables."""

    left: Expr
    op: str
    right: Expr
    text: str


@dataclass(frozen=True)
class Curve:
    """A curve of the vocabulary: the formula as an expression over `from to u t length start`,
    the clocks, its parameters, and `elapsed p` / `passed p` for span parameters p."""

    definition: Definition
    body: Expr
    needs: frozenset[str]  # the variables of the body
    uses: frozenset[str]  # and those of the defaults
    at_start: Expr  # the body at u = 0
    at_end: Expr  # the body at u = 1
    defaults: Mapping[str, Expr | AnyLength | None]
    kinds: Mapping[str, str]
    requires: tuple[Requires, ...]

    @property
    def name(self) -> str:
        return self.definition.name


@dataclass(frozen=True)
class Recipe:
    """A recipe of the vocabulary: expanded where it is called."""

    definition: Definition
    kinds: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.definition.name


Parameters: TypeAlias = Mapping[str, "Expr | AnyLength | tuple[AnyLength, ...]"]


@dataclass(frozen=True)
class CurvePhase:
    """A call of a curve. start, stop: what the range said; parameters: what was given. floor: where
    a recipe was told its `min`, when that is what stop is."""

    curve: Curve
    start: Expr | None
    stop: Expr | None
    parameters: Parameters
    length: AnyLength | Until | None
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict)  # argument → where it stands
    floor: Span | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """A number, or an expression of the clocks and of `u t length start` of its own stretch."""

    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Pointwise:
    """An operator of `expr.OPS` applied at each moment."""

    op: str
    args: tuple[Plan, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Series:
    """`A >> B >>! C`, brackets inside already taken away: `>>` is associative."""

    elements: tuple[Plan, ...]
    jumps: tuple[bool, ...]
    joins: tuple[Span, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Repeat:
    """`repeat(A, …)` and, with jump, `restart(A, …)`."""

    body: Plan
    times: Expr | None
    scale: Expr
    stretch: Expr
    jump: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Take:
    """`take(A, span)`."""

    body: Plan
    length: AnyLength
    span: Span


@dataclass(frozen=True, slots=True)
class Whole:
    """A on the run's own clock: `global(A)`, and a schedule named by `let`."""

    body: Plan
    span: Span


@dataclass(frozen=True, slots=True)
class Sampled:
    """`every(A, span)`: sampled and held."""

    body: Plan
    length: AnyLength
    span: Span


@dataclass(frozen=True, slots=True)
class Extended:
    """`extend(A)`: the last formula goes on after its end."""

    body: Plan
    span: Span


@dataclass(frozen=True, slots=True)
class Timed:
    """`phase(A, span)`: anything, with a length of its own."""

    body: Plan
    length: AnyLength | Until
    span: Span


@dataclass(frozen=True, slots=True)
class Reference:
    """Another schedule of the block, on the run's clock."""

    name: str
    span: Span


Plan: TypeAlias = (
    CurvePhase
    | Formula
    | Pointwise
    | Series
    | Repeat
    | Take
    | Whole
    | Sampled
    | Extended
    | Timed
    | Reference
)

Value: TypeAlias = Expr | AnyLength | Plan | Interval | Until


@dataclass(frozen=True, slots=True)
class Measured:
    """A number read off a schedule: `peak(lr)`, `final(lr)`, `last(lr)`, `at(lr, 10%)`."""

    what: str
    of: Plan
    position: AnyLength | None
    span: Span
