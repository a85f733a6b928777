"""SCH1xx, first half: how words stand together (brackets, arguments, operators, ranges).

In: facts about a place in a text, and, where one repair makes it read, the repaired text. Out:
words for its author. No name of a grammar's terminal appears here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from schedc.diagnostics.base import Edit, Finding, Fix, Label
from schedc.source import Span


@dataclass(frozen=True)
class Misread(Finding):
    """What all findings about unreadable text share: the repair, if it is known to read.

    `better` is the whole text, or the part in question, as it would read; `edits` make it so.
    """

    meant: ClassVar[bool] = False  # nobody can have meant anything else: the fix is safe

    better: str = field(default="", kw_only=True)
    edits: tuple[Edit, ...] = field(default=(), kw_only=True)

    def rule(self) -> str:
        """The help when no repair is known."""
        return ""

    def help(self) -> str:
        return f"write `{self.better}`" if self.better else self.rule()

    def fix(self) -> Fix | None:
        return Fix(self.help(), self.edits, safe=self.meant) if self.edits else None


@dataclass(frozen=True)
class EmptyText(Misread):
    """There is no expression where one belongs.

    Why: An empty value could mean "keep the optimizer's rate" or "not written yet"; nobody
    should have to guess which.

    Example:
        run: {steps: 100}
        schedules:
          lr: ""
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH101"

    what: str  # what belongs here: "a schedule", "an assertion"

    def message(self) -> str:
        return f"this is empty; {self.what} belongs here"

    def rule(self) -> str:
        if self.what == "an assertion":
            return "for example `lr <= 1e-3`"
        return "a rate that never changes is `constant(1e-3)`"


# ── Brackets ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class UnclosedBracket(Misread):
    """A bracket is opened and never closed.

    Why: Where it closes decides which phases are inside; only the author knows.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10% >> cosine(→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> cosine(→0)
    """

    code: ClassVar[str] = "SCH102"

    owner: str  # whose bracket it is: linear; "" for a bracket of its own
    noticed: Span  # where the text went on without it

    def message(self) -> str:
        return f"this bracket{f' of `{self.owner}`' if self.owner else ''} is never closed"

    def labels(self) -> tuple[Label, ...]:
        return (Label(self.noticed, "no closing bracket up to here"),)

    def rule(self) -> str:
        return "close it where the last argument ends"


@dataclass(frozen=True)
class ExtraBracket(Misread):
    """A bracket closes nothing.

    Why: Either it is one too many, or the one that opens is missing; the two read differently.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(1→0))
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1→0)
    """

    code: ClassVar[str] = "SCH103"

    def message(self) -> str:
        return "this bracket closes nothing"

    def rule(self) -> str:
        return "remove it, or open it where it should begin"


@dataclass(frozen=True)
class EmptyBrackets(Misread):
    """There is nothing between two brackets.

    Why: A curve without parameters is its bare name; `cosine()` and `cosine` side by side would
    look like two things.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> cosine()
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> cosine
    """

    code: ClassVar[str] = "SCH104"
    meant: ClassVar[bool] = True

    owner: str

    def message(self) -> str:
        return f"`{self.owner}` has empty brackets" if self.owner else "these brackets are empty"

    def rule(self) -> str:
        return f"without parameters it is `{self.owner}`" if self.owner else "remove them"


# ── Arguments ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class EmptyArgument(Misread):
    """A comma has nothing on one of its sides.

    Why: An argument that was deleted by mistake would otherwise change the meaning of those that
    follow it.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1,, 10%) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> constant
    """

    code: ClassVar[str] = "SCH105"

    side: str  # before, after

    def message(self) -> str:
        return f"there is no argument {self.side} this comma"

    def rule(self) -> str:
        return "remove the comma, or write the argument"


@dataclass(frozen=True)
class MissingComma(Misread):
    """Two arguments stand side by side without a comma.

    Why: Without the comma nobody can tell where the first one ends.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1 10%) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> constant
    """

    code: ClassVar[str] = "SCH106"

    left: str
    right: str

    def message(self) -> str:
        return f"a comma is missing between `{self.left}` and `{self.right}`"

    def rule(self) -> str:
        return "arguments are separated by commas: `linear(0→1, 10%)`"


