"""Names, kinds and arguments (SCH2xx): what is called what, and what may stand where."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from schedc.diagnostics.base import Edit, Finding, Fix, shortened


def _did_you_mean(near: str | None) -> str:
    return f"did you mean `{near}`?" if near else ""


def _import(peer: str, scheduler: str, parameter: str = "NAME") -> str:
    """The command that writes another library's scheduler in the plain language."""
    return f"schedc import {peer} {scheduler} {parameter}=…"


def _replacement(finding: Finding, near: str | None) -> Fix | None:
    if near is None:
        return None
    return Fix(f"write {near}", (Edit(finding.where, near),), safe=False)


_OWN_WORDS = {
    "warmup": "linear(0→1e-3, 10%)", "warm_up": "linear(0→1e-3, 10%)",
    "linear_warmup": "linear(0→1e-3, 10%)", "cosine_decay": "cosine(→0)",
    "cosine_annealing": "cosine(→0)", "cosineannealing": "cosine(→0)", "anneal": "cosine(→0)",
    "linear_decay": "linear(→0)", "poly": "polynomial(→0, power=2)", "hold": "constant(10%)",
    "flat": "constant(10%)", "const": "constant(10%)", "stable": "constant(10%)",
}  # fmt: skip
"""What people call a phase, and how it is written."""


