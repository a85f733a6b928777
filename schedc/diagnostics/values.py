"""What a schedule does that it should not: jumps, values that do not exist, floors above starts.

SCH4xx. A doubt that could not be decided is a finding of its own: it never counts as a pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from schedc.diagnostics.base import Edit, Finding, Fix, Label, Level
from schedc.source import Span


@dataclass(frozen=True)
class JumpAtJoin(Finding):
    """The value jumps where one phase hands over to the next.

    Why: a learning rate that jumps by accident wrecks a run or wastes its warm-up, and nothing in
    the training log says why. `>>` promises that the value goes on where it was.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine(9e-4→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine(→0)
    """

    code: ClassVar[str] = "SCH401"

    at: str  # in updates
    before: str
    after: str
    factor: str
    witness: int | None = None  # an N for which it happens
    times: int = 1  # a join that is repeated
    of: Span | None = None  # the later phase
    written: bool = True  # a `>>` stands at `where`

    def message(self) -> str:
        factor = f", times {self.factor}" if self.factor else ""
        text = f"the value jumps from {self.before} to {self.after} at update {self.at}{factor}"
        if self.times > 1:
            text += f", and {self.times - 1} more times"
        return text if self.witness is None else f"{text} (with N = {self.witness:,})"

    def labels(self) -> tuple[Label, ...]:
        return () if self.of is None else (Label(self.of, f"this begins at {self.after}"),)

    def help(self) -> str:
        if not self.written:
            return f"end where it begins, at {self.after}; with `restart` the jumps are meant"
        return f"begin at {self.before}, or write `>>!` if the jump is meant"

    def fix(self) -> Fix | None:
        if not self.written:
            return None
        end = Span(self.where.source, self.where.stop, self.where.stop)
        return Fix("say that the jump is meant", (Edit(end, "!"),), safe=False)


@dataclass(frozen=True)
class NoJump(Finding):
    """A join is marked as a jump, and nothing jumps.

    Why: `>>!` switches the proof off. Where the value goes on, the mark would hide the jump that
    somebody's next change makes.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >>! cosine(1e-3→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine(1e-3→0)
    """

    code: ClassVar[str] = "SCH402"
    level: ClassVar[Level] = Level.WARNING

    at: str
    value: str

    def message(self) -> str:
        return f"nothing jumps here: the value is {self.value} on both sides of update {self.at}"

    def help(self) -> str:
        return "write `>>`, which proves it"

    def fix(self) -> Fix | None:
        if self.where.text != ">>!":
            return None
        return Fix("write `>>`", (Edit(self.where, ">>"),), safe=True)


@dataclass(frozen=True)
class UnprovedJoin(Finding):
    """Whether the value jumps at a join could not be decided.

    Why: the two values agree to fifty digits, and no proof was found that they are the same. That
    is no proof that they are.

    Example:
        run: {steps: 100}
        let:
          b: ((7^(1/3) + 3^(1/5))^(1/7) + 5^(2/7))^(3/11)
        schedules:
          lr: constant(b + 1, 50%) >> cosine(sqrt(b^2 + 2*b + 1)→0)
    Instead:
        run: {steps: 100}
        let:
          b: ((7^(1/3) + 3^(1/5))^(1/7) + 5^(2/7))^(3/11)
        schedules:
          lr: constant(b + 1, 50%) >> cosine(→0)
    """

    code: ClassVar[str] = "SCH403"
    level: ClassVar[Level] = Level.WARNING

    at: str
    gap: str
    reason: str
    witness: int | None = None

    def message(self) -> str:
        text = f"not proved that the value goes on at update {self.at}: {self.reason}"
        if not self.gap:
            return text
        when = "" if self.witness is None else f" for N = {self.witness:,}"
        if self.gap == "0":
            return f"{text}; the two values agree to 50 digits{when}"
        return f"{text}; the gap is {self.gap}{when}"

    def help(self) -> str:
        cure = "leave out the start of the later phase: it then begins where the other ends"
        if not self.reason.startswith("took longer than 0."):  # what is thorough waits for seconds
            return cure
        return f"{cure}; `schedc check --thorough` waits longer for a proof"


@dataclass(frozen=True)
class UnprovedRequirement(Finding):
    """Whether a curve can work with its values could not be decided.

    Why: the curve states a condition (`from > 0`), and no proof was found that it holds for every
    length of the run.

    Example:
        schedules:
          lr: exponential(1e-6 * (total - 2*sqrt(total) + 2)→1e-3)
    Instead:
        run: {steps: 100}
        schedules:
          lr: exponential(1e-6 * (total - 2*sqrt(total) + 2)→1e-3)
    """

    code: ClassVar[str] = "SCH404"
    level: ClassVar[Level] = Level.WARNING

    curve: str
    condition: str
    value: str

    def message(self) -> str:
        return f"not proved that `{self.curve}` has {self.condition}: here it is {self.value}"


@dataclass(frozen=True)
class NoValueThere(Finding):
    """The formula has no value somewhere in the run.

    Why: a division by zero or the root of a negative number ends a training run, or fills its
    weights with NaN, at the update where it happens.

    Example:
        run: {steps: 100}
        schedules:
          lr: 1e-3 / (step - 50)
    Instead:
        run: {steps: 100}
        schedules:
          lr: 1e-3 / (step + 50)
    """

    code: ClassVar[str] = "SCH405"

    at: str
    part: str
    why: str  # "it divides by 0"

    def message(self) -> str:
        return f"there is no value at update {self.at}: {self.why} in `{self.part}`"


@dataclass(frozen=True)
class MaybeNoValue(Finding):
    """Whether the formula has a value everywhere could not be decided.

    Why: a value that does not exist at one update ends the run there.

    Example:
        schedules:
          lr: 1e-3 / (step + sqrt(total) - 100)
    Instead:
        schedules:
          lr: 1e-3 / (step + sqrt(total))
    """

    code: ClassVar[str] = "SCH406"
    level: ClassVar[Level] = Level.WARNING

    part: str
    first: str
    last: str
    known: bool = False  # the length of the run

    def message(self) -> str:
        return (
            f"not proved that `{self.part}` has a value everywhere between updates "
            f"{self.first} and {self.last}"
        )

    def help(self) -> str:
        return "" if self.known else "with a length in `run:` more can be decided"


@dataclass(frozen=True)
class FloorAboveStart(Finding):
    """The floor of a decay lies above the value where it starts.

    Why: the schedule would rise for the whole run instead of falling. Trainers take it without a
    word, and the run diverges.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine(min=1e-2)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine(min=1e-5)
    """

    code: ClassVar[str] = "SCH407"

    floor: str
    start: str
    of_recipe: bool = False

    def message(self) -> str:
        return f"the floor {self.floor} lies above the start {self.start}"

    def help(self) -> str:
        if self.of_recipe:
            return f"this decay starts at {self.start}; give it a `min` below that"
        return f"to rise on purpose, write the end as a range: `→{self.floor}`"


@dataclass(frozen=True)
class DoesNotMove(Finding):
    """A curve that moves from a value to the same value.

    Why: a decay whose end equals its start is a constant in disguise: published runs have been
    trained so by accident.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→1e-3)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH408"

    curve: str
    value: str

    def message(self) -> str:
        return f"`{self.curve}` stays at {self.value} from its start to its end"

    def help(self) -> str:
        return "a level is written `constant`, or just its value"