@dataclass(frozen=True)
class MissingOperator(Misread):
    """Two things stand side by side, and nothing says how they go together.

    Why: `2 u` could be a product, and two phases could follow one another; a schedule says which.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) cosine(→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> cosine(→0)
    """

    code: ClassVar[str] = "SCH107"

    left: str
    right: str

    def message(self) -> str:
        return f"nothing stands between `{self.left}` and `{self.right}`"

    def rule(self) -> str:
        return "phases follow one another with `linear(0→1, 10%) >> cosine`, a product is `2 * u`"


@dataclass(frozen=True)
class MissingOperand(Misread):
    """An operator has nothing on one of its sides.

    Why: Something was deleted, or not written yet; what is left is another schedule.

    Example:
        run: {steps: 100}
        schedules:
          lr: 2 * * cosine(1→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: 2 * cosine(1→0)
    """

    code: ClassVar[str] = "SCH108"

    sign: str
    side: str  # before, after

    def message(self) -> str:
        return f"nothing stands {self.side} `{self.sign}`"

    def rule(self) -> str:
        return "remove it, or write what is missing"


@dataclass(frozen=True)
class DanglingJoin(Misread):
    """`>>` has a phase on one side only.

    Why: A phase that is not there yet would hold the last value for the rest of the run.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >>
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> constant
    """

    code: ClassVar[str] = "SCH109"

    sign: str
    side: str  # before, after

    def message(self) -> str:
        return f"no phase stands {self.side} `{self.sign}`"

    def rule(self) -> str:
        return "to hold a value for the rest of the run: `linear(0→1, 10%) >> constant`"


@dataclass(frozen=True)
class CommaOutside(Misread):
    """A comma stands where there are no arguments.

    Why: A list means nothing here; phases follow one another with `>>`.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%), cosine(→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> cosine(→0)
    """

    code: ClassVar[str] = "SCH110"

    what: str  # schedule, assertion, position, definitions

    def message(self) -> str:
        return "a comma separates arguments, and there are none here"

    def rule(self) -> str:
        if self.what == "assertion":
            return "write a line of its own for each assertion"
        return "phases follow one another: `linear(0→1, 10%) >> cosine`"


@dataclass(frozen=True)
class PositionalAfterNamed(Misread):
    """An argument without a name follows one with a name.

    Why: Arguments without names fill the parameters in order; after a named one the order is
    anybody's guess.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(min=1e-6, 1→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1→0)
    """

    code: ClassVar[str] = "SCH111"
    meant: ClassVar[bool] = True

    argument: str
    name: str

    def message(self) -> str:
        return f"`{self.argument}` has no name, but follows `{self.name}=`, which has one"

    def rule(self) -> str:
        return "arguments without a name come first"


@dataclass(frozen=True)
class ColonInArgument(Misread):
    """An argument is named with a colon.

    Why: In YAML a colon and a space begin a mapping; the language uses `=` so that no schedule
    needs quotes.

    Example:
        run: {steps: 100}
        schedules:
          lr: "cosine(1→0, cycles: 1/2)"
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1→0, cycles=1/2)
    """

    code: ClassVar[str] = "SCH112"
    meant: ClassVar[bool] = True

    name: str

    def message(self) -> str:
        return f"`{self.name}` is named with `:` here, and arguments are named with `=`"

    def rule(self) -> str:
        return "for example `cosine(1→0, cycles=0.5)`"


