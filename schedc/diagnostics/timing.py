"""SCH330–SCH379: the facts of the run, and batches that change.

In: facts as numbers and texts, with the places they were written. Out: words for their author.
Counts are shown as `12,800`; what can be pasted is written `12_800`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from schedc.diagnostics.base import Finding, Label, Level
from schedc.shown import counted
from schedc.shown import shown_fraction as shown
from schedc.source import Span

# ---- one fact ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class UnknownFact(Finding):
    """A key of `run:` that is no fact of a run.

    Why: A length that nobody reads is a length that the run does not have.

    Example:
        run: {step: 100}
        schedules:
          lr: linear(0→1)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH330"
    name: str
    near: str | None  # what was probably meant
    known: tuple[str, ...]

    def message(self) -> str:
        return f"a run has no fact `{self.name}`"

    def help(self) -> str:
        if self.near:
            return f"did you mean `{self.near}`?"
        return f"the facts of a run are {', '.join(f'`{name}`' for name in self.known)}"


@dataclass(frozen=True)
class NoSuchValue(Finding):
    """A fact of the run has a value of the wrong kind.

    Why: `steps: 3 epochs` and `stop: 5000` each say half of what they mean; a guess at the other
    half would be a guess at the length of the run.

    Example:
        run: {steps: 10 epochs}
        schedules:
          lr: linear(0→1)
    Instead:
        run: {steps: 10_000}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH331"
    name: str
    text: str
    wanted: str  # "a whole number above 0", "a position of the run"
    instead: str  # what can be pasted

    def message(self) -> str:
        return f"`{self.name}` must be {self.wanted}, not `{self.text}`"

    def help(self) -> str:
        return f"write `{self.instead}`" if self.instead else ""


@dataclass(frozen=True)
class ImpossibleValue(Finding):
    """A number that no run can have: 0 updates, half a sample, 1e24 steps.

    Why: A placeholder such as `max_steps: 1000000000000000000000000` makes every `%` of it
    useless, and a batch that is not whole is a miscalculation upstream.

    Example:
        run: {steps: 0}
        schedules:
          lr: linear(0→1, 10 steps)
    Instead:
        run: {steps: 1000}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH332"
    name: str
    value: Fraction
    rule: str  # "must be whole", "must be above 0", "is more than any run has"

    def message(self) -> str:
        return f"`{self.name}` is {shown(self.value)}, but {self.rule}"

    def help(self) -> str:
        if self.value > 10**15 and self.value.denominator == 1:
            return f"a run whose length is not known has no `{self.name}`: leave it out"
        if self.value.denominator != 1:
            low = self.value.numerator // self.value.denominator
            return f"write `{self.name}: {max(low, 1):_}` or `{self.name}: {low + 1:_}`"
        return ""


@dataclass(frozen=True)
class FirstAndEndpoint(Finding):
    """Both `first: 1` and `endpoint: true`.

    Why: Each lets the last update land on the final value, in its own way; together they would pass
    it.

    Example:
        run: {steps: 100, first: 1, endpoint: true}
        schedules:
          lr: linear(0→1)
    Instead:
        run: {steps: 100, endpoint: true}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH333"
    other: Span

    def message(self) -> str:
        return "`first: 1` and `endpoint: true` cannot both hold"

    def labels(self) -> tuple[Label, ...]:
        return (Label(self.other, "the other one"),)

    def help(self) -> str:
        return (
            "`first: 1` skips the start value and reaches the end; "
            "`endpoint: true` has both, on a ramp that is one update shorter"
        )


@dataclass(frozen=True)
class NoEndpoint(Finding):
    """`endpoint: true` on a run of a single update.

    Why: One update cannot be both at the start and at the end.

    Example:
        run: {steps: 1, endpoint: true}
        schedules:
          lr: linear(0→1)
    Instead:
        run: {steps: 2, endpoint: true}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH334"

    def message(self) -> str:
        return "`endpoint: true` needs a run of at least 2 updates, and this one has 1"

    def help(self) -> str:
        return "leave out `endpoint`"


# ---- facts against each other ------------------------------------------------------------------


