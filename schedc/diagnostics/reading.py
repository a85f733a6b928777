"""SCH1xx: the text is not an expression of the language.

In: facts about a place in a text. Out: words for its author. No name of a grammar's terminal
appears here, and the help is always something that reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from schedc.diagnostics.base import Finding


@dataclass(frozen=True)
class EmptyText(Finding):
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

    what: str  # what is missing: "a schedule", "an assertion"

    def message(self) -> str:
        return f"this is empty: {self.what} belongs here"

    def help(self) -> str:
        return "for a rate that never changes write `constant(1e-3)`"


@dataclass(frozen=True)
class Unexpected(Finding):
    """Something stands where the language has no place for it.

    Why: A text that reads two ways trains two models.

    Example:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3) constant(1e-4)
    Instead:
        run: {steps: 100}
        schedules:
          lr: constant(1e-3, 50%) >>! constant(1e-4)
    """

    code: ClassVar[str] = "SCH199"

    text: str

    def message(self) -> str:
        return f"`{self.text}` has no place here" if self.text else "the text ends too early"