@dataclass(frozen=True)
class AlwaysZero(Finding):
    """A learning rate that is 0 from the first update to the last.

    Why: the run costs what a run costs, passes every check, and ends with the weights it began
    with.

    Example:
        run: {steps: 100}
        schedules:
          lr: 0 * cosine(1→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: 1e-3 * cosine(1→0)
    """

    code: ClassVar[str] = "SCH409"

    name: str

    def message(self) -> str:
        return f"`{self.name}` is 0 for the whole run: nothing would be trained"


@dataclass(frozen=True)
class Negative(Finding):
    """A value of the optimizer falls below 0.

    Why: with a negative learning rate the run climbs the loss; optimizers refuse a negative value
    when they are built, and take it without a word later.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(1e-3→-1e-4)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(1e-3→0)
    """

    code: ClassVar[str] = "SCH410"

    name: str
    value: str
    at: str

    def message(self) -> str:
        return f"`{self.name}` falls below 0: it reaches {self.value} at update {self.at}"

    def help(self) -> str:
        return "end at 0, or keep it above with `max(0, …)`"


@dataclass(frozen=True)
class TooLargeToCompute(Finding):
    """A part of the formula leaves the range of floating-point numbers.

    Why: numbers above 1.8e308 are infinite in every target, and what is computed from them is
    infinite or NaN; and nothing is divided by a number that is so close to 0 that it is 0 there,
    nor has that a logarithm.

    Example:
        run: {steps: 1000}
        schedules:
          lr: exp(step)
    Instead:
        run: {steps: 1000}
        schedules:
          lr: exp(-step / 1000)
    """

    code: ClassVar[str] = "SCH411"

    part: str
    first: str
    last: str

    def message(self) -> str:
        between = f"between updates {self.first} and {self.last}"
        where = f"near update {self.first}" if self.first == self.last else between
        return f"`{self.part}` leaves the range of floating-point numbers {where}"


@dataclass(frozen=True)
class MaybeNegative(Finding):
    """Whether a value of the optimizer falls below 0 could not be decided.

    Why: no optimizer takes a negative learning rate, and no proof was found that this one never is.

    Example:
        schedules:
          lr: 1e-6 * (step^2 - step*sqrt(total) + total)
    Instead:
        run: {steps: 10_000}
        schedules:
          lr: 1e-6 * (step^2 - step*sqrt(total) + total)
    """

    code: ClassVar[str] = "SCH412"
    level: ClassVar[Level] = Level.WARNING

    name: str
    first: str
    last: str
    known: bool = False  # the length of the run

    def message(self) -> str:
        return (
            f"not proved that `{self.name}` stays at 0 or above between updates {self.first} "
            f"and {self.last}"
        )

    def help(self) -> str:
        return "" if self.known else "with a length in `run:` more can be decided"
