"""SCH0xx, second half: the file is YAML, and YAML understood something else than its author.

In: facts about a key or a value of a block, or beside it. Out: words for its author. YAML's own
words stay out of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from schedc.diagnostics.base import Edit, Finding, Fix, Label, Level, shortened
from schedc.diagnostics.files import quote, quoted
from schedc.source import Span


def _named(what: str, name: str) -> str:
    return f"the {what} `{name}`" if name else f"this {what}"


@dataclass(frozen=True)
class SplitByComma(Finding):
    """Inside `{…}` or `[…]` YAML cut an unquoted schedule at its comma.

    Why: YAML splits at commas before anybody else reads the text, and says nothing: half of the
    schedule becomes a key without a value.

    Example:
        run: {steps: 100}
        schedules: {lr: linear(0→1e-3, 10%) >> cosine(→1e-6)}
    Instead:
        run: {steps: 100}
        schedules: {lr: "linear(0→1e-3, 10%) >> cosine(→1e-6)"}
    """

    code: ClassVar[str] = "SCH015"

    brackets: str  # {} or []

    def message(self) -> str:
        return f"inside `{self.brackets[0]}…{self.brackets[1]}` YAML cuts this text at its commas"

    def help(self) -> str:
        return f"quote the schedule: `{quoted(self.where.text)}`"

    def fix(self) -> Fix | None:
        return quote(self.where)


@dataclass(frozen=True)
class DuplicateKey(Finding):
    """A name is given twice in one place.

    Why: YAML readers keep the last one and say nothing.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
          lr: constant(1e-4)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH016"

    name: str
    first: Span

    def message(self) -> str:
        return f"`{self.name}` is given twice"

    def labels(self) -> tuple[Label, ...]:
        return (Label(self.first, "first given here"),)

    def help(self) -> str:
        return "keep one of them"


@dataclass(frozen=True)
class DuplicateElsewhere(Finding):
    """A key outside the schedules is given twice.

    Why: YAML readers keep the last one and say nothing: the first setting never counts.

    Example:
        seed: 1
        seed: 2
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    Instead:
        seed: 2
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH017"
    level: ClassVar[Level] = Level.WARNING

    name: str
    first: Span

    def message(self) -> str:
        return f"the key `{self.name}` is given twice; YAML keeps only the last one"

    def labels(self) -> tuple[Label, ...]:
        return (Label(self.first, "first given here"),)

    def help(self) -> str:
        places = self.first, self.where
        lines = [span.source.line(span.line) for span in places]
        if any(line[: at.column - 1].strip() for line, at in zip(lines, places, strict=True)):
            return f"leave out the first `{self.name}`, which never counts"
        if any(line.rstrip().endswith(":") or shortened(line) != line for line in lines):
            return f"leave out the `{self.name}` of line {self.first.line}, which never counts"
        return f"write `{lines[1].strip()}` alone: line {self.first.line} never counts"


@dataclass(frozen=True)
class NoValue(Finding):
    """A name stands without a value.

    Why: An empty value could mean "keep it as it is" or "not written yet".

    Example:
        run: {steps: 100}
        schedules:
          lr:
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH018"

    what: str  # schedule, value, fact, …
    name: str

    def message(self) -> str:
        if self.what == "part":
            return f"there is nothing under `{self.name}`"
        return f"{_named(self.what, self.name)} has no value"

    def help(self) -> str:
        if self.what == "part":
            return "indent its lines below it, or delete the key"
        if self.what == "schedule":
            return f"write a schedule, `{self.name}: constant(1e-3)`, or delete the line"
        return "write a value, or delete the line"


@dataclass(frozen=True)
class NotOneValue(Finding):
    """A list or a mapping stands where one expression belongs.

    Why: A schedule is one line of text; other libraries' nested settings mean nothing here.

    Example:
        run: {steps: 100}
        schedules:
          lr: {type: cosine, peak: 1e-3}
          momentum: 0.9
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
          momentum: 0.9
    """

    code: ClassVar[str] = "SCH019"

    what: str
    name: str
    found: str  # a list, a mapping

    def message(self) -> str:
        return f"{_named(self.what, self.name)} is one expression, and this is {self.found}"

    def help(self) -> str:
        if self.what == "schedule":
            return f"write it as text: `{self.name}: cosine(1e-3→0)`"
        return ""


@dataclass(frozen=True)
class SchedulesShape(Finding):
    """`schedules:` does not map names to schedules.

    Why: Without a name nobody knows which of the optimizer's values a schedule is meant for.

    Example:
        run: {steps: 100}
        schedules: cosine(1e-3→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
    """

    code: ClassVar[str] = "SCH020"

    found: str

    def message(self) -> str:
        return f"`schedules` gives each schedule a name, and this is {self.found}"

    def help(self) -> str:
        key, colon, value = self.where.text.split("\n")[0].partition(":")
        if colon and value and key.isidentifier():
            return f"put a blank after the colon: `{key}: {value}`"
        return 'write `schedules: {lr: "…"}`, or one `name: schedule` a line below `schedules:`'


@dataclass(frozen=True)
class NoSchedules(Finding):
    """`schedules:` is empty.

    Why: A check of nothing passes, and looks like a check of something.

    Example:
        run: {steps: 100}
        schedules:
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH021"

    def message(self) -> str:
        return "there is no schedule under `schedules`"

    def help(self) -> str:
        return "indent the schedules below it, one `name: schedule` a line"


@dataclass(frozen=True)
class PartShape(Finding):
    """A part of a block has a shape that it cannot have.

    Why: What cannot be read would otherwise be ignored.

    Example:
        run: 100 steps
        schedules:
          lr: constant(1e-3)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH022"

    part: str  # run, let, define, include, groups, assert, match
    wanted: str
    found: str
    cure: str = ""

    def message(self) -> str:
        return f"`{self.part}` is {self.wanted}, and this is {self.found}"

    def help(self) -> str:
        return self.cure


