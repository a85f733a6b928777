"""SCH9xx: readable, but larger than the compiler promises to handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from schedc.diagnostics.base import Finding


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
            return f"the exponent {self.size} is beyond the limit of {self.most}"
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
        return "numbers may have about 12,000 digits"
