"""SCH0xx: comments that answer findings, `# schedc: ignore[SCH304] the reason`.

In: facts about such a comment. Out: words for its author.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from schedc.diagnostics.base import Finding, Level, shortened


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
