"""SCH6xx: nothing is wrong, but somebody who trains models would look twice.

In: what `lint` measured. Out: words for the author, and the words that settle the doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from schedc.diagnostics.base import Finding, Label, Level
from schedc.shown import counted, shown_fraction
from schedc.source import Span


@dataclass(frozen=True)
class NoFirstUpdate(Finding):
    """The learning rate of the first update is 0.

    Why: That update changes nothing: the checkpoint after it equals the one before, and a run of
    10 updates makes 9. Nothing is lost in a long run, so this is advice only.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine
    Instead:
        run: {steps: 100, first: 1}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine
    """

    code: ClassVar[str] = "SCH601"
    level: ClassVar[Level] = Level.ADVICE
    name: str

    def message(self) -> str:
        return f"`{self.name}` is 0 at update 0, which therefore changes nothing"

    def help(self) -> str:
        return "begin above 0, or write `first: 1` in the run to begin one update into the ramp"


@dataclass(frozen=True)
class EndNotReached(Finding):
    """The last update that is made is still some way from the final value.

    Why: A phase owns its start and not its end: the value at its end holds from there on, after
    the last update. On a short last phase that is a visible step that nobody takes.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3, 90%) >> linear(→0)
    Instead:
        run: {steps: 100, endpoint: true}
        schedules:
          lr: constant(1e-3, 90%) >> linear(→0)
    """

    code: ClassVar[str] = "SCH602"
    level: ClassVar[Level] = Level.ADVICE
    update: int
    value: str
    final: str

    def message(self) -> str:
        return (
            f"the last update, {self.update:,}, has {self.value}; "
            f"the final {self.final} comes only after it"
        )

    def help(self) -> str:
        return "`endpoint: true` in the run lets the last update land on it; so does `first: 1`"


@dataclass(frozen=True)
class ShortPhase(Finding):
    """A phase that owns one update at most.

    Why: A phase is made of the updates inside it. With none or one the curve is never seen: the
    value steps from the phase before to the one after, often because a share was taken of a run
    that is shorter than it was meant to be.

    Example:
        run: {steps: 50}
        schedules:
          lr: linear(0→1e-3, 1%) >> cosine(→1e-5)
    Instead:
        run: {steps: 5000}
        schedules:
          lr: linear(0→1e-3, 1%) >> cosine(→1e-5)
    """

    code: ClassVar[str] = "SCH603"
    level: ClassVar[Level] = Level.WARNING
    phase: str
    start: Fraction
    stop: Fraction
    updates: int
    update: int  # the first after its end
    before: str  # the value at the update before that, "" where there is none
    after: str

    def message(self) -> str:
        owns = "no update" if not self.updates else "one update"
        where = f"from {shown_fraction(self.start)} to {shown_fraction(self.stop)}"
        if not self.before:
            return f"`{self.phase}`, {where}, owns {owns}; update {self.update:,} has {self.after}"
        return (
            f"`{self.phase}`, {where}, owns {owns}: the value goes from {self.before} "
            f"to {self.after} at update {self.update:,}"
        )

    def help(self) -> str:
        return "make the phase or the run longer, or leave the phase out"


@dataclass(frozen=True)
class PeakBetweenUpdates(Finding):
    """The highest value lies between two updates.

    Why: No update ever has it, so a log of the run never shows the peak of its config.

    Example:
        run: {steps: 15}
        schedules:
          temperature: linear(0→1, 30%) >> linear(→0.5, 5 steps) >> constant
    Instead:
        run: {steps: 15}
        schedules:
          temperature: linear(0→1, floor(30%)) >> linear(→0.5, 5 steps) >> constant
    """

    code: ClassVar[str] = "SCH604"
    level: ClassVar[Level] = Level.ADVICE
    peak: str
    at: Fraction
    below: str  # the values at the updates on both sides
    above: str
    length: str  # the span that could be rounded

    def message(self) -> str:
        low = self.at.numerator // self.at.denominator
        return (
            f"the peak of {self.peak} lies at {shown_fraction(self.at)}, between two updates: "
            f"{self.below} at {low:,} and {self.above} at {low + 1:,}"
        )

    def help(self) -> str:
        return (
            f"`floor({self.length})` puts it on an update"
            if self.length
            else ("`floor(…)` around the span puts it on an update")
        )


@dataclass(frozen=True)
class StopsEarly(Finding):
    """The run stops before its schedule ends.

    Why: That is often meant (a cosine cut off on purpose). It is as often a horizon that nobody
    updated, and the run never sees its low learning rates.

    Example:
        run: {steps: 1000, stop: 60%, first: 1}
        schedules:
          lr: constant(1e-3, 5%) >> cosine(→1e-5)
    Instead:
        run: {steps: 600, first: 1}
        schedules:
          lr: constant(1e-3, 5%) >> cosine(→1e-5)
    """

    code: ClassVar[str] = "SCH605"
    level: ClassVar[Level] = Level.ADVICE
    name: str
    update: Fraction
    share: Fraction
    value: str
    final: str

    def message(self) -> str:
        percent = shown_fraction(Fraction(round(self.share * 1000), 10))
        return (
            f"the run stops at update {shown_fraction(self.update)}, {percent}% of the schedule, "
            f"where `{self.name}` is {self.value}; it would end at {self.final}"
        )

    def help(self) -> str:
        return "if that is meant, nothing is to be done"


@dataclass(frozen=True)
class UnusualWarmup(Finding):
    """The warm-up is shorter or longer than is customary.

    Why: Published runs warm up over 0.1% to 10% of their updates (BERT 1%, GPT-3 0.1%), short
    ones up to 20%. Far outside, a span was often written in another unit than it was meant in.
    [Brown et al. 2020; Devlin et al. 2019; Hägele et al. 2024]

    Example:
        run: {steps: 100_000, first: 1}
        schedules:
          lr: linear(0→1e-3, 60%) >> cosine
    Instead:
        run: {steps: 100_000, first: 1}
        schedules:
          lr: linear(0→1e-3, 6%) >> cosine
    """

    code: ClassVar[str] = "SCH606"
    level: ClassVar[Level] = Level.ADVICE
    share: Fraction
    updates: Fraction
    most: int  # percent

    def message(self) -> str:
        percent = f"{float(self.share * 100):.3g}%"
        return (
            f"the warm-up takes {percent} of the run ({counted(self.updates)}); "
            f"customary are 0.1% to {self.most}%"
        )

    def help(self) -> str:
        return "if that is meant, nothing is to be done"


@dataclass(frozen=True)
class BatchUnderSteps(Finding):
    """The batch changes while the schedule moves with updates.

    Why: The learning rate then moves faster or slower through the data where the batch changes,
    which moves the whole curve against the tokens seen. Some runs mean that; OLMo-core refuses it.

    Example:
        run: {steps: 1000, first: 1, batch: "constant(256, 500 steps) >>! 512"}
        schedules:
          lr: constant(1e-3, 5%) >> cosine(→1e-5)
    Instead:
        run: {samples: 384_000, first: 1, batch: "constant(256, 128k samples) >>! 512"}
        schedules:
          lr: constant(1e-3, 5%) >> cosine(→1e-5)
    """

    code: ClassVar[str] = "SCH607"
    level: ClassVar[Level] = Level.ADVICE
    name: str
    update: int
    before: int
    after: int
    unit: str  # samples or tokens
    what: str = "batch"  # or "sequence length"
    clocks: tuple[str, ...] = ("samples", "tokens")  # the clocks that would move with the data
    length: str = ""  # of the phase, where the run moves with such a clock and the phase does not
    batch: Span | None = None

    def message(self) -> str:
        return (
            f"the {self.what} goes from {self.before:,} to {self.after:,} {self.unit} at update "
            f"{self.update:,} while `{self.name}` moves with updates"
        )

    def labels(self) -> tuple[Label, ...]:
        return () if self.batch is None else (Label(self.batch, f"the {self.what}"),)

    def help(self) -> str:
        if self.length:
            return f"its length is {self.length}; written so, it moves with the data"
        clocks = " or ".join([f"`clock: {clock}`" for clock in self.clocks])
        return f"with {clocks} in the run its shares move with the data"


@dataclass(frozen=True)
class RisesAgain(Finding):
    """A cosine falls, passes its lowest point, and rises again before the run ends.

    Why: past half a cycle a cosine comes back up. Schedulers whose length is shorter than the run
    do so without a word, and the rate is high again in the last updates (Noble-Lab/casanovo#693).
    `cycles` says that it is meant.

    Example:
        run: {steps: 100}
        schedules:
          lr: 1e-3 * (1.1 + cos(2*pi*step/total))
    Instead:
        run: {steps: 100}
        schedules:
          lr: 1e-3 * (1.1 + cos(pi*step/total))
    """

    code: ClassVar[str] = "SCH608"
    level: ClassVar[Level] = Level.ADVICE

    at: str
    often: bool = False  # it falls once more, and perhaps rises

    def message(self) -> str:
        again = "rises and falls again" if self.often else "rises again to the end of its phase"
        return f"the value falls up to update {self.at}, and {again}"

    def help(self) -> str:
        whole = "2)` is two whole waves" if self.often else "1)`"
        return f"if that is meant, say so: `cosine(…, cycles={whole}"
