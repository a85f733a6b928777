"""SCH9xx: readable, but larger than the compiler promises to handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from schedc.diagnostics.base import Finding, shortened


@dataclass(frozen=True)
class NumberTooLong(Finding):
    """A number has more digits than any hyperparameter needs.

    Why: Numbers are exact, so a number of a million digits would be carried through every proof.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(1e-500)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-50)
    """

    code: ClassVar[str] = "SCH901"

    size: str  # how many digits, or the exponent as written
    most: int
    exponent: bool = False

    def message(self) -> str:
        if self.exponent:
            return f"the exponent {shortened(self.size)} is beyond the limit of {self.most}"
        return f"a number of {self.size} digits is beyond the limit of {self.most}"

    def help(self) -> str:
        return "any number between `1e-400` and `1e400` is kept exactly"


@dataclass(frozen=True)
class NestedTooDeep(Finding):
    """An expression has too many levels.

    Why: What is nested hundreds of levels deep was made by a program that went wrong; refusing it
    with a place is better than a stack that overflows.

    Example:
        run: {steps: 100}
        schedules:
          lr: ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1)
    """  # noqa: E501

    code: ClassVar[str] = "SCH902"

    most: int

    def message(self) -> str:
        return f"this is nested more than {self.most} levels deep"

    def help(self) -> str:
        return "give parts of it names in `let:` and use the names"


@dataclass(frozen=True)
class FormulaTooLong(Finding):
    """A formula unfolds into more parts than anybody would write.

    Why: A name that stands for `a + a`, and the next one for that name twice, doubles with each
    line: thirty lines are a billion parts, that every proof would go through.

    Example:
        run: {steps: 100}
        let:
          a: u + 1
          b: a * a * a * a * a * a * a * a * a * a
          c: b * b * b * b * b * b * b * b * b * b
          d: c * c * c * c * c * c * c * c * c * c
          e: d * d * d * d * d * d * d * d * d * d
        schedules:
          lr: e
    Instead:
        run: {steps: 100}
        let:
          a: u + 1
        schedules:
          lr: (a / 2)^1_000
    """

    code: ClassVar[str] = "SCH903"

    most: int

    def message(self) -> str:
        return f"with every name written out this has more than {self.most:,} parts"

    def help(self) -> str:
        return "a power or a sum in closed form says the same in a few"


@dataclass(frozen=True)
class TooManyRecipes(Finding):
    """Recipes unfold into more calls of recipes than anybody would write.

    Why: A recipe that calls another one twice, which calls the next one twice, doubles with each
    level: thirty short lines are a billion calls.

    Example:
        run: {steps: 100}
        define: |
          recipe a(x) = linear(x→0, 1 step) >>! linear(x→0, 1 step)
          recipe b(x) = a(x) >>! a(x) >>! a(x) >>! a(x) >>! a(x) >>! a(x) >>! a(x) >>! a(x)
          recipe c(x) = b(x) >>! b(x) >>! b(x) >>! b(x) >>! b(x) >>! b(x) >>! b(x) >>! b(x)
          recipe d(x) = c(x) >>! c(x) >>! c(x) >>! c(x) >>! c(x) >>! c(x) >>! c(x) >>! c(x)
          recipe e(x) = d(x) >>! d(x) >>! d(x) >>! d(x) >>! d(x) >>! d(x) >>! d(x) >>! d(x)
          recipe f(x) = e(x) >>! e(x) >>! e(x) >>! e(x) >>! e(x) >>! e(x) >>! e(x) >>! e(x)
        schedules:
          lr: f(1)
    Instead:
        run: {steps: 100}
        schedules:
          lr: restart(linear(1→0, 1 step), times=100)
    """

    code: ClassVar[str] = "SCH904"

    name: str
    most: int

    def message(self) -> str:
        return f"with `{self.name}` this unfolds into more than {self.most:,} calls of recipes"

    def help(self) -> str:
        return "`repeat(A, times=1000)` repeats without unfolding"


@dataclass(frozen=True)
class LongChain(Finding):
    """Names stand for names that stand for names, too many in a row.

    Why: A chain of sixty names was made by a program that went wrong; refusing it with a place is
    better than a stack that overflows.
    """

    code: ClassVar[str] = "SCH905"

    most: int

    def message(self) -> str:
        return f"this name stands for a chain of more than {self.most} names"

    def help(self) -> str:
        return "write what the chain comes to"


@dataclass(frozen=True)
class TooManyHorizons(Finding):
    """More further lengths are to be checked than the compiler tries.

    Why: Every length lays out and proves all schedules again; without any length, `schedc check`
    proves joins for every length at once.

    Example:
        run: {steps: 100, horizons: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33]}
        schedules:
          lr: cosine(1→0)
    Instead:
        run: {steps: 100, horizons: [1, 10, 1_000]}
        schedules:
          lr: cosine(1→0)
    """  # noqa: E501

    code: ClassVar[str] = "SCH906"

    count: int
    most: int

    def message(self) -> str:
        return f"{self.count:,} further lengths are more than {self.most}"

    def help(self) -> str:
        return "take the shortest, the longest and one that is odd"


@dataclass(frozen=True)
class TooManyDigits(Finding):
    """An exact number would need more digits than the compiler keeps.

    Why: numbers are exact; a tower of exponents would fill any memory.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→9^9^9^9)
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→9^9)
    """

    code: ClassVar[str] = "SCH910"

    def message(self) -> str:
        return "this number is too large to be kept exactly"

    def help(self) -> str:
        return "numbers may have about 2,400 digits"