@dataclass(frozen=True)
class EqualsOutside(Misread):
    """`=` stands where no argument is named.

    Why: A schedule has no assignments; a name gets its value in `let:`, an argument by its name.

    Example:
        run: {steps: 100}
        schedules:
          lr: peak = 1e-3
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3)
    """

    code: ClassVar[str] = "SCH113"

    what: str  # schedule, assertion, argument

    def message(self) -> str:
        if self.what == "argument":
            return "what stands before `=` is not the name of an argument"
        if self.what == "assertion":
            return "`=` compares nothing"
        return "`=` has no meaning here"

    def rule(self) -> str:
        if self.what == "argument":
            return "an argument is named as in `cosine(1→0, cycles=0.5)`"
        if self.what == "assertion":
            return "two values are compared with two of them: `final(lr) == 0`"
        return "a value gets its name under let"


# ── Ranges, positions ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class RangeOutside(Misread):
    """A range stands outside a curve.

    Why: `0→1` says where a value begins and ends, not how it moves: that is the curve's part.

    Example:
        run: {steps: 100}
        schedules:
          lr: 0.04→0.4
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0.04→0.4)
    """

    code: ClassVar[str] = "SCH114"

    def message(self) -> str:
        return "a range belongs inside a curve"

    def rule(self) -> str:
        return "for example `linear(0.04→0.4)`"


@dataclass(frozen=True)
class SequenceMisplaced(Misread):
    """A sequence stands where one value belongs.

    Why: The ends of a range are constants of the phase, and a comparison compares values; a
    sequence of phases is neither.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1 >> constant, 10%)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> constant
    """

    code: ClassVar[str] = "SCH115"

    sign: str
    what: str  # range, until, stretch, comparison, curve, parameter, position

    def message(self) -> str:
        thing = {
            "range": "an end of a range",
            "until": "the position after `until`",
            "stretch": "an end of a stretch",
            "comparison": "a side of a comparison",
            "curve": "the formula of a curve",
            "parameter": "the default of a parameter",
            "position": "a position",
        }
        return f"{thing[self.what]} cannot be a sequence: `{self.sign}` has no place here"

    def rule(self) -> str:
        if self.what == "comparison":
            return "put brackets around it, or compare a schedule's name: `lr <= 1e-3`"
        if self.what in ("curve", "parameter"):
            return "a sequence is a recipe: `recipe tail(floor = 0) = constant >> linear(→floor)`"
        if self.what == "position":
            return "for example `until 3 epochs`"
        return "close the curve before the next phase: `linear(0→1, 10%) >> constant`"


@dataclass(frozen=True)
class EmptyRange(Misread):
    """A range has neither a start nor an end.

    Why: `→` alone says no more than nothing, and looks like a value that was forgotten.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> cosine(→)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10%) >> cosine(→0)
    """

    code: ClassVar[str] = "SCH116"

    def message(self) -> str:
        return "this range has neither a start nor an end"

    def rule(self) -> str:
        return "`cosine(→0)` names the end, `cosine(1→0)` both"


@dataclass(frozen=True)
class ChainedRange(Misread):
    """A range has more than two ends.

    Why: How the time is shared between the parts is not said.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1→0)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 50%) >> linear(→0)
    """

    code: ClassVar[str] = "SCH117"

    def message(self) -> str:
        return "a range has one start and one end"

    def rule(self) -> str:
        return "write a phase for each part: `linear(0→1, 50%) >> linear(→0)`"


@dataclass(frozen=True)
class UntilOutside(Misread):
    """`until` stands outside a phase.

    Why: It says where a phase ends, so it needs a phase.

    Example:
        run: {steps: 100}
        schedules:
          lr: until 10%
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3, until 10%)
    """

    code: ClassVar[str] = "SCH118"

    def message(self) -> str:
        return "`until` says where a phase ends, and belongs inside its brackets"

    def rule(self) -> str:
        return "for example `linear(→0, until 10%)`"