@dataclass(frozen=True)
class FactsDisagree(Finding):
    """Two ways to the same fact give different numbers.

    Why: One of them is wrong, and the schedule would stretch over a run that does not exist: the
    commonest damage of all, and a silent one.

    Example:
        run: {steps: 1000, epochs: 3, dataset: 50_000, batch: 128}
        schedules:
          lr: linear(0→1)
    Instead:
        run: {epochs: 3, dataset: 50_000, batch: 128}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH335"
    name: str
    one: str  # "512, as written"
    other: str  # "1,024 = per_device 8 * devices 8 * accumulate 16"
    places: tuple[tuple[Span, str], ...]
    remedy: str = ""

    def message(self) -> str:
        return f"`{self.name}` has two values:\n  {self.one}\n  {self.other}"

    def labels(self) -> tuple[Label, ...]:
        return tuple(Label(span, text) for span, text in self.places)

    def help(self) -> str:
        return self.remedy or "leave out the one that follows from the others"


@dataclass(frozen=True)
class FactChanged(Finding):
    """The command line or the API contradicts the file.

    Why: Which of two sources wins is a coin toss that every framework decides differently; here the
    winner is marked.
    """

    code: ClassVar[str] = "SCH336"
    name: str
    value: str
    origin: str
    other_value: str
    other_origin: str
    other: Span

    def message(self) -> str:
        return (
            f"the {self.origin} says `{self.name}` is {self.value}, "
            f"the {self.other_origin} says {self.other_value}"
        )

    def labels(self) -> tuple[Label, ...]:
        return (Label(self.other, f"{self.other_value} here"),)

    def help(self) -> str:
        if self.origin == "command line":
            return f"to replace it write `--run {self.name}:={self.value}`"
        return f'to replace it pass `"{self.name}:": "{self.value}"`'


@dataclass(frozen=True)
class NotDivisible(Finding):
    """A fact that follows from the others would not be whole.

    Why: A run takes whole samples and whole micro-batches. Frameworks round here without a word,
    and then the run has another batch than its config.

    Example:
        run: {steps: 100, batch: 100, per_device: 8, devices: 4}
        schedules:
          lr: linear(0→1)
    Instead:
        run: {steps: 100, batch: 96, per_device: 8, devices: 4}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH337"
    name: str
    derivation: str
    value: Fraction
    places: tuple[tuple[Span, str], ...]

    def message(self) -> str:
        return f"`{self.name}` would be {shown(self.value)} = {self.derivation}, which is not whole"

    def labels(self) -> tuple[Label, ...]:
        return tuple(Label(span, text) for span, text in self.places)

    def help(self) -> str:
        return "one of these facts is not what the run does"


@dataclass(frozen=True)
class MissingFact(Finding):
    """A unit is used that the run says nothing about.

    Why: Tokens are turned into updates with the batch of the run, epochs with its dataset. A guess
    would be wrong by exactly the factor that ruins the schedule.

    Example:
        run: {steps: 10_000}
        schedules:
          lr: linear(0→1, 200M tokens) >> constant
    Instead:
        run: {steps: 10_000, batch_tokens: 4M}
        schedules:
          lr: linear(0→1, 200M tokens) >> constant
    """

    code: ClassVar[str] = "SCH338"
    unit: str
    needs: tuple[tuple[str, ...], ...]  # sets of facts, each of which would do

    def message(self) -> str:
        missing = _either([_all(names) for names in self.needs])
        unit = "samples" if self.unit == "batch" else self.unit
        return f"how many {unit} an update takes is not known: `run:` lacks {missing}"

    def help(self) -> str:
        samples = {
            "batch": "512",
            "sequence": "2048",
            "batch_tokens": "4M",
            "dataset": "50_000",
            "epoch": "1250 steps",
            "steps": "10_000",
            "per_device": "8",
            "devices": "8",
            "accumulate": "1",
        }
        facts = ", ".join(f"{name}: {samples.get(name, '…')}" for name in self.needs[0])
        return f"add to the run, with your numbers: `{facts}`"


