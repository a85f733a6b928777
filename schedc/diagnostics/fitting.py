"""SCH2xx, second half: kinds; what may stand where."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from schedc.diagnostics.base import Finding


@dataclass(frozen=True)
class NumberIsNotSpan(Finding):
    """A bare number stands where a length could be meant.

    Why: `1000` may be updates, epochs, tokens or a value; `0.1` may be a tenth of the run or of an
    update. Other tools guess (1 is a step, or 100%), and people lose weeks.

    Example:
        run: {steps: 10_000}
        schedules:
          lr: linear(0→1e-3, 1000) >> constant
    Instead:
        run: {steps: 10_000}
        schedules:
          lr: linear(0→1e-3, 1000 steps) >> constant
    """

    code: ClassVar[str] = "SCH207"
    value: Fraction | None
    text: str
    end: bool = False  # of a range that is not there: the length stands beside it

    def message(self) -> str:
        return f"`{self.text}` has no unit, so it is not a length"

    def help(self) -> str:
        value = self.value
        if self.end:
            return f"the length is given already; a value stands in a range, as `0→{self.text}`"
        if value is None:
            return "a length has a unit: `10%`, `500 steps`, `2 epochs`, `1B tokens`"
        size = abs(value)
        if 0 < size < 1:
            percent = size * 100
            shown = f"{percent}" if percent.denominator == 1 else f"{float(percent):.10g}"
            return f"a share of the run is `{shown}%`"
        text = self.text.lstrip("-−").strip()
        steps = text if size == value else f"{size}"
        unit = "step" if size == 1 else "steps"
        more = "; a length counts forward, also a negative one" if value < 0 else ""
        return f"a length in optimizer updates is `{steps} {unit}`{more}"


@dataclass(frozen=True)
class LengthIsNotValue(Finding):
    """A percentage or another length stands where a value belongs.

    Why: 10% of what? Of the run, a length; of the peak, a value, which is written as a product.

    Example:
        run: {steps: 100}
        let: {peak: 1e-3}
        schedules:
          lr: cosine(peak→10%)
    Instead:
        run: {steps: 100}
        let: {peak: 1e-3}
        schedules:
          lr: cosine(peak→0.1*peak)
    """

    code: ClassVar[str] = "SCH208"
    text: str

    def message(self) -> str:
        return f"`{self.text}` is a length, not a value"

    def help(self) -> str:
        if self.text.endswith("%"):
            percent = self.text[:-1].strip()
            if _plain(percent):
                share = float(Fraction(percent.replace("_", "")) / 100)
                product = f"`{share:.12g}*peak`, with your own name or number for the peak"
                return f"a share of a value is a product: {product}"
        return "write the value itself, without a unit"


def _plain(text: str) -> bool:
    return text.replace("_", "").replace(".", "", 1).isdigit()


@dataclass(frozen=True)
class NotANumber(Finding):
    """A schedule, range or end stands where a number belongs.

    Why: the parameters of a curve are numbers, fixed for its phase.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(1→0, cycles=linear(0→1))
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1→0, cycles=0.5)
    """

    code: ClassVar[str] = "SCH209"
    text: str
    kind: str

    def message(self) -> str:
        return f"`{self.text}` is {self.kind}, where a number is needed"

    def help(self) -> str:
        if self.kind == "a schedule":
            return f"the value of a schedule at a moment is `at({self.text}, 10%)`"
        return ""


@dataclass(frozen=True)
class NotASpan(Finding):
    """Something without a length stands where a length belongs.

    Why: a length needs a unit.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, span=linear(0→1)) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, span=10%) >> constant
    """

    code: ClassVar[str] = "SCH210"
    text: str
    kind: str

    def message(self) -> str:
        return f"`{self.text}` is {self.kind}, where a length is needed"

    def help(self) -> str:
        return "a length has a unit: `10%`, `500 steps`, `2 epochs`, `1B tokens`"


@dataclass(frozen=True)
class NotASchedule(Finding):
    """A range stands where a schedule belongs.

    Why: a range says from where to where, but not along which curve.

    Example:
        run: {steps: 100}
        define: |
          recipe ramp(shape: schedule) = shape
        schedules:
          lr: ramp(shape=0→1)
    Instead:
        run: {steps: 100}
        define: |
          recipe ramp(shape: schedule) = shape
        schedules:
          lr: ramp(shape=linear(0→1))
    """

    code: ClassVar[str] = "SCH211"
    text: str
    kind: str

    def message(self) -> str:
        return f"`{self.text}` is {self.kind}, where a schedule is needed"

    def help(self) -> str:
        return "put it into a curve: `linear(0→1e-3, 10%)`"


@dataclass(frozen=True)
class WrongKind(Finding):
    """An argument that none of the parameters can take.

    Why: arguments without a name fill the parameters by their kind; this one fits none.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, linear(1→0))
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> linear(→0)
    """

    code: ClassVar[str] = "SCH212"
    curve: str
    text: str
    kind: str

    def message(self) -> str:
        return f"`{self.curve}` has no use for `{self.text}`, which is {self.kind}"

    def help(self) -> str:
        if self.kind == "a schedule":
            return "phases follow one another with `>>`: `linear(0→1, 10%) >> cosine`"
        return ""


@dataclass(frozen=True)
class WrongCount(Finding):
    """A function is called with too many or too few arguments.

    Why: a function of two numbers cannot be computed from one.

    Example:
        run: {steps: 100}
        schedules:
          lr: mod(step) / 100
    Instead:
        run: {steps: 100}
        schedules:
          lr: mod(step, 10) / 100
    """

    code: ClassVar[str] = "SCH213"
    name: str
    wanted: int
    given: int

    def message(self) -> str:
        wanted = "two or more arguments" if self.wanted < 0 else (
            f"{self.wanted} argument{'s' if self.wanted != 1 else ''}"
        )
        return f"`{self.name}` takes {wanted}, {self.given} given"


@dataclass(frozen=True)
class MixedKinds(Finding):
    """A length and a value are computed with each other.

    Why: lengths add to lengths and multiply with numbers; anything else has no meaning.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10% + 5) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10% + 5 steps) >> constant
    """

    code: ClassVar[str] = "SCH214"
    op: str
    left: str
    right: str
    text: str

    def message(self) -> str:
        return f"`{self.text}` joins {self.left} and {self.right} with `{self.op}`"

    def help(self) -> str:
        if self.op == "/" and self.right == "a span":
            parts = self.text.split("/", 1)
            unit = parts[1].strip().split(" ", 1)
            if len(unit) == 2 and parts[0].strip() and _plain(parts[0].strip()):
                return f"a part of it is `{parts[0].strip()} {unit[1]} / {unit[0]}`"
            return "a length can be divided by a number: `1 epoch / 3`"
        if self.op in "+-":
            return "give the number a unit: `5 steps`"
        return ""


@dataclass(frozen=True)
class MovingTarget(Finding):
    """The end of a range or a parameter changes during its phase.

    Why: a curve goes from one value to another; a moving target would have to be chased, and where
    the curve ends would depend on how it is computed.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→step)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1) * step
    """

    code: ClassVar[str] = "SCH215"
    text: str
    clock: str

    def message(self) -> str:
        return f"`{self.text}` moves with `{self.clock}`, but the values of a phase are fixed"

    def help(self) -> str:
        return "multiply by what moves, or take its value at a moment with `at(…)`"


@dataclass(frozen=True)
class NoRangeHere(Finding):
    """A range is given to something that has none.

    Why: a recipe has named values; a range would have to be guessed into them.

    Example:
        run: {steps: 1000}
        schedules:
          lr: wsd(0→1e-3)
    Instead:
        run: {steps: 1000}
        schedules:
          lr: wsd(1e-3)
    """

    code: ClassVar[str] = "SCH216"
    name: str

    def message(self) -> str:
        return f"`{self.name}` takes no range"

    def help(self) -> str:
        return f"`schedc explain {self.name}` shows what it takes"


@dataclass(frozen=True)
class NoEndValue(Finding):
    """An end value is given to a curve whose formula has none.

    Why: it would be ignored, and nothing is ever ignored.

    Example:
        run: {steps: 100}
        schedules:
          lr: decay(1→0, 0.5, 10 steps)
    Instead:
        run: {steps: 100}
        schedules:
          lr: decay(1→, 0.5, 10 steps)
    """

    code: ClassVar[str] = "SCH217"
    curve: str

    def message(self) -> str:
        return f"`{self.curve}` does not end at a value of your choice"

    def help(self) -> str:
        return f"give the start only, as `1e-3→`; `schedc explain {self.curve}` shows its formula"


@dataclass(frozen=True)
class MissingStart(Finding):
    """A curve does not know where it starts.

    Why: inside a sequence a start is inherited from the phase before. The first phase has none, and
    inside arithmetic it would be inherited and then computed with (`2*cosine(→0)` would double it).

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(→1e-6)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→1e-6)
    """

    code: ClassVar[str] = "SCH218"
    curve: str
    first: bool

    def message(self) -> str:
        why = "there is no phase before it" if self.first else "inside arithmetic none is inherited"
        return f"`{self.curve}` needs a start value: {why}"

    def help(self) -> str:
        return "write it before the arrow, as `1e-3→`; the optimizer's own value is `base→`"


@dataclass(frozen=True)
class EndOfItself(Finding):
    """The end of a range is counted from itself.

    Why: in a range `from` is the start and `to` is the end. Either may be written with the other,
    but an end that is written with itself says nothing.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→to/10)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→from/10)
    """

    code: ClassVar[str] = "SCH231"
    curve: str
    through_start: bool

    def message(self) -> str:
        if self.through_start:
            return f"the start and the end of `{self.curve}` are counted from each other"
        return f"the end of `{self.curve}` is counted from itself, by `to`"

    def help(self) -> str:
        return "write it as a number or with names from `let:`"


@dataclass(frozen=True)
class NoValue(Finding):
    """An operation on numbers has no result.

    Why: dividing by zero, or the root or logarithm of a negative number, has no value, and a
    schedule must have one at every update.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1/0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1/2)
    """

    code: ClassVar[str] = "SCH221"
    text: str
    why: str  # "it divides by 0"
    place: str = ""  # " where it begins"

    def message(self) -> str:
        return f"`{self.text}` has no value{self.place}: {self.why}"


@dataclass(frozen=True)
class StretchOutsideAssertion(Finding):
    """A stretch `a..b` stands in a schedule.

    Why: stretches say where an assertion holds; a schedule is made of phases.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 0%..10%) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> constant
    """

    code: ClassVar[str] = "SCH225"

    def message(self) -> str:
        return "a stretch `a..b` belongs into an assertion"

    def help(self) -> str:
        return "a phase has a length, as `10%`"
