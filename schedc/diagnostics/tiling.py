"""How phases tile the run (SCH301–SCH329): lengths, boundaries, what is left over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from schedc.diagnostics.base import Finding, Label, Level
from schedc.source import Span


def _table(rows: tuple[tuple[str, str], ...]) -> str:
    """Lines of `amount  what`, the amounts aligned at the right."""
    width = max(len(amount) for amount, _ in rows)
    return "\n".join(f"{amount:>{width}}  {what}" for amount, what in rows)


@dataclass(frozen=True)
class Overrun(Finding):
    """The phases are longer than the room they have.

    Why: what does not fit would be cut off, and the schedule would end somewhere on the way.

    Example:
        run: {steps: 10_000}
        schedules:
          lr: linear(0→1, 60%) >> cosine(→0, 5000 steps)
    Instead:
        run: {steps: 10_000}
        schedules:
          lr: linear(0→1, 60%) >> cosine(→0, 4000 steps)
    """

    code: ClassVar[str] = "SCH301"
    rows: tuple[tuple[str, str], ...]  # (amount, what): the phases, then the room
    over: str
    room: str = "the run"

    def message(self) -> str:
        return f"the phases are {self.over} longer than {self.room}\n{_table(self.rows)}"

    def help(self) -> str:
        return "leave out the length of one phase, and it takes what is left"


@dataclass(frozen=True)
class NothingLeft(Finding):
    """A phase without a length gets nothing.

    Why: it takes what the others leave, and they leave nothing.

    Example:
        run: {steps: 2000}
        schedules:
          lr: linear(0→1, 2000 steps) >> cosine(→0)
    Instead:
        run: {steps: 10_000}
        schedules:
          lr: linear(0→1, 2000 steps) >> cosine(→0)
    """

    code: ClassVar[str] = "SCH302"
    phase: str
    rows: tuple[tuple[str, str], ...]
    short: str  # by how much the run is too short, "" when exactly nothing is left

    def message(self) -> str:
        what = f"the run is {self.short} too short" if self.short else "nothing is left"
        takes = f"`{self.phase}`, which takes what the other phases leave"
        return f"{what} for {takes}\n{_table(self.rows)}"

    def help(self) -> str:
        return "shorten another phase, or write its length in `%` of the run"


@dataclass(frozen=True)
class TwoFlexible(Finding):
    """Two phases without a length share one room.

    Why: each takes what is left, so nothing says how they share it.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1) >> cosine
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> cosine
    """

    code: ClassVar[str] = "SCH303"
    first: str
    second: str
    other: Span

    def message(self) -> str:
        return f"`{self.first}` and `{self.second}` both take what is left"

    def labels(self) -> tuple[Label, ...]:
        return (Label(self.other, "this one has no length either"),)

    def help(self) -> str:
        return "give one of them a length, as `10%`, or both a share, as `rest/2`"


@dataclass(frozen=True)
class Uncovered(Finding):
    """The phases end before the run does.

    Why: the end value is held for the rest of the run, which is rarely what a missing length means.

    Example:
        run: {steps: 10_000}
        schedules:
          lr: linear(0→1, 10%) >> cosine(→0.1, 2000 steps)
    Instead:
        run: {steps: 10_000}
        schedules:
          lr: linear(0→1, 10%) >> cosine(→0.1, 2000 steps) >> constant
    """

    code: ClassVar[str] = "SCH304"
    level: ClassVar[Level] = Level.WARNING
    share: str  # "70%", or "4,000 updates" without a horizon
    start: str
    value: str

    def message(self) -> str:
        rest = f"the last {self.share} of the run stay at {self.value}"
        return f"the phases end at update {self.start}; {rest}"

    def help(self) -> str:
        return "leave out the last length, or say that it is meant with `>> constant`"


@dataclass(frozen=True)
class UntilBeforeStart(Finding):
    """A phase should end before it begins.

    Why: `until` speaks of the run, and by then the phases before have already passed that position.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 50%) >> constant(until 20%) >> linear(→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 20%) >> constant(until 50%) >> linear(→0)
    """

    code: ClassVar[str] = "SCH305"
    phase: str
    until: str
    start: str

    def message(self) -> str:
        return (
            f"`{self.phase}` should end at update {self.until}, "
            f"but begins at update {self.start}"
        )

    def help(self) -> str:
        return "`until` is a position of the run; a length is written without it"


@dataclass(frozen=True)
class UntilInside(Finding):
    """`until` stands inside `repeat` or `restart`.

    Why: a position of the run comes only once, and the part comes again and again.

    Example:
        run: {steps: 100}
        schedules:
          lr: restart(cosine(1→0, until 20%), times=2)
    Instead:
        run: {steps: 100}
        schedules:
          lr: restart(cosine(1→0, 50%), times=2)
    """

    code: ClassVar[str] = "SCH306"

    def message(self) -> str:
        return "`until` cannot stand in a part that is repeated"

    def help(self) -> str:
        return "give the phase a length"


@dataclass(frozen=True)
class NegativeLength(Finding):
    """The length of a phase is negative.

    Why: time does not go backwards.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10% - 20 steps) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 30% - 20 steps) >> constant
    """

    code: ClassVar[str] = "SCH307"
    phase: str
    length: str

    def message(self) -> str:
        return f"the length of `{self.phase}` is {self.length}"


@dataclass(frozen=True)
class ZeroLength(Finding):
    """A phase has no length.

    Why: it owns no update; only its end value counts.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 0 steps) >> cosine
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1→)
    """

    code: ClassVar[str] = "SCH308"
    level: ClassVar[Level] = Level.WARNING
    phase: str

    def message(self) -> str:
        return f"`{self.phase}` has no length: it owns no update"

    def help(self) -> str:
        return "leave it out"


@dataclass(frozen=True)
class NoEnd(Finding):
    """A phase takes what is left, but nothing says where that ends.

    Why: inside `take` a part is laid out as if nothing stopped it, so every phase needs a length.

    Example:
        run: {steps: 100}
        schedules:
          lr: take(linear(0→1), 50%) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: take(linear(0→1, 80%), 50%) >> constant
    """

    code: ClassVar[str] = "SCH309"
    phase: str

    def message(self) -> str:
        return f"`{self.phase}` takes what is left, but nothing says where that ends"

    def help(self) -> str:
        return "give it a length, as `10%`"


@dataclass(frozen=True)
class NeedsHorizon(Finding):
    """Something cannot be laid out without the length of the run.

    Why: without a horizon schedc lays out and proves for every N at once; how often a part repeats,
    or which of two rounded lengths is larger, depends on N in a way that has no single answer.

    Example:
        schedules:
          lr: repeat(linear(0→1, 10 steps) >> linear(→0, 10 steps))
    Instead:
        run: {steps: 1000}
        schedules:
          lr: repeat(linear(0→1, 10 steps) >> linear(→0, 10 steps))
    """

    code: ClassVar[str] = "SCH310"
    what: str
    unit: str = ""  # in which it must be known, where updates do not tell

    def message(self) -> str:
        return f"{self.what} needs the length of the run" + (f" in {self.unit}" * bool(self.unit))

    def help(self) -> str:
        if self.unit:
            return f"say in the run how many {self.unit} it takes, or give each phase a length"
        return "add `run: {steps: 10_000}`, or call with `--steps 10k`"


@dataclass(frozen=True)
class TooManyPhases(Finding):
    """A repetition lays out more phases than the compiler keeps.

    Why: a million phases were surely meant as a formula.

    Example:
        run: {steps: 100_000_000}
        schedules:
          lr: repeat(linear(0→1, 0.5 steps) >> linear(→0, 0.5 steps))
    Instead:
        run: {steps: 100_000_000}
        schedules:
          lr: repeat(linear(0→1, 500k steps) >> linear(→0, 500k steps))
    """

    code: ClassVar[str] = "SCH312"
    limit: int

    def message(self) -> str:
        return f"this repeats into more than {self.limit:,} phases"

    def help(self) -> str:
        return "a formula can repeat without phases: `mod(step, 10)`"


@dataclass(frozen=True)
class NotARound(Finding):
    """`times`, `scale` or `stretch` of a repetition cannot be used.

    Why: a part is repeated a whole number of times, and stretched by a factor above zero.

    Example:
        run: {steps: 100}
        schedules:
          lr: restart(cosine(1→0), times=2.5)
    Instead:
        run: {steps: 100}
        schedules:
          lr: restart(cosine(1→0), times=2)
    """

    code: ClassVar[str] = "SCH313"
    name: str
    value: str
    wanted: str

    def message(self) -> str:
        return f"`{self.name}` is {self.value}, but must be {self.wanted}"


@dataclass(frozen=True)
class Unmeasured(Finding):
    """The peak of a schedule is not known exactly.

    Why: `peak(…)` is used as an exact number; this schedule has none that can be written down.

    Example:
        run: {steps: 100}
        schedules:
          lr: sin(step/7) + cos(step/5) + 2
          wd: lr / peak(lr)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> cosine
          wd: lr / peak(lr)
    """

    code: ClassVar[str] = "SCH314"
    what: str

    def message(self) -> str:
        return f"`{self.what}` could not be found exactly"

    def help(self) -> str:
        return "name the peak with `let:` and use that name in both places"


@dataclass(frozen=True)
class OverShared(Finding):
    """The shares of the rest add up to more than all of it.

    Why: there is only one rest.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, rest) >> cosine(→0, rest/2)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, rest/2) >> cosine(→0, rest/2)
    """

    code: ClassVar[str] = "SCH315"
    total: str

    def message(self) -> str:
        return f"the shares of `rest` add up to {self.total}"

    def help(self) -> str:
        return "they may add up to 1"


@dataclass(frozen=True)
class IrrationalLength(Finding):
    """A phase begins or ends at a number that is no fraction.

    Why: where phases begin and end is exact, so that every target and every resumed run agrees on
    which phase owns an update. A root or a logarithm of updates has no last digit.

    Example:
        run: {steps: 1000}
        schedules:
          lr: linear(0→1, sqrt(2) * 100 steps) >> cosine
    Instead:
        run: {steps: 1000}
        schedules:
          lr: linear(0→1, round(sqrt(2) * 100 steps)) >> cosine
    """

    code: ClassVar[str] = "SCH316"
    at: str

    def message(self) -> str:
        return f"this phase begins or ends at {self.at} updates, which is no fraction"

    def help(self) -> str:
        return "make it whole, as in `round(sqrt(2) * 100 steps)`"
