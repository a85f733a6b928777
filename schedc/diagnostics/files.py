"""SCH0xx, first half: the file cannot be read, holds no block, or is not YAML.

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


def quote(where: Span) -> Fix:
    return Fix("quote the value", (Edit(where, quoted(where.text)),), safe=True)


# ---- reading the file ----------------------------------------------------------------------------


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


# ---- not YAML ------------------------------------------------------------------------------------


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
        return quote(self.where)


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
        return None if self.in_call or self.part else quote(self.where)


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
