"""SCH2xx, first half: names and arguments; what is called what, in definitions too."""

from __future__ import annotations

from dataclasses import dataclass
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
        if self.name == "to":  # no name that `let:` could give
            return "the end of a range is known to its own curve: here, write the value"
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