@dataclass(frozen=True)
class NotAName(Finding):
    """A name in a block is empty, a number, or no text at all.

    Why: Schedules, values and facts are called by their names.

    Example:
        run: {steps: 100}
        schedules:
          1: constant(1e-3)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH023"

    what: str
    found: str

    def message(self) -> str:
        return f"a {self.what} needs a name, and this is {self.found}"

    def help(self) -> str:
        return "a name begins with a letter: `lr`" if self.what == "schedule" else ""


@dataclass(frozen=True)
class NearKey(Finding):
    """A key looks like a misspelt part of a block.

    Why: A key that nobody knows is somebody else's, and is left alone; one wrong letter would
    leave the schedules alone too.

    Example:
        run: {steps: 100}
        shedules:
          lr: cosine(1e-3→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
    """

    code: ClassVar[str] = "SCH024"
    level: ClassVar[Level] = Level.WARNING

    key: str
    meant: str

    def message(self) -> str:
        return f"`{self.key}` is not read; did you mean `{self.meant}`?"

    def help(self) -> str:
        return f"write `{self.meant}:`"

    def fix(self) -> Fix | None:
        edit = Edit(self.where, self.meant)
        return Fix(f"write `{self.meant}`", (edit,), safe=False)


@dataclass(frozen=True)
class NearName(Finding):
    """A schedule's name looks like a misspelt setting of the optimizer.

    Why: A schedule may have any name, so the misspelt one is computed and never used.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
          wieght_decay: constant(0.1)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
          weight_decay: constant(0.1)
    """

    code: ClassVar[str] = "SCH025"
    level: ClassVar[Level] = Level.WARNING

    name: str
    meant: str

    def message(self) -> str:
        return f"the optimizer has no `{self.name}`; did you mean `{self.meant}`?"

    def help(self) -> str:
        return f"write `{self.meant}:`"

    def fix(self) -> Fix | None:
        return Fix(f"write `{self.meant}`", (Edit(self.where, self.meant),), safe=False)


@dataclass(frozen=True)
class GroupWithoutMatch(Finding):
    """A group does not say which parameters it holds.

    Why: Groups are tried in order and the first match wins; one without a pattern would never be
    tried, or would always win.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
        groups:
          - {lr: 10 * lr}
          - {match: "*", lr: lr}
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
        groups:
          - {match: "head.*", lr: 10 * lr}
          - {match: "*", lr: lr}
    """

    code: ClassVar[str] = "SCH026"

    meant: str | None = None  # a key of the item that is nearly `match`

    def message(self) -> str:
        return "this group has no `match`"

    def help(self) -> str:
        if self.meant:
            return f"did you mean `match` by `{self.meant}`?"
        return 'name its parameters: `match: "head.*"`; the rest are `match: "*"`'


# ---- what YAML makes of the settings beside ------------------------------------------------------


@dataclass(frozen=True)
class NumberIsText(Finding):
    """A number beside the schedules is text to YAML.

    Why: YAML 1.1, which PyYAML reads, takes an exponent for a number only after a point and with
    a sign: `1e-3` arrives in the program as a string, and fails hours later or never.

    Example:
        adam_eps: 1e-8
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    Instead:
        adam_eps: 1.0e-8
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH027"
    level: ClassVar[Level] = Level.ADVICE

    number: str  # the same number as every YAML reader takes it

    def message(self) -> str:
        return f"PyYAML loads `{self.where.text}` as text, not as a number"

    def help(self) -> str:
        return f"write `{self.number}` (schedules themselves take both)"

    def fix(self) -> Fix | None:
        return Fix(f"write `{self.number}`", (Edit(self.where, self.number),), safe=True)


@dataclass(frozen=True)
class NumberIsAnother(Finding):
    """A number beside the schedules is another number to YAML.

    Why: YAML 1.1, which PyYAML reads, takes a leading zero for base eight and a colon for base
    sixty; YAML 1.2 does not, so two tools read one file differently.

    Example:
        seed: 010
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    Instead:
        seed: 10
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH028"
    level: ClassVar[Level] = Level.ADVICE

    value: int | float

    def message(self) -> str:
        return f"PyYAML loads `{self.where.text}` as {self.value}"

    def help(self) -> str:
        return (
            f"write `{self.value}` if that is meant; else quote it, or drop the zero or the colon"
        )


@dataclass(frozen=True)
class RivalKey(Finding):
    """Another key of the file schedules the learning rate too.

    Why: a trainer or DeepSpeed that reads it builds a scheduler of its own, and which of the two
    has the last word is seen from the loss, if at all (deepspeedai/DeepSpeed#7303: a default peak
    of 0.001 replaced 1e-5).

    Example:
        warmup_ratio: 0.1
        run: {steps: 100}
        schedules:
          lr: linear(1e-6→1e-3, 10%) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(1e-6→1e-3, 10%) >> constant
    """

    code: ClassVar[str] = "SCH035"
    level: ClassVar[Level] = Level.ADVICE

    key: str
    reader: str

    def message(self) -> str:
        return f"`{self.key}` schedules the learning rate as well: {self.reader} goes by it"

    def help(self) -> str:
        return "delete it, so that the schedule here is the only one"
