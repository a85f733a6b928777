"""SCH0xx: the file cannot be read, is not YAML, or YAML understood something else than its author.

In: facts about a place in a file. Out: words for its author. The names of YAML's tokens and states
stay out of the messages; the cure is nearly always a pair of quotes, and then a fix that sets them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from schedc.diagnostics.base import Edit, Finding, Fix, Label, Level, shortened
from schedc.source import Span


def quoted(text: str) -> str:
    """A YAML scalar, on one line, that holds exactly this text up to its white space."""
    text = " ".join(text.split())
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _named(what: str, name: str) -> str:
    return f"the {what} `{name}`" if name else f"this {what}"


# ---- reading the file --------------------------------------------------------------------------


@dataclass(frozen=True)
class Unreadable(Finding):
    """The file could not be opened.

    Why: A check that skips a file it cannot read would report a pass that nobody earned.
    """

    code: ClassVar[str] = "SCH001"

    path: str
    reason: str

    def message(self) -> str:
        return f"cannot read `{shortened(self.path, 120)}`: {self.reason}"


@dataclass(frozen=True)
class TooLarge(Finding):
    """The file is larger than any configuration.

    Why: A checkpoint or a data set that ends in `.yaml` would keep a check busy for minutes.
    """

    code: ClassVar[str] = "SCH002"

    size: int  # bytes
    limit: int  # bytes

    def message(self) -> str:
        return (
            f"this file has {self.size / 1e6:,.1f} MB; files above {self.limit / 1e6:,.0f} MB "
            "are not read"
        )

    def help(self) -> str:
        return "keep the schedules in a file of their own"


@dataclass(frozen=True)
class NotText(Finding):
    """The file is not UTF-8 text.

    Why: The same bytes are different letters on different machines; `→` written in another
    encoding turns into two or three other characters without a word.
    """

    code: ClassVar[str] = "SCH003"

    reason: str

    def message(self) -> str:
        return f"this file is not UTF-8 text: {self.reason}"

    def help(self) -> str:
        return "save the file as UTF-8; for `→` the two characters `->` do as well"


@dataclass(frozen=True)
class BadCharacter(Finding):
    """A character that no YAML file may hold.

    Why: Control characters cannot be seen in an editor, and YAML refuses the whole file for one.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(\x07 1e-3)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH004"

    character: str

    def message(self) -> str:
        return f"the character U+{ord(self.character):04X} cannot stand in a YAML file"

    def help(self) -> str:
        return "delete it"


# ---- not YAML ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class NotYaml(Finding):
    """The file is not YAML.

    Why: Nothing after the place can be trusted, so the rest of the document was not checked.

    Example:
        run: {steps: 100}
        schedules:
          lr: "constant(1e-3)
    Instead:
        run: {steps: 100}
        schedules:
          lr: "constant(1e-3)"
    """

    code: ClassVar[str] = "SCH005"

    problem: str
    cure: str = ""
    beside: Label | None = None

    def message(self) -> str:
        return self.problem

    def labels(self) -> tuple[Label, ...]:
        return () if self.beside is None else (self.beside,)

    def help(self) -> str:
        return self.cure


@dataclass(frozen=True)
class NotYamlElsewhere(Finding):
    """A file without any sign of a schedule is not YAML.

    Why: Templates and half-written files of others end in `.yaml` too. They are none of
    schedc's business, but a file that was meant to hold schedules should not vanish in silence.

    Example:
        greeting: %name
    Instead:
        greeting: "%name"
    """

    code: ClassVar[str] = "SCH006"
    level: ClassVar[Level] = Level.WARNING

    problem: str

    def message(self) -> str:
        return f"this file is not YAML, and was skipped: {self.problem}"