@dataclass(frozen=True)
class StretchOutside(Misread):
    """`..` stands outside an assertion's brackets.

    Why: `10%..100%` names a stretch of the run for an assertion; a phase has a range and a span.

    Example:
        run: {steps: 100}
        schedules:
          lr: 0..1
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH119"

    def message(self) -> str:
        return "`..` names a stretch of the run, and belongs inside an assertion's brackets"

    def rule(self) -> str:
        return "values go from one to another with an arrow: `linear(0→1)`"


@dataclass(frozen=True)
class ReservedWord(Misread):
    """A word of the language is used as a name.

    Why: `until` begins a position; in definitions `curve`, `recipe` and `requires` have their
    places too.

    Example:
        run: {steps: 100}
        schedules:
          lr: 2 * until
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3, until 10%)
    """

    code: ClassVar[str] = "SCH120"

    word: str

    def message(self) -> str:
        return f"`{self.word}` is a word of the language, not a name"

    def rule(self) -> str:
        return "choose another name"


# ── Assertions and definitions ────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class ComparisonInSchedule(Misread):
    """A comparison stands in a schedule.

    Why: A schedule is a value, not a question. What should hold is said under `assert:`, and is
    proved.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(1) <= 2
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1)
        assert:
          - lr <= 2
    """

    code: ClassVar[str] = "SCH121"

    sign: str

    def message(self) -> str:
        return f"`{self.sign}` compares, and a schedule has nothing to compare"

    def rule(self) -> str:
        if self.sign == "==":
            return "an argument is named with one =, as in `cosine(1→0, cycles=0.5)`"
        return "write it under assert, or limit a value with `min(lr, 1e-3)`"


@dataclass(frozen=True)
class NotAnAssertion(Misread):
    """A line of `assert:` says nothing that could hold or not.

    Why: A value is neither proved nor refuted.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(1)
        assert:
          - lr
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1)
        assert:
          - lr <= 1
    """

    code: ClassVar[str] = "SCH122"

    def message(self) -> str:
        return "this claims nothing: an assertion compares two values, or names a property"

    def rule(self) -> str:
        return "for example `lr <= 1e-3`, `at(lr, 10%) == peak`, or `decreasing(lr, 10%..100%)`"


@dataclass(frozen=True)
class ChainedComparison(Misread):
    """An assertion compares more than once.

    Why: Each claim is proved or refuted by itself, with its own witness.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(1)
        assert:
          - 0 <= lr <= 1
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1)
        assert:
          - 0 <= lr
          - lr <= 1
    """

    code: ClassVar[str] = "SCH123"

    first: str
    second: str

    def message(self) -> str:
        return "an assertion compares once"

    def rule(self) -> str:
        if self.first and self.second:
            return f"write two lines: `{self.first}` and `{self.second}`"
        return "write a line for each comparison"


@dataclass(frozen=True)
class BadDefinition(Misread):
    """A definition is not written as definitions are.

    Why: A curve that is half read would be a wrong curve in every file that includes it.

    Example:
        run: {steps: 100}
        define: |
          curve gentle cosine(1→0)
        schedules:
          lr: constant(1)
    Instead:
        run: {steps: 100}
        define: |
          curve gentle = from + (to - from) * u^2
        schedules:
          lr: gentle(1→0)
    """

    code: ClassVar[str] = "SCH124"

    problem: str

    def message(self) -> str:
        return self.problem

    def rule(self) -> str:
        return (
            "a definition looks like `curve gentle(power = 2) = from + (to - from) * u^power` "
            "or `recipe tail(floor = 0) = constant >> linear(→floor, 20%)`"
        )


@dataclass(frozen=True)
class Unexpected(Misread):
    """Something stands where the language has no place for it.

    Why: A text that reads two ways trains two models.

    Example:
        run: {steps: 100}
        define: |
          curve gentle = from * u requires from > 0 requires to > 0
        schedules:
          lr: constant(1)
    Instead:
        run: {steps: 100}
        define: |
          curve gentle = from + (to - from) * u requires from > 0, to > 0
        schedules:
          lr: gentle(1→2)
    """

    code: ClassVar[str] = "SCH199"

    text: str

    def message(self) -> str:
        return f"`{self.text}` has no place here" if self.text else "the text ends too early"

    def rule(self) -> str:
        return "a schedule looks like `linear(0→1e-3, 10%) >> cosine(→1e-6)`"