def _all(names: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _either(ways: list[str]) -> str:
    if any(" and " in way for way in ways):
        return ", or ".join(ways)
    return ", ".join(ways[:-1]) + " or " + ways[-1] if len(ways) > 1 else ways[0]


@dataclass(frozen=True)
class LengthNotConverted(Finding):
    """The run says how long it is in a unit that cannot be turned into updates.

    Why: The schedules are then checked for every number of updates, which is less than could be
    proved.

    Example:
        run: {epochs: 90}
        schedules:
          lr: linear(0→1, 10%) >> constant
    Instead:
        run: {epochs: 90, epoch: 1250 steps}
        schedules:
          lr: linear(0→1, 10%) >> constant
    """

    code: ClassVar[str] = "SCH339"
    level: ClassVar[Level] = Level.WARNING
    unit: str
    value: Fraction
    needs: tuple[tuple[str, ...], ...]

    def message(self) -> str:
        missing = _either([_all(names) for names in self.needs])
        return (
            f"how many updates {shown(self.value)} {self.unit} are is not known: "
            f"`run:` lacks {missing}"
        )

    def help(self) -> str:
        return "until it is known, everything is checked for every number of updates"


@dataclass(frozen=True)
class StopAfterEnd(Finding):
    """`stop` lies at or beyond the end of the run.

    Why: `stop` is where a run ends before its schedules do. At or after the end it stops nothing,
    so one of the two is not what was meant.

    Example:
        run: {steps: 1000, stop: 2000 steps}
        schedules:
          lr: linear(0→1)
    Instead:
        run: {steps: 2000, stop: 1000 steps}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH340"
    stop: Fraction
    total: Fraction

    def message(self) -> str:
        return (
            f"the run should stop at update {shown(self.stop)}, "
            f"but its schedules end at update {shown(self.total)}"
        )

    def help(self) -> str:
        return "leave out `stop`, or make the run longer"


@dataclass(frozen=True)
class AtHorizon(Finding):
    """A schedule does not hold for one of the further lengths that are to be checked.

    Why: A config is tried on ten updates and trained on a million; what fits the one run may be too
    long for the other, and that shows when the short run is started in a hurry.

    Example:
        run: {steps: 10_000, horizons: [100]}
        schedules:
          lr: linear(0→1, 500 steps) >> cosine
    Instead:
        run: {steps: 10_000, horizons: [1000]}
        schedules:
          lr: linear(0→1, 500 steps) >> cosine
    """

    code: ClassVar[str] = "SCH350"
    horizon: int
    found: Finding

    def message(self) -> str:
        return f"for a run of {counted(Fraction(self.horizon))}: {self.found.message()}"

    def labels(self) -> tuple[Label, ...]:
        return self.found.labels()

    def help(self) -> str:
        return self.found.help()


@dataclass(frozen=True)
class UnprovedAtHorizon(AtHorizon):
    """What is proved of the run is neither proved nor refuted for a further length.

    Why: A length is listed in `horizons` because the schedule must hold there too. What could not
    be proved for it is not known.

    Example:
        run: {steps: 1000, horizons: [1_000_000]}
        schedules:
          lr: 2 + sin(step^2)
        assert:
          - lr <= 3 - 1e-9
    Instead:
        run: {steps: 1000, horizons: [1_000_000]}
        schedules:
          lr: 2 + sin(step^2)
        assert:
          - lr <= 3
    """

    code: ClassVar[str] = "SCH351"
    level: ClassVar[Level] = Level.WARNING


@dataclass(frozen=True)
class LastUpdatePasses(Finding):
    """The last update passes the stated length.

    Why: Updates are whole, so the run ends a little later than it says. Frameworks differ here:
    some leave the last update out.

    Example:
        run: {tokens: 1M, batch_tokens: 300k}
        schedules:
          lr: constant(1e-3)
    Instead:
        run: {tokens: 1.2M, batch_tokens: 300k}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH341"
    level: ClassVar[Level] = Level.ADVICE
    unit: str
    length: Fraction
    updates: int
    reached: Fraction

    def message(self) -> str:
        return (
            f"{shown(self.length)} {self.unit} take {counted(Fraction(self.updates))}, "
            f"and the last one ends at {shown(self.reached)} {self.unit}"
        )

    def help(self) -> str:
        return f"a run without that last update has `steps: {self.updates - 1:_}`"


# ---- batches that change -----------------------------------------------------------------------


@dataclass(frozen=True)
class BatchNotWhole(Finding):
    """A batch schedule is not a whole number at some update.

    Why: Half a sample cannot be trained on; every framework rounds in its own way, and then the
    number of samples consumed is anybody's guess.

    Example:
        run: {steps: 1000, batch: "linear(192→2048, 500 steps) >> 2048"}
        schedules:
          lr: linear(0→1)
    Instead:
        run: {steps: 1000, batch: "floor(linear(192→2048, 500 steps)) >>! 2048"}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH342"
    name: str
    update: int
    position: int
    unit: str
    value: str

    def message(self) -> str:
        at = f"update {self.update:,}"
        if self.unit != "steps":
            at += f" ({self.position:,} {self.unit})"
        return f"`{self.name}` is {self.value} at {at}, but must be a whole number above 0"

    def help(self) -> str:
        return "round it, as in `floor(linear(192→2048, 10M samples) / 16) * 16`"


@dataclass(frozen=True)
class BatchUnits(Finding):
    """A batch schedule mixes units that its own values connect.

    Why: How many updates 10M samples take depends on the batch, which is what the schedule is about
    to say. A batch schedule therefore moves in updates, in samples or in tokens, and says which.

    Example:
        run: {steps: 1000, batch: "constant(256, 100 steps) >>! constant(512, 1M samples) >>! 1024"}
        schedules:
          lr: linear(0→1)
    Instead:
        run: {steps: 1000, batch: "constant(256, 100 steps) >>! constant(512, 400 steps) >>! 1024"}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH343"
    name: str
    units: tuple[str, ...]
    wants: str  # what would connect them, "" when nothing does

    def message(self) -> str:
        return f"`{self.name}` speaks of {_either_and(self.units)} at once"

    def help(self) -> str:
        return self.wants or "write all its spans in one unit"


def _either_and(units: tuple[str, ...]) -> str:
    return " and ".join([", ".join(units[:-1]), units[-1]]) if len(units) > 1 else units[0]


@dataclass(frozen=True, slots=True)
class Looks:
    """How many values of a formula it took to find where it changes as far as `position`."""

    count: int
    position: int
    unit: str


@dataclass(frozen=True)
class BatchTooFine(Finding):
    """A batch schedule changes more often than the compiler keeps, or than it can find out.

    Why: A batch that changes at a million updates was surely meant to be rounded to some quantum. A
    formula that may turn anywhere, as a wave of the update may, is looked at almost everywhere.

    Example:
        run: {steps: 1_000_000, batch: 65 + floor(sin(step))}
        schedules:
          lr: cosine(1e-3→0)
    Instead:
        run: {steps: 1_000_000, batch: "every(65 + floor(sin(step)), 10k steps)"}
        schedules:
          lr: cosine(1e-3→0)
    """

    code: ClassVar[str] = "SCH344"
    name: str
    limit: int
    looks: Looks | None = None  # where it is not the number of changes

    def message(self) -> str:
        if self.looks is None:
            return f"`{self.name}` changes more than {self.limit:,} times"
        as_far = f"{self.looks.position:,} {self.looks.unit}"
        if self.looks.unit == "steps":
            as_far = f"update {self.looks.position:,}"
        return (
            f"where `{self.name}` changes takes too long to find: {self.looks.count:,} values of "
            f"its formula lead as far as {as_far}"
        )

    def help(self) -> str:
        if self.looks is not None:
            return "hold its values for a while, as in `every(…, 100 steps)`"
        return "let it move in larger steps, as in `floor(… / 16) * 16`"


@dataclass(frozen=True)
class BatchAndFixed(Finding):
    """A batch that changes, beside a fact that only a batch that stays can have.

    Why: `drop_last`, `per_device` and the like say how one fixed batch comes about.

    Example:
        run: {steps: 1000, batch: "constant(256, 100 steps) >>! 512", accumulate: 4}
        schedules:
          lr: linear(0→1)
    Instead:
        run: {steps: 1000, batch: "constant(256, 100 steps) >>! 512"}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH345"
    name: str
    fact: str
    other: Span

    def message(self) -> str:
        if self.fact == self.name:
            return f"`{self.name}` is one number here and a schedule elsewhere"
        return f"`{self.name}` is a schedule, so a fixed `{self.fact}` cannot hold"

    def labels(self) -> tuple[Label, ...]:
        return (Label(self.other, "the schedule"),)

    def help(self) -> str:
        return f"leave out `{self.fact}`"


@dataclass(frozen=True)
class SharesAcrossUnits(Finding):
    """Shares of the rest, beside a rounded length that a batch ramp bends.

    Why: `rest/2` is a share, on the clock of the run, of what the other lengths leave. With a batch
    ramp, how many samples 50 steps take depends on where they stand, and so on the shares; there is
    one answer, and it is found exactly. A length that is rounded to whole updates besides, or added
    to a share, jumps as it is moved: then there may be several answers, or none.

    Example:
        run: {samples: 10_000, batch: "constant(4, 100 steps) >>! 8"}
        schedules:
          lr: linear(0→1, rest/2) >> constant(floor(5%)) >> linear(→0, rest/2)
    Instead:
        run: {samples: 10_000, batch: "constant(4, 100 steps) >>! 8"}
        schedules:
          lr: linear(0→1, rest/2) >> constant(5%) >> linear(→0, rest/2)
    """

    code: ClassVar[str] = "SCH346"
    phase: str
    clock: str

    def message(self) -> str:
        what = f"how many {self.clock} `{self.phase}` takes"
        return f"{what} jumps as the shares of `rest` around it move it"

    def help(self) -> str:
        return f"write its length in {self.clock}, or without rounding it"