@dataclass(frozen=True)
class UnknownCurve(Finding):
    """A curve, recipe or function is called that does not exist.

    Why: a shape that is silently replaced by a default trains for days with the wrong schedule.

    Example:
        run: {steps: 100}
        schedules:
          lr: liner(0→1)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH201"
    name: str
    near: str | None
    elsewhere: tuple[str, ...] = ()  # schedulers of other libraries that are called so
    peer: str = ""  # the library whose name it begins with

    def message(self) -> str:
        return f"there is no curve or function `{self.name}`"

    def help(self) -> str:
        if self.name.lower() in _OWN_WORDS:
            return f"write `{_OWN_WORDS[self.name.lower()]}`"
        if self.elsewhere:
            known = " or ".join(f"`{name}`" for name in self.elsewhere[:3])
            return f"the scheduler of another library is written with its name: {known}"
        guess = _did_you_mean(self.near)
        if self.peer:
            written = f"`{_import(self.peer, self.name.partition('.')[2])}` writes it out"
            written += ", or says why that is impossible"
            return f"{written}; {guess}" if guess else written
        return guess or "`schedc curves` and `schedc recipes` list what there is"

    def fix(self) -> Fix | None:
        return None if self.elsewhere else _replacement(self, self.near)


@dataclass(frozen=True)
class UnknownName(Finding):
    """A name is used that nothing defines.

    Why: names come from `let:`, from `schedules:` and from the language; nothing is guessed.

    Example:
        run: {steps: 100}
        let: {peak: 1e-3}
        schedules:
          lr: linear(0→peek)
    Instead:
        run: {steps: 100}
        let: {peak: 1e-3}
        schedules:
          lr: linear(0→peak)
    """

    code: ClassVar[str] = "SCH202"
    name: str
    near: str | None

    def message(self) -> str:
        return f"nothing is called `{shortened(self.name)}`"

    def help(self) -> str:
        return _did_you_mean(self.near) or f"give it a value under `let:`, as `{self.name}: 1e-3`"

    def fix(self) -> Fix | None:
        return _replacement(self, self.near)


@dataclass(frozen=True)
class UnknownParameter(Finding):
    """An argument is named that the curve does not have.

    Why: trainers that ignore unknown arguments have trained for days with the default instead.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(1→0, cycle=1)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1→0, cycles=1)
    """

    code: ClassVar[str] = "SCH203"
    curve: str
    name: str
    near: str | None
    known: tuple[str, ...]
    peer: str = ""  # the library that the curve belongs to

    def message(self) -> str:
        return f"`{self.curve}` has no parameter `{self.name}`"

    def help(self) -> str:
        if self.near and not self.peer:
            return _did_you_mean(self.near)
        if not self.known:
            return f"`{self.curve}` has no named parameters"
        has = f"it has {', '.join(f'`{k}`' for k in self.known)}"
        if not self.peer:
            return has
        given = _import(self.peer, self.curve.split(".")[1], self.name)
        return f"{has}; `{given}` writes out what chooses another shape"

    def fix(self) -> Fix | None:
        return _replacement(self, self.near)


@dataclass(frozen=True)
class MissingParameter(Finding):
    """A parameter that has no default is not given.

    Why: schedc guesses no numbers.

    Example:
        run: {steps: 100}
        schedules:
          lr: polynomial(1→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: polynomial(1→0, power=2)
    """

    code: ClassVar[str] = "SCH204"
    curve: str
    name: str
    kind: str

    def message(self) -> str:
        return f"`{self.curve}` needs {self.name}"

    def help(self) -> str:
        if self.kind == "schedule":
            return f"the schedule comes first: `{self.curve}(linear(0→1, 10%), …)`"
        sample = "10%" if self.kind == "span" else "2"
        return f"add `{self.name}={sample}`, with your own value"


@dataclass(frozen=True)
class GivenTwice(Finding):
    """The same thing is said twice in one call.

    Why: nobody could know which of the two was meant.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%, 20%) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> constant
    """

    code: ClassVar[str] = "SCH205"
    curve: str
    name: str

    def message(self) -> str:
        what = {
            "range": "a range",
            "span": "a length",
            "end": "an end",
        }.get(self.name, f"`{self.name}`")
        return f"`{self.curve}` is given {what} twice"

    def help(self) -> str:
        return "keep one of them"


@dataclass(frozen=True)
class EndGivenTwice(Finding):
    """The end of a range and a parameter that means the same are both given.

    Why: `cosine(→0, min=1e-6)` says that it ends at 0 and that it ends at 1e-6.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(1→0, min=1e-6)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1→1e-6)
    """

    code: ClassVar[str] = "SCH206"
    curve: str
    name: str

    def message(self) -> str:
        return f"`{self.curve}` is given both an end of its range and `{self.name}`, the same thing"

    def help(self) -> str:
        return f"leave out `{self.name}`, or the end of the range"


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
class NotCallable(Finding):
    """A name of a value or schedule is called as if it were a curve.

    Why: names of values and names of curves are looked up apart.

    Example:
        run: {steps: 100}
        let: {top: 1e-3}
        schedules:
          lr: linear(0→top(2))
    Instead:
        run: {steps: 100}
        let: {top: 1e-3}
        schedules:
          lr: linear(0→2*top)
    """

    code: ClassVar[str] = "SCH219"
    name: str

    def message(self) -> str:
        return f"`{self.name}` is a value, not a curve, and takes no arguments"

    def help(self) -> str:
        return "to name a phase with parameters, use `define:`"


@dataclass(frozen=True)
class UnitAlone(Finding):
    """A unit stands without a number.

    Why: `steps` alone is neither the clock (`step`) nor a length.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, steps) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10 steps) >> constant
    """

    code: ClassVar[str] = "SCH220"
    unit: str

    def message(self) -> str:
        return f"`{self.unit}` is a unit and needs a number before it"

    def help(self) -> str:
        return f"as in `10 {self.unit}`; the update counter is called `step`"


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
class Circular(Finding):
    """Names that are defined by one another.

    Why: none of them has a value.

    Example:
        run: {steps: 100}
        let: {a: 2*b, b: a/2}
        schedules:
          lr: linear(0→a)
    Instead:
        run: {steps: 100}
        let: {a: 2*b, b: 1e-3}
        schedules:
          lr: linear(0→a)
    """

    code: ClassVar[str] = "SCH222"
    circle: tuple[str, ...]

    def message(self) -> str:
        return "defined by one another: " + " → ".join(f"`{name}`" for name in self.circle)

    def help(self) -> str:
        return "give one of them a value of its own"


@dataclass(frozen=True)
class MetricDriven(Finding):
    """A phase that depends on a metric.

    Why: `plateau` and `event` are state machines: what they do depends on the training, so nothing
    about them can be proved before it. They are kept for a later version.

    Example:
        run: {steps: 100}
        schedules:
          lr: plateau(val_loss, factor=0.1)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(1→0)
    """

    code: ClassVar[str] = "SCH223"
    name: str

    def message(self) -> str:
        return f"`{self.name}` depends on what the training measures, which schedc cannot do yet"

    def help(self) -> str:
        return "a schedule here is a function of the clock alone"


@dataclass(frozen=True)
class NameTaken(Finding):
    """A new name is that of a curve, a clock, a unit or a word of the language.

    Why: the same word would mean two things in one line.

    Example:
        run: {steps: 100}
        let: {step: 1e-3}
        schedules:
          lr: linear(0→1)
    Instead:
        run: {steps: 100}
        let: {peak: 1e-3}
        schedules:
          lr: linear(0→peak)
    """

    code: ClassVar[str] = "SCH224"
    name: str
    kind: str

    def message(self) -> str:
        return f"`{self.name}` is already the name of {self.kind}"

    def help(self) -> str:
        return "choose another name"


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


@dataclass(frozen=True)
class UnknownInDefinition(Finding):
    """The formula of a curve uses a name that it does not have.

    Why: a definition knows its parameters, `from to u t length start`, the clocks, nothing else.

    Example:
        run: {steps: 100}
        define: |
          curve dip(depth) = from * (1 - deph * u)
        schedules:
          lr: dip(1→, 0.5)
    Instead:
        run: {steps: 100}
        define: |
          curve dip(depth) = from * (1 - depth * u)
        schedules:
          lr: dip(1→, 0.5)
    """

    code: ClassVar[str] = "SCH226"
    name: str
    near: str | None

    def message(self) -> str:
        return f"the definition does not know `{self.name}`"

    def help(self) -> str:
        known = "it knows its parameters, `from to u t length start` and the clocks"
        return _did_you_mean(self.near) or known


@dataclass(frozen=True)
class NotAFormula(Finding):
    """The body of a curve is not a formula.

    Why: `curve` names one formula on one phase; what is made of curves is a `recipe`.

    Example:
        run: {steps: 100}
        define: |
          curve slow = linear(0→1) / 2
        schedules:
          lr: slow
    Instead:
        run: {steps: 100}
        define: |
          recipe slow = linear(0→1) / 2
        schedules:
          lr: slow
    """

    code: ClassVar[str] = "SCH227"
    text: str

    def message(self) -> str:
        return f"`{self.text}` is not part of a formula"

    def help(self) -> str:
        return "what is made of curves is a `recipe`"


@dataclass(frozen=True)
class RequirementFails(Finding):
    """A value that the curve cannot work with.

    Why: some formulas exist only for some values: equal ratios lead nowhere from 0.

    Example:
        run: {steps: 100}
        schedules:
          lr: exponential(0→1e-3)
    Instead:
        run: {steps: 100}
        schedules:
          lr: exponential(1e-6→1e-3)
    """

    code: ClassVar[str] = "SCH228"
    curve: str
    condition: str
    value: str

    def message(self) -> str:
        return f"`{self.curve}` requires {self.condition}, but here it is {self.value}"

    def help(self) -> str:
        if self.condition == "from > 0" and self.value == "0":
            return "it cannot start at 0: choose a small start, as `1e-6→`"
        if self.condition == "to > 0" and self.value == "0":
            return "it cannot end at 0: choose a small end, as `→1e-6`"
        return ""


@dataclass(frozen=True)
class NotADefinitionFile(Finding):
    """A file is included that is not a `.sched` file.

    Why: an include is read as definitions and shown in messages; only files that say by their name
    that they are such a file are opened.

    Example:
        run: {steps: 100}
        include: team.yaml
        schedules:
          lr: linear(1→0)
    Instead:
        run: {steps: 100}
        define: |
          recipe cooldown(length: span = 20%) = linear(→0, length)
        schedules:
          lr: constant(1) >> cooldown
    """

    code: ClassVar[str] = "SCH229"
    path: str

    def message(self) -> str:
        return f"`{shortened(self.path, 120)}` is not a .sched file"

    def help(self) -> str:
        return "put the definitions (`curve …`, `recipe …`) into a file whose name ends in .sched"


@dataclass(frozen=True)
class NoSuchInclude(Finding):
    """An included file cannot be read.

    Why: without its definitions the names it should bring are unknown; the path is relative to the
    file that includes it.

    Example:
        run: {steps: 100}
        include: no-such-folder/team.sched
        schedules:
          lr: linear(1→0)
    Instead:
        run: {steps: 100}
        define: |
          recipe cooldown(length: span = 20%) = linear(→0, length)
        schedules:
          lr: constant(1) >> cooldown
    """

    code: ClassVar[str] = "SCH230"
    path: str
    reason: str

    def message(self) -> str:
        return f"`{shortened(self.path, 120)}` cannot be included: {self.reason}"

    def help(self) -> str:
        return "the path is relative to the file that includes it"
