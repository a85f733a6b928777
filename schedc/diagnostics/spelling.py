"""SCH1xx, second half: single words (numbers, units, signs, characters).

In: a word as the author wrote it, what was probably meant, and the repaired text where it reads.
Out: words for its author.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from schedc.diagnostics.reading import Misread

SUFFIXES = "k, M, B, T (thousand to trillion) and Ki, Mi, Gi"
UNIT_NAMES = "%, steps, epochs, samples and tokens"


# ── Numbers ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class BrokenNumber(Misread):
    """A word begins like a number and is none.

    Why: Whether `1.2.3` is 1.2 or 1.23 decides the size of every update.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(1.2.3)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1.23)
    """

    code: ClassVar[str] = "SCH151"

    text: str

    def message(self) -> str:
        if self.text.count(".") > 1:
            return f"`{self.text}` has more than one decimal point"
        if self.text[-1] in "eE+-":
            return f"`{self.text}` has no digits behind its e"
        if "_" in self.text:
            return f"`{self.text}`: an underscore stands between two digits"
        return f"`{self.text}` is not a number"

    def rule(self) -> str:
        return "numbers look like `12`, `1_000`, `.5`, `1e-3`, `10k`, `16Ki`"


@dataclass(frozen=True)
class LeadingZeros(Misread):
    """A number begins with a zero that says nothing.

    Why: YAML 1.1 reads `010` as eight, Python refuses it, people mean ten.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(010)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(10)
    """

    code: ClassVar[str] = "SCH152"

    text: str
    plain: str

    def message(self) -> str:
        return f"`{self.text}` begins with a zero: in some languages that is an octal number"

    def rule(self) -> str:
        return f"write `{self.plain}`"


@dataclass(frozen=True)
class NotDecimal(Misread):
    """A number is written in another base.

    Why: Hyperparameters are decimal; `0x10` in one is more often a slip than sixteen.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(0x10)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(16)
    """

    code: ClassVar[str] = "SCH153"

    text: str
    value: str  # in decimal, "" when it has none

    def message(self) -> str:
        return f"`{self.text}` is not a decimal number"

    def rule(self) -> str:
        return f"write `{self.value}`" if self.value else "numbers are decimal: `16`, `16Ki`"


@dataclass(frozen=True)
class NotANumber(Misread):
    """A value that is no finite number: inf, nan, null, true.

    Why: A schedule has a finite value at every update; whatever else arrives at the optimizer
    ruins the weights at once.

    Example:
        run: {steps: 100}
        schedules:
          lr: min(cosine(1→0), inf)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1→0)
    """

    code: ClassVar[str] = "SCH154"

    text: str

    def message(self) -> str:
        return f"`{self.text}` is not a finite number"

    def rule(self) -> str:
        match self.text.lower().lstrip("."):
            case "true":
                return "a switch that is on is `1`"
            case "false":
                return "a switch that is off is `0`"
            case "inf" | "infinity":
                return "a bound that is never reached can be left out"
        return "leave it out, or write the number that you mean"


@dataclass(frozen=True)
class CommaInNumber(Misread):
    """A comma separates thousands, or decimals.

    Why: A comma separates arguments, so `1,000` and `0,5` are two of them.

    Example:
        run: {steps: 10_000}
        schedules:
          lr: linear(0→1, 1,000 steps) >> constant
    Instead:
        run: {steps: 10_000}
        schedules:
          lr: linear(0→1, 1_000 steps) >> constant
    """

    code: ClassVar[str] = "SCH155"

    text: str
    plain: str

    def message(self) -> str:
        sign = "." if "." in self.plain else "_"
        part = "decimals" if sign == "." else "thousands"
        return f"`{self.text}`: a comma separates arguments, {part} are separated by `{sign}`"

    def rule(self) -> str:
        return f"write `{self.plain}`"


@dataclass(frozen=True)
class UnknownSuffix(Misread):
    """The letter after a number is no suffix.

    Why: `10m` could be ten million, ten milli or ten minutes.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(10m)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(10M)
    """

    code: ClassVar[str] = "SCH156"

    number: str
    suffix: str

    def message(self) -> str:
        return f"`{self.suffix}` after `{self.number}` is neither a suffix nor a unit"

    def rule(self) -> str:
        return f"suffixes are {SUFFIXES}; units are {UNIT_NAMES}"

    def help(self) -> str:
        return f"did you mean `{self.better}`? {self.rule()}" if self.better else self.rule()


# ── Units ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class UnknownUnit(Misread):
    """A number has a unit that does not exist.

    Why: A span is counted in what the run counts: updates, epochs, samples, tokens, or a share.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10 stps) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, 10 steps) >> constant
    """

    code: ClassVar[str] = "SCH157"

    number: str
    unit: str

    def message(self) -> str:
        return f"`{self.unit}` is not a unit"

    def rule(self) -> str:
        return f"the units are {UNIT_NAMES}"

    def help(self) -> str:
        return f"did you mean `{self.better}`?" if self.better else self.rule()


@dataclass(frozen=True)
class UnitWithoutNumber(Misread):
    """A unit stands without a number of its own.

    Why: A unit belongs to the number in front of it; brackets and names are multiplied by one.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, (3 + 4) steps) >> constant
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1, (3 + 4) * 1 step) >> constant
    """

    code: ClassVar[str] = "SCH158"

    unit: str

    def message(self) -> str:
        return f"`{self.unit}` needs a number directly before it"

    def rule(self) -> str:
        return "for example `10%`, `500 steps`, or `warm * 1 step`"


# ── Signs and characters ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class NotAnOperator(Misread):
    """An operator of another language.

    Why: `%` is percent here, and `//`, `and`, `!` have no meaning for a curve.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(7 // 2)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(floor(7 / 2))
    """

    code: ClassVar[str] = "SCH159"

    sign: str

    def message(self) -> str:
        if self.sign == "%":
            return "`%` is percent here, not a remainder"
        return f"`{self.sign}` is not an operator of the language"

    def rule(self) -> str:
        match self.sign:
            case "%":
                return "a remainder is `mod(step, 100)`, a share of the run `10%`"
            case "//":
                return "a whole quotient is `floor(step / 100)`"
            case "!":
                return "a meant jump is `constant(1, 50%) >>! 2`"
            case "!=" | "<>":
                return "an assertion compares with < <= == >= >, as in `lr <= 1e-3`"
            case "and" | "&&" | "&":
                return (
                    "write a line of its own for each claim; the smaller value is `min(lr, 1e-3)`"
                )
            case "then" | ";":
                return "phases follow one another: `linear(0→1, 10%) >> cosine`"
        return "the operators are + - * / ^; to choose a smaller value use `min(lr, 1e-3)`"


@dataclass(frozen=True)
class LookAlike(Misread):
    """A sign that looks like one of the language's.

    Why: Editors and chat programs change signs behind the author's back; one spelling is read.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0=>1)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1)
    """

    code: ClassVar[str] = "SCH160"
    meant: ClassVar[bool] = True

    sign: str
    meaning: str  # the sign of the language

    def message(self) -> str:
        return f"`{self.sign}` is not read as `{self.meaning}`"

    def rule(self) -> str:
        sample = {"→": "linear(0→1)", ">>": "constant(1, 50%) >> linear(→0)"}
        return f"for example `{sample.get(self.meaning, '2 * (1 - u)')}`"


@dataclass(frozen=True)
class QuoteInside(Misread):
    """A quotation mark stands inside an expression.

    Why: The language has no texts; quotes belong to YAML and go around the whole expression.

    Example:
        run: {steps: 100}
        schedules:
          wd: cosine(1→0)
          lr: constant(at("wd", 10%))
    Instead:
        run: {steps: 100}
        schedules:
          wd: cosine(1→0)
          lr: constant(at(wd, 10%))
    """

    code: ClassVar[str] = "SCH161"

    quote: str

    def message(self) -> str:
        return f"the quotation mark {self.quote} has no meaning inside an expression"

    def rule(self) -> str:
        return "quotes go around the whole expression, or nowhere"


@dataclass(frozen=True)
class CommentInside(Misread):
    """A `#` stands inside an expression.

    Why: YAML begins a comment at ` #`; without the space the rest of the line would be read.

    Example:
        run: {steps: 100}
        schedules:
          lr: "constant(1)#note"
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1) # note
    """

    code: ClassVar[str] = "SCH162"

    def message(self) -> str:
        return "`#` begins no comment here"

    def rule(self) -> str:
        return "YAML wants a space before #, outside of quotes"


@dataclass(frozen=True)
class VariableInside(Misread):
    """A variable of another tool stands inside an expression.

    Why: What it stands for is not known before that tool has run. In a file such a text is skipped
    and counted; an expression by itself can only be refused.
    """

    code: ClassVar[str] = "SCH163"

    text: str

    def message(self) -> str:
        return f"`{self.text}` is filled in by another tool; its value is not known here"

    def rule(self) -> str:
        return "give the value a name under let, and check the file after that tool has run"


@dataclass(frozen=True)
class SquareBrackets(Misread):
    """A bracket that is not round.

    Why: There are no lists and no sets here; a bracket of another shape is a slip, or belongs to
    YAML.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant[1]
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1)
    """

    code: ClassVar[str] = "SCH164"

    bracket: str

    def message(self) -> str:
        return f"`{self.bracket}`: brackets are round here"

    def rule(self) -> str:
        return "for example `linear(0→1, 10%)`"


@dataclass(frozen=True)
class UnknownCharacter(Misread):
    """A character that the language does not use.

    Why: Leaving it out silently would read something that nobody wrote.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(1) ? 2
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1)
    """

    code: ClassVar[str] = "SCH165"

    text: str
    name: str  # for what cannot be seen: "zero width space"; else ""

    def message(self) -> str:
        if self.name:
            return f"there is an invisible character here ({self.name})"
        return f"`{self.text}` has no meaning in the language"

    def rule(self) -> str:
        return "remove it"