@dataclass(frozen=True)
class TabIndent(Finding):
    """A line is indented with a tab.

    Why: YAML allows blanks only: a tab is as wide as each editor likes.

    Example:
        run: {steps: 100}
        schedules:
        \tlr: constant(1e-3)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH007"

    def message(self) -> str:
        return "this line is indented with a tab; YAML takes blanks only"

    def help(self) -> str:
        return "replace each tab by two blanks"

    def fix(self) -> Fix | None:
        blanks = self.where.text.replace("\t", "  ")
        return Fix("replace the tabs by blanks", (Edit(self.where, blanks),), safe=True)


@dataclass(frozen=True)
class BadIndent(Finding):
    """A line is indented by a width that belongs to no line above it.

    Why: In YAML the width of the margin says what belongs to what; between two levels it says
    nothing.

    Example:
        run: {steps: 100}
        schedules:
            lr: constant(1e-3)
          weight_decay: constant(0.1)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
          weight_decay: constant(0.1)
    """

    code: ClassVar[str] = "SCH008"

    width: int
    beside: Label | None = None

    def message(self) -> str:
        return f"this line is indented by {self.width}, which fits no line above it"

    def labels(self) -> tuple[Label, ...]:
        return () if self.beside is None else (self.beside,)

    def help(self) -> str:
        return "lines that belong together begin in the same column"


@dataclass(frozen=True)
class LineWithoutKey(Finding):
    """A line in the column of the keys is no key.

    Why: A value that goes on below its key must be indented deeper than the key; otherwise YAML
    takes the line for a setting of its own, and finds no colon in it.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%)
          >> cosine(→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%)
            >> cosine(→0)
    """

    code: ClassVar[str] = "SCH030"

    above: Label

    def message(self) -> str:
        return "this line has no key, and is not indented as a part of the value above it"

    def labels(self) -> tuple[Label, ...]:
        return (self.above,)

    def help(self) -> str:
        key, colon, value = self.where.text.partition(":")
        if colon and value and key.isidentifier():
            return f"put a blank after the colon: `{key}: {value}`"
        return f"indent it deeper than `{self.above.span.text}`, or give it a name of its own"


@dataclass(frozen=True)
class NeedsQuotes(Finding):
    """A value begins with a character that YAML keeps for itself.

    Why: `>` and `|` begin folded text, `*` an alias, `-` a list, `%`, `@` and backquotes are
    reserved: YAML never hands the text on.

    Example:
        run: {steps: 100}
        schedules:
          lr: >> cosine(1e-3→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: "cosine(1e-3→0)"
    """

    code: ClassVar[str] = "SCH009"

    sign: str

    def message(self) -> str:
        return f"YAML reads a `{self.sign}` at the beginning of a value as a sign of its own"

    def help(self) -> str:
        return f"quote the value: `{quoted(self.where.text)}`"

    def fix(self) -> Fix | None:
        return _quote(self.where)


@dataclass(frozen=True)
class ColonInside(Finding):
    """An unquoted value holds a colon and a blank.

    Why: `: ` separates a key from its value everywhere in YAML, inside brackets too.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(from: 0, to: 1e-3)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3)
    """

    code: ClassVar[str] = "SCH010"

    colon: Span
    in_call: bool
    part: str = ""  # of a block, on whose line its first name stands

    def message(self) -> str:
        return "YAML reads `: ` inside this value as a second key, so the value breaks in two"

    def labels(self) -> tuple[Label, ...]:
        return (Label(self.colon, "this colon"),)

    def help(self) -> str:
        if self.in_call:
            return "name an argument with `=`, as in `cosine(min=1e-6)`, or quote the value"
        if self.part:
            return f"names stand on lines of their own below `{self.part}:`, two blanks further in"
        return f"quote the value: `{quoted(self.where.text)}`"

    def fix(self) -> Fix | None:
        return None if self.in_call or self.part else _quote(self.where)


@dataclass(frozen=True)
class CommentInside(Finding):
    """A comment ends an unquoted value, and the value goes on below it.

    Why: YAML lets no comment stand between the lines of an unquoted value.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%)  # warm-up
            >> cosine(→0)
    Instead:
        run: {steps: 100}
        schedules:
          # warm-up, then half a cosine
          lr: linear(0→1e-3, 10%)
            >> cosine(→0)
    """

    code: ClassVar[str] = "SCH011"

    rest: Span

    def message(self) -> str:
        return "this comment ends the value, so YAML cannot place the line below it"

    def labels(self) -> tuple[Label, ...]:
        return (Label(self.rest, "the value was meant to go on here"),)

    def help(self) -> str:
        return "move the comment above the key"


@dataclass(frozen=True)
class GluedComment(Finding):
    """A `#` without a blank before it is no comment.

    Why: YAML keeps `10%)#note` as one text, so the note becomes a part of the schedule.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine(→0)#note
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine(→0) #note
    """

    code: ClassVar[str] = "SCH012"

    def message(self) -> str:
        return "YAML takes this `#` as a part of the value: a comment needs a blank before it"

    def help(self) -> str:
        return f"write ` {self.where.text}`, or quote the schedule and put the comment after it"

    def fix(self) -> Fix | None:
        start = Span(self.where.source, self.where.start, self.where.start)
        return Fix("put a blank before the comment", (Edit(start, " "),), safe=True)


@dataclass(frozen=True)
class UnknownAlias(Finding):
    """An alias names an anchor that does not exist.

    Why: `*name` stands for what `&name` marked earlier in the document; nothing is marked so.

    Example:
        run: {steps: 100}
        schedules:
          lr: *main
    Instead:
        run: {steps: 100}
        schedules:
          momentum: &main constant(0.9)
          beta1: *main
    """

    code: ClassVar[str] = "SCH013"

    anchor: str

    def message(self) -> str:
        return f"`*{self.anchor}` repeats what `&{self.anchor}` marks, and nothing is marked so"

    def help(self) -> str:
        return "quote the value if the `*` was meant as text"


@dataclass(frozen=True)
class TooDeep(Finding):
    """The file is nested deeper, or merges more, than any configuration.

    Why: A thousand levels are a mistake of a generator, or an attack.
    """

    code: ClassVar[str] = "SCH014"

    limit: int
    what: str = "levels of nesting"

    def message(self) -> str:
        return f"this has more than {self.limit:,} {self.what}"


# ---- YAML, but not what was meant --------------------------------------------------------------


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
        return _quote(self.where)


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


# ---- what YAML makes of the settings beside ----------------------------------------------------


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


def _quote(where: Span) -> Fix:
    return Fix("quote the value", (Edit(where, quoted(where.text)),), safe=True)


@dataclass(frozen=True)
class WhichBlock(Finding):
    """A file was to be loaded, and it holds not exactly one block of schedules.

    Why: `schedc.load` gives the schedules of one block; which one is the caller's to say.
    """

    code: ClassVar[str] = "SCH029"
    key: str | None
    known: tuple[str, ...]

    def message(self) -> str:
        if not self.known:
            return "there are no schedules in this file"
        if self.key is not None:
            return f"there is no block of schedules at `{self.key}`"
        return f"there are {len(self.known)} blocks of schedules in this file"

    def help(self) -> str:
        if not self.known:
            return "a block of schedules is a mapping with the key `schedules`"
        return "name one with key=: " + ", ".join(f"`{k}`" for k in self.known)


@dataclass(frozen=True)
class EmptyFile(Finding):
    """A file has nothing in it.

    Why: a configuration that was lost (a failed merge, a redirect that went wrong) must not pass as
    one without mistakes.
    """

    code: ClassVar[str] = "SCH031"
    level: ClassVar[Level] = Level.WARNING

    def message(self) -> str:
        return "this file is empty"

    def help(self) -> str:
        return "a first schedule is `schedules: {lr: \"linear(0→1e-3, 10%) >> cosine\"}`"


# ---- comments of ours --------------------------------------------------------------------------


@dataclass(frozen=True)
class UnusedSuppression(Finding):
    """A comment suppresses a finding that is not there.

    Why: A comment that outlives its reason hides the next mistake of the same kind.

    Example:
        run: {steps: 1000}
        schedules:
          lr: linear(0→1, 10%) >> cosine  # schedc: ignore[SCH304] was needed once
    Instead:
        run: {steps: 1000}
        schedules:
          lr: linear(0→1, 10%) >> cosine
    """

    code: ClassVar[str] = "SCH032"
    level: ClassVar[Level] = Level.WARNING
    codes: tuple[str, ...]

    def message(self) -> str:
        return f"nothing here is {' or '.join(self.codes)}, so this comment suppresses nothing"

    def help(self) -> str:
        return "remove the comment, or the code from its brackets"


@dataclass(frozen=True)
class BadSuppression(Finding):
    """A comment to schedc cannot be read.

    Why: A suppression that is silently not one fails the build of somebody else; one without a
    code would suppress what nobody has seen yet.

    Example:
        run: {steps: 1000}
        schedules:
          lr: linear(0→1, 10%) >> cosine  # schedc: ignore
    Instead:
        run: {steps: 1000}
        schedules:
          lr: linear(0→1, 10%) >> cosine
    """

    code: ClassVar[str] = "SCH033"
    level: ClassVar[Level] = Level.WARNING
    text: str
    wrong: str  # a code that is none

    def message(self) -> str:
        if self.wrong:
            return f"`{shortened(self.wrong)}` is no code of a finding"
        return f"schedc does not understand `{shortened(self.text)}`"

    def help(self) -> str:
        return "a finding is suppressed by its code: `# schedc: ignore[SCH304] the reason`"


@dataclass(frozen=True)
class NoReason(Finding):
    """A comment suppresses a finding without saying why.

    Why: Whoever meets it next cannot tell a decision from a way to get a build green. It is told
    where a project asks for it: `schedc check --require-reason`.
    """

    code: ClassVar[str] = "SCH034"
    level: ClassVar[Level] = Level.ERROR
    answered: str  # the code of the finding that it suppresses

    def message(self) -> str:
        return f"{self.answered} is suppressed without a reason"

    def help(self) -> str:
        return f"write it behind the brackets: `# schedc: ignore[{self.answered}] the reason`"
